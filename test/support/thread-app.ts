import { App } from '@arpeggio/canvas'
import { makeTasks } from './thread-tasks.ts'

/* The module that threads load: an app with the tasks of the worker's. */

export const app: App = new App({ name: 'threaded' })
makeTasks(app)
