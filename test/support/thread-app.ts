import { App } from '@arpeggio/canvas'
import { redisBackend } from '@arpeggio/redis-backend'
import { makeTasks } from './thread-tasks.ts'

/*
 * The module that threads load: an app with the tasks of the worker's. Where it lives there is nothing: in a thread nobody
 * asks.
 */

export const app: App = new App({ name: 'threaded', backend: redisBackend('redis://127.0.0.1:1') })
makeTasks(app)
