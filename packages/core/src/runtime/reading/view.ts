import { isFollowed, type Spot } from '../../machine/outline.ts'
import { milliseconds } from '../../model/duration.ts'
import { ArpeggioError } from '../../model/errors.ts'
import { runOf } from '../../model/message.ts'
import type { Failed, Verdict } from '../../model/outcome.ts'
import type { Backend, Change, Standing } from '../../ports/backend.ts'
import { turn } from '../waiting/turn.ts'
import { Gathering } from './gathering.ts'
import { statusByMembers, statusOfItself } from './group-status.ts'
import type { GetOptions } from './handles.ts'
import { sightings, type Wait } from './sightings.ts'
import { readKnown, type Status, stateOf, statusOfCall, witnessesOf } from './standing.ts'
import { whyItWaits } from './unserved.ts'
import { until } from './until.ts'

/** One look, or a long one, at how a node stands. */
export interface View {
  status(): Promise<Status>
  /** Waits for its end. */
  end(options: GetOptions, first: Wait<End>['first']): Promise<End>
}

/** How a node ended; of a group that ran, also what its members gave, with errors in the places of those that failed. */
export interface End {
  readonly verdict: Verdict
  readonly values?: readonly unknown[]
}

/** A member of a group that has ended: what it gave, or its error. A group in the group gives its list, with errors in their places. */
export interface Arrival {
  readonly index: number
  readonly value: unknown
  /** How the first of it failed, if any did. */
  readonly lost: Failed | null
}

/** Looks at a task. */
export class CallView implements View {
  readonly #backend: Backend
  readonly #id: string
  readonly #spot: Spot | null
  readonly #queues: readonly string[]
  readonly #witnesses: ReadonlySet<string>

  constructor(backend: Backend, id: string, spot: Spot | null, queues: readonly string[]) {
    this.#backend = backend
    this.#id = id
    this.#spot = spot
    this.#queues = queues
    this.#witnesses = new Set(spot === null ? [id] : witnessesOf(runOf(id), spot))
  }

