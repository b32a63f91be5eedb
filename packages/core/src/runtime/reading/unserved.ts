import type { Call, Compiled, Listed, Plan, Step } from '../../model/plan.ts'
import { show } from '../../model/show.ts'
import type { Backend } from '../../ports/backend.ts'
import { pause } from '../waiting/pause.ts'

/** How many parts of a plan are looked at: who sends does not wait for it, however wide it is. */
const MOST_PARTS = 20
/** How long a backend may take to tell who is there. */
const LOOK_MS = 300

/** Queues to which calls of a run go, at its beginning or later. Most runs are one call, and know theirs at once. */
export function queuesOfRun({ plan, lists }: Pick<Compiled, 'plan' | 'lists'>): readonly string[] {
  const only = plan.length === 1 ? plan[0] : undefined
  if (only?.op === 'call') return [queueOf(only)]
  const queues = new Set<string>()
  const parts: (Plan | Step | Listed)[] = [plan]
  for (let i = 0; i < Math.min(parts.length, MOST_PARTS); i++) {
    const part = parts[i] as Plan | Step | Listed
    if (!('op' in part)) parts.push(...part.slice(0, MOST_PARTS))
    else if (part.op === 'call') queues.add(queueOf(part))
    else if (part.op === 'stored')
      parts.push(...(lists[part.list] ?? []).slice(part.from, Math.min(part.to, part.from + MOST_PARTS)))
    else if ('op' in part.branches) parts.push(part.branches)
    else parts.push(...part.branches.slice(0, MOST_PARTS))
  }
  return [...queues]
}

function queueOf({ options }: Call): string {
  return options.queue ?? 'default'
}

/** What explains that something waits: one of its queues that nobody serves. Empty where that is not known for certain, or not soon. */
export async function whyItWaits(backend: Backend, queues: readonly string[]): Promise<string> {
  if (queues.length === 0) return ''
  const looked = new AbortController()
  const found = await Promise.race([
    unservedOf(backend).catch(() => NOTHING),
    pause(backend.clock, LOOK_MS, looked.signal).then(() => NOTHING),
  ])
  looked.abort()
  const concerned = queues.filter((queue) => found.includes(queue))
  if (concerned.length === 0) return ''
  const names = `${concerned.length === 1 ? 'queue' : 'queues'} ${concerned.map(show).join(', ')}`
  const start = `app.worker({ queues: [${concerned.map((queue) => `'${queue}'`).join(', ')}] }).start()`
  return ` No worker has been seen that serves the ${names}, where calls wait: start one with ${start}.`
}

const NOTHING: readonly string[] = []

/** Looks under way: many who wait for results of one backend may be late together. */
const looks = new WeakMap<Backend, Promise<readonly string[]>>()

function unservedOf(backend: Backend): Promise<readonly string[]> {
  const known = looks.get(backend)
  if (known !== undefined) return known
  const look = lookAt(backend).finally(() => looks.delete(backend))
  looks.set(backend, look)
  return look
}

/** The queues in which something waits for a worker, and that none of those who are there serves. */
async function lookAt({ queues, presence }: Backend): Promise<readonly string[]> {
  const [lengths, present] = await Promise.all([queues.list(), presence.list()])
  const served = new Set(present.flatMap(({ about }) => about['queues']))
  return lengths.filter(({ name, waiting }) => waiting > 0 && !served.has(name)).map(({ name }) => name)
}
