import { joined, type pipe } from './pipe.ts'
import type { AnySignature } from './signature.ts'

/** Steps, one after another: Celery's word for `pipe`. A chain of one step is that step; a chain of none is refused. */
export const chain = ((...given: readonly AnySignature[]) => joined(given, 'chain')) as typeof pipe
