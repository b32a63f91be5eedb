import type { Delivery } from '../ports/backend.ts'
import { tellSent } from '../runtime/events/telling.ts'
import type { TaskContext, TaskWorld } from '../runtime/tasks/context.ts'
import type { Question, Questions } from './talk.ts'

/** Answers what a thread asks, and keeps what it takes from queues: nobody else would give that back. */
export class Answers {
  readonly #taken: Map<string, Delivery> = new Map()
  #isOver = false

  /** What is asked for is asked where the thread's task runs, or did last; `running` is that task. */
  async to({ ask, args }: Question, world: TaskWorld, running: TaskContext | null): Promise<unknown> {
    const answer = this.#answers(world, running)[ask] as (...args: Question['args']) => unknown
    return answer(...args)
  }

  /** Nobody asks any more: what is still taken goes back. */
  end(world: TaskWorld): void {
    this.#isOver = true
    this.#giveBack([...this.#taken.values()], world)
  }

  #answers(world: TaskWorld, running: TaskContext | null): Questions {
    const { deliveries, runs, results, queues, deadLetters, bus, presence } = world.backend
    return {
      submit: async (launch, wishes) => {
        const came = await deliveries.submit(launch, wishes)
        if (came === 'started') tellSent(wishes, world)
        return came
      },
      take: async (names, max) => {
        const taken = await deliveries.receive(names, max, AbortSignal.abort())
        for (const delivery of taken) this.#taken.set(delivery.token, delivery)
        if (this.#isOver) this.#giveBack(taken, world)
        return taken
      },
      commit: async (delivery, wishes) => {
        const reply = await deliveries.commit(delivery, wishes)
        if (reply.kind === 'done' || reply.kind === 'fenced') this.#taken.delete(delivery.token)
        return reply
      },
      release: async (given, why) => {
        await deliveries.release(given, why)
        for (const { token } of given) this.#taken.delete(token)
      },
      run: runs.get,
      items: runs.items,
      halt: runs.halt,
      reopen: runs.reopen,
      forget: runs.forget,
      standings: results.get,
      // The worker tells that it has started: two who tell of one task would pass each other by.
      note: async (id, state, meta) => {
        if (running?.message.id === id) await running.note(state, meta)
      },
      queues: queues.list,
      scheduled: queues.scheduled,
      deadLetters: deadLetters.list,
      removeDeadLetter: deadLetters.remove,
      purgeDeadLetters: deadLetters.purge,
      tell: bus.tell,
      present: presence.list,
    }
  }

  #giveBack(deliveries: readonly Delivery[], { backend, report }: TaskWorld): void {
    if (deliveries.length === 0) return
    const released = async (): Promise<void> => backend.deliveries.release(deliveries, 'unrun')
    released().catch((error: unknown) => report('What a thread had taken could not be given back', error))
  }
}
