import type {
  Awaitable,
  Backend,
  Clock,
  Deliveries,
  Delivery,
  Listener,
  MemoryBackend,
  Message,
  Wish,
} from '@arpeggio/core'
import type { History } from './history.ts'
import type { Process } from './process.ts'
import { commitAsText, deliveryAsText } from './wording.ts'

/** What one wants to do next, and the moment at which it is: before the backend does it, or when it has. */
export interface Turn {
  readonly process: Process
  readonly what: string
  readonly when: 'asks' | 'is told'
  /** Whether it is what an idle process does all the time. */
  readonly isIdle: boolean
}

/** Lets one after another have its turn. */
export interface Turns {
  /** Done when it is his turn; tells whether the answer he was to be given is lost. Never done for the dead. */
  await(turn: Turn): Promise<'goes on' | 'answer lost'>
}

/** Where a line leads, and who writes down what is said on it. */
export interface World {
  readonly memory: MemoryBackend
  readonly turns: Turns
  readonly history: History
  /** Into which queue all messages are put; null: each into its own. */
  readonly queue: string | null
  note(process: Process, what: string): void
  /** What is done to the messages that are sent now, and no longer to the next ones. */
  garbling(): Garbling
}

/** What may be done to messages on their way. */
export type Garbling = 'repeat' | 'reorder' | null

/**
 * The line from one process to the backend: whatever it asks for has to wait for its turn, and so has each answer. Between
 * any two of them others may go on, and the process may die.
 */
