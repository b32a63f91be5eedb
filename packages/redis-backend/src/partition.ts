import {
  type Chord,
  type Clock,
  type Delivery,
  type Failed,
  idAt,
  type Reply,
  type Stored,
  show,
  type Wish,
} from '@arpeggio/core'
import { withBody } from './bodies.ts'
import { readChord, readJson } from './border.ts'
import type { Commands } from './commands.ts'
import type { Deadlines } from './deadlines.ts'
import type { Keys } from './keys.ts'
import type { Lists } from './lists.ts'
import { idIn, runIn, unpackMessage } from './message.ts'
import { runScript } from './scripts.ts'
import type { Seal } from './seal.ts'
import { readSeats } from './seats.ts'
import { Stage } from './stage.ts'
import { namingStrays, queuesIn } from './strays.ts'
import { isNoneOfOurs, reasonOf } from './untrusted.ts'
import type { Warn } from './warnings.ts'
import { type Argument, packVerdict, sizeOf, unpackFailed, unpackVerdict, unreadable } from './wire.ts'
import { packCommit } from './wishes.ts'

/** What the exchanges of one worker process need to know. */
export interface Exchanging {
  readonly redis: Commands
  readonly keys: Keys
  /** The name under which this process holds messages. */
  readonly worker: string
  readonly leaseMs: number
  readonly resultTtlMs: number
  readonly lists: Lists
  readonly seal: Seal
  /** Hears of messages that were set aside. */
  readonly warn: Warn
  readonly deadlines: Deadlines
  /** The server's time, as far as it was heard. */
  readonly clock: Clock
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
  /** null: what was put on the stage is not there any more. */
  resolve(reply: Reply | null): void
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
const MOST_CHARACTERS = 1_000_000
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
  /** Those of them that only ask. */
  #asksUnderWay = 0
  #isScheduled = false
  #turns: Promise<void> = Promise.resolve()
  /** Those for whom the scripts have this process among the sleepers of their queues. */
  readonly #sleeping: Set<Receiver> = new Set()
  /** Queues in which nobody sleeps any more here, and the scripts do not know it. */
  readonly #left: Set<string> = new Set()
  #hasMore = false
  #sweepAt = 0
  /** When the next delayed message is due, by the server's clock; null if none is. */
  #nextDue: number | null = null
  /** When a process will be dead, if it says nothing until then, by the server's clock; null if that is not known. */
  #nextLost: number | null = null

  constructor(exchanging: Exchanging, receivers: ReadonlySet<Receiver>) {
    this.#with = exchanging
    this.#receivers = receivers
  }

  get keys(): Keys {
    return this.#with.keys
  }

  /** When there may be something to receive though nobody rings, by the server's clock; null if that is not known. */
  get nextChance(): number | null {
    const moments = [this.#nextDue, this.#nextLost].filter((moment) => moment !== null)
    return moments.length === 0 ? null : Math.min(...moments)
  }

  get redis(): Commands {
    return this.#with.redis
  }

  get deadlines(): Deadlines {
    return this.#with.deadlines
  }

  /** Grants the wishes of a delivery, and acknowledges it. */
  commit(delivery: Delivery, wishes: readonly Wish[]): Promise<Reply> {
    const stage = new Stage(this.keys)
    const args = packCommit(delivery, wishes, { stage, seal: this.#with.seal })
    if (!stage.isEmpty) return this.#commitStaged(delivery, wishes, stage, args)
    return this.#send(delivery, args) as Promise<Reply> // nothing that is not on the stage is lost there
  }

  /** As often as the stage loses what was put on it. */
  async #commitStaged(
    delivery: Delivery,
    wishes: readonly Wish[],
    stage: Stage,
    args: readonly Argument[],
  ): Promise<Reply> {
    const isFilled = await stage.fill(this.redis.patient, 'stage-more')
    const reply = isFilled ? await this.#send(delivery, args) : null
    return reply ?? this.commit(delivery, wishes)
  }

  #send(delivery: Delivery, args: readonly Argument[]): Promise<Reply | null> {
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
    // A step of a chain goes with whoever asks: what it sends comes back with the same answer.
    if (this.#asksUnderWay > 0 && this.#commits.length === 1) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      void this.#exchange()
    })
  }

