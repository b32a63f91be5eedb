import { checkOptions, isPlainObject, KINDS, type OptionKind } from '../../model/check-options.ts'
import { type Duration, milliseconds } from '../../model/duration.ts'
import { ArpeggioError } from '../../model/errors.ts'
import { show } from '../../model/show.ts'
import type { Clock } from '../../ports/clock.ts'

/** How many tasks may run at once: at least and at most. */
export interface Autoscale {
  readonly min: number
  readonly max: number
}

/** How a worker fits to the work there is how many tasks run at once. */
export interface AutoscaleOptions extends Autoscale {
  /** How often half of the slots that stand empty are given up. Default: 10 seconds. */
  readonly every?: Duration
}

/** The same, checked. */
export interface Scale {
  readonly bounds: Autoscale
  readonly everyMs: number
}

const OF_A_WORKER = 'autoscale of a worker'

/** What a worker's options say of it, if they do. */
export function scaleOf(options: {
  readonly autoscale?: unknown
  readonly concurrency?: number
}): Scale | null {
  const { autoscale, concurrency } = options
  if (autoscale === undefined) return null
  const bounds = boundsOf(autoscale, OF_A_WORKER, SCALE)
  const { every = '10s' } = autoscale as AutoscaleOptions
  const everyMs = milliseconds(every, `every of ${OF_A_WORKER}`)
  if (everyMs <= 0) {
    throw new ArpeggioError(
      'duration-invalid',
      `every of ${OF_A_WORKER} is ${show(every)}. Give a duration above zero, such as '10s'.`,
    )
  }
  const { min, max } = bounds
  if (concurrency === undefined) return { bounds, everyMs }
  throw new ArpeggioError(
    'option-invalid',
    `A worker was given both concurrency and autoscale. Leave concurrency out: it is from ${min} to ${max}.`,
  )
}

const BOUNDS: Record<keyof Autoscale, OptionKind> = { min: KINDS.count, max: KINDS.count }
const SCALE: Record<keyof AutoscaleOptions, OptionKind> = { ...BOUNDS, every: KINDS.anything }

/** Bounds, as somebody gave them to `owner`, among what else may be said there. */
export function boundsOf(
  autoscale: unknown,
  owner: string,
  known: Readonly<Record<string, OptionKind>> = BOUNDS,
): Autoscale {
  if (!isPlainObject(autoscale)) {
    throw new ArpeggioError('option-invalid', `${owner} cannot be ${show(autoscale)}. Give { min, max }.`)
  }
  checkOptions(autoscale, known, owner)
  const { min = 1, max } = autoscale as Partial<Autoscale>
  if (max === undefined) {
    throw new ArpeggioError('option-invalid', `${owner} was given no max. Give { min, max }.`)
  }
  if (max >= min) return { min, max }
  throw new ArpeggioError(
    'option-invalid',
    `${owner} cannot be from ${min} to ${max}. Give { min, max }, where max is not less.`,
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
  everyMs: number,
  least: () => number,
  tell: () => void,
): { begin(): void; end(): void } {
  let callOff = (): void => {}

  function begin(): void {
    callOff = clock.at(clock.now() + everyMs, () => {
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
