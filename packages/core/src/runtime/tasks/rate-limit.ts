import { isPlainObject } from '../../model/check-options.ts'
import { ArpeggioError } from '../../model/errors.ts'
import { show } from '../../model/show.ts'

/** So many per second, minute or hour: `'10/s'`, `'100/m'`, `'5/h'`. */
export type Pace = `${number}/${'s' | 'm' | 'h'}`

/** How often a task may start: in each worker, or in all workers of the backend together. */
export type RateLimit = Pace | { readonly rate: Pace; readonly scope?: 'worker' | 'global' }

/** One start every so many milliseconds, and who counts them. */
export interface Rate {
  readonly intervalMs: number
  readonly scope: 'worker' | 'global'
}

const PERIOD_MS = { s: 1_000, m: 60_000, h: 3_600_000 }

/** A rate limit, read. `what` names it in the error. */
export function rateOf(limit: unknown, what: string): Rate {
  const { rate, scope = 'worker', ...others } = isPlainObject(limit) ? limit : { rate: limit }
  const match = typeof rate === 'string' ? /^(\d+(?:\.\d+)?)\/([smh])$/.exec(rate) : null
  const intervalMs = match ? PERIOD_MS[match[2] as keyof typeof PERIOD_MS] / Number(match[1]) : Number.NaN
  const isScope = scope === 'worker' || scope === 'global'
  if (Number.isFinite(intervalMs) && isScope && Object.keys(others).length === 0) return { intervalMs, scope }
  throw new ArpeggioError(
    'option-invalid',
    `${what} is ${show(limit)}. Give a text such as '10/s', '100/m' or '5/h', or { rate: '100/m', scope: 'global' }.`,
  )
}