  async #exchange(): Promise<void> {
    // Two who ask travel apart, each with half of the commits: so the server works for one while this process does for the other.
    const parts = Math.min(this.#asking.length, MOST_UNDER_WAY - this.#underWay) > 1 ? 2 : 1
    const commits = this.#takeCommits(Math.ceil(this.#commits.length / parts))
    const asking = parts > 1 ? this.#asking.splice(0, 1) : this.#asking.splice(0)
    const idle = [...this.#receivers].filter(({ asked }) => asked === null)
    this.#underWay++
    if (parts > 1) this.#schedule()
    if (commits.length === 0) this.#asksUnderWay++
    try {
      const conversed = this.#converse(commits, [...asking.map(({ receiver }) => receiver), ...idle])
      for (const receiver of idle) this.#bind(receiver, conversed)
      await conversed
      for (const { resolve } of asking) resolve()
    } catch (error) {
      for (const { reject } of [...commits, ...asking]) reject(error)
    } finally {
      this.#underWay--
      if (commits.length === 0) this.#asksUnderWay--
      if (this.#commits.length > 0 || this.#asking.length > 0 || this.#left.size > 0 || this.#hasMore)
        this.#schedule()
    }
  }

  #takeCommits(most: number): Commit[] {
    let count = 0
    let length = 0
    let size = 0
    for (const { args } of this.#commits) {
      length += args.length
      size += sizeOf(args)
      const isTooMuch = length > MOST_ARGUMENTS || size > MOST_CHARACTERS
      if (count === Math.min(most, MOST_COMMITS) || (count > 0 && isTooMuch)) break
      count++
    }
    const taken = this.#commits.slice(0, count)
    this.#commits = this.#commits.slice(count)
    return taken
  }

  async #converse(commits: readonly Commit[], receivers: readonly Receiver[]): Promise<void> {
    const { worker, leaseMs, resultTtlMs, keys, onTime, lists } = this.#with
    const number = ++this.#number
    const now = Date.now()
    const sweeps = receivers.length > 0 && (now >= this.#sweepAt || this.#isOver(this.#nextLost))
    if (sweeps) {
      this.#sweepAt = now + leaseMs / 6
      this.#nextLost = null
    }
    const args: Argument[] = [worker, number, resultTtlMs, leaseMs, sweeps ? '1' : '', commits.length]
    for (const { delivery } of commits) args.push(delivery.token)
    for (const commit of commits) for (const arg of commit.args) args.push(arg)
    // Who is asked for in another exchange may sleep by then, and must not be struck off by somebody who leaves.
    const here = this.#left.size === 0 ? this.#sleeping : this.#receivers
    const others = [...here].filter((receiver) => receiver.want > 0 && !receivers.includes(receiver))
    const slept = new Set(others.flatMap(({ queues }) => queues))
    args.push(slept.size, ...slept)
    const left = [...this.#left]
    this.#left.clear()
    args.push(receivers.length + Number(left.length > 0))
    for (const { want, queues } of receivers) args.push(want, queues.length, ...queues)
    if (left.length > 0) args.push(0, left.length, ...left)
    const answered = runScript(this.redis, 'exchange', keys.prefix, args).catch(async (error: unknown) => {
      const queues = [...[...this.#receivers].flatMap((receiver) => receiver.queues), ...queuesIn(args)]
      throw await namingStrays(error, this.redis, keys, queues)
    })
    if (sweeps) this.#expectLost().catch(() => {}) // it is looked for now and then as well
    const answer = (await answered) as Answer
    if (this.#underWay > 1) await this.#turn()
    const [time, due, replies, received, more, deadline] = answer
    onTime(Number(time))
    this.deadlines.expect(deadline)
    this.#nextDue = due === '' ? null : Number(due)
    if (more === '1') this.#sweepAt = 0
    this.#hasMore = more === '1'
    for (const [i, receiver] of receivers.entries()) {
      const got = received[i] ?? []
      if (got.length === 0 && receiver.want > 0) this.#sleeping.add(receiver)
      else this.#sleeping.delete(receiver)
      for (let at = 0; at < got.length; at += 2) lists.hold(runIn(got[at] as string))
    }
    for (const [i, commit] of commits.entries()) this.#tell(commit, replies[i] as ReplyText)
    for (const [i, receiver] of receivers.entries()) {
      const texts = received[i] ?? []
      const deliveries = await this.#read(texts, `${number}.${i + 1}`)
      if (deliveries.length > 0) receiver.take(deliveries)
      else if (texts.length > 0) this.#hasMore = true // none could be read: others may stand behind them
    }
  }

  /** Asked behind a sweep: who was dead then is not there any more. Whoever lives holds his lease for longer meanwhile. */
  async #expectLost(): Promise<void> {
    this.#nextLost = await this.redis.lowest(this.keys.workers)
  }

  #isOver(moment: number | null): boolean {
    return moment !== null && moment <= this.#with.clock.now()
  }

  /** What follows from one answer is sent before the next is looked at, even where both come together. */
  #turn(): Promise<void> {
    const before = this.#turns
    this.#turns = before.then(() => new Promise((resolve) => setImmediate(() => setImmediate(resolve))))
    return before
  }

  /** Somebody who slept here has got something elsewhere, or sleeps no more. */
  wakeUp(receiver: Receiver): void {
    if (!this.#sleeping.delete(receiver)) return
    for (const queue of receiver.queues) this.#left.add(queue)
    this.#schedule()
  }

  /** Messages were given back. */
  letGo(deliveries: readonly Delivery[]): void {
    for (const { message } of deliveries) this.#with.lists.letGo(message.run)
  }

  /** Messages and verdicts, one after another. What cannot be read is set aside, and the others are not kept waiting for it. */
  async #read(texts: readonly string[], token: string): Promise<Delivery[]> {
    const deliveries: Delivery[] = []
    for (let i = 0; i < texts.length; i += 2) {
      const [text, verdict] = texts.slice(i, i + 2) as [string, string]
      const one = `${token}.${i / 2 + 1}`
      try {
        const body = withBody(text, this.redis.patient, this.keys)
        const whole = typeof body === 'string' ? body : await body
        deliveries.push({
          ...unpackMessage(whole, this.#with.seal),
          token: one,
          verdict: verdict === '' ? null : unpackVerdict(verdict),
        })
      } catch (error) {
        this.#bury(text, one, error).catch(() => {}) // it was closed
      }
    }
    return deliveries
  }

  async #bury(text: string, token: string, error: unknown): Promise<void> {
    const { worker, resultTtlMs, keys, lists, warn } = this.#with
    const run = runIn(text)
    const reason = reasonOf(error)
    const verdict = packVerdict(unreadable(idIn(text), error))
    warn(`A message was set aside (${show(idIn(text))}), for ${reason}`)
    await runScript(this.redis, 'bury', keys.prefix, [worker, token, resultTtlMs, reason, verdict])
    lists.letGo(run)
  }

  #tell({ delivery, resolve, reject }: Commit, reply: ReplyText): void {
    if (reply === 'D' || reply === 'F') {
      this.#with.lists.letGo(delivery.message.run)
      resolve(reply === 'D' ? DONE : FENCED)
    } else if (reply === 'S') resolve(null)
    else if (reply[0] === 'H') resolve({ kind: 'halted', verdict: unpackFailed(reply[1]) })
    else this.#closed(delivery, reply).then(resolve, reject)
  }

  async #closed(delivery: Delivery, reply: ClosedText): Promise<Reply> {
    const [, record, size, isFull, halt, position, added] = reply
    const { run } = delivery.message
    const closed = { kind: 'closed', isFull: isFull === '1' } as const
    try {
      const chord = this.#readChord(run, position, record)
      const seats = await readSeats(this.redis.patient, this.keys, {
        run,
        position,
        size,
        isGrown: added > 0,
      })
      return { ...closed, chord, seats, halt: halt === '' ? null : unpackFailed(halt) }
    } catch (error) {
      if (!isNoneOfOurs(error)) throw error // it was closed
      return { ...closed, ...this.#broken(delivery, position, error) }
    }
  }

  #readChord(run: string, position: string, record: string): Chord {
    const chord = readChord(readJson(this.#with.seal.open(['chord', run, position], record)))
    if (chord.id === idAt(run, position) && chord.run === run) return chord
    throw new Error('the chord is another one')
  }

  /** What stands for a chord that cannot be read: it ends, and nothing of what it says is done. */
  #broken({ message }: Delivery, position: string, why: unknown): { chord: Chord; seats: []; halt: Failed } {
    const { run, root, at } = message
    const id = idAt(run, position)
    this.#with.warn(`A chord has failed (${show(id)}), for ${reasonOf(why)}`)
    const course = { run, root, parent: null, group: null, seat: null, aside: message.aside }
    const toEnd: Stored = { op: 'stored', list: '', from: 0, to: 0, end: '' } // whoever waits for the run is told
    const plans = { link: [], errback: [], rest: message.aside || position === '' ? [] : [toEnd] }
    const chord: Chord = { ...course, ...plans, id, at, size: 1, policy: 'all', keep: true }
    return { chord, seats: [], halt: unreadable(id, why) }
  }
}

const DONE: Reply = Object.freeze({ kind: 'done' })
const FENCED: Reply = Object.freeze({ kind: 'fenced' })

type Answer = readonly [
  time: string,
  due: string,
  replies: ReplyText[],
  received: string[][],
  more: string,
  deadline: string,
]
type ReplyText = 'D' | 'F' | 'S' | readonly ['H', string] | ClosedText
type ClosedText = readonly [
  'C',
  record: string,
  size: number,
  isFull: string,
  halt: string,
  position: string,
  added: number,
]
