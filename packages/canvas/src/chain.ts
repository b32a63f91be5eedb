import { pipe } from './pipe.ts'

/** Steps, one after another: Celery's word for `pipe`. A chain of one step is that step; a chain of none is refused. */
export const chain: typeof pipe = pipe
