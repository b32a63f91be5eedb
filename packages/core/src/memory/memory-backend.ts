import { setMaxListeners } from 'node:events'
import type { Wish } from '../model/effect.ts'
import { LIMITS } from '../model/limits.ts'
import { idAt, letterId, type Message, runOf } from '../model/message.ts'
import type { Deadline } from '../model/run.ts'
import type { Backend, DeadLetter, Delivery, Interruption, Reply, Standing } from '../ports/backend.ts'
import type { Clock } from '../ports/clock.ts'
import { memoryBus } from './bus.ts'
import { MemoryChord } from './chord.ts'
import { systemClock } from './clock.ts'
import { Deadlines } from './deadlines.ts'
import { memoryEvents } from './events.ts'
import { Fifo } from './fifo.ts'
import { Messages } from './messages.ts'
import { memoryPresence } from './presence.ts'
import type { Entry } from './queue.ts'
import { memoryRates } from './rates.ts'
import { MemoryRun } from './run.ts'

/** How a memory backend tells time, and how long it remembers. */
export interface MemoryOptions {
  readonly clock?: Clock
  /** How long a delivery is held before somebody else may take it. Default: for ever, as this process is all there is. */
  readonly leaseMs?: number
  /** How long a finished run is remembered. Default: a day. */
  readonly resultTtlMs?: number
}

/** The backend of this process, with what somebody needs who drives its clock. */
export interface MemoryBackend extends Backend {
  /** When the next delayed message is due, or a run has to be over; null if neither is to come. For those who drive a clock themselves. */
  nextDue(): number | null
  /** The queues that messages were ever sent to. */
  queueNames(): string[]
}

const DONE: Reply = Object.freeze({ kind: 'done' })
const FENCED: Reply = Object.freeze({ kind: 'fenced' })
const DAY = 86_400_000
/** Wishes that do not follow from a verdict alone. */
const CANNOT_BE_REDONE: ReadonlySet<Wish['do']> = new Set(['graft', 'bury'])

