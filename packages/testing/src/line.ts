import type { Backend, Clock, Deliveries, MemoryBackend, Message, Wish } from '@arpeggio/core'
import type { History } from './history.ts'
import type { Process } from './process.ts'

/** What one wants to do next, and the moment at which it is: before the backend does it, or when it has. */
export interface Turn {
  readonly process: Process
  readonly what: string
  readonly when: 'asks' | 'is told'
}

/** Lets one after another have its turn. */
export interface Turns {
  /** Done when it is his turn; true if the answer he was to be given is lost. Never done for the dead. */
  await(turn: Turn): Promise<'goes on' | 'answer lost'>
}

/**
 * The line from one process to the backend: whatever it asks for has to wait for its turn, and so has each answer. Between
 * any two of them others may go on, and the process may die.
 */
export function lineOf(
  process: Process,
  { memory, turns, history }: { memory: MemoryBackend; turns: Turns; history: History },
): Backend {
  async function ask<T>(what: string, deed: () => T | Promise<T>): Promise<T> {
    await turns.await({ process, what, when: 'asks' })
    const answer = await deed()
    const came = await turns.await({ process, what, when: 'is told' })
    return came === 'goes on' ? answer : ask(what, deed)
  }

  function sent(wishes: readonly Wish[]): readonly Wish[] {
    const inOneQueue = wishes.map((wish) => (wish.do === 'publish' ? published(wish.message) : wish))
    const messages = inOneQueue.flatMap((wish) => (wish.do === 'publish' ? [wish.message] : []))
    if (!process.repeats || messages.length === 0) return inOneQueue
    process.repeats = false
    history.copied(messages)
    return [...inOneQueue, ...messages.map(published)]
  }

  const { deliveries, runs, results } = memory
  const line: Deliveries = {
    leaseMs: deliveries.leaseMs,
    submit(launch, wishes) {
      let first: 'started' | 'known' | null = null // who asks again is answered as he was
      const all = sent(wishes)
      return ask(`send ${launch.id}`, async () => {
        first ??= await deliveries.submit(launch, all)
        return first
      })
    },
    async receive(queues, max, signal) {
      await turns.await({ process, what: 'receive', when: 'asks' })
      const received = await deliveries.receive(queues, max, AbortSignal.any([signal, process.death]))
      history.received(received.map(({ message }) => message))
      if (received.length > 0) {
        const names = received.map(({ message }) => nameOf(message)).join(', ')
        await turns.await({ process, what: `receive ${names}`, when: 'is told' })
      }
      return received
    },
    commit(delivery, wishes) {
      const all = sent(wishes)
      return ask(`finish ${nameOf(delivery.message)}`, () => deliveries.commit(delivery, all))
    },
    extend: (held) => ask('hold leases', () => deliveries.extend(held)),
    release: (held, why) => ask('give back', () => deliveries.release(held, why)),
    heed: (listener) => deliveries.heed(whileAlive(process, listener)),
  }
  return {
    ...memory,
    clock: clockOf(process, memory.clock),
    deliveries: line,
    runs: {
      ...runs,
      get: (id) => ask('read a run', () => runs.get(id)),
      items: (...args) => ask('read a list', () => runs.items(...args)),
      halt: (...args) => ask('halt', () => runs.halt(...args)),
    },
    results: {
      get: (ids) => ask('read results', () => results.get(ids)),
      note: (...args) => ask('tell a state', () => results.note(...args)),
      watch: (run, listener, ids) => results.watch(run, whileAlive(process, listener), ids),
    },
  }
}

/** The dead hear nothing. */
function whileAlive<T>(process: Process, listener: (told: T) => void): (told: T) => void {
  return (told) => {
    if (process.isAlive) listener(told)
  }
}

/** A copy of a message. Which queue is served where is not what is tried out: there is one. */
function published<M extends Message>(message: M): { readonly do: 'publish'; readonly message: M } {
  const { queue: _, ...options } = message.options
  return { do: 'publish', message: { ...message, options } }
}

/** A clock that may be wrong, and rings for nobody who is dead. */
function clockOf(process: Process, clock: Clock): Clock {
  return {
    now: () => clock.now() + process.driftMs,
    at: (moment, callback) => clock.at(moment - process.driftMs, () => process.isAlive && callback()),
  }
}

function nameOf(message: Message): string {
  return `${message.kind === 'call' ? message.task : 'a fork'} (${message.at})`
}
