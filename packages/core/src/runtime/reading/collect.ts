import { milliseconds } from '../../model/duration.ts'
import type { Clock } from '../../ports/clock.ts'
import type { AsyncResult, SharedOptions } from './handles.ts'

/** A handle with its value, then its children with theirs, and so on: what is nearer comes first. */
export async function* collect(
  start: AsyncResult<unknown>,
  options: SharedOptions,
  clock: Clock,
): AsyncGenerator<[AsyncResult<unknown>, unknown], void> {
  const { timeout, ...others } = options
  const until = timeout === undefined ? null : clock.now() + milliseconds(timeout, 'timeout')
  for (let layer = [start]; layer.length > 0; layer = layer.flatMap(({ children }) => children)) {
    for (const result of layer) {
      const left = until === null ? {} : { timeout: Math.max(0, until - clock.now()) }
      yield [result, await result.get({ ...others, ...left })]
    }
  }
}
