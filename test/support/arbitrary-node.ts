import fc from 'fast-check'
import type { ChordPolicy, Node, NodeOptions, TaskNode } from '../../packages/canvas/src/node/node.ts'

/**
 * Any canvas in normal form, frozen, with JSON arguments: all kinds, all options, links and errbacks that are canvases
 * themselves. Normal form is what composing with `pipe` gives: chains are flat and have at least two steps, and no
 * group or chord is followed by a step (that is a chord, or a longer body) unless it has options of its own.
 */
export function arbitraryNode(): fc.Arbitrary<Node> {
  return node
}

/** Any JSON value that is the same after a round trip. */
export function arbitraryJson(): fc.Arbitrary<unknown> {
  return json
}

const name = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('add', 'square', 'fetchPage', 'tasks.store', 'übersetze', 'a-b c'),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }) },
)
const key = fc
  .oneof(fc.constantFrom('depth', 'url', 'task', 'tasks', 'valueOf'), fc.string({ maxLength: 5 }))
  .filter((text) => text !== '__proto__')
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom(null, true, false),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (number === 0 ? 0 : number)),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value

const duration = fc.oneof(
  fc.nat(),
  fc.nat(1_000_000).map((tenths) => tenths / 10),
)
const limit = fc.option(
  duration.filter((milliseconds) => milliseconds > 0),
  { freq: 5 },
)
const moment = fc
  .date({ min: new Date(0), max: new Date('2999-12-31T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString())
const stampName = fc.constantFrom('tenant', 'monitoring_id', 'länge', 'valueOf')
const foreignName = fc.constantFrom('routing_key', 'exchange', 'retry_policy', 'root_id', 'toString')
const jsonRecord = fc.dictionary(key, json, { maxKeys: 2, noNullPrototype: true })

/** Options of which the soft limit is not above the hard one. */
function limited(options: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<object> {
  return fc
    .record(options, { requiredKeys: [], noNullPrototype: true })
    .filter(({ softTimeLimit, timeLimit }) => Number(softTimeLimit ?? 0) <= Number(timeLimit ?? Infinity))
}

/** Options without links, mostly few. */
const ownOptions = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: limited({
      queue: fc.constantFrom('low', 'high'),
      priority: fc.nat(9),
      expires: fc.oneof(duration, moment),
      timeLimit: limit,
      softTimeLimit: limit,
      ignoreResult: fc.boolean(),
      retries: fc.nat(5),
      serializer: fc.constantFrom('json', 'rich', 'sealed'),
      compression: fc.constantFrom('gzip', 'none'),
      idempotencyKey: fc.constantFrom('order-7', 'schlüssel'),
      shadow: fc.string({ minLength: 1 }),
      headers: jsonRecord,
      stamps: fc.dictionary(stampName, json, { maxKeys: 2, noNullPrototype: true }),
      countdown: duration,
      eta: moment,
      taskId: fc.uuid(),
      deadline: fc.oneof(duration, moment),
      foreign: fc.dictionary(foreignName, json, { minKeys: 1, maxKeys: 2, noNullPrototype: true }),
    }),
  },
) as fc.Arbitrary<NodeOptions>

const policy: fc.Arbitrary<ChordPolicy> = fc.oneof(
  fc.constantFrom('all' as const, 'failFast' as const, 'settle' as const),
  fc.record({ quorum: fc.integer({ min: 1, max: 5 }) }, { noNullPrototype: true }),
)

const depth = fc.createDepthIdentifier()

const { node } = fc.letrec<{ node: Node; task: TaskNode; options: NodeOptions; links: NodeOptions }>(
  (tie) => {
    const nodes = fc.array(tie('node'), { maxLength: 4, depthIdentifier: depth })
    const items = fc.array(json, { maxLength: 3 })
    const argumentLists = fc.array(fc.array(json, { maxLength: 2 }), { maxLength: 3 })
    const options = tie('options')
    const immutable = fc.boolean()
    const task = tie('task')
    const record = { noNullPrototype: true }
    return {
      node: fc
        .oneof(
          { maxDepth: 4, depthIdentifier: depth, withCrossShrink: true },
          task,
          fc.tuple(tie('node'), tie('node'), nodes, options, immutable).map(chain),
          fc.record({ kind: fc.constant('group' as const), members: nodes, options, immutable }, record),
          fc.record(
            {
              kind: fc.constant('chord' as const),
              header: nodes,
              body: tie('node'),
              policy,
              options,
              immutable,
            },
            record,
          ),
          fc.record({ kind: fc.constant('map' as const), task, items, options }, record),
          fc.record({ kind: fc.constant('starmap' as const), task, items: argumentLists, options }, record),
          fc.record(
            {
              kind: fc.constant('chunks' as const),
              task,
              items: argumentLists,
              size: fc.integer({ min: 1, max: 9 }),
              options,
            },
            record,
          ),
        )
        .map(freeze),
      task: fc.record(
        {
          kind: fc.constant('task' as const),
          task: name,
          args: fc.array(json, { maxLength: 3 }),
          kwargs: fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: jsonRecord }),
          options,
          immutable,
        },
        record,
      ),
      options: fc.tuple(ownOptions, tie('links')).map(([own, links]) => ({ ...own, ...links })),
      links: fc.oneof(
        { maxDepth: 2, depthIdentifier: depth },
        fc.constant({}),
        fc.constant({}),
        fc.record(
          {
            link: fc.array(tie('node'), { minLength: 1, maxLength: 2, depthIdentifier: depth }),
            linkError: fc.array(tie('node'), { minLength: 1, maxLength: 2, depthIdentifier: depth }),
          },
          { requiredKeys: [], ...record },
        ),
      ) as fc.Arbitrary<NodeOptions>,
    }
  },
)

/** Makes normal form: splices plain chains, and gives an option to whatever would otherwise be composed with its follower. */
function chain([first, second, more, options, immutable]: [Node, Node, Node[], NodeOptions, boolean]): Node {
  const steps = [first, second, ...more].flatMap((step) =>
    step.kind === 'chain' && isPlain(step) ? step.steps : [step],
  )
  const last = steps.length - 1
  return {
    kind: 'chain',
    steps: steps.map((step, index) =>
      index < last && composes(step) ? { ...step, options: { queue: 'own' } } : step,
    ),
    options,
    immutable,
  }
}

function composes(step: Node): boolean {
  return (step.kind === 'group' || step.kind === 'chord') && isPlain(step)
}

function isPlain(node: Node): boolean {
  return Object.keys(node.options).length === 0
}

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const part of Object.values(value)) freeze(part)
  return Object.freeze(value)
}
