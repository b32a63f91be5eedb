import type { Closed, Delivery, Reply, Wish } from '@arpeggio/core'
import type { Commands } from './commands.ts'
import type { Keys } from './keys.ts'
import { referenceIn, unpackMessage } from './message.ts'
import { runScript } from './scripts.ts'
import { readSeats } from './seats.ts'
import { Stage } from './stage.ts'
import { type Argument, unpackFailed, unpackVerdict } from './wire.ts'
import { packCommit } from './wishes.ts'

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
  /** The exchange that asks for him, under way or to come. */
  asked: Promise<void> | null
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
  readonly receiver: Receiver
  resolve(): void
  reject(error: unknown): void
}

/** What travels in one exchange at most, so that no script runs long. */
const MOST_COMMITS = 100
const MOST_ARGUMENTS = 4_000
/** Exchanges under way at a time: while the server works on one, this process works on the answer to another. */
const MOST_UNDER_WAY = 2

/**
 * The conversation of one worker process with one partition. What comes up while exchanges are under way travels together
 * in the next, so nobody waits for a timer and a busy process needs few calls.
 */
export class Partition {
  readonly #with: Exchanging
  readonly #receivers: ReadonlySet<Receiver>
  #commits: Commit[] = []
  #asking: Asked[] = []
  #number = 0
  #underWay = 0
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
    let stage = new Stage(this.keys)
    let args = packCommit(delivery, wishes, stage)
    while (!stage.isEmpty && !(await stage.fill(this.redis.patient, 'stage-more'))) {
      stage = new Stage(this.keys)
      args = packCommit(delivery, wishes, stage)
    }
    return new Promise((resolve, reject) => {
      this.#commits.push({ delivery, args, resolve, reject })
      this.#schedule()
    })
  }

  /** Asks for somebody, and for all who wait and are not asked for elsewhere; done when that was answered. */
  async ask(receiver: Receiver): Promise<void> {
    while (receiver.asked !== null) await receiver.asked.catch(() => {})
    if (!this.#receivers.has(receiver)) return // he has got something there
    const asked = new Promise<void>((resolve, reject) => this.#asking.push({ receiver, resolve, reject }))
    this.#schedule()
    await this.#bind(receiver, asked)
  }

  /** From now on nobody else asks for him, until that was answered. */
  #bind(receiver: Receiver, asked: Promise<void>): Promise<void> {
    receiver.asked = asked.finally(() => {
      receiver.asked = null
    })
    receiver.asked.catch(() => {}) // told to who asked
    return receiver.asked
  }

  /** In a moment, so that what comes up together travels together. */
  #schedule(): void {
    if (this.#isScheduled || this.#underWay === MOST_UNDER_WAY) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      void this.#exchange()
    })
  }

  async #exchange(): Promise<void> {
    const commits = this.#takeCommits()
    const asking = this.#asking
    this.#asking = []
    const idle = [...this.#receivers].filter(({ asked }) => asked === null)
    this.#underWay++
    try {
      const conversed = this.#converse(commits, [...asking.map(({ receiver }) => receiver), ...idle])
      for (const receiver of idle) this.#bind(receiver, conversed)
      await conversed
      for (const { resolve } of asking) resolve()
    } catch (error) {
      for (const { reject } of [...commits, ...asking]) reject(error)
    } finally {
      this.#underWay--
      if (this.#commits.length > 0 || this.#asking.length > 0) this.#schedule()
    }
  }

  #takeCommits(): Commit[] {
    let count = 0
    let size = 0
    for (const { args } of this.#commits) {
      size += args.length
      if (count === MOST_COMMITS || (count > 0 && size > MOST_ARGUMENTS)) break
      count++
    }
    const taken = this.#commits.slice(0, count)
    this.#commits = this.#commits.slice(count)
    return taken
  }

  async #converse(commits: readonly Commit[], receivers: readonly Receiver[]): Promise<void> {
    const { worker, leaseMs, resultTtlMs, keys, onTime } = this.#with
    const number = ++this.#number
    const now = Date.now()
    const sweeps = receivers.length > 0 && now >= this.#sweepAt
    if (sweeps) this.#sweepAt = now + leaseMs / 6
    const args: Argument[] = [worker, number, resultTtlMs, leaseMs, sweeps ? '1' : '']
    // Who is asked for elsewhere just now sleeps here all the same.
    const areAll = receivers.length === this.#receivers.size
    args.push(this.#isAsleep && areAll ? '1' : '', commits.length)
    for (const { delivery } of commits) args.push(delivery.token)
    for (const commit of commits) for (const arg of commit.args) args.push(arg)
    args.push(receivers.length)
    for (const { want, queues } of receivers) args.push(want, queues.length, ...queues)
    const answer = (await runScript(this.redis, 'exchange', keys.prefix, args)) as Answer
    const [time, due, replies, received] = answer
    onTime(Number(time))
    this.nextDue = due === '' ? null : Number(due)
    if (receivers.length > 0) {
      this.#isAsleep = (this.#isAsleep && !areAll) || received.some((got) => got.length === 0)
    }
    for (const [i, commit] of commits.entries()) this.#tell(commit, replies[i] as ReplyText)
    for (const [i, receiver] of receivers.entries()) {
      const texts = await this.#filled(received[i] ?? [])
      const deliveries = deliveriesOf(texts, `${number}.${i + 1}`)
      if (deliveries.length > 0) receiver.take(deliveries)
    }
  }

  /** The same, with the bodies of long messages, which are kept elsewhere. */
  async #filled(texts: readonly string[]): Promise<readonly string[]> {
    const filled = [...texts]
    for (const [i, text] of texts.entries()) {
      const reference = i % 2 === 0 ? referenceIn(text) : null
      if (reference === null) continue
      const { run, name, fill } = reference
      const pieces = await this.redis.patient.lrange(this.keys.list(run, name), 0, -1)
      filled[i] = fill(pieces.join(''))
    }
    return filled
  }

  #tell({ delivery, resolve, reject }: Commit, reply: ReplyText): void {
    if (reply === 'D') resolve(DONE)
    else if (reply === 'F') resolve(FENCED)
    else if (reply[0] === 'H') resolve({ kind: 'halted', verdict: unpackFailed(reply[1]) })
    else this.#closed(delivery, reply).then(resolve, reject)
  }

  async #closed(delivery: Delivery, reply: ClosedText): Promise<Reply> {
    const [, record, size, isFull, halt, position, added] = reply
    const chord: Closed['chord'] = JSON.parse(record)
    const { run } = delivery.message
    const seats = await readSeats(this.redis.patient, this.keys, { run, position, size, isGrown: added > 0 })
    return {
      kind: 'closed',
      chord,
      seats,
      isFull: isFull === '1',
      halt: halt === '' ? null : unpackFailed(halt),
    }
  }
}

const DONE: Reply = Object.freeze({ kind: 'done' })
const FENCED: Reply = Object.freeze({ kind: 'fenced' })

type Answer = readonly [time: string, due: string, replies: ReplyText[], received: string[][]]
type ReplyText = 'D' | 'F' | readonly ['H', string] | ClosedText
type ClosedText = readonly [
  'C',
  record: string,
  size: number,
  isFull: string,
  halt: string,
  position: string,
  added: number,
]

/** Messages and verdicts, one after another. */
function deliveriesOf(texts: readonly string[], token: string): Delivery[] {
  const deliveries: Delivery[] = []
  for (let i = 0; i < texts.length; i += 2) {
    const verdict = texts[i + 1] as string
    deliveries.push({
      ...unpackMessage(texts[i] as string),
      token: `${token}.${i / 2 + 1}`,
      verdict: verdict === '' ? null : unpackVerdict(verdict),
    })
  }
  return deliveries
}
