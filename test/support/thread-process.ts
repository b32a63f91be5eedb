import { App } from '@arpeggio/canvas'
import { makeTasks } from './thread-tasks.ts'

/* A process: it has a worker with threads run something, and leaves the rest to Node. */

const app = new App({ name: 'main' })
const { add, thread } = makeTasks(app)
await app.worker({ pool: 'threads', module: new URL('./thread-app.ts', import.meta.url) }).start()
console.log(await add.run(1, 2), (await thread.run()) > 0)
