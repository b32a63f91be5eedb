import { ArpeggioError, type AsyncResult, type ResultTuple, show } from '@arpeggio/core'
import type { App } from './app.ts'

/**
 * The handle that `asTuple()` wrote, also after a journey as JSON, with its parents, children and members looked up; null
 * if nothing is known of it any more.
 */
export async function resultFromTuple<T = unknown>(
  tuple: ResultTuple,
  app: App,
): Promise<AsyncResult<T> | null> {
  const node: unknown = Array.isArray(tuple) ? tuple[0] : undefined
  const id: unknown = Array.isArray(node) ? node[0] : undefined
  if (typeof id === 'string') return app.restore<T>(id)
  throw new ArpeggioError(
    'id-invalid',
    `${show(tuple)} is no handle. Give what asTuple() gave: [[id, parent], members].`,
  )
}