  async status(): Promise<Status> {
    return statusOfCall(this.#id, this.#spot, await readKnown(this.#backend, [...this.#witnesses]))
  }

  end(options: GetOptions, first: Wait<End>['first']): Promise<End> {
    let told: Verdict | null = null
    let isPending = false
    return until<End>(this.#backend, {
      ...waiting(this.#id, options),
      why: async () => (isPending ? whyItWaits(this.#backend, this.#queues) : ''),
      first,
      hears: options.onMessage ? null : [...this.#witnesses],
      concerns: ({ id, verdict }) => {
        if (id === this.#id) told = verdict ?? null
        return this.#witnesses.has(id)
      },
      look: async () => {
        if (told !== null) return { value: { verdict: told } }
        const status = await this.status()
        if (status.kind === 'unknown') throw unknown(this.#id)
        isPending = stateOf(status) === 'PENDING'
        return status.kind === 'ended' ? { value: { verdict: status.verdict } } : null
      },
    })
  }
}

/** Looks at a group, and at its members as they end. */
export class GroupView implements View {
  readonly #backend: Backend
  readonly #id: string
  readonly #spot: Spot
  readonly #queues: readonly string[]
  readonly #witnesses: ReadonlySet<string>
  readonly #members: Gathering
  #own: Standing = { kind: 'unknown' }

  constructor(
    backend: Backend,
    id: string,
    spot: Spot,
    worth: (verdict: Verdict) => unknown,
    queues: readonly string[],
  ) {
    this.#backend = backend
    this.#id = id
    this.#spot = spot
    this.#queues = queues
    this.#witnesses = new Set(witnessesOf(runOf(id), spot))
    this.#members = new Gathering(runOf(id), spot, worth)
  }

  async status(): Promise<Status> {
    return (await this.#statusOfItself()) ?? (await this.#lookAtMembers(this.#members.open)).status
  }

  end(options: GetOptions, first: Wait<End>['first']): Promise<End> {
    const failsAtOnce = options.propagate !== false && !isFollowed(this.#spot)
    return until<End>(this.#backend, {
      ...waiting(this.#id, options),
      why: () => whyItWaits(this.#backend, this.#queues),
      first,
      hears: null,
      concerns: (change) => this.#concerns(change),
      look: async (changes) => {
        await turn() // what changes together is read together
        if (changes === null || this.#isAffected(changes)) {
          const told = await this.#statusOfItself()
          if (told?.kind === 'unknown') throw unknown(this.#id)
          if (told?.kind === 'ended') return { value: { verdict: told.verdict } }
        }
        // News of a member may be lost, and that of the end heard before anybody says so; behind the end nobody looks again.
        const isOfMembers = changes !== null && this.#own.kind !== 'ended'
        const concerned = isOfMembers ? changes.map(({ id }) => id) : this.#members.open
        const { status, values } = await this.#lookAtMembers(concerned)
        if (status.kind === 'ended') return { value: { verdict: status.verdict, ...(values && { values }) } }
        const { lost } = this.#members
        return lost !== null && failsAtOnce ? { value: { verdict: lost } } : null
      },
    })
  }

  /** Its members as they end, whatever its chord makes of them. */
  async *arrivals(options: GetOptions): AsyncGenerator<Arrival, void> {
    const sights = sightings<readonly Arrival[]>(this.#backend, {
      ...waiting(this.#id, options),
      why: () => whyItWaits(this.#backend, this.#queues),
      first: 'look',
      hears: null,
      concerns: (change) => this.#concerns(change),
      look: async (changes) => {
        await turn()
        const isOfMembers = changes !== null && !this.#isAffected(changes)
        await this.#seeOrSkip(isOfMembers ? changes.map(({ id }) => id) : this.#members.open)
        const value = this.#members.takeArrived().map((index) => this.#arrivalAt(index))
        return value.length > 0 || this.#members.isDone ? { value } : null
      },
    })
    for await (const arrivals of sights) {
      yield* arrivals
      if (this.#members.isDone) return
    }
  }

  /** Whether any of its members has not ended. */
  async isWaiting(): Promise<boolean> {
    await this.#seeOrSkip(this.#members.open)
    return !this.#members.isDone
  }

  #arrivalAt(index: number): Arrival {
    return { index, value: this.#members.values[index], lost: this.#members.lostAt(index) }
  }

  #concerns({ id, state }: Change): boolean {
    return this.#witnesses.has(id) || (ENDED.has(state) && this.#members.awaits(id))
  }

  /** Whether they are about the group as a whole, not only about members. */
  #isAffected(changes: readonly Change[]): boolean {
    return changes.some(({ id }) => this.#witnesses.has(id))
  }

  async #statusOfItself(): Promise<Status | null> {
    const known = await readKnown(this.#backend, [...this.#witnesses])
    this.#own = known(this.#id)
    return statusOfItself(this.#id, this.#spot, known)
  }

  /** Its run may have ended since it was last asked itself: that its members never ran is true of what was skipped, too. */
  async #lookAtMembers(
    concerned: readonly string[],
  ): Promise<{ readonly status: Status; readonly values?: readonly unknown[] }> {
    await this.#see(concerned)
    const told = this.#members.isDone && this.#own.kind === 'underway' ? await this.#statusOfItself() : null
    if (told !== null) return { status: told }
    return {
      status: statusByMembers(this.#own, this.#spot, this.#members),
      values: this.#members.values,
    }
  }

  async #see(ids: readonly string[]): Promise<void> {
    const known = await readKnown(this.#backend, ids)
    for (const id of ids) this.#take(id, known(id))
  }

  /** Members without an end of their own end as what kept the group from running, which is known by the time they are over. */
  async #seeOrSkip(ids: readonly string[]): Promise<void> {
    const known = await readKnown(this.#backend, ids)
    const told = await this.#statusOfItself()
    const skip = told?.kind === 'ended' && told.verdict.state !== 'SUCCESS' ? told : null
    for (const id of ids) {
      const own = known(id)
      const isOpen = own.kind === 'underway' || own.kind === 'over'
      this.#take(id, (isOpen ? skip : null) ?? own)
    }
  }

  #take(id: string, standing: Standing): void {
    if (standing.kind === 'unknown') throw unknown(this.#id)
    this.#members.see(id, standing)
  }
}

function waiting(
  id: string,
  options: GetOptions,
): Omit<Wait<never>, 'first' | 'hears' | 'concerns' | 'look'> {
  return {
    id,
    timeoutMs: options.timeout === undefined ? null : milliseconds(options.timeout, 'timeout'),
    allowInTask: options.allowInTask === true,
    signal: options.signal ?? null,
    onMessage:
      options.onMessage === undefined
        ? null
        : ({ id, state, meta }) => options.onMessage?.({ id, state, meta }),
  }
}

const ENDED: ReadonlySet<string> = new Set(['SUCCESS', 'FAILURE', 'REVOKED', 'IGNORED'])

/** Whoever asks again and again how something stands that has not ended does so neither for ever, nor without a turn for those who work at it. */
export async function mayAskAgain(backend: Backend, id: string): Promise<void> {
  if (!backend.closed.aborted) return turn()
  throw new ArpeggioError(
    'app-closed',
    `${id} had not ended when its app was closed. Make a new App; what waited in memory is lost, and has to be sent again.`,
  )
}

/** Nothing is known of an id. */
export function unknown(id: string): ArpeggioError {
  return new ArpeggioError(
    'result-unknown',
    `Nothing is known of ${id}: no run of that id was sent to this backend, or its time to be kept is over. Check the id, or keep results longer.`,
  )
}
