// Where a thread of a pool begins: it loads the module that makes the app, and serves its tasks. Plain JavaScript, because
// threads cannot be started from TypeScript. It imports nothing of this package, so that there is only one copy of it here:
// the one that the app was made with.
import { workerData } from 'node:worker_threads'

const { module, port } = workerData

/** How each app that is made here is served; apps enter themselves (src/threads/crew.ts). */
const crew = new Map()
globalThis[Symbol.for('arpeggio.thread')] = crew

const exported = await import(module)
const serve = crew.get(exported.default) ?? crew.get(exported.app)
if (serve === undefined) {
  throw new Error('it exports no app. Export the App whose tasks it makes as `app`, or by default')
}
serve(port)
