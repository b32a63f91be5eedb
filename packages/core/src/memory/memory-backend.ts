import type { Wish } from '../model/effect.ts'
import { ArpeggioError } from '../model/errors.ts'
import { LIMITS } from '../model/limits.ts'
import { type Message, runOf } from '../model/message.ts'
import type { Span } from '../model/plan.ts'
import type { Launch } from '../model/run.ts'
import type { Backend, DeadLetter, Delivery, Reply, Standing } from '../ports/backend.ts'
import type { Clock } from '../ports/clock.ts'
import { systemClock } from './clock.ts'
import { type Entry, Line } from './queue.ts'
import { MemoryChord, MemoryRun } from './run.ts'
import { Schedule } from './schedule.ts'

export interface MemoryOptions {
  readonly clock?: Clock
  /** How long a delivery is held before somebody else may take it. Default: for ever, as this process is all there is. */
  readonly leaseMs?: number
  /** How long a finished run is remembered. Default: a day. */
  readonly resultTtlMs?: number
}

export interface MemoryBackend extends Backend {
  /** When the next delayed message is due; null if none is. For those who drive a clock themselves. */
  nextDue(): number | null
  /** The queues that messages were ever sent to. */
  queues(): string[]
}

const DONE: Reply = Object.freeze({ kind: 'done' })
const FENCED: Reply = Object.freeze({ kind: 'fenced' })
const DAY = 86_400_000

