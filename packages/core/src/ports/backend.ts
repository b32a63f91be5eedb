import type { Closed } from '../model/chord.ts'
import type { Wish } from '../model/effect.ts'
import type { Json, JsonObject } from '../model/json.ts'
import type { CallMessage, Message } from '../model/message.ts'
import type { Failed, Verdict } from '../model/outcome.ts'
import type { Span, StoredItem } from '../model/plan.ts'
import type { Launch, RunRecord } from '../model/run.ts'
import type { Clock } from './clock.ts'

/** Where workflows live. The suite in `test/conformance` is the definition; the comments here are its laws in short. */
export interface Backend {
  readonly clock: Clock
  /** Aborted when it is closed: nobody shall wait for it any longer. */
  readonly closed: AbortSignal
  readonly deliveries: Deliveries
  readonly runs: Runs
  readonly results: Results
  readonly queues: Queues
  readonly deadLetters: DeadLetters
  readonly bus: Bus
  readonly events: Events
  readonly presence: Presence
  readonly rates: Rates
  /**
   * Hears what is wrong with it, but not so wrong that it cannot be used, until it is called off. Of several who listen, who
   * came first hears it; where nobody does, the console.
   */
  onWarning(listener: (problem: string) => void): () => void
  /** Done when it can be used, and its clock tells the time that it has for all; an error if it cannot be. */
  ready(): Awaitable<void>
  close(): Awaitable<void>
}

/** A backend in this process may answer at once. */
export type Awaitable<T> = T | Promise<T>

/** Messages on their way. A message is leased, never popped: whoever holds the lease may commit. */
export interface Deliveries {
  /** One term of a lease, in milliseconds. */
  readonly leaseMs: number
  /** Starts a run: grants all wishes, or none. A run that is known already is left as it is. */
  submit(launch: Launch, wishes: readonly Wish[]): Awaitable<'started' | 'known'>
  /** At least one and at most `max` messages of these queues, as soon as there are any; none when the signal aborts. */
  receive(queues: readonly string[], max: number, signal: AbortSignal): Awaitable<readonly Delivery[]>
  /** Holds the leases for one term more; tells which of their tasks shall stop. */
  extend(deliveries: readonly Delivery[]): Awaitable<readonly Interruption[]>
  /** Grants all wishes and acknowledges the delivery, or says why not. Asking twice is as asking once. */
  commit(delivery: Delivery, wishes: readonly Wish[]): Awaitable<Reply>
  /** Hears of runs of which something was halted or dismissed: `extend` tells what of it runs here. */
  heed(listener: (run: string) => void): Awaitable<() => void>
  /** Gives messages back: those that were not run are next again, and are as if never delivered; rejected ones are last. */
  release(deliveries: readonly Delivery[], why: 'unrun' | 'rejected'): Awaitable<void>
}

/** A message that is leased to somebody. */
export interface Delivery {
  readonly message: Message
  /** Names this lease; a later lease of the same message has another one. */
  readonly token: string
  /** 1 for the first delivery of this message. */
  readonly count: number
  /** What became of the message's id meanwhile: a verdict that was kept or a halt that covers it. */
  readonly verdict: Verdict | null
}

/** A task that shall stop, because somebody else runs it now, or nobody shall. */
export interface Interruption {
  readonly delivery: Delivery
  readonly why: 'lost' | 'halted'
}

/** How a commit was taken. */
export type Reply =
  | { readonly kind: 'done' }
  /** The lease is somebody else's, or the message was acknowledged: nothing was changed. */
  | { readonly kind: 'fenced' }
  /** The node was halted meanwhile: conclude it with this verdict instead. Nothing was changed. */
  | { readonly kind: 'halted'; readonly verdict: Failed }
  /** A seat among the wishes closes its chord: ask again with what follows. Only seats and verdicts were kept. */
  | ({ readonly kind: 'closed' } & Closed)

/** What is remembered of whole runs. */
export interface Runs {
  get(run: string): Awaitable<RunRecord | null>
  /** Items of a list the run's plans refer to. */
  items(run: string, list: string, from: number, to: number): Awaitable<readonly StoredItem[]>
  /** Ends places of a run that is not over, where they have no verdict yet; their messages are concluded with it when they turn up, at once. */
  halt(run: string, span: Span, verdict: Failed): Awaitable<void>
  /** A run that is over goes on with what was kept of it; tells how many calls that failed are sent again. */
  reopen(run: string): Awaitable<Reopened>
  /** Keeps nothing of a run: at once if it is over, else as soon as it is. */
  forget(run: string): Awaitable<void>
}

