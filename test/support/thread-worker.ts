import { app } from './thread-app.ts'

/* A module that is not fit for threads: whoever loads it starts a worker. */

await app.worker().start()

export { app }
