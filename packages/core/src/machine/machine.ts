import type { Chord, Closed } from '../model/chord.ts'
import type { Effect, Wish } from '../model/effect.ts'
import type { Json } from '../model/json.ts'
import {
  type CallMessage,
  type Course,
  type Input,
  idAt,
  type Message,
  positionOf,
  retriesBehind,
  type Seat,
  type SpreadMessage,
} from '../model/message.ts'
import type { Again, ErrorRecord, Failed, Failure, Verdict } from '../model/outcome.ts'
import type { Call, CallOptions, Compiled, Fork, Listed, Plan, Step, Stored } from '../model/plan.ts'
import { isGood, listFailures, valuesOf } from './policy.ts'

/*
 * The heart. A plan has two instructions, `call` and `fork`; a message carries what follows it. These functions map
 * what happened to what shall be done about it, and do nothing themselves.
 */

/** Start a plan. When nothing is left of it, its branch has ended, and its seat gets the value. */
export function begin(plan: Plan, input: Input, course: Course): Effect[] {
  const [step, ...rest] = plan
  if (step === undefined) return take(course, { state: 'SUCCESS', value: input[0] ?? null })
  switch (step.op) {
    case 'call':
      return [{ do: 'publish', message: call(step, input, rest, course) }]
    case 'fork':
      return fork(step, input, rest, course)
    case 'stored':
      return [{ do: 'read-step', stored: step, rest, input, course }]
  }
}

/** Go on with a long plan, now that its next step has been read. */
export function resume(step: Step, stored: Stored, rest: Plan, input: Input, course: Course): Effect[] {
  return begin([step, ...after(stored, 1), ...rest], input, course)
}

function call(step: Call, input: Input, rest: Plan, course: Course): CallMessage {
  const { options } = step
  return {
    kind: 'call',
    id: idAt(course.run, step.takes ?? step.at),
    at: step.at,
    task: step.task,
    args: step.immutable || input.length === 0 ? step.args : [input[0], ...step.args],
    kwargs: step.kwargs,
    options,
    retries: 0,
    countdown: options.countdown ?? 0,
    eta: options.eta ?? null,
    link: step.link,
    errback: step.errback,
    rest,
    run: course.run,
    root: course.root,
    parent: course.parent,
    group: course.group,
    seat: course.seat,
    aside: course.aside,
  }
}

/** A fork needs a chord only if something awaits its list. The chord is opened before anybody can knock at it. */
function fork(step: Fork, input: Input, rest: Plan, course: Course): Effect[] {
  const id = idAt(course.run, step.takes ?? step.at)
  const { at, size, policy, keep, link, errback, branches, options } = step
  const awaited = rest.length > 0 || course.seat !== null || keep || link.length > 0 || errback.length > 0
  const open: Effect[] = awaited
    ? [{ do: 'open', chord: { ...own(course), id, at, size, policy, keep, link, errback, rest } }]
    : []
  if (!('op' in branches))
    return open.concat(branches.flatMap((plan, i) => member(plan, i, id, awaited, input, course)))
  const spread: SpreadMessage = { ...own(course), kind: 'spread', id, at, branches, awaited, input, options }
  return [...open, { do: 'read-branches', spread }]
}

/** The course alone, of a message that has more. */
function own({ run, root, parent, group, seat, aside }: Course): Course {
  return { run, root, parent, group, seat, aside }
}

/** Start the branches of a wide fork that have been read; the others travel on as a message of their own. */
export function spread(message: SpreadMessage, plans: readonly Plan[]): Effect[] {
  const { branches, id, awaited, input } = message
  const effects = plans.flatMap((plan, i) => member(plan, branches.from + i, id, awaited, input, message))
  const [left] = after(branches, plans.length)
  return left ? [...effects, { do: 'publish', message: { ...message, branches: left } }] : effects
}

/** The first branches of a wide fork could not be started, so many of them: they fail, the others travel on. */
export function lose(message: SpreadMessage, count: number, error: ErrorRecord): Effect[] {
  const { branches, id, awaited, run } = message
  const verdict: Verdict = { state: 'FAILURE', failure: failureOf(message, error, 'FAILURE') }
  const to = Math.min(branches.to, branches.from + count)
  const effects: Effect[] = awaited ? [] : [{ do: 'store', id, verdict, counts: false }]
  for (let index = branches.from; awaited && index < to; index++)
    effects.push({ do: 'join', run, seat: { chord: id, index: String(index) }, verdict })
  const [left] = after(branches, count)
  if (left) effects.push({ do: 'publish', message: { ...message, branches: left } })
  return [...effects, ...keep({ ...message, branches: { ...branches, to } })]
}

