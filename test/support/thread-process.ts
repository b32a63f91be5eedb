import { App } from '@arpeggio/canvas'
import { makeTasks } from './thread-tasks.ts'

/* A process: a worker with threads runs something, and something that never ends; the rest is left to Node. */

const app = new App({ name: 'main' })
const { add, spins } = makeTasks(app)
await app.worker({ pool: 'threads', module: new URL('./thread-app.ts', import.meta.url) }).start()
const stuck = await spins.s().set({ timeLimit: 50 }).delay()
const error = await stuck.get({ propagate: false })
console.log(await add.run(1, 2), (error as Error).name)
