import { abandon, close, endAs, resume, spread } from '../../machine/machine.ts'
import type { Closed } from '../../model/chord.ts'
import type { Effect, Read, Wish } from '../../model/effect.ts'
import { LIMITS } from '../../model/limits.ts'
import type { CallMessage } from '../../model/message.ts'
import type { Plan, Step, StoredItem } from '../../model/plan.ts'
import type { Awaitable, Backend, Delivery } from '../../ports/backend.ts'
import { workerLost } from '../tasks/error-record.ts'

/** Reads items of a stored list. */
export type Reader = (run: string, list: string, from: number, to: number) => Awaitable<readonly StoredItem[]>

/**
 * The only place where what the machine wants becomes a change: reads on where it must, then commits until settled. Gives
 * what was granted in the end: nothing, if somebody else holds the lease. What is here already is not awaited, which costs
 * more than many a task.
 */
export async function settle(
  backend: Backend,
  delivery: Delivery,
  effects: readonly Effect[],
): Promise<readonly Wish[]> {
  const read = readerOf(backend)
  const wanted = wishesOf(effects, read)
  let wishes = wanted instanceof Promise ? await wanted : wanted
  for (;;) {
    const answer = backend.deliveries.commit(delivery, wishes)
    const reply = answer instanceof Promise ? await answer : answer
    switch (reply.kind) {
      case 'done':
        return wishes
      case 'fenced':
        return []
      case 'halted':
        wishes = await wishesOf(endAs(calledIn(delivery), reply.verdict), read)
        break
      case 'closed':
        wishes = [...wishes, ...(await wishesOf(follow(delivery, reply), read))]
    }
  }
}

/** Lists are dropped when their run is over: who still asks then is a zombie. Otherwise something is lost, and nothing may come of that. */
function readerOf(backend: Backend): Reader {
  return async (run, list, from, to) => {
    const items = await backend.runs.items(run, list, from, to)
    const isLost = items.length === 0 && (await backend.runs.get(run))?.progress.over === false
    if (isLost) throw new Error(`${run} has no item ${from} in its list ${JSON.stringify(list)} any more`)
    return items
  }
}

/**
 * What follows from a closed chord. If workers die of sending that, again and again, the chord fails. It has as many tries
 * for itself: the task that closes it may have used up its own.
 */
function follow({ message, count }: Delivery, closed: Closed): Effect[] {
  if (count <= 2 * LIMITS.deliveries) return close(closed, message.options)
  const reason = `what follows from ${closed.chord.id} was to be sent ${count - 1} times, and never was`
  return [{ do: 'bury', message, reason }, ...abandon(closed, workerLost(reason), message.options)]
}

/** Only calls are halted: what spreads branches goes on, and each of them is halted for itself. */
function calledIn({ message }: Delivery): CallMessage {
  if (message.kind === 'call') return message
  throw new Error(`the backend halted ${message.id}, which is no call`)
}

/** The wishes among the effects, with every stored future read as far as it begins now. */
export function wishesOf(effects: readonly Effect[], read: Reader): Awaitable<readonly Wish[]> {
  return effects.some(isRead) ? withAllRead(effects, read) : (effects as readonly Wish[])
}

async function withAllRead(effects: readonly Effect[], read: Reader): Promise<readonly Wish[]> {
  const readHere = withGrafts(effects, read)
  const wishes: Wish[] = []
  const todo = [...effects].reverse()
  for (let effect = todo.pop(); effect !== undefined; effect = todo.pop()) {
    if (effect.do === 'read-branches' && wishes.length >= LIMITS.branchesPerCommit) {
      wishes.push({ do: 'publish', message: effect.spread })
    } else if (isRead(effect)) todo.push(...(await readOn(effect, readHere)).reverse())
    else wishes.push(effect)
  }
  return wishes
}

/** What has just grown is not stored yet: its lists are read from the wish that brings them. */
function withGrafts(effects: readonly Effect[], read: Reader): Reader {
  const grown = new Map(
    effects.flatMap((effect) => (effect.do === 'graft' ? Object.entries(effect.lists) : [])),
  )
  return (run, list, from, to) => grown.get(list)?.slice(from, to) ?? read(run, list, from, to)
}

function isRead(effect: Effect): effect is Read {
  return effect.do === 'read-step' || effect.do === 'read-branches'
}

/** Who finds nothing is a zombie: its commit is fenced. */
async function readOn(effect: Read, read: Reader): Promise<Effect[]> {
  if (effect.do === 'read-step') {
    const { stored, rest, input, course } = effect
    const [step] = await read(course.run, stored.list, stored.from, stored.from + 1)
    if (step === undefined) return []
    return resume(step as Step, stored, rest, input, course)
  }
  const { spread: message } = effect
  const { list, from, to } = message.branches
  const plans = await read(message.run, list, from, Math.min(to, from + LIMITS.branchesPerCommit))
  return plans.length === 0 ? [] : spread(message, plans as readonly Plan[])
}
