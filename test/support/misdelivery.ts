import {
  type AsyncResult,
  type Backend,
  type Chord,
  type Delivery,
  type Message,
  memoryBackend,
  type Reply,
  virtualClock,
  type Wish,
} from '@arpeggio/core'
import type { Canvas } from './arbitrary-canvas.ts'
import { NOW, STOPPED, stageOf, turn } from './stage.ts'
import type { Witness } from './task-table.ts'

/** What was seen of a run whose messages were delivered again and again. */
export interface Misdelivered {
  readonly backend: Backend
  readonly result: AsyncResult<unknown>
  readonly seen: readonly Witness[]
  /** Every message that was published, duplicates included. */
  readonly published: readonly Message[]
  /** Every chord that was opened, by its id. */
  readonly chords: ReadonlyMap<string, Chord>
  /** What the backend replied to workers whose lease was somebody else's. */
  readonly zombies: readonly Reply['kind'][]
}

/** Called before each step. */
export type Meddle = (result: AsyncResult<unknown>, step: number, backend: Backend) => Promise<void>

const LEASE_MS = 30_000
/** Deliveries of one message, at most: fewer than those after which it is given up. */
const MOST_DELIVERIES = 3

/**
 * Plays a canvas to its end while its deliveries go wrong. Every commit waits until it is let through, so that workers overtake
 * each other between any two of them; leases run out on workers that have not begun, that run, and that were told a chord is
 * closed, and those come back later as zombies. `copies` says how often a message is published at a time; `meddle` may
 * do something to the run meanwhile.
 */
export async function misdeliver(
  { node, table }: Canvas,
  choices: readonly number[],
  copies: (message: Message) => number,
  meddle: Meddle = async () => {},
): Promise<Misdelivered> {
  const clock = virtualClock(NOW)
  const memory = memoryBackend({ clock, leaseMs: LEASE_MS })
  const commits: { readonly delivery: Delivery; readonly pass: () => void }[] = []
  const backend: Backend = {
    ...memory,
    deliveries: {
      ...memory.deliveries,
      submit: (launch, wishes) => memory.deliveries.submit(launch, copied(wishes)),
      commit: (delivery, wishes) =>
        new Promise((resolve) => {
          const pass = () => resolve(committed(delivery, copied(wishes)))
          commits.push({ delivery, pass })
        }),
    },
  }
  const published = new Set<Message>()
  const chords = new Map<string, Chord>()
  const zombies: Reply['kind'][] = []
  const waiting: Delivery[] = []
  const leased = new Set<Delivery>()
  const { executor, seen, start } = stageOf(table, backend)
  let nth = 0

  function choose(count: number): number {
    return (choices[nth++ % choices.length] as number) % count
  }

  function copied(wishes: readonly Wish[]): Wish[] {
    return wishes.flatMap((wish): Wish[] => {
      if (wish.do === 'open') chords.set(wish.chord.id, wish.chord)
      if (wish.do !== 'publish') return [wish]
      const more = Array.from({ length: copies(wish.message) - 1 }, () => ({
        ...wish,
        message: { ...wish.message },
      }))
      return [wish, ...more]
    })
  }

  async function committed(delivery: Delivery, wishes: readonly Wish[]): Promise<Reply> {
    const reply = await memory.deliveries.commit(delivery, wishes)
    if (!leased.has(delivery)) zombies.push(reply.kind)
    else if (reply.kind === 'done') leased.delete(delivery)
    return reply
  }

  async function receive(): Promise<void> {
    for (const delivery of await memory.deliveries.receive(memory.queueNames(), 1_000, STOPPED)) {
      published.add(delivery.message)
      waiting.push(delivery)
      leased.add(delivery)
    }
  }

  /** Its lease runs out, that of the others does not; somebody else has it now. */
  async function lapse(delivery: Delivery): Promise<void> {
    leased.delete(delivery)
    clock.advanceTo(clock.now() + 1)
    await memory.deliveries.extend([...leased])
    clock.advanceTo(clock.now() + LEASE_MS - 1)
    await receive()
  }

  const result = await start(node)
  for (let step = 0; ; step++) {
    await meddle(result, step, memory)
    await receive()
    const mayLapse = [...leased].filter(({ count }) => count < MOST_DELIVERIES)
    const choice = choose(2 * waiting.length + 2 * commits.length + mayLapse.length || 1)
    if (choice < 2 * waiting.length) {
      const [delivery] = waiting.splice(choice % waiting.length, 1)
      if (delivery !== undefined) void executor.execute(delivery)
      await turn()
    } else if (choice < 2 * waiting.length + 2 * commits.length) {
      const [commit] = commits.splice(choice % commits.length, 1)
      commit?.pass()
      await turn()
    } else if (mayLapse.length > 0) {
      await lapse(mayLapse[choice % mayLapse.length] as Delivery)
    } else if (memory.nextDue() !== null) {
      clock.advanceTo(memory.nextDue() as number)
    } else {
      return { backend: memory, result, seen, published: [...published], chords, zombies }
    }
  }
}

/** What tells one publishing from another: the place, and which attempt or which part of a wide fork it is. */
export function publishing(message: Message): string {
  return message.kind === 'call'
    ? `${message.at} attempt ${message.retries}`
    : `${message.at} from ${message.branches.from}`
}

/** What occurs more than once. */
export function repeated(texts: readonly string[]): string[] {
  return texts.filter((text, index) => texts.indexOf(text) !== index)
}