/** The reference backend: everything in this process. Each method is one indivisible step, as a script is on a server. */
export function memoryBackend(options: MemoryOptions = {}): MemoryBackend {
  const clock = options.clock ?? systemClock
  const ttl = options.resultTtlMs ?? DAY
  const messages = new Messages(clock, options.leaseMs ?? Number.POSITIVE_INFINITY)
  const runs = new Map<string, MemoryRun>()
  const deadlines = new Deadlines()
  const finished = new Fifo<{ readonly run: MemoryRun; readonly until: number }>()
  const closing = new AbortController()
  setMaxListeners(0, closing.signal) // everybody who waits listens to it
  const dead = new Map<string, DeadLetter>()
  const heedful = new Set<(run: string) => void>()

  /** Cancels what had to be over by now, before anything else is done with it. */
  function keepTime(): void {
    if (deadlines.next === null) return
    const now = clock.now()
    for (let run = deadlines.takeDue(now); run !== undefined; run = deadlines.takeDue(now)) {
      if (run.launch.deadline !== null) halt(run, run.launch.deadline)
    }
  }

  function halt(run: MemoryRun, { span, verdict }: Pick<Deadline, 'span' | 'verdict'>): void {
    run.halt(span, verdict)
    callOff(run)
    run.tell(null)
  }

  /** Whoever sleeps until the next thing is due sleeps until then. */
  function setDeadline(run: MemoryRun, { moment }: Deadline): void {
    deadlines.add(moment, run)
    if (deadlines.next === moment) messages.wake()
  }

  /** Who waits for a run is told when its time is over, even if no worker is there to notice. */
  function untilDeadline({ live, launch: { deadline } }: MemoryRun): () => void {
    return live === 0 || deadline === null ? () => {} : clock.at(deadline.moment, keepTime)
  }

  function nextDue(): number | null {
    const next = Math.min(
      messages.nextDue ?? Number.POSITIVE_INFINITY,
      deadlines.next ?? Number.POSITIVE_INFINITY,
    )
    return Number.isFinite(next) ? next : null
  }

  function commit(delivery: Delivery, wishes: readonly Wish[]): Reply {
    keepTime()
    const entry = messages.held(delivery.token)
    if (entry === undefined) return FENCED
    const { message } = entry
    const run = runs.get(message.run)
    if (run !== undefined) {
      // A verdict that was kept stands, and a chord that closed, whatever is halted afterwards.
      const isKept = run.kept(message.id) !== null
      const isClosing = wishes.some((wish) => wish.do === 'launch')
      const halt = isClosing || isKept ? null : run.halted(message)
      if (halt !== null && message.kind === 'call' && !concludes(wishes, message.id, halt.state)) {
        return { kind: 'halted', verdict: halt }
      }
      const closed = takeSeats(run, message, wishes)
      if (closed !== null) return closed
      if (isFirst(run, message, wishes, isKept)) {
        for (const wish of wishes) grant(run, wish)
        if (message.aside) noteAsides(run, wishes)
      }
    }
    messages.acknowledge(delivery.token)
    if (run !== undefined && --run.live === 0) finish(run)
    return DONE
  }

  /** Seats are taken before anything else; a chord that closes is told of, unless what follows it is already here. */
  function takeSeats(run: MemoryRun, message: Message, wishes: readonly Wish[]): Reply | null {
    const launched = new Set(wishes.map((wish) => (wish.do === 'launch' ? wish.chord : null)))
    for (const wish of wishes) {
      if (wish.do === 'widen') run.chords.get(wish.seat.chord)?.widen(wish.seat)
      if (wish.do !== 'join') continue
      const chord = run.chords.get(wish.seat.chord)
      if (!chord?.take(wish.seat, wish.verdict, run.halted(chord.record))) continue
      if (launched.has(wish.seat.chord)) continue
      keepOwnVerdict(run, message, wishes)
      return { kind: 'closed', ...chord.closed }
    }
    return null
  }

  /**
   * So that the task is not run again if its worker dies before the second commit. A value that is not kept cannot help,
   * and what a task added to its chord can only be had by running it again.
   */
  function keepOwnVerdict(run: MemoryRun, message: Message, wishes: readonly Wish[]): void {
    if (message.options.ignoreResult === true || wishes.some(({ do: deed }) => CANNOT_BE_REDONE.has(deed)))
      return
    for (const wish of wishes) {
      if (wish.do === 'store' && wish.id === message.id) run.store(wish.id, wish.verdict, wish.counts)
    }
  }

  /** Whether these wishes are granted for the first time: a repeated end, replacement or launch changes nothing. */
  function isFirst(run: MemoryRun, message: Message, wishes: readonly Wish[], isKept: boolean): boolean {
    const launches = wishes.filter((wish) => wish.do === 'launch')
    if (launches.length > 0) return launches.every((wish) => run.chords.get(wish.chord)?.launched === null)
    if (message.kind === 'spread') return true
    return !isKept && !(message.at in run.grafts)
  }

  function grant(run: MemoryRun, wish: Wish): void {
    switch (wish.do) {
      case 'store':
        run.store(wish.id, wish.verdict, wish.counts)
        break
      case 'note':
        run.note(wish.id, wish.state, wish.meta)
        break
      case 'open':
        if (!run.chords.has(wish.chord.id)) run.chords.set(wish.chord.id, new MemoryChord(wish.chord))
        break
      case 'publish':
        run.live++
        messages.publish(wish.message, run.halted(wish.message) !== null)
        break
      case 'launch':
        run.launchChord(wish.chord, wish.dismissed)
        if (wish.dismissed !== null) callOff(run)
        break
      case 'graft':
        run.graft(wish.at, wish.graft, wish.lists, wish.calls)
        break
      case 'keep':
        run.keep(wish.failed)
        break
      case 'bury':
        bury(wish.message, wish.reason)
        break
      case 'join':
      case 'widen':
        break // done by takeSeats
      default:
        wish satisfies never
    }
  }

  function noteAsides(run: MemoryRun, wishes: readonly Wish[]): void {
    for (const wish of wishes) {
      if (wish.do === 'store') run.noteAside(wish.id)
      if (wish.do === 'graft') run.noteAside(idAt(wish.run, wish.at))
    }
  }

  /** Delayed messages that were halted are concluded now, not when they would have been due. */
  function callOff(run: MemoryRun): void {
    messages.callUp(run.launch.id, (message) => run.halted(message) !== null)
    for (const listener of heedful) listener(run.launch.id)
  }

  function interruption(delivery: Delivery): Interruption[] {
    if (!messages.extend(delivery.token)) return [{ delivery, why: 'lost' }]
    const { message } = delivery
    return runs.get(message.run)?.halted(message) ? [{ delivery, why: 'halted' }] : []
  }

  function bury(message: Message, reason: string): void {
    const id = letterId(message)
    dead.set(id, { id, message, reason, buriedAt: clock.now() })
  }

  function finish(run: MemoryRun): void {
    const { next } = deadlines
    deadlines.drop(run)
    if (deadlines.next !== next) messages.wake() // nobody sleeps until a moment that nobody waits for
    if (run.isForgotten) runs.delete(run.launch.id)
    else finished.push({ run, until: remember(run) })
    run.finish()
    sweep()
  }

  function remember(run: MemoryRun): number {
    run.until = clock.now() + ttl
    return run.until
  }

  /** Forgets runs whose time is over, before anybody is told of them. */
  function sweep(): void {
    const now = clock.now()
    for (let { first } = finished; first !== undefined; first = finished.first) {
      if (first.until > now && finished.size <= LIMITS.finishedRunsInMemory) return
      finished.shift()
      const isCurrent = first.run.until === first.until // else it was reopened
      if (isCurrent && runs.get(first.run.launch.id) === first.run) runs.delete(first.run.launch.id)
    }
  }

  function deliveryOf({ message, lease, count }: Entry): Delivery {
    const run = runs.get(message.run)
    const verdict = run?.kept(message.id) ?? run?.halted(message) ?? null
    // A fork's own verdict says nothing about the message that starts its branches.
    return { message, token: lease?.token ?? '', count, verdict: message.kind === 'spread' ? null : verdict }
  }

  async function waitAndReceive(
    queues: readonly string[],
    max: number,
    signal: AbortSignal,
  ): Promise<Delivery[]> {
    for (;;) {
      await messages.sleep(queues, signal, deadlines.next)
      keepTime()
      const taken = messages.lease(queues, max)
      if (taken.length > 0 || signal.aborted) return taken.map(deliveryOf)
    }
  }

  return {
    clock,
    closed: closing.signal,
    nextDue,
    queueNames: () => messages.queues,
    deliveries: {
      leaseMs: messages.leaseMs,
      submit(launch, wishes) {
        sweep()
        if (runs.has(launch.id)) return 'known'
        const run = new MemoryRun(launch)
        runs.set(launch.id, run)
        for (const wish of wishes) grant(run, wish)
        if (launch.deadline !== null) setDeadline(run, launch.deadline)
        return 'started'
      },
      receive(queues, max, signal) {
        keepTime()
        const taken = messages.lease(queues, max)
        if (taken.length > 0 || signal.aborted) return taken.map(deliveryOf)
        return waitAndReceive(queues, max, signal)
      },
      commit,
      extend(deliveries) {
        keepTime()
        return deliveries.flatMap(interruption)
      },
      release(deliveries, why) {
        const inTurn = why === 'unrun' ? deliveries.toReversed() : deliveries // each is put in front of those before it
        for (const { token } of inTurn) messages.giveBack(token, why)
      },
      heed(listener) {
        heedful.add(listener)
        return () => heedful.delete(listener)
      },
    },
    runs: {
      get(id) {
        keepTime()
        sweep()
        return runs.get(id)?.record ?? null
      },
      items: (id, list, from, to) => runs.get(id)?.lists[list]?.slice(from, to) ?? [],
      halt(id, span, verdict) {
        keepTime()
        const run = runs.get(id)
        if (run !== undefined && run.live > 0) halt(run, { span, verdict })
      },
      reopen(id) {
        sweep()
        const run = runs.get(id)
        if (run === undefined) return { kind: 'unknown' }
        if (run.live > 0) return { kind: 'underway' }
        const { messages: again, calls } = run.reopen()
        if (again.length > 0) run.until = null
        for (const message of again) grant(run, { do: 'publish', message })
        run.tell(null)
        return { kind: 'reopened', calls }
      },
      forget(id) {
        const run = runs.get(id)
        if (run === undefined) return
        run.isForgotten = true
        if (run.live > 0) return
        runs.delete(id)
        run.tell(null)
      },
    },
    results: {
      get(ids) {
        keepTime()
        sweep()
        return ids.map((id): Standing => runs.get(runOf(id))?.standing(id) ?? { kind: 'unknown' })
      },
      note: (id, state, meta) => runs.get(runOf(id))?.note(id, state, meta),
      watch(id, listener, ids) {
        const run = runs.get(id)
        if (run === undefined) return () => {}
        const leave = run.audience.add(listener, ids)
        const callOff = untilDeadline(run)
        return () => {
          leave()
          callOff()
        }
      },
    },
    queues: {
      list: () => messages.lengths(),
      scheduled: (most) => messages.scheduled(most),
    },
    bus: memoryBus(),
    events: memoryEvents(),
    presence: memoryPresence(clock),
    rates: memoryRates(clock),
    onWarning: () => () => {}, // nothing is ever wrong with it
    ready() {},
    deadLetters: {
      list: () => [...dead.values()],
      remove(id) {
        const letter = dead.get(id) ?? null
        dead.delete(id)
        return letter
      },
      purge() {
        const count = dead.size
        dead.clear()
        return count
      },
    },
    close() {
      closing.abort()
      messages.wake()
    },
  }
}

function concludes(wishes: readonly Wish[], id: string, state: string): boolean {
  return wishes.some((wish) => wish.do === 'store' && wish.id === id && wish.verdict.state === state)
}
