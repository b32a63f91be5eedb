import { ArpeggioError } from './errors.ts'

/** Milliseconds, or a number with a unit: `'250ms'`, `'3s'`, `'5m'`, `'2h'`, `'1d'`. */
export type Duration = number | `${number}${Unit}`
type Unit = 'ms' | 's' | 'm' | 'h' | 'd'

const MILLISECONDS: Record<Unit, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A duration in milliseconds. `what` names it in the error. */
export function milliseconds(duration: Duration, what: string): number {
  if (typeof duration === 'number' && Number.isFinite(duration) && duration >= 0) return duration
  const match = typeof duration === 'string' ? /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(duration) : null
  if (match) return Number(match[1]) * MILLISECONDS[match[2] as Unit]
  throw new ArpeggioError(
    'duration-invalid',
    `${what} is ${JSON.stringify(duration)}. Give milliseconds as a number, or text such as '250ms', '3s', '5m', '2h' or '1d'.`,
  )
}

/** A moment, as a Date or an ISO text, in ISO form. */
export function moment(value: Date | string, what: string): string {
  const time = value instanceof Date ? value.getTime() : Date.parse(value)
  if (!Number.isNaN(time)) return new Date(time).toISOString()
  throw new ArpeggioError(
    'moment-invalid',
    `${what} is ${JSON.stringify(value)}. Give a Date, or an ISO text such as '2030-01-31T12:00:00Z'.`,
  )
}