function member(
  plan: Plan,
  index: number,
  id: string,
  awaited: boolean,
  input: Input,
  course: Course,
): Effect[] {
  const group: Seat = { chord: id, index: String(index) }
  const { run, root, parent, aside } = course
  return begin(plan, input, { run, root, parent, group, seat: awaited ? group : null, aside })
}

/** A task gave a value. What it added to its chord gets seats before its own is taken. */
export function succeed(message: CallMessage, value: Json, added: readonly Compiled[] = []): Effect[] {
  const grown = added.flatMap((compiled, i) => add(message, compiled, i))
  return [...grown, ...conclude(message, { state: 'SUCCESS', value })]
}

/** A task, or a chord, ended without a value, for good. */
export function fail(
  node: CallMessage | Chord,
  error: ErrorRecord,
  state: Failed['state'] = 'FAILURE',
): Effect[] {
  return conclude(node, { state, failure: failureOf(node, error, state) })
}

/** A message turned up whose verdict is known already: drive what follows from it, but do not run the task. */
export function endAs(message: CallMessage, verdict: Verdict): Effect[] {
  return verdict.state === 'REVOKED'
    ? fail(message, verdict.failure.error, 'REVOKED')
    : conclude(message, verdict)
}

/**
 * A node has come to its end, a task or a whole chord: keep the verdict, fire the links or the errbacks, go on with
 * the rest or end it too, and take the seat.
 */
export function conclude(node: CallMessage | Chord, verdict: Verdict): Effect[] {
  const counts = 'kind' in node && !node.aside
  const store: Wish = { do: 'store', id: node.id, verdict: kept(node, verdict), counts }
  const course = {
    run: node.run,
    root: node.root,
    parent: node.id,
    group: null,
    seat: null,
    aside: node.aside,
  }
  switch (verdict.state) {
    case 'SUCCESS':
      return [
        store,
        ...node.link.flatMap((plan) => begin(plan, [verdict.value], course)),
        ...begin(node.rest, [verdict.value], { ...course, group: node.group, seat: node.seat }),
      ]
    case 'FAILURE':
    case 'REVOKED': {
      const aside = { ...course, aside: true }
      const failure = verdict.failure as unknown as Json // a Failure is JSON; interfaces cannot say so
      return [
        store,
        ...node.errback.flatMap((plan) => begin(plan, [failure], aside)),
        ...skip(node, verdict),
        ...take(node, verdict),
        ...('kind' in node ? keep(node) : []),
      ]
    }
    case 'IGNORED':
      return [store, ...skip(node, verdict), ...take(node, verdict)]
  }
}

/** What is kept of a verdict: no value that nobody asked to keep, and no list that its members have already. */
function kept(node: CallMessage | Chord, verdict: Verdict): Verdict {
  if (verdict.state !== 'SUCCESS') return verdict
  if ('kind' in node) return node.options.ignoreResult === true ? { state: 'SUCCESS', value: null } : verdict
  return isOfMembers(node, verdict.value) ? { state: 'SUCCESS', value: null, of: 'members' } : verdict
}

/** Whether a chord's list can be read from the members it was drawn with. */
function isOfMembers({ keep, policy, size }: Chord, value: Json): boolean {
  return !keep && (policy === 'all' || policy === 'failFast') && (value as readonly Json[]).length === size
}

/** Run it again: the same id, the same message, one retry more. */
export function retry(message: CallMessage, error: ErrorRecord, again: Again): Effect[] {
  const meta = error as unknown as Json // see above
  return [
    { do: 'note', id: message.id, state: 'RETRY', meta },
    { do: 'publish', message: { ...message, ...again, retries: message.retries + 1 } },
  ]
}

/** Another canvas takes the task's place: its last step takes over the id, and all that follows. */
export function replace(message: CallMessage, by: Compiled, input: Input): Effect[] {
  const { run, id, at } = message
  return [
    {
      do: 'graft',
      run,
      at,
      graft: { shape: by.shape, takes: positionOf(id) },
      lists: by.lists,
      calls: message.aside ? 0 : by.calls - 1,
    },
    ...begin([...by.plan, ...message.rest], input, message),
  ]
}

/** A running member puts another one into its chord. */
function add(message: CallMessage, compiled: Compiled, nth: number): Effect[] {
  const { run, root, id, at, aside, seat } = message
  if (seat === null) return []
  const place: Seat = { chord: seat.chord, index: `${Number.parseInt(seat.index, 10)}.${at}.${nth}` }
  const { shape, lists, calls } = compiled
  return [
    { do: 'graft', run, at: `${at}.${nth}`, graft: { shape, takes: null }, lists, calls: aside ? 0 : calls },
    { do: 'widen', run, seat: place },
    ...begin(compiled.plan, [], { run, root, parent: id, group: place, seat: place, aside }),
  ]
}

