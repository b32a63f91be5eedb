import { connect } from './tasks.ts'

/** A worker: as many of these processes as there is work for, on as many machines. */
const { app } = connect(process.argv[2] ?? 'redis://127.0.0.1:6379')
await app.worker({ concurrency: 2 }).start()
process.send?.('ready')

// Asked to go, it ends what it runs first.
process.once('SIGTERM', () => void app.close())
