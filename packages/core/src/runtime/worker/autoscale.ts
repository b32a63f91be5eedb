import { checkOptions, isPlainObject, KINDS } from '../../model/check-options.ts'
import { ArpeggioError } from '../../model/errors.ts'
import { show } from '../../model/show.ts'
import type { Clock } from '../../ports/clock.ts'

/** How many tasks may run at once: at least and at most. */
export interface Autoscale {
  readonly min: number
  readonly max: number
}

/** How long a slot stands empty before it may be given up. */
const PERIOD_MS = 10_000

/** What a worker's options say of it, if they do. */
export function checkAutoscale(options: {
  readonly autoscale?: unknown
  readonly concurrency?: number
}): Autoscale | null {
  const { autoscale, concurrency } = options
  if (autoscale === undefined) return null
  const { min, max } = boundsOf(autoscale)
  if (concurrency === undefined) return { min, max }
  throw new ArpeggioError(
    'option-invalid',
    `A worker was given both concurrency and autoscale. Leave concurrency out: it is from ${min} to ${max}.`,
  )
}

/** Bounds, as somebody gave them. */
export function boundsOf(autoscale: unknown): Autoscale {
  if (!isPlainObject(autoscale)) {
    throw new ArpeggioError(
      'option-invalid',
      `The option autoscale of a worker cannot be ${show(autoscale)}. Give { min, max }.`,
    )
  }
  checkOptions(autoscale, { min: KINDS.count, max: KINDS.count }, 'autoscale of a worker')
  const { min = 1, max } = autoscale as Partial<Autoscale>
  if (max !== undefined && max >= min) return { min, max }
  throw new ArpeggioError(
    'option-invalid',
    `The autoscale of a worker is from ${min} to ${max}. Give { min, max }, where max is not less.`,
  )
}

/** What has slots, and tasks in some of them. */
interface Room {
  slots: number
  readonly running: number
}

/**
 * Growing is the room's affair: it makes a slot when a message has come and there is none. Once in a while half of those
 * that are empty are given up, so that what comes in waves keeps most of them.
 */
export function shrinking(
  clock: Clock,
  room: Room,
  least: () => number,
  tell: () => void,
): { begin(): void; end(): void } {
  let callOff = (): void => {}

  function begin(): void {
    callOff = clock.at(clock.now() + PERIOD_MS, () => {
      const slots = Math.max(least(), room.slots - Math.ceil((room.slots - room.running) / 2))
      if (slots < room.slots) {
        room.slots = slots
        tell()
      }
      begin()
    })
  }

  return { begin, end: () => callOff() }
}
