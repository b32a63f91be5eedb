import type { Json } from '../../model/json.ts'
import type { Outcome } from '../../model/outcome.ts'
import type { Ended } from './ended.ts'

/** What came of an attempt, as its task is told. */
export type Returned =
  | { readonly state: 'SUCCESS'; readonly value: Json }
  | { readonly state: 'FAILURE' | 'RETRY' | 'IGNORED' | 'REJECTED'; readonly error: unknown }
  | { readonly state: 'REPLACED' }

const STATES = {
  failure: 'FAILURE',
  retry: 'RETRY',
  ignore: 'IGNORED',
  requeue: 'REJECTED',
} as const satisfies Partial<Record<Outcome['kind'], string>>

/** What came of an attempt, in the words of its task. */
export function returnedBy({ outcome, error }: Ended): Returned {
  if (outcome.kind === 'success') return { state: 'SUCCESS', value: outcome.value }
  if (outcome.kind === 'replace') return { state: 'REPLACED' }
  return { state: STATES[outcome.kind], error }
}