/** The chord is closed: go on with its values, or end it as failed. `options` are those of who closed it. */
export function close(closed: Closed, options: CallOptions = {}): Effect[] {
  const { chord, seats, halt } = closed
  if (halt !== null) return breakOff(closed, halt.failure.error, 'REVOKED', options)
  const values = valuesOf(chord, seats)
  if (values === null) return breakOff(closed, listFailures(chord.size, seats), 'FAILURE', options)
  return [launch(chord, null), ...conclude(chord, { state: 'SUCCESS', value: values })]
}

/** The chord is closed, but nobody could bring to an end what follows from that. */
export function abandon(closed: Closed, error: ErrorRecord, options: CallOptions = {}): Effect[] {
  return breakOff(closed, error, 'FAILURE', options)
}

/** What failed for good is kept, to be run again as if for the first time. Errbacks are not: they are called anew. */
function keep(node: Message | Chord): Wish[] {
  if (node.aside) return []
  const isCall = 'kind' in node && node.kind === 'call'
  return [{ do: 'keep', failed: isCall ? { ...node, retries: 0, countdown: 0, eta: null } : node }]
}

/**
 * A chord fails that has all it needs: no member will come again to close it. So a call is kept that does nothing but knock
 * at a seat that is taken.
 */
function knock({ chord, seats }: Closed, { expires: _, ...options }: CallOptions): Wish[] {
  const taken = seats.find(({ verdict }) => isGood(verdict))
  if (taken === undefined || valuesOf(chord, seats) === null) return []
  const nothing = { args: [], kwargs: {}, immutable: true, link: [], errback: [] }
  const step: Call = { op: 'call', at: `${chord.at}.again`, task: 'celery.accumulate', options, ...nothing }
  const seat: Seat = { chord: chord.id, index: taken.index }
  return keep(call(step, [], [], { ...own(chord), parent: chord.id, group: null, seat }))
}

/** The members of a chord that fails early need not run any more. */
function breakOff(
  closed: Closed,
  error: ErrorRecord,
  state: Failed['state'],
  options: CallOptions,
): Effect[] {
  const { chord, isFull } = closed
  const message = `its chord ${chord.id} has failed`
  const gone: ErrorRecord = { type: 'TaskRevokedError', message, stack: null, cause: error }
  const dismissed: Failed = { state: 'REVOKED', failure: failureOf(chord, gone, 'REVOKED') }
  const kept = [...keep(chord), ...knock(closed, options)]
  return [...kept, launch(chord, isFull ? null : dismissed), ...fail(chord, error, state)]
}

function launch(chord: Chord, dismissed: Failed | null): Wish {
  return { do: 'launch', run: chord.run, chord: chord.id, dismissed }
}

/**
 * What can no longer run ends as what came before it. It is enough to say so of the last step: one before it that has
 * no verdict of its own has never begun.
 */
function skip(node: CallMessage | Chord, verdict: Verdict): Wish[] {
  const id = endOfRest(node)
  return id === null ? [] : [{ do: 'store', id, verdict, counts: false }]
}

/** The id of the last step behind a node, if there is any: the one that tells of those between them that they were skipped. */
export function endOfRest({ run, rest }: CallMessage | Chord): string | null {
  const last = rest.at(-1)
  if (last === undefined) return null
  return idAt(run, last.op === 'stored' ? last.end : (last.takes ?? last.at))
}

function take(course: Course, verdict: Verdict): Effect[] {
  return course.seat === null ? [] : [{ do: 'join', run: course.run, seat: course.seat, verdict }]
}

/** What is left of a stored list when `count` items were taken. */
function after<S extends Listed>(stored: S, count: number): S[] {
  const from = stored.from + count
  return from < stored.to ? [{ ...stored, from }] : []
}

/** How a failure looks to errbacks and callers. */
function failureOf(
  node: CallMessage | SpreadMessage | Chord,
  error: ErrorRecord,
  state: Failed['state'],
): Failure {
  const call = 'task' in node ? node : null
  return {
    id: node.id,
    task: call?.task ?? ('rest' in node && node.rest.length > 0 ? 'celery.chord' : 'celery.group'),
    error,
    state,
    args: call?.args ?? [],
    kwargs: call?.kwargs ?? {},
    retries: call === null ? 0 : retriesBehind(call),
    root: node.root,
    ...(node.group && { group: node.group.chord, index: Number.parseInt(node.group.index, 10) }),
  }
}