export function lineOf(process: Process, { memory, turns, history, queue, note, garbling }: World): Backend {
  async function ask<T>(
    what: string,
    deed: () => Awaitable<T>,
    { isIdle = false, words = () => null }: { isIdle?: boolean; words?: (answer: T) => string | null } = {},
  ): Promise<T> {
    for (;;) {
      await turns.await({ process, what, when: 'asks', isIdle })
      const answer = await deed()
      const said = words(answer)
      if (said !== null) note(process, said)
      const nothingNew = isIdle && said === null
      const came = await turns.await({ process, what, when: 'is told', isIdle: nothingNew })
      if (came === 'goes on') return answer
    }
  }

  /** What is sent as it arrives. */
  function garbled(wishes: readonly Wish[]): readonly Wish[] {
    const arriving = wishes.map((wish) => (wish.do === 'publish' ? published(wish.message, queue) : wish))
    const messages = arriving.flatMap((wish) => (wish.do === 'publish' ? [wish.message] : []))
    const how = messages.length === 0 ? null : garbling()
    if (how === null) return arriving
    const others = arriving.filter((wish) => wish.do !== 'publish')
    if (how === 'reorder') return [...others, ...messages.reverse().map((one) => published(one, queue))]
    const calls = messages.filter(({ kind }) => kind === 'call') // branches that start twice are all copies
    history.copied(calls)
    return [...arriving, ...calls.map((one) => published(one, queue))]
  }

  const { deliveries, runs, results, rates } = memory
  const nameOf = history.nameOf.bind(history)
  const runName = (id: string): string => `run ${[...history.runs].indexOf(id) + 1}`
  /** The deaf do not hear it, and will know that. */
  async function watch(run: string, listener: Listener, ids: readonly string[] | null): Promise<() => void> {
    const miss = (): void => listener(null)
    const hear: Listener = (told) =>
      process.deafUntil > memory.clock.now() ? process.missing.add(miss) : listener(told)
    const stop = await results.watch(run, hear, ids)
    return () => {
      process.missing.delete(miss)
      stop()
    }
  }

  /** Until when it listens: that stays the same for long, and to make it anew each time takes a tenth of a world. */
  let listening: { readonly until: AbortSignal; readonly orDeath: AbortSignal } | null = null
  const line: Deliveries = {
    leaseMs: deliveries.leaseMs,
    submit(launch, wishes) {
      let all: readonly Wish[] | null = null
      let first: 'started' | 'known' | null = null // who asks again is answered as he was
      return ask(
        'send',
        async () => {
          all ??= garbled(wishes)
          first ??= await deliveries.submit(launch, all)
          history.runs.add(launch.id)
          if (first === 'started') history.granted(all)
          return first
        },
        { words: (answer) => commitAsText(`sends ${runName(launch.id)}`, wishes, { kind: answer }, nameOf) },
      )
    },
    receive(queues, max, signal) {
      if (listening?.until !== signal) {
        listening = { until: signal, orDeath: AbortSignal.any([signal, process.death]) }
      }
      const { orDeath } = listening
      let given: readonly Delivery[] = [] // who asks again is given what he was
      let isRepeated = false
      const receive = async (): Promise<readonly Delivery[]> => {
        isRepeated = given.length > 0
        if (!isRepeated) given = await deliveries.receive(queues, max, orDeath)
        return given
      }
      return ask('receive', receive, {
        isIdle: true,
        words(received) {
          if (isRepeated) return 'is given the same again'
          if (received.length > 0) process.isIdle = false
          history.received(received)
          return received.length === 0
            ? null
            : `is given ${received.map((one) => deliveryAsText(one, nameOf)).join(', ')}`
        },
      })
    },
    commit(delivery, wishes) {
      let all: readonly Wish[] | null = null
      const { message } = delivery
      return ask(
        `finish ${nameOf(message)}`,
        async () => {
          all ??= garbled(wishes)
          const reply = await deliveries.commit(delivery, all)
          if (reply.kind === 'done' || reply.kind === 'closed') history.granted(all)
          return reply
        },
        { words: (reply) => commitAsText(`finishes ${nameOf(message)}`, wishes, reply, nameOf, message) },
      )
    },
    extend(held) {
      process.isIdle = held.length === 0
      if (process.isIdle) return []
      return ask('hold leases', () => deliveries.extend(held), {
        isIdle: true,
        words(interruptions) {
          const lost = interruptions.map(({ delivery, why }) => `${nameOf(delivery.message)} is ${why}`)
          return lost.length === 0 ? null : `is told to stop: ${lost.join(', ')}`
        },
      })
    },
    release: (given, why) =>
      ask('give back', () => deliveries.release(given, why), {
        words: () => `gives back ${given.map(({ message }) => nameOf(message)).join(', ')}`,
      }),
    heed: (listener) => deliveries.heed(whileAlive(process, listener)),
  }
  return {
    ...memory,
    clock: clockOf(process, memory.clock, deliveries.leaseMs / 3),
    deliveries: line,
    runs: {
      ...runs,
      get: (id) => ask('read a run', () => runs.get(id)),
      items: (...args) => ask('read a list', () => runs.items(...args)),
      halt: (...args) =>
        ask('halt', () => runs.halt(...args), {
          words: () => `halts ${runName(args[0])} from #${args[1].at} on`,
        }),
      reopen: (id) =>
        ask('reopen', () => runs.reopen(id), { words: ({ kind }) => `reopens ${runName(id)}: ${kind}` }),
      forget: (id) => ask('forget', () => runs.forget(id), { words: () => `forgets ${runName(id)}` }),
    },
    results: {
      get: (ids) => ask('read results', () => results.get(ids)),
      note: (...args) =>
        ask('tell a state', () => results.note(...args), { words: () => `tells the state ${args[1]}` }),
      watch: (run, listener, ids) => watch(run, whileAlive(process, listener), ids),
    },
    rates: { reserve: (...args) => ask('take a turn', () => rates.reserve(...args)) },
  }
}

/** The dead hear nothing. */
function whileAlive<T>(process: Process, listener: (told: T) => void): (told: T) => void {
  return (told) => {
    if (process.isAlive) listener(told)
  }
}

/** A copy of a message, in the queue that all serve if there is one. */
function published<M extends Message>(
  message: M,
  queue: string | null,
): { readonly do: 'publish'; readonly message: M } {
  const options = queue === null ? message.options : { ...message.options, queue }
  return { do: 'publish', message: { ...message, options } }
}

/** A clock that may be wrong, and rings for nobody who is dead. */
function clockOf(process: Process, clock: Clock, beatMs: number): Clock {
  return {
    now: () => clock.now() + process.driftMs,
    at(moment, callback) {
      const truly = moment - process.driftMs
      const timer = { moment: truly, callback, isBeat: truly - clock.now() === beatMs }
      process.timers.add(timer)
      return () => process.timers.delete(timer)
    },
  }
}