/** Whether a run goes on that was over. */
export type Reopened =
  | { readonly kind: 'reopened'; readonly calls: number }
  /** It is not over. */
  | { readonly kind: 'underway' }
  | { readonly kind: 'unknown' }

/** What became of nodes. */
export interface Results {
  get(ids: readonly string[]): Awaitable<readonly Standing[]>
  /** Tells a state that is not the end; behind the end it is ignored. It may take as long as it takes: no task waits for that. */
  note(id: string, state: string, meta: Json): Awaitable<void>
  /** Hears what changes in a run, or of some nodes of it, until it is called off. */
  watch(run: string, listener: Listener, ids: readonly string[] | null): Awaitable<() => void>
}

/**
 * Hears of a run. `null`: much may have changed, look for yourself. Where news travel some may be lost; that is told so too, but not
 * before what was heard meanwhile.
 */
export type Listener = (change: Change | null) => void
/** A node that stands in another state now. */
export interface Change {
  readonly id: string
  readonly state: string
  readonly meta: Json
  /** How it ended, where that came along: then nobody who waits for it has to look. */
  readonly verdict?: Verdict
}

/** What is known of one node. How it stands may also follow from others: what came before it, or its members. */
export type Standing =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'underway'; readonly state: string; readonly meta: Json }
  /** A verdict was kept for it. */
  | { readonly kind: 'ended'; readonly verdict: Verdict }
  /** None was kept, and it was halted: it will end like this. */
  | { readonly kind: 'halted'; readonly verdict: Failed }
  /** None was kept, and its run is over. */
  | { readonly kind: 'over' }

/** What waits, for people to look at. It may be otherwise by the time they do. */
export interface Queues {
  /** Those in which something waits, now or until it is due, in no order; the others are empty. */
  list(): Awaitable<readonly QueueLength[]>
  /** What waits until it is due, so many of them at most: those that are due first, in that order. */
  scheduled(most: number): Awaitable<readonly Scheduled[]>
}

/** How many messages a queue has: that wait for a worker, and that wait until they are due. What somebody holds is in neither. */
export interface QueueLength {
  readonly name: string
  readonly waiting: number
  readonly delayed: number
}

/** A message that waits until it is due, in epoch milliseconds. */
export interface Scheduled {
  readonly message: CallMessage
  readonly due: number
}

/** Messages that were given up, for people to look at. */
export interface DeadLetters {
  list(): Awaitable<readonly DeadLetter[]>
  /** Takes one out, to be looked at or sent again as a run of its own. */
  remove(id: string): Awaitable<DeadLetter | null>
  purge(): Awaitable<number>
}

/** A message that was given up, why and when. */
export interface DeadLetter {
  readonly id: string
  readonly message: Message
  readonly reason: string
  readonly buriedAt: number
}

/** What processes tell each other. Nothing of it is kept: who does not listen misses it. */
export interface Bus {
  tell(topic: string, message: Json): Awaitable<void>
  /** Hears a topic until it is called off. */
  hear(topic: string, listener: (message: Json) => void): Awaitable<() => void>
}

/** What has happened, in order, for those who look on. Off as long as nobody reads. */
export interface Events {
  /** Whether somebody reads, as far as is known here; it may take a moment until that is known. */
  isRead(): boolean
  write(events: readonly JsonObject[]): Awaitable<void>
  /** Reads what is written from now on, until it is called off. */
  read(listener: (events: readonly JsonObject[]) => void): Awaitable<() => void>
}

/** Who is there. */
export interface Presence {
  /** Is there for so long, if he does not say so again. */
  enter(name: string, about: JsonObject, forMs: number): Awaitable<void>
  leave(name: string): Awaitable<void>
  list(): Awaitable<readonly Present[]>
}

/** Somebody who is there, and what he told of himself. */
export interface Present {
  readonly name: string
  readonly about: JsonObject
}

/** How often things may happen, counted over all processes. */
export interface Rates {
  /** Takes the next turn of a name, of which there is one every so many milliseconds; tells when that is. */
  reserve(name: string, intervalMs: number): Awaitable<number>
}
