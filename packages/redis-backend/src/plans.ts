import type { Call, Fork, Plan, StoredItem } from '@arpeggio/core'

/*
 * Plans as they are kept: there may be a hundred thousand of them in a run, and most have no links, no errbacks and no options.
 * So what is usual is left out, and put back where they are read.
 */

type Usual<T> = Pick<T, Exclude<keyof T, 'op' | 'at' | 'takes' | 'task' | 'branches' | 'size'>>
const usualCall = (): Usual<Call> => {
  return { args: [], kwargs: {}, immutable: false, options: {}, link: [], errback: [] }
}
const usualFork = (): Usual<Fork> => ({ policy: 'all', keep: false, options: {}, link: [], errback: [] })

/** A step of a long plan, or a branch of a wide fork. */
export function spareItem(item: StoredItem): unknown {
  return 'op' in item ? spareStep(item) : sparePlan(item)
}

export function sparePlan(plan: Plan): unknown {
  return plan.map(spareStep)
}

export function sparePlans(plans: readonly Plan[]): unknown {
  return plans.map(sparePlan)
}

function spareStep(step: Plan[number]): unknown {
  switch (step.op) {
    case 'call':
      return spareCall(step)
    case 'fork':
      return spareFork(step)
    case 'stored':
      return step
  }
}

/** What says nothing of what it is, is a call. */
function spareCall({
  op: _op,
  at,
  takes,
  task,
  args,
  kwargs,
  immutable,
  options,
  link,
  errback,
}: Call): unknown {
  return {
    at,
    ...(takes !== undefined && { takes }),
    task,
    ...(args.length > 0 && { args }),
    ...(hasKeys(kwargs) && { kwargs }),
    ...(immutable && { immutable }),
    ...(hasKeys(options) && { options }),
    ...(link.length > 0 && { link: sparePlans(link) }),
    ...(errback.length > 0 && { errback: sparePlans(errback) }),
  }
}

function spareFork({ op, at, takes, branches, size, policy, keep, options, link, errback }: Fork): unknown {
  return {
    op,
    at,
    ...(takes !== undefined && { takes }),
    branches: 'op' in branches ? branches : sparePlans(branches),
    size,
    ...(policy !== 'all' && { policy }),
    ...(keep && { keep }),
    ...(hasKeys(options) && { options }),
    ...(link.length > 0 && { link: sparePlans(link) }),
    ...(errback.length > 0 && { errback: sparePlans(errback) }),
  }
}

/** Puts back what was left out of a step that was just read, and takes away what no such step has. */
export function restoreStep(step: Record<string, unknown>): void {
  if (!Object.hasOwn(step, 'op')) step['op'] = 'call'
  const kind = KINDS_OF_STEPS.get(step['op'])
  if (kind === undefined) return // it will be refused
  const usual = kind.usual()
  for (const name in step) if (!Object.hasOwn(usual, name) && !kind.own.has(name)) delete step[name]
  for (const [name, value] of Object.entries(usual)) if (!Object.hasOwn(step, name)) step[name] = value
}

/** What is usual, and what each step says for itself. */
const KINDS_OF_STEPS: ReadonlyMap<unknown, { usual(): object; readonly own: ReadonlySet<string> }> = new Map([
  ['call', { usual: usualCall, own: new Set(['op', 'at', 'takes', 'task']) }],
  ['fork', { usual: usualFork, own: new Set(['op', 'at', 'takes', 'branches', 'size']) }],
  ['stored', { usual: (): object => ({}), own: new Set(['op', 'list', 'from', 'to', 'end']) }],
])

export function hasKeys(object: object): boolean {
  for (const _ in object) return true
  return false
}
