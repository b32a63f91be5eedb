import { LIMITS } from '../model/limits.ts'
import type { Message } from '../model/message.ts'
import type { QueueLength, Scheduled } from '../ports/backend.ts'
import type { Clock } from '../ports/clock.ts'
import { type Entry, Line } from './queue.ts'
import { Schedule } from './schedule.ts'
import { Slots } from './slots.ts'

/** Where a delayed message waits, until it is due or called up. */
interface Place {
  entry: Entry | null
}

/** All messages of a memory backend: in line, delayed until they are due, or leased to somebody. */
export class Messages {
  readonly leaseMs: number
  readonly #clock: Clock
  readonly #lines: Map<string, Line> = new Map()
  readonly #delayed: Schedule<Place> = new Schedule()
  /** What is delayed, by run. What was called up leaves an empty place, which is passed over when its moment comes. */
  readonly #waiting: Map<string, Set<Place>> = new Map()
  readonly #leased: Slots<Entry> = new Slots()
  readonly #sleepers: Set<{ readonly queues: readonly string[]; readonly wakeUp: () => void }> = new Set()
  #tokens = 0
  #turn = 0

  constructor(clock: Clock, leaseMs: number) {
    this.#clock = clock
    this.leaseMs = leaseMs
  }

  get queues(): string[] {
    return [...this.#lines.keys()]
  }

  /** When the next delayed message is due. */
  get nextDue(): number | null {
    while (this.#delayed.first?.entry === null) this.#delayed.takeFirst()
    return this.#delayed.next
  }

  /** How many messages each queue has, but for those that have none. */
  lengths(): QueueLength[] {
    this.#forwardDue(this.#clock.now())
    const delayed = new Map<string, number>()
    for (const places of this.#waiting.values()) {
      for (const { entry } of places)
        if (entry !== null) delayed.set(entry.queue, (delayed.get(entry.queue) ?? 0) + 1)
    }
    const lengths = Array.from(this.#lines, ([name, { waiting }]) => ({
      name,
      waiting,
      delayed: delayed.get(name) ?? 0,
    }))
    return lengths.filter(({ waiting, delayed }) => waiting + delayed > 0)
  }

  /** The first so many that wait until they are due. */
  scheduled(most: number): Scheduled[] {
    this.#forwardDue(this.#clock.now())
    const scheduled: Scheduled[] = []
    for (const { due, item } of this.#delayed.inOrder()) {
      if (scheduled.length === most) break
      const message = item.entry?.message
      if (message?.kind === 'call') scheduled.push({ message, due })
    }
    return scheduled
  }

  /** Puts a message in its line, or lets it wait until it is due, unless it need not wait. */
  publish(message: Message, atOnce: boolean): void {
    const { queue = 'default', priority = LIMITS.defaultPriority } = message.options
    const entry: Entry = { message, queue, priority, count: 0, lease: null }
    const line = this.#lineOf(queue)
    const due = message.kind === 'call' && !atOnce ? this.#dueTime(message.countdown, message.eta) : null
    if (due === null) line.push(entry)
    else this.#delay(entry, due)
    this.wake(queue)
  }

  /** Leases what is due, queue by queue in turn so that no queue starves another. */
  lease(queues: readonly string[], max: number): Entry[] {
    const now = this.#clock.now()
    this.#forwardDue(now)
    this.#recoverLost(now)
    const taken: Entry[] = []
    let idle = 0
    while (taken.length < max && idle < queues.length) {
      const entry = this.#lines.get(queues[this.#turn++ % queues.length] as string)?.shift()
      if (entry === undefined) {
        idle++
        continue
      }
      idle = 0
      entry.count++
      const token = `${this.#leased.add(entry)}.${++this.#tokens}`
      entry.lease = { token, until: now + this.leaseMs }
      taken.push(entry)
    }
    return taken
  }

  /** What a lease holds, as long as nobody has taken it over. */
  held(token: string): Entry | undefined {
    const entry = this.#leased.at(placeIn(token))
    return entry?.lease?.token === token ? entry : undefined
  }

