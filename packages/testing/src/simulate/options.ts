import {
  ArpeggioError,
  checkOptions,
  didYouMean,
  isWhole,
  KINDS,
  type OptionKind,
  show,
} from '@arpeggio/core'
import type { Ran } from '../record.ts'
import type { End } from './end.ts'
import { FAULT_NAMES, type Fault } from './faults.ts'
import { INVARIANT_NAMES, type Invariant } from './invariants.ts'
import type { WorldOptions } from './world.ts'

/** How a workflow is tried out. */
export interface SimulateOptions {
  /** Where chance begins; the same seed gives the same worlds. Default: 1. */
  readonly seed?: number
  /** How many worlds, each with a seed of its own: the next number. Default: 100. */
  readonly runs?: number
  /** How many workers, each of which serves every queue; or a list of the queues of each. Default: 3. */
  readonly workers?: number | readonly (readonly string[])[]
  /** What may go wrong. Default: everything. */
  readonly faults?: readonly Fault[]
  /** What must hold. Default: everything. */
  readonly invariants?: readonly Invariant[]
  /** Throws, or returns false, if something is not as it must be; it is asked at the end of each world. */
  readonly check?: (seen: Seen) => void | Promise<void>
  /** Makes anew what tasks change outside of their world, such as a mail server that only pretends; before each world. */
  readonly reset?: () => void | Promise<void>
  /** What stands between a process and its line to the backend: for those who try out a backend of their own. */
  readonly through?: WorldOptions['through']
  /** What a world lives on: for those who change the memory backend itself. Default: `memoryBackend`. */
  readonly memory?: WorldOptions['memory']
}

/** What a check is told of a world that is over. */
export interface Seen {
  readonly end: End
  /** Every attempt that was begun, in order; also those that came to nothing, as their workers were lost. */
  readonly ran: readonly Ran[]
}

const OPTIONS: Record<keyof SimulateOptions, OptionKind> = {
  seed: { is: (value) => isWhole(value, 0), hint: 'Give a whole number from 0.' },
  runs: KINDS.count,
  workers: {
    is: (value) => KINDS.count.is(value) || (isList(value) && value.every(KINDS.queues.is)),
    hint: "Give how many, or the queues of each: [['default'], ['mail', 'default']].",
  },
  faults: listOf(FAULT_NAMES),
  invariants: listOf(INVARIANT_NAMES),
  check: KINDS.deed,
  reset: KINDS.deed,
  through: KINDS.deed,
  memory: KINDS.deed,
}

/** Refuses options that nobody knows, and values that they cannot have. */
export function checkSimulateOptions(options: SimulateOptions): void {
  checkOptions(options, OPTIONS, 'simulate')
  checkNames('fault', options.faults, FAULT_NAMES)
  checkNames('invariant', options.invariants, INVARIANT_NAMES)
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length > 0
}

function listOf(names: readonly string[]): OptionKind {
  return { is: Array.isArray, hint: `Give a list of some of ${names.join(', ')}.` }
}

function checkNames(what: string, given: readonly string[] = [], names: readonly string[]): void {
  const stranger = given.find((name) => !names.includes(name))
  if (stranger === undefined) return
  const advice = didYouMean(stranger, names) || ` There are ${names.join(', ')}.`
  throw new ArpeggioError('option-invalid', `simulate knows no ${what} ${show(stranger)}.${advice}`)
}
