import { randomUUID } from 'node:crypto'
import type { Json } from '../../model/json.ts'
import { show } from '../../model/show.ts'
import type { Awaitable, Backend } from '../../ports/backend.ts'
import { turn } from '../waiting/turn.ts'
import { type Answer, type Command, type Order, readOrder, readReply } from './command.ts'
import { type Helm, obey } from './helm.ts'

/** What all workers hear. */
const TOPIC = 'workers'

/** Whom a command is for, and how long answers are waited for. */
export interface Address {
  /** null: all workers. */
  readonly to: readonly string[] | null
  readonly timeoutMs: number
}

/** Tells workers a command, and gathers their answers until all who are there have answered, or the time is over. */
export async function broadcast(
  backend: Backend,
  command: Command,
  { to, timeoutMs }: Address,
): Promise<ReadonlyMap<string, Answer>> {
  const answers = new Map<string, Answer>()
  const awaited = await present(backend, to)
  if (awaited.size === 0) return answers
  const replyTo = `answers:${randomUUID()}`
  let done: () => void = () => {}
  const gathered = new Promise<void>((resolve) => {
    done = resolve
  })
  const unhear = await backend.bus.hear(replyTo, (json) => {
    const reply = readReply(json)
    if (reply === null || !awaited.delete(reply.hostname)) return
    answers.set(reply.hostname, reply.answer)
    if (awaited.size === 0) done()
  })
  const callOff = backend.clock.at(backend.clock.now() + timeoutMs, done)
  backend.closed.addEventListener('abort', done)
  try {
    const order: Order = { to, replyTo, command }
    await backend.bus.tell(TOPIC, order as unknown as Json)
    await gathered
    await turn() // who asks again and again must not keep workers from their turn
    return answers
  } finally {
    backend.closed.removeEventListener('abort', done)
    callOff()
    unhear()
  }
}

async function present({ presence }: Backend, to: readonly string[] | null): Promise<Set<string>> {
  const names = (await presence.list()).map(({ about }) => String(about['hostname']))
  return new Set(to === null ? names : names.filter((name) => to.includes(name)))
}

/** Hears the commands for a worker and answers them, until it is called off. What is no command is reported, and ignored. */
export function hearCommands(
  { bus }: Backend,
  helm: Helm,
  hostname: () => string | null,
  report: (problem: string, error: unknown) => void,
): Awaitable<() => void> {
  return bus.hear(TOPIC, (json) => {
    const order = readOrder(json)
    if (order === null)
      return report(`What was told to workers is no command, and was ignored: ${show(json)}`, null)
    const name = hostname()
    if (name === null || (order.to !== null && !order.to.includes(name))) return
    const reply = { hostname: name, answer: obey(order.command, helm) }
    Promise.resolve(bus.tell(order.replyTo, reply)).catch((error) =>
      report(`The answer to ${order.command.do} could not be told`, error),
    )
  })
}