  /** Holds a lease for one term more; false if it is lost. */
  extend(token: string): boolean {
    const lease = this.held(token)?.lease
    if (lease) lease.until = this.#clock.now() + this.leaseMs
    return lease !== undefined && lease !== null
  }

  /** Ends a lease, and the message with it. */
  acknowledge(token: string): void {
    if (this.held(token) !== undefined) this.#leased.free(placeIn(token))
  }

  /** Ends a lease: what was not run is next in its line again, what was rejected is last. */
  giveBack(token: string, why: 'unrun' | 'rejected'): void {
    const entry = this.held(token)
    if (entry === undefined) return
    this.acknowledge(token)
    entry.lease = null
    if (why === 'rejected') this.#lineOf(entry.queue).push(entry)
    else {
      entry.count--
      this.#lineOf(entry.queue).unshift(entry)
    }
    this.wake(entry.queue)
  }

  /** Delayed messages of a run that match are due at once. */
  callUp(run: string, matches: (message: Message) => boolean): void {
    for (const place of this.#waiting.get(run) ?? []) {
      if (place.entry !== null && matches(place.entry.message)) this.#forward(place)
    }
  }

  /** Wakes who waits for messages of this queue, or everybody. */
  wake(queue: string | null = null): void {
    for (const sleeper of this.#sleepers) {
      if (queue === null || sleeper.queues.includes(queue)) sleeper.wakeUp()
    }
  }

  /** Until something for these queues is published or given back, something is due or lost, a moment has come, or the signal aborts. */
  sleep(queues: readonly string[], signal: AbortSignal, until: number | null): Promise<void> {
    return new Promise((resolve) => {
      const never = Number.POSITIVE_INFINITY
      const next = Math.min(this.nextDue ?? never, until ?? never, this.#nextLost())
      const wakeUp = (): void => {
        callOff()
        this.#sleepers.delete(sleeper)
        signal.removeEventListener('abort', wakeUp)
        resolve()
      }
      const sleeper = { queues, wakeUp }
      const callOff = Number.isFinite(next) ? this.#clock.at(next, wakeUp) : () => {}
      this.#sleepers.add(sleeper)
      signal.addEventListener('abort', wakeUp)
    })
  }

  /** When the first lease ends that nobody extends. */
  #nextLost(): number {
    let next = Number.POSITIVE_INFINITY
    if (!Number.isFinite(this.leaseMs)) return next
    for (const { lease } of this.#leased) next = Math.min(next, lease?.until ?? next)
    return next
  }

  #delay(entry: Entry, due: number): void {
    const place: Place = { entry }
    const { run } = entry.message
    const waiting = this.#waiting.get(run) ?? new Set()
    this.#waiting.set(run, waiting.add(place))
    this.#delayed.add(due, place)
  }

  #forwardDue(now: number): void {
    for (let place = this.#delayed.takeDue(now); place !== undefined; place = this.#delayed.takeDue(now)) {
      this.#forward(place)
    }
  }

  /** A delayed message is due; once. */
  #forward(place: Place): void {
    const { entry } = place
    if (entry === null) return
    place.entry = null
    const { run } = entry.message
    const waiting = this.#waiting.get(run)
    if (waiting?.delete(place) && waiting.size === 0) this.#waiting.delete(run)
    this.#lineOf(entry.queue).push(entry)
    this.wake(entry.queue)
  }

  #recoverLost(now: number): void {
    if (!Number.isFinite(this.leaseMs)) return
    for (const entry of this.#leased) {
      if (entry.lease === null || entry.lease.until > now) continue
      this.acknowledge(entry.lease.token)
      entry.lease = null
      this.#lineOf(entry.queue).push(entry)
    }
  }

  #lineOf(queue: string): Line {
    const line = this.#lines.get(queue) ?? new Line()
    this.#lines.set(queue, line)
    return line
  }

  #dueTime(countdown: number, eta: number | null): number | null {
    if (countdown === 0 && eta === null) return null
    const now = this.#clock.now()
    const due = Math.max(now + countdown, eta ?? 0)
    return due > now ? due : null
  }
}

/** A token is a place among what is leased, and a number that is never given again. */
function placeIn(token: string): number {
  return Number.parseInt(token, 10)
}