/** The reference backend: everything in this process. Each method is one indivisible step, as a script is on a server. */
export function memoryBackend(options: MemoryOptions = {}): MemoryBackend {
  const clock = options.clock ?? systemClock
  const leaseMs = options.leaseMs ?? Number.POSITIVE_INFINITY
  const ttl = options.resultTtlMs ?? DAY
  const runs = new Map<string, MemoryRun>()
  const finished = new Map<string, number>()
  const lines = new Map<string, Line>()
  const delayed = new Schedule<Entry>()
  const leased = new Map<string, Entry>()
  const dead = new Map<string, DeadLetter>()
  const sleepers = new Set<() => void>()
  const heedful = new Set<(run: string, spans: readonly Span[]) => void>()
  let tokens = 0
  let turn = 0

  function publish(message: Message): void {
    const { options } = message
    const entry: Entry = {
      message,
      queue: options.queue ?? 'default',
      priority: options.priority ?? LIMITS.defaultPriority,
      count: 0,
      lease: null,
    }
    const run = runs.get(message.run)
    if (run) run.live++
    const due = message.kind === 'call' ? dueTime(message.countdown, message.eta, clock) : 0
    const line = lineOf(entry.queue)
    if (due > 0) delayed.add(due, entry)
    else line.push(entry)
    wake()
  }

  function enqueue(entry: Entry): void {
    lineOf(entry.queue).push(entry)
  }

  function lineOf(queue: string): Line {
    const line = lines.get(queue) ?? new Line()
    lines.set(queue, line)
    return line
  }

  function wake(): void {
    if (sleepers.size === 0) return
    const waiting = [...sleepers]
    sleepers.clear()
    for (const resolve of waiting) resolve()
  }

  /** Leases what is due, queue by queue in turn so that no queue starves another. */
  function lease(queues: readonly string[], max: number): Delivery[] {
    const now = clock.now()
    for (let entry = delayed.takeDue(now); entry !== undefined; entry = delayed.takeDue(now)) enqueue(entry)
    if (leaseMs !== Number.POSITIVE_INFINITY) recoverLost(now)
    const taken: Delivery[] = []
    let idle = 0
    while (taken.length < max && idle < queues.length) {
      const entry = lines.get(queues[turn++ % queues.length] as string)?.shift()
      if (entry === undefined) {
        idle++
        continue
      }
      idle = 0
      entry.count++
      const token = String(++tokens)
      entry.lease = { token, until: now + leaseMs }
      leased.set(token, entry)
      const run = runs.get(entry.message.run)
      const verdict = run ? (run.halted(entry.message) ?? run.kept(entry.message.id)) : null
      taken.push({ message: entry.message, token, count: entry.count, verdict: keptOf(entry, verdict) })
    }
    return taken
  }

  function recoverLost(now: number): void {
    for (const [token, entry] of leased) {
      if (entry.lease !== null && entry.lease.until <= now) {
        leased.delete(token)
        entry.lease = null
        enqueue(entry)
      }
    }
  }

  function commit(delivery: Delivery, wishes: readonly Wish[]): Reply {
    const entry = leased.get(delivery.token)
    if (entry === undefined) return FENCED
    const { message } = entry
    const run = runs.get(message.run)
    if (run !== undefined) {
      const halt = run.halted(message)
      if (halt !== null && message.kind === 'call' && !concludes(wishes, message.id, halt.state)) {
        return { kind: 'halted', verdict: halt }
      }
      const closed = takeSeats(run, message, wishes)
      if (closed !== null) return closed
      if (isFirst(run, message, wishes)) for (const wish of wishes) grant(run, wish)
    }
    acknowledge(delivery.token, run)
    return DONE
  }

  /** Seats are taken before anything else; a chord that closes is told of, unless what follows it is already here. */
  function takeSeats(run: MemoryRun, message: Message, wishes: readonly Wish[]): Reply | null {
    for (const wish of wishes) {
      if (wish.do === 'widen') run.chords.get(wish.seat.chord)?.widen(wish.seat)
      if (wish.do !== 'join') continue
      const chord = run.chords.get(wish.seat.chord)
      if (chord === undefined || !chord.take(wish.seat, wish.verdict)) continue
      if (wishes.some((other) => other.do === 'launch' && other.chord === wish.seat.chord)) continue
      const unkept = message.kind === 'call' && message.options.ignoreResult === true
      for (const other of wishes) {
        if (other.do === 'store' && other.id === message.id && !unkept)
          run.store(other.id, other.verdict, other.counts)
      }
      return { kind: 'closed', chord: chord.record, seats: chord.seats }
    }
    return null
  }

  /** Whether these wishes are granted for the first time: a repeated end or launch changes nothing. */
  function isFirst(run: MemoryRun, message: Message, wishes: readonly Wish[]): boolean {
    const launches = wishes.filter((wish) => wish.do === 'launch')
    if (launches.length > 0) return launches.every((wish) => run.chords.get(wish.chord)?.launched === false)
    return run.kept(message.id) === null || message.kind === 'spread'
  }

  function grant(run: MemoryRun, wish: Wish): void {
    switch (wish.do) {
      case 'store':
        run.store(wish.id, wish.verdict, wish.counts)
        return
      case 'note':
        return run.note(wish.id, wish.state, wish.meta)
      case 'open':
        if (!run.chords.has(wish.chord.id)) run.chords.set(wish.chord.id, new MemoryChord(wish.chord))
        return
      case 'publish':
        return publish(wish.message)
      case 'launch':
        return run.chords.get(wish.chord)?.launch()
      case 'halt':
        return halt(run, wish.spans, wish.verdict)
      case 'graft':
        run.grafts.set(wish.at, wish.shape)
        for (const [name, items] of wish.lists) run.lists.set(name, items)
        return run.grow(wish.calls)
      case 'bury':
        dead.set(wish.message.id, {
          id: wish.message.id,
          message: wish.message,
          reason: wish.reason,
          buriedAt: clock.now(),
        })
        return
      case 'join':
      case 'widen':
        return // done by takeSeats
    }
  }

  /** Delayed messages that were halted are concluded now, not when they would have been due. */
  function halt(run: MemoryRun, ...halted: Parameters<MemoryRun['halt']>): void {
    run.halt(...halted)
    const called = delayed.takeWhere(
      ({ message }) => message.run === run.launch.id && run.halted(message) !== null,
    )
    for (const entry of called) enqueue(entry)
    for (const listener of heedful) listener(run.launch.id, halted[0])
    wake()
  }

  function acknowledge(token: string, run: MemoryRun | undefined): void {
    leased.delete(token)
    if (run === undefined || --run.live > 0) return
    run.lists.clear()
    run.chords.clear()
    run.tell(null)
    finished.set(run.launch.id, clock.now() + ttl)
    sweep()
  }

  function sweep(): void {
    const now = clock.now()
    for (const [id, until] of finished) {
      if (until > now && finished.size <= LIMITS.finishedRunsInMemory) return
      finished.delete(id)
      runs.delete(id)
    }
  }

  return {
    clock,
    nextDue: () => delayed.next,
    queues: () => [...lines.keys()],
    deliveries: {
      leaseMs,
      submit(launch: Launch, wishes) {
        if (runs.has(launch.id)) return
        sweep()
        const run = new MemoryRun(launch)
        runs.set(launch.id, run)
        for (const wish of wishes) grant(run, wish)
      },
      receive(queues, max, signal) {
        const taken = lease(queues, max)
        if (taken.length > 0 || signal.aborted) return taken
        return sleep(signal).then(() => this.receive(queues, max, signal))
      },
      extend(deliveries) {
        const until = clock.now() + leaseMs
        return deliveries.filter(({ token }) => {
          const lease = leased.get(token)?.lease
          if (lease) lease.until = until
          return !lease
        })
      },
      commit,
      heed(listener) {
        heedful.add(listener)
        return () => heedful.delete(listener)
      },
      release(deliveries, charged) {
        for (const { token } of [...deliveries].reverse()) {
          const entry = leased.get(token)
          if (entry === undefined) continue
          leased.delete(token)
          entry.lease = null
          if (!charged) entry.count--
          lineOf(entry.queue).unshift(entry)
        }
        wake()
      },
    },
    runs: {
      get: (id) => runs.get(id)?.record ?? null,
      items: (id, list, from, to) => runs.get(id)?.lists.get(list)?.slice(from, to) ?? [],
      halt(id, spans, verdict) {
        const run = runs.get(id)
        if (run) halt(run, spans, verdict)
      },
      forget(id) {
        runs.delete(id)
        finished.delete(id)
      },
    },
    results: {
      get: (ids) => ids.map((id): Standing => runs.get(runOf(id))?.standing(id) ?? { kind: 'unknown' }),
      note: (id, state, meta) => runs.get(runOf(id))?.note(id, state, meta),
      watch(id, listener) {
        const run = runs.get(id)
        run?.listeners.add(listener)
        return () => run?.listeners.delete(listener)
      },
    },
    deadLetters: {
      list: () => [...dead.values()],
      requeue(id) {
        const letter = dead.get(id)
        if (letter === undefined) {
          throw new ArpeggioError(
            'result-unknown',
            `No dead letter has the id ${id}. List them to see which there are.`,
          )
        }
        dead.delete(id)
        publish(letter.message)
      },
      purge() {
        const count = dead.size
        dead.clear()
        return count
      },
    },
    close() {
      wake()
    },
  }

  /** Until something is published, given back, due, lost, or the signal aborts. */
  function sleep(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const moments = [delayed.next ?? Number.POSITIVE_INFINITY, ...leaseEnds()]
      const next = Math.min(...moments)
      const callOff = next === Number.POSITIVE_INFINITY ? () => {} : clock.at(next, wakeUp)
      function wakeUp(): void {
        callOff()
        sleepers.delete(wakeUp)
        signal.removeEventListener('abort', wakeUp)
        resolve()
      }
      sleepers.add(wakeUp)
      signal.addEventListener('abort', wakeUp)
    })
  }

  function leaseEnds(): number[] {
    return leaseMs === Number.POSITIVE_INFINITY ? [] : [clock.now() + leaseMs]
  }
}

function dueTime(countdown: number, eta: number | null, clock: Clock): number {
  if (countdown === 0 && eta === null) return 0
  const now = clock.now()
  const due = Math.max(now + countdown, eta ?? 0)
  return due > now ? due : 0
}

function concludes(wishes: readonly Wish[], id: string, state: string): boolean {
  return wishes.some((wish) => wish.do === 'store' && wish.id === id && wish.verdict.state === state)
}

/** A fork's own verdict says nothing about the message that starts its branches. */
function keptOf(entry: Entry, verdict: Delivery['verdict']): Delivery['verdict'] {
  return entry.message.kind === 'spread' ? null : verdict
}
