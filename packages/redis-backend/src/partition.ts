import type { Closed, Delivery, Reply, Wish } from '@arpeggio/core'
import type { Commands } from './commands.ts'
import type { Keys } from './keys.ts'
import { runScript } from './scripts.ts'
import { readSeats } from './seats.ts'
import { stageLists } from './stage.ts'
import { type Argument, kindOf, packWishes, positionIn, unpackMessage, unpackVerdict } from './wire.ts'

/** What the exchanges of one worker process need to know. */
export interface Exchanging {
  readonly redis: Commands
  readonly keys: Keys
  /** The name under which this process holds messages. */
  readonly worker: string
  readonly leaseMs: number
  readonly resultTtlMs: number
  /** Hears what time it is where the messages are. */
  readonly onTime: (now: number) => void
}

/** Somebody who waits for messages. He is asked for in one partition at a time, so that he never gets too many. */
export interface Receiver {
  readonly queues: readonly string[]
  /** How many at most; none when he only leaves. */
  want: number
  /** Whether an exchange is under way that asks for him. */
  isAsked: boolean
  /** Takes what came; nothing is left to be asked for then. */
  take(deliveries: readonly Delivery[]): void
}

interface Commit {
  readonly delivery: Delivery
  readonly args: readonly Argument[]
  resolve(reply: Reply): void
  reject(error: unknown): void
}

interface Asked {
  resolve(): void
  reject(error: unknown): void
}

/** Commits that travel together at most. */
const MOST_COMMITS = 100

/**
 * The conversation of one worker process with one partition. One exchange is under way at a time; what comes up meanwhile
 * travels together in the next, so nobody waits for a timer and a busy process needs few calls.
 */
export class Partition {
  readonly #with: Exchanging
  readonly #receivers: ReadonlySet<Receiver>
  readonly #commits: Commit[] = []
  #asking: Asked[] = []
  #number = 0
  #isUnderWay = false
  #isScheduled = false
  /** Whether the scripts have this process among the sleepers of its queues. */
  #isAsleep = false
  #sweepAt = 0
  /** When the next delayed message is due, by the server's clock; null if none is. */
  nextDue: number | null = null

  constructor(exchanging: Exchanging, receivers: ReadonlySet<Receiver>) {
    this.#with = exchanging
    this.#receivers = receivers
  }

  get keys(): Keys {
    return this.#with.keys
  }

  get redis(): Commands {
    return this.#with.redis
  }

  /** Grants the wishes of a delivery, and acknowledges it. */
  async commit(delivery: Delivery, wishes: readonly Wish[]): Promise<Reply> {
    const { message, token } = delivery
    const staged = await stageLists(this.redis.patient, this.keys, wishes)
    const { run, at } = message
    const ignored = message.options.ignoreResult === true ? '1' : ''
    const head = [token, run, positionIn(message), at, kindOf(message), ignored]
    const args = [...head, ...packWishes(wishes, staged, message)]
    return new Promise((resolve, reject) => {
      this.#commits.push({ delivery, args, resolve, reject })
      this.#schedule()
    })
  }

  /** Asks for all who wait; done when that was answered. */
  ask(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#asking.push({ resolve, reject })
      this.#schedule()
    })
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isUnderWay) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      void this.#exchange()
    })
  }

  async #exchange(): Promise<void> {
    this.#isUnderWay = true
    while (this.#commits.length > 0 || this.#asking.length > 0) {
      const commits = this.#commits.splice(0, MOST_COMMITS)
      const asking = this.#asking
      this.#asking = []
      const receivers = [...this.#receivers].filter(({ isAsked }) => !isAsked)
      for (const receiver of receivers) receiver.isAsked = true
      try {
        await this.#converse(commits, receivers)
        for (const { resolve } of asking) resolve()
      } catch (error) {
        for (const { reject } of [...commits, ...asking]) reject(error)
      } finally {
        for (const receiver of receivers) receiver.isAsked = false
      }
    }
    this.#isUnderWay = false
  }

  async #converse(commits: readonly Commit[], receivers: readonly Receiver[]): Promise<void> {
    const { worker, leaseMs, resultTtlMs, keys, onTime } = this.#with
    const now = Date.now()
    const sweeps = receivers.length > 0 && now >= this.#sweepAt
    if (sweeps) this.#sweepAt = now + leaseMs / 6
    const args: Argument[] = [worker, `${++this.#number}`, resultTtlMs, leaseMs, sweeps ? '1' : '']
    args.push(this.#isAsleep ? '1' : '', commits.length)
    for (const commit of commits) for (const arg of commit.args) args.push(arg)
    args.push(receivers.length)
    for (const { want, queues } of receivers) args.push(want, queues.length, ...queues)
    const answer = (await runScript(this.redis, 'exchange', keys.prefix, args)) as Answer
    const [time, due, replies, received] = answer
    onTime(Number(time))
    this.nextDue = due === '' ? null : Number(due)
    if (receivers.length > 0) this.#isAsleep = received.some((got) => got.length === 0)
    for (const [i, receiver] of receivers.entries()) {
      const deliveries = deliveriesOf(received[i] ?? [])
      if (deliveries.length > 0) receiver.take(deliveries)
    }
    for (const [i, commit] of commits.entries()) {
      this.#reply(commit, replies[i] as ReplyText).then(commit.resolve, commit.reject)
    }
  }

  async #reply({ delivery }: Commit, reply: ReplyText): Promise<Reply> {
    if (reply === 'D') return { kind: 'done' }
    if (reply === 'F') return { kind: 'fenced' }
    if (reply[0] === 'H') return { kind: 'halted', verdict: unpackVerdict(reply[1]) }
    const [, record, size, isFull, halt, position, added] = reply
    const chord: Closed['chord'] = JSON.parse(record)
    const seats = await readSeats(this.redis.patient, this.keys, {
      run: delivery.message.run,
      position,
      size: Number(size),
      isGrown: added !== '0',
    })
    return {
      kind: 'closed',
      chord,
      seats,
      isFull: isFull === '1',
      halt: halt === '' ? null : unpackVerdict(halt),
    }
  }
}

type Answer = readonly [time: string, due: string, replies: ReplyText[], received: string[][]]
type ReplyText =
  | 'D'
  | 'F'
  | readonly ['H', string]
  | readonly ['C', string, string, string, string, string, string]

/** Tokens, messages and verdicts, one after another. */
function deliveriesOf(texts: readonly string[]): Delivery[] {
  const deliveries: Delivery[] = []
  for (let i = 0; i < texts.length; i += 3) {
    const [token, text, verdict] = texts.slice(i, i + 3) as [string, string, string]
    deliveries.push({
      ...unpackMessage(text),
      token,
      verdict: verdict === '' ? null : unpackVerdict(verdict),
    })
  }
  return deliveries
}
