import type { Course } from './message.ts'
import type { Failed, Verdict } from './outcome.ts'
import type { Plan, Policy } from './plan.ts'

/** What a chord remembers until its last seat is taken: where its value goes. */
export interface Chord extends Course {
  readonly id: string
  readonly at: string
  readonly size: number
  readonly policy: Policy
  /** Its list is the value of `id`: somebody waits for that. */
  readonly keep: boolean
  readonly link: readonly Plan[]
  readonly errback: readonly Plan[]
  readonly rest: Plan
}

/** A chord whose last seat was just taken, with all that decides what follows. */
export interface Closed {
  readonly chord: Chord
  readonly seats: readonly Taken[]
  /** Whether all seats are taken: a policy may close a chord early. */
  readonly isFull: boolean
  /** How it was halted before it was closed, if it was. */
  readonly halt: Failed | null
}

/** A seat that was taken, and with what. */
export interface Taken {
  readonly index: string
  readonly verdict: Verdict
}
