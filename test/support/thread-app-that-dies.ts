import { workerData } from 'node:worker_threads'

/* A module whose threads can be started, and die of the first thing that is said to them. */

workerData.port.once('message', () => process.exit(5))

export { app } from './thread-app.ts'
