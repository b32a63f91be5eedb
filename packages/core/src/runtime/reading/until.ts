import type { Backend } from '../../ports/backend.ts'
import { sightings, type Wait } from './sightings.ts'

/** Waits for the first thing there is to see. */
export async function until<V>(backend: Backend, wait: Wait<V>): Promise<V> {
  const seen = sightings(backend, wait)
  try {
    return (await seen.next()).value
  } finally {
    await seen.return(undefined as never)
  }
}
