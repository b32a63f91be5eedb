import { ArpeggioError } from './errors.ts'
import { show } from './show.ts'

/** Milliseconds, or a number with a unit: `'250ms'`, `'3s'`, `'5m'`, `'2h'`, `'1d'`. */
export type Duration = number | `${number}${Unit}`
type Unit = 'ms' | 's' | 'm' | 'h' | 'd'

const MILLISECONDS: Record<Unit, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A duration in milliseconds. `what` names it in the error. */
export function milliseconds(duration: Duration, what: string): number {
  const counted = countedIn(duration)
  if (Number.isFinite(counted)) return counted
  throw new ArpeggioError(
    'duration-invalid',
    `${what} is ${show(duration)}. Give milliseconds as a number, or text such as '250ms', '3s', '5m', '2h' or '1d'.`,
  )
}

/** Whether it is a duration. */
export function isDuration(value: unknown): value is Duration {
  return Number.isFinite(countedIn(value))
}

/** No number, if it is no duration. */
function countedIn(value: unknown): number {
  if (typeof value === 'number') return value >= 0 ? value : Number.NaN
  const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(value) : null
  return match ? Number(match[1]) * MILLISECONDS[match[2] as Unit] : Number.NaN
}

/** What an ISO text begins with. `Date.parse` alone would take "5" for a month. */
const ISO = /^[+-]?\d{4,6}-\d\d-\d\d/

/** A moment, as a Date or an ISO text, in ISO form. */
export function moment(value: Date | string, what: string): string {
  const time = timeOf(value)
  if (!Number.isNaN(time)) return new Date(time).toISOString()
  throw new ArpeggioError(
    'moment-invalid',
    `${what} is ${show(value)}. Give a Date, or an ISO text such as '2030-01-31T12:00:00Z'.`,
  )
}

function timeOf(value: unknown): number {
  if (typeof value === 'string') return ISO.test(value) ? Date.parse(value) : Number.NaN
  try {
    return Date.prototype.getTime.call(value) // of a Date from another realm as well
  } catch {
    return Number.NaN
  }
}
