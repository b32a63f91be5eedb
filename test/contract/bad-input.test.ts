import {
  type AnySignature,
  App,
  ArpeggioError,
  chain,
  chord,
  type ErrorCode,
  estimate,
  group,
  LIMITS,
  pipe,
  type Self,
  signature,
  validate,
} from '@arpeggio/canvas'
import { describe, expect, it } from 'vitest'

/*
 * Bad input, as callers without a compiler give it: each is refused with a coded error that says what is wrong, with
 * what, and what to do next.
 */

type Case = readonly [what: string, deed: () => unknown, code: ErrorCode, says: RegExp]

const app = new App({ name: 'pages' })
const add = app.task('add', (a: number, b: number) => a + b)
const one = app.task('one', () => 1)
const all = app.task('all', (values: unknown[]) => values)
const id = app.task('id', (value: unknown) => value)

/** As JavaScript sees it: no types, only calls and methods. */
const js = {
  app: untyped(app),
  add: untyped(add),
  sig: untyped(add.s(1, 2)),
  chain: untyped(chain),
  group: untyped(group),
  chord: untyped(chord),
  pipe: untyped(pipe),
  signature: untyped(signature),
}

describe('the number of arguments', () => {
  check([
    [
      'too many',
      () => js.add.s(1, 2, 3).apply(),
      'arguments-wrong',
      /add takes 2 arguments at most and was given 3\. Leave out/,
    ],
    [
      'too many for delay',
      () => js.add.delay(1, 2, 3),
      'arguments-wrong',
      /add takes 2 arguments at most and was given 3/,
    ],
    [
      'too many for applyAsync',
      () => js.add.applyAsync([1, 2, 3]),
      'arguments-wrong',
      /add takes 2 arguments at most/,
    ],
    [
      'any, for a task that takes none',
      () => untyped(one).s(1).apply(),
      'arguments-wrong',
      /one takes 0 arguments at most and was given 1/,
    ],
    [
      'too many with keyword arguments, which are one more',
      () => js.sig.kw({ depth: 1 }).apply(),
      'arguments-wrong',
      /was given 3/,
    ],
    [
      'no list of them, for a starmap',
      async () => (await js.add.starmap([1]).apply()).get(),
      'arguments-wrong',
      /one of its items is 1\. Write \[item\], or use map/,
    ],
    [
      'too many deep in a canvas',
      () => js.chain(js.group([add.s(1, 2), js.add.s(1, 2, 3)]), all.s()).delay(),
      'arguments-wrong',
      /add takes 2 arguments at most/,
    ],
  ])
})

describe('values that are not JSON', () => {
  class Socket {
    readonly peers = new Map()
  }
  check([
    [
      'a function',
      () => js.add.s(1, () => 1).apply(),
      'value-not-json',
      /add: args\[1\] a function cannot travel.*send plain data/,
    ],
    [
      'a Map in an instance',
      () => js.add.s(1, new Socket()).delay(),
      'value-not-json',
      /args\[1\]\.peers a Map would arrive empty/,
    ],
    [
      'a getter that throws, when it is drawn',
      () => js.add.s({ page: shut() }),
      'value-not-json',
      /^args\[0\]\.page\.title reading it failed with RangeError: shut\. Arguments travel as JSON: give/,
    ],
    [
      'a getter that throws, when it is sent',
      () => js.add.s(1).delay(shut()),
      'value-not-json',
      /^args\[0\]\.title reading it failed/,
    ],
    [
      'a getter that throws, of an instance',
      () => js.add.delay(1, Object.assign(new Socket(), { peers: shut() })),
      'value-not-json',
      /^add: args\[1\]\.peers\.title reading it failed/,
    ],
    [
      'a getter that throws, among keyword arguments',
      () => js.sig.kw({ page: shut() }),
      'value-not-json',
      /^kwargs\.page\.title reading it failed/,
    ],
    ['a bigint', () => js.add.delay(1n, 2), 'value-not-json', /args\[0\] a bigint/],
    ['NaN', () => js.add.delay(1, Number.NaN), 'value-not-json', /args\[1\] NaN has no JSON form/],
    [
      'undefined in a list',
      () => js.add.delay([1, undefined], 2),
      'value-not-json',
      /args\[0\]\[1\] undefined in a list/,
    ],
    ['a symbol', () => js.add.delay(Symbol('s'), 2), 'value-not-json', /a symbol cannot travel/],
    [
      'a Promise that was not awaited',
      () => js.add.delay(Promise.resolve(1), 2),
      'value-not-json',
      /await it first/,
    ],
    [
      'a cycle',
      () => js.add.delay(cyclic(), 2),
      'value-not-json',
      /^add: args\[0\]\S+ closes a circle: it is args\[0\]\S* again\. Arguments/,
    ],
    ['binary data', () => js.add.delay(new Uint8Array(3), 2), 'value-not-json', /send base64 text/],
    [
      'keyword arguments',
      () =>
        js.add
          .s(1)
          .kw({ on: { done: () => 1 } })
          .apply(),
      'value-not-json',
      /kwargs\.on\.done a function/,
    ],
    [
      'an item of a map',
      () => untyped(id).map([1, undefined]).apply(),
      'value-not-json',
      /celery\.map: .*it\[1\]/,
    ],
    [
      'headers',
      () => js.sig.set({ headers: { trace: new Set() } }),
      'value-not-json',
      /headers of add\.trace: a Set/,
    ],
    ['stamps', () => js.sig.stamp({ at: Number.POSITIVE_INFINITY }), 'value-not-json', /stamps of add\.at/],
    [
      'a key named __proto__',
      () => js.add.delay(JSON.parse('{"__proto__":1}'), 2),
      'value-not-json',
      /__proto__ is refused/,
    ],
    [
      'a result',
      () => resultOf(() => ({ rows: [() => 1] })),
      'value-not-json',
      /The result of it: result\.rows\[0\] a function.*send plain data/,
    ],
    [
      'what is told with a state',
      () => told('PROGRESS', () => 1),
      'value-not-json',
      /updateState of it: meta a function/,
    ],
  ])

  it('say what was thrown when they were read, and never throw before they are awaited', async () => {
    const cause = expect.objectContaining({ message: 'shut' })
    await expect(js.add.delay(shut(), 2)).rejects.toMatchObject({ code: 'value-not-json', cause })
    await expect(js.add.delay(new Sealed(), 2)).rejects.toMatchObject({ code: 'value-not-json', cause })
    for (const send of ['run', 'apply', 'applyAsync'] as const) {
      await expect(js.add[send]([shut()])).rejects.toMatchObject({ code: 'value-not-json', cause })
    }
  })
})

describe('what is too large or too deep', () => {
  const big = 'x'.repeat(LIMITS.valueBytes)
  check([
    [
      'an argument',
      () => js.add.delay(big, 2),
      'limit-exceeded',
      /arguments of add have \d+ bytes, more than the 1048576.*Store the data elsewhere/,
    ],
    [
      'arguments together',
      () => js.add.delay(big.slice(0, 600_000), big.slice(0, 600_000)),
      'limit-exceeded',
      /arguments of add/,
    ],
    ['keyword arguments', () => js.add.s(1).kw({ big }).apply(), 'limit-exceeded', /arguments of add/],
    [
      'the items of a map',
      () => untyped(id).map([big]).apply(),
      'limit-exceeded',
      /arguments of celery\.map/,
    ],
    [
      'a result',
      () => resultOf(() => big),
      'limit-exceeded',
      /result of it has \d+ bytes.*Store it elsewhere and return where/,
    ],
    [
      'nesting of a value',
      () => js.add.delay(nested(5_000), 2),
      'value-not-json',
      /nested deeper than \d+ levels/,
    ],
    [
      'nesting of a signature',
      () => signature(nestedGroups(20_001)),
      'limit-exceeded',
      /inside more than 20000 others.*Nest less/,
    ],
    [
      'a taskId',
      () => js.sig.set({ taskId: 'x'.repeat(201) }),
      'option-invalid',
      /taskId of add .*at most 200 characters/,
    ],
  ])
})

describe('tasks nobody knows', () => {
  check([
    [
      'when it runs',
      async () => (await app.signature('reports.render').apply()).get(),
      'task-unknown',
      /No task named "reports\.render" is registered.*Register it, or send it to a queue/,
    ],
    [
      'what is mapped',
      async () =>
        (
          await signature({ task: 'celery.map', kwargs: { task: { task: 'nobody' }, it: [1] } }, app).apply()
        ).get(),
      'task-unknown',
      /"nobody".*cannot be mapped/,
    ],
  ])

  it('are told with the name that was probably meant', async () => {
    const close = new App({ name: 'close' })
    close.task('reports.render', (page: unknown) => page)
    const says = /^No task named "report.render" is registered .*\. Did you mean "reports.render"\? /
    const meant = close.signature('report.render')
    await expect((await meant.apply()).get()).rejects.toThrow(says)
    const mapping = { task: 'celery.map', kwargs: { task: { task: 'report.render' }, it: [1] } }
    await expect((await signature(mapping, close).apply()).get()).rejects.toThrow(says)
    expect(validate(meant as unknown as AnySignature)).toMatchObject([
      { message: expect.stringMatching(says) },
    ])
  })

  it('are found before anything is sent', () => {
    const canvas = js.chain(one.si(), app.signature('nobody'), group([app.signature('nobody.else')]))
    const problems = validate(canvas as unknown as AnySignature)
    expect(problems).toMatchObject([
      { code: 'task-unknown', path: 'steps[1].task', message: expect.stringContaining('"nobody"') },
      {
        code: 'task-unknown',
        path: 'steps[2].members[0].task',
        message: expect.stringContaining('"nobody.else"'),
      },
    ])
  })
})

describe('malformed JSON signatures', () => {
  const task = { task: 'add', args: [1, 2], kwargs: {}, options: {}, subtask_type: null, immutable: false }
  const canvas = (kind: string, kwargs: object, more: object = {}): object => ({
    task: `celery.${kind}`,
    args: [],
    kwargs,
    options: {},
    subtask_type: kind,
    immutable: false,
    ...more,
  })
  check([
    [
      'a text that is no JSON',
      () => signature('{"task":'),
      'signature-invalid',
      /the text is not JSON.*Give what JSON\.stringify\(signature\) wrote/,
    ],
    ['nothing', () => js.signature(), 'signature-invalid', /\$ is missing, expected a signature/],
    ['null', () => js.signature(null), 'signature-invalid', /\$ is null, expected a signature/],
    ['a number', () => js.signature(5), 'signature-invalid', /\$ is 5, expected a signature/],
    ['a list', () => js.signature([task]), 'signature-invalid', /\$ is a list of 1, expected a signature/],
    ['an empty text', () => signature(''), 'signature-invalid', /empty text\. Give the name of a task/],
    [
      'no task',
      () => signature({ ...task, task: undefined }),
      'signature-invalid',
      /\$\.task is missing, expected a text/,
    ],
    [
      'a task without a name',
      () => signature({ ...task, task: '' }),
      'signature-invalid',
      /\$\.task is an empty text, expected the name/,
    ],
    [
      'arguments that are no list',
      () => signature({ ...task, args: 'xy' }),
      'signature-invalid',
      /\$\.args is the text "xy", expected a list/,
    ],
    [
      'keyword arguments that are a list',
      () => signature({ ...task, kwargs: [] }),
      'signature-invalid',
      /\$\.kwargs is an empty list, expected an object/,
    ],
    [
      'an unknown key',
      () => signature({ ...task, argz: [] }),
      'signature-invalid',
      /\$\.argz is unknown here, expected only task, args/,
    ],
    [
      'a flag that is a text',
      () => signature({ ...task, immutable: 'yes' }),
      'signature-invalid',
      /\$\.immutable is the text "yes", expected true or false/,
    ],
    [
      'an unknown type',
      () => signature({ ...task, subtask_type: 'loop' }),
      'signature-invalid',
      /\$\.subtask_type is the text "loop", expected "chain"/,
    ],
    [
      'a type and a name that differ',
      () => signature({ ...task, subtask_type: 'group' }),
      'signature-invalid',
      /expected "celery\.group"/,
    ],
    [
      'a fault far inside',
      () => signature(canvas('chain', { tasks: [task, canvas('group', { tasks: [task, 7] })] })),
      'signature-invalid',
      /\$\.kwargs\.tasks\[1\]\.kwargs\.tasks\[1\] is 7/,
    ],
    [
      'an empty chain',
      () => signature(canvas('chain', { tasks: [] })),
      'chain-empty',
      /\$\.kwargs\.tasks is an empty list\. Give a chain at least one step/,
    ],
    [
      'a chord without a body',
      () => signature(canvas('chord', { header: [task] })),
      'signature-invalid',
      /\$\.kwargs\.body is missing/,
    ],
    [
      'a policy there is not',
      () => signature(canvas('chord', { header: [task], body: task }, { options: { policy: 'some' } })),
      'signature-invalid',
      /policy is the text "some", expected "all"/,
    ],
    [
      'arguments on a canvas',
      () => signature(canvas('group', { tasks: [] }, { args: [1] })),
      'signature-invalid',
      /\$\.args\[0\] is an argument of a canvas/,
    ],
    [
      'chunks of none',
      () => signature({ ...canvas('chunks', { task, it: [], n: 0 }), subtask_type: null }),
      'signature-invalid',
      /\$\.kwargs\.n is 0, expected a whole number above zero/,
    ],
    [
      'a map of a group',
      () =>
        signature({ ...canvas('map', { task: canvas('group', { tasks: [] }), it: [] }), subtask_type: null }),
      'signature-invalid',
      /is a group, expected one task/,
    ],
    [
      'a countdown that is negative',
      () => signature({ ...task, options: { countdown: -1 } }),
      'signature-invalid',
      /countdown is the number -1, expected seconds, not negative/,
    ],
    [
      'a time limit of nothing',
      () => signature({ ...task, options: { time_limit: 0 } }),
      'signature-invalid',
      /time_limit is the number 0, expected seconds above zero, or null for no limit/,
    ],
    [
      'a priority there is not',
      () => signature({ ...task, options: { priority: 99 } }),
      'signature-invalid',
      /options\.priority is the number 99, expected/,
    ],
    [
      'a moment that is none',
      () => signature({ ...task, options: { eta: 'tomorrow' } }),
      'signature-invalid',
      /eta is the text "tomorrow", expected an ISO moment/,
    ],
    [
      'a link that is no signature',
      () => signature({ ...task, options: { link: [5] } }),
      'signature-invalid',
      /options\.link\[0\] is 5/,
    ],
    [
      'an option named __proto__',
      () => signature(JSON.parse('{"task":"add","options":{"__proto__":{"admin":true}}}')),
      'signature-invalid',
      /__proto__/,
    ],
    [
      'an argument with a key named __proto__',
      () => signature(JSON.parse('{"task":"add","args":[{"__proto__":1}]}')),
      'signature-invalid',
      /__proto__/,
    ],
  ])

  it('pollute no prototype', () => {
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })
})

describe('names and options of tasks', () => {
  const task = (options: object) => () => js.app.task({ name: 'new', ...options }, () => 1)
  check([
    [
      'a name used twice',
      () => app.task('add', () => 1),
      'task-duplicate',
      /pages already has a task named "add"\. Give this one another name/,
    ],
    ['no name', () => app.task(() => 1), 'option-invalid', /needs a name.*Write app\.task\("name", fn\)/],
    ['an empty name', () => app.task('', () => 1), 'option-invalid', /needs a name/],
    [
      'a name that belongs to the canvas',
      () => app.task('celery.chord', () => 1),
      'option-invalid',
      /cannot be named celery\.chord\. Give it a name that does not begin with "celery\."/,
    ],
    [
      'an option misspelt',
      task({ maxRetrys: 3 }),
      'option-invalid',
      /the task new has no option "maxRetrys"\. Did you mean maxRetries\?/,
    ],
    [
      'an option of another world',
      task({ exchange: 'direct' }),
      'option-invalid',
      /no option "exchange"\. Its word here is queue: where it goes\./,
    ],
    [
      'retries below zero',
      task({ maxRetries: -1 }),
      'option-invalid',
      /maxRetries of the task new cannot be -1\. Give a whole number from 0, or Infinity/,
    ],
    ['half a retry', task({ maxRetries: 1.5 }), 'option-invalid', /maxRetries/],
    ['retries as a text', task({ maxRetries: '3' }), 'option-invalid', /maxRetries/],
    [
      'a delay that is none',
      task({ defaultRetryDelay: 'soon' }),
      'duration-invalid',
      /defaultRetryDelay of the task new is "soon"\. Give milliseconds/,
    ],
    [
      'a longest delay below zero',
      task({ retryBackoffMax: -1 }),
      'duration-invalid',
      /retryBackoffMax of the task new/,
    ],
    [
      'a queue without a name',
      task({ queue: '' }),
      'option-invalid',
      /queue of the task new cannot be ""\. Give a text/,
    ],
    [
      'a priority there is not',
      task({ priority: 10 }),
      'option-invalid',
      /priority of the task new cannot be 10\. Give a whole number from 0 to 9/,
    ],
    [
      'a time limit of nothing',
      task({ timeLimit: 0 }),
      'duration-invalid',
      /timeLimit of the task new is 0\. Give a duration above zero/,
    ],
    [
      'a time limit that is none',
      task({ timeLimit: '5 minutes' }),
      'duration-invalid',
      /timeLimit of the task new/,
    ],
    [
      'a flag that is a number',
      task({ ignoreResult: 1 }),
      'option-invalid',
      /ignoreResult of the task new cannot be 1\. Give true or false/,
    ],
  ])
})

describe('options of signatures', () => {
  const set = (options: object) => () => js.sig.set(options)
  check([
    [
      'misspelt',
      set({ cuontdown: 1 }),
      'option-invalid',
      /add has no option "cuontdown"\. Did you mean countdown\?/,
    ],
    ['in Celery’s spelling', set({ task_id: 'x' }), 'option-invalid', /Its word here is taskId\./],
    [
      'unheard of',
      set({ routingSlip: 1 }),
      'option-invalid',
      /no option "routingSlip"\. The options are queue/,
    ],
    [
      'misspelt for applyAsync',
      () => js.add.applyAsync([1, 2], { queu: 'low' }),
      'option-invalid',
      /Did you mean queue\?/,
    ],
    [
      'misspelt for a signature by name',
      () => js.signature('add', { options: { prority: 1 } }),
      'option-invalid',
      /Did you mean priority\?/,
    ],
    [
      'a queue whose name has a line break',
      set({ queue: 'a\nb' }),
      'option-invalid',
      /queue of add cannot be "a\\nb"\. Give a text .* without control characters/,
    ],
    [
      'a queue that is a number',
      set({ queue: 7 }),
      'option-invalid',
      /queue of add cannot be 7\. Give a text/,
    ],
    ['a priority between two', set({ priority: 1.5 }), 'option-invalid', /priority of add cannot be 1\.5/],
    ['headers that are a list', set({ headers: ['a'] }), 'option-invalid', /headers of add .*Give an object/],
    ['stamps that are a number', () => js.sig.stamp(5), 'option-invalid', /stamps of add cannot be 5/],
    [
      'two ways to start',
      set({ countdown: 1, eta: new Date() }),
      'option-invalid',
      /add was given both countdown and eta\. Keep one/,
    ],
    [
      'a countdown below zero',
      set({ countdown: -1 }),
      'duration-invalid',
      /countdown of add is -1\. Give milliseconds/,
    ],
    [
      'a duration with an unknown unit',
      set({ timeLimit: '5w' }),
      'duration-invalid',
      /timeLimit of add is "5w"/,
    ],
    [
      'a duration that never ends',
      set({ softTimeLimit: Number.POSITIVE_INFINITY }),
      'duration-invalid',
      /softTimeLimit of add/,
    ],
    [
      'no time at all to run in',
      set({ timeLimit: 0 }),
      'duration-invalid',
      /timeLimit of add is 0\. Give a duration above zero, such as '250ms' or '5m', or leave it out/,
    ],
    [
      'no time at all to run in before it is told',
      set({ softTimeLimit: '0s' }),
      'duration-invalid',
      /softTimeLimit of add is "0s"\. Give a duration above zero/,
    ],
    ['a duration that is a date', set({ countdown: new Date(0) }), 'duration-invalid', /countdown of add/],
    [
      'a moment that is none',
      set({ eta: 'soon' }),
      'moment-invalid',
      /eta of add is "soon"\. Give a Date, or an ISO text/,
    ],
    ['a Date that is none', set({ expires: new Date(Number.NaN) }), 'moment-invalid', /expires of add/],
    [
      'a timeout that is none',
      async () => untyped(await one.apply()).get({ timeout: 'long' }),
      'duration-invalid',
      /timeout is "long"/,
    ],
  ])
})

describe('ids', () => {
  const named = (taskId: unknown) => () => js.sig.set({ taskId }).apply()
  check([
    [
      'with a dot',
      named('a.b'),
      'id-invalid',
      /taskId "a\.b" cannot name a run\. Use 1 to 200 characters without dots, braces/,
    ],
    ['with braces', named('a{b}'), 'id-invalid', /taskId "a\{b\}" cannot name a run/],
    ['with a space', named('a b'), 'id-invalid', /cannot name a run/],
    ['with a control character', named('a\u0000'), 'id-invalid', /cannot name a run/],
    ['empty', named(''), 'option-invalid', /taskId of add cannot be ""/],
    ['that is a number', named(5), 'option-invalid', /taskId of add cannot be 5/],
    [
      'inside a canvas',
      () => group([add.s(1, 2).set({ taskId: 'mine' })]).delay(),
      'option-invalid',
      /A task inside a canvas has the taskId "mine"\. Only a whole canvas can have one/,
    ],
    [
      'of a link',
      () =>
        one
          .s()
          .link(id.s().set({ taskId: 'mine' }))
          .delay(),
      'option-invalid',
      /inside a canvas has the taskId "mine"/,
    ],
    [
      'of a body',
      () => chord([one.s()], all.s().set({ taskId: 'mine' })).apply(),
      'option-invalid',
      /inside a canvas has the taskId "mine"/,
    ],
    [
      'nobody knows, when waiting',
      () => app.result('nobody').get(),
      'result-unknown',
      /Nothing is known of nobody: no run of that id was sent to this backend/,
    ],
    [
      'nobody knows, when revoking',
      () => app.result('nobody').revoke(),
      'result-unknown',
      /Nothing is known of nobody/,
    ],
    [
      'nobody knows, of a run',
      () => app.result('nobody').run.progress(),
      'result-unknown',
      /No run nobody is known here/,
    ],
    [
      'nobody knows, for a picture',
      () => app.result('nobody').run.graph(),
      'result-unknown',
      /No run nobody is known here/,
    ],
  ])

  it('nobody knows are UNKNOWN, not PENDING, and restore to nothing', async () => {
    expect([await app.result('nobody').state(), await app.restore('nobody')]).toEqual(['UNKNOWN', null])
  })
})

describe('canvases that cannot be', () => {
  const header = [one.s(), one.s()]
  const quorum = (n: unknown) => () => js.chord(header, all.s(), { policy: { quorum: n } })
  check([
    [
      'a chain of nothing',
      () => js.chain(),
      'chain-empty',
      /A chain needs at least one step.*Give it a signature, or leave the chain out/,
    ],
    ['a pipe of an empty list', () => js.pipe([]), 'chain-empty', /needs at least one step/],
    [
      'a function in a chain',
      () => js.chain(add),
      'signature-invalid',
      /was given the function add\. A task makes a signature with \.s\(\)/,
    ],
    [
      'a function in a group',
      () => js.group([one.s(), () => 1]),
      'signature-invalid',
      /group takes signatures.*\.s\(\)/,
    ],
    [
      'a number as a group',
      () => js.group(5),
      'signature-invalid',
      /group takes signatures, and was given 5/,
    ],
    ['a result in a pipe', () => js.sig.pipe(app.result('x')), 'signature-invalid', /pipe takes signatures/],
    [
      'nothing in a pipe',
      () => js.sig.pipe(undefined),
      'signature-invalid',
      /pipe takes signatures, and was given undefined/,
    ],
    [
      'a function as a link',
      () => js.sig.link(add),
      'signature-invalid',
      /link takes signatures, and was given the function add.*\.s\(\)/,
    ],
    [
      'a text as an errback',
      () => js.sig.linkError('log'),
      'signature-invalid',
      /linkError takes signatures, and was given "log"/,
    ],
    [
      'a number as an errback, by its other name',
      () => js.sig.onError(5),
      'signature-invalid',
      /^onError takes signatures, and was given 5/,
    ],
    [
      'a number as a chain',
      () => js.chain(5),
      'signature-invalid',
      /^chain takes signatures, and was given 5/,
    ],
    ['a number in a pipe', () => js.pipe(add.s(1, 2), 5), 'signature-invalid', /^pipe takes signatures/],
    ['a number as a chord', () => js.chord(5, all.s()), 'signature-invalid', /^chord takes signatures/],
    [
      'a function as a link of applyAsync',
      () => js.add.applyAsync([1, 2], { link: () => 1 }),
      'option-invalid',
      /link of add cannot be .*Give a signature/,
    ],
    [
      'a chord whose header is one task',
      () => js.chord(one.s(), all.s()),
      'signature-invalid',
      /header is a list of signatures or a group, and was given a task\. Write chord\(\[signature\], body\)/,
    ],
    [
      'a chord whose body is a function',
      () => js.chord(header)(all),
      'signature-invalid',
      /chord takes signatures, and was given the function all/,
    ],
    [
      'a chord without a body',
      () => js.chord(header)(),
      'signature-invalid',
      /chord takes signatures, and was given undefined/,
    ],
    [
      'a policy there is not',
      () => js.chord(header, all.s(), { policy: 'some' }),
      'option-invalid',
      /cannot have the policy "some"\. Give 'all', 'failFast', 'settle'/,
    ],
    [
      'a quorum of more than there are',
      quorum(3),
      'option-invalid',
      /A chord of 2 members cannot have the policy \{"quorum":3\}.*n from 1 to the number of members/,
    ],
    [
      'a policy that says more than a quorum',
      () => js.chord(header, all.s(), { policy: { quorum: 1, quorem: 2 } }),
      'option-invalid',
      /^a chord's policy has no option "quorem"\. Did you mean quorum\?/,
    ],
    ['a quorum of nobody', quorum(0), 'option-invalid', /quorum/],
    ['half a quorum', quorum(1.5), 'option-invalid', /quorum/],
    [
      'a quorum of an empty header',
      () => js.chord([], all.s(), { policy: { quorum: 1 } }),
      'option-invalid',
      /A chord of 0 members/,
    ],
    [
      'chunks of no items',
      () => js.add.chunks([], 0),
      'option-invalid',
      /add\.chunks cannot make chunks of 0 items\. Give a whole number from 1/,
    ],
    ['chunks of half an item', () => js.add.chunks([], 0.5), 'option-invalid', /add\.chunks/],
  ])
})

describe('signatures without an app', () => {
  const homeless = signature({ task: 'add', args: [1, 2] })
  const says = /belongs to no app.*Pass the app: signature\(json, app\)/
  check([
    ['are not sent', () => homeless.delay(), 'app-missing', says],
    ['are not sent with options', () => homeless.applyAsync([], { queue: 'low' }), 'app-missing', says],
    ['are not run eagerly', () => homeless.apply(), 'app-missing', says],
    ['are not sent and waited for', () => homeless.run(), 'app-missing', says],
    ['are not estimated', () => estimate(homeless), 'app-missing', /Pass the app/],
    ['do not get one from each other', () => group([homeless, homeless]).delay(), 'app-missing', says],
  ])

  it('never throw before they are awaited', async () => {
    const sent = homeless.delay()
    await expect(sent).rejects.toBeInstanceOf(ArpeggioError)
  })
})

describe('a closed app', () => {
  const closed = new App({ name: 'gone' })
  const done = closed.task('done', () => 1)
  const idle = closed.worker()
  const gone = async (deed: () => unknown): Promise<unknown> => {
    await closed.close()
    return deed()
  }
  check([
    [
      'sends nothing',
      () => gone(() => done.delay()),
      'app-closed',
      /The app gone is closed and can not send anything\. Make a new App/,
    ],
    ['runs nothing', () => gone(() => done.apply()), 'app-closed', /closed and can not run anything/],
    ['makes no task', () => gone(() => closed.task('x', () => 1)), 'app-closed', /can not make a task/],
    ['looks up no result', () => gone(() => closed.result('x')), 'app-closed', /can not look up results/],
    ['restores none', () => gone(() => closed.restore('x')), 'app-closed', /can not look up results/],
    [
      'starts no worker',
      () => gone(() => closed.worker()),
      'app-closed',
      /closed and can not start a worker/,
    ],
    [
      'starts none that it had before',
      () => gone(() => idle.start()),
      'app-closed',
      /The app gone is closed and can not start a worker\. Make a new App/,
    ],
  ])

  it('does not leave those waiting who ask for what had not ended', async () => {
    const app = new App()
    const [one, two] = [app.task('one', () => 1), app.task('two', () => 2)]
    await app.worker({ queues: ['served'] }).start()
    const ended = await one.applyAsync([], { queue: 'served' })
    expect(await ended.get()).toBe(1)
    const open = await group([one.s(), two.s()]).delay()
    await app.close()
    const questions: Record<string, () => Promise<unknown>> = {
      ...{ get: () => open.get(), state: () => open.state(), ready: () => open.ready() },
      ...{ info: () => open.info(), revoke: () => open.revoke(), member: () => open.results[0].state() },
      ...{ progress: () => open.run.progress(), finished: () => open.run.finished() },
      ...{ cancel: () => open.run.cancel(), graph: () => open.run.graph() },
    }
    for (const [name, ask] of Object.entries(questions)) {
      await expect(ask(), name).rejects.toMatchObject({ code: 'app-closed' })
    }
    expect([await ended.get(), await ended.state(), (await ended.run.progress()).over]).toEqual([
      ...[1, 'SUCCESS', true],
    ])
  })

  it('can be closed again', async () => {
    await closed.close()
    await closed.close()
  })
})

describe('inside and outside of tasks', () => {
  it('waiting inside a task is refused, and says what to do instead', async () => {
    const app = new App({ report: () => {} })
    const inner = app.task('inner', () => 1)
    const outer = app.task('outer', async () => (await inner.delay()).get())
    await expect((await outer.apply()).get()).rejects.toMatchObject({
      code: 'wait-in-task',
      message: expect.stringMatching(
        /^outer waits for .*chain them instead, or pass \{ allowInTask: true \}/,
      ),
    })
  })

  check([
    [
      'a member for a chord that there is not',
      () => bound((self) => self.addToChord(one.s())),
      'not-in-task',
      /it is not a member of a chord.*Call addToChord only where/,
    ],
    [
      'a retry in a time that is none',
      () => bound((self) => self.retry({ countdown: 'soon' as never })),
      'duration-invalid',
      /countdown is "soon"/,
    ],
    [
      'a retry with arguments that are not JSON',
      () => bound((self) => self.retry({ args: [() => 1] })),
      'value-not-json',
      /retry of it: args\[0\] a function/,
    ],
    [
      'a retry too many',
      () => bound((self) => self.retry({ maxRetries: 1, countdown: 0 })),
      'retries-exhausted',
      /it was retried once, as often as it may be/,
    ],
  ])
})

describe('nothing is lost', () => {
  it('a canvas that is refused leaves nothing behind, and the next one runs', async () => {
    const app = new App()
    const id = app.task('id', (value: unknown) => value)
    const worker = app.worker()
    await worker.start()
    const bad = group([id.s(1), id.s(() => 1)])
    await expect(bad.set({ taskId: 'mine' }).delay()).rejects.toMatchObject({ code: 'value-not-json' })
    expect(await app.result('mine').state()).toBe('UNKNOWN')
    expect(
      await group([id.s(1), id.s(2)])
        .set({ taskId: 'mine' })
        .run(),
    ).toEqual([1, 2])
    await app.close()
  })

  it('validate finds every fault at once, with the way to each', () => {
    const canvas = js
      .chain(
        js.group([js.add.s(1, 2, 3), js.sig.set({ taskId: 'inner' })]),
        untyped(id)
          .si(() => 1)
          .link(app.signature('nobody')),
      )
      .set({ taskId: 'a.b' })
    expect(validate(canvas as unknown as AnySignature).map(({ code, path }) => [code, path])).toEqual([
      ['id-invalid', 'options.taskId'],
      ['arguments-wrong', 'header[0].args'],
      ['option-invalid', 'header[1].options.taskId'],
      ['value-not-json', 'body.args[0]'],
      ['task-unknown', 'body.options.link[0].task'],
    ])
  })
})

describe('what only plain JavaScript can get wrong', () => {
  const worker = (options: object) => () => js.app.worker(options)
  const task = (options: object) => () => js.app.task({ name: 'new', ...options }, () => 1)
  const build = (options: object) => () => new App(options)
  check([
    [
      'a worker that may run nothing',
      worker({ concurrency: 0 }),
      'option-invalid',
      /concurrency of a worker cannot be 0\. Give a whole number from 1/,
    ],
    [
      'a worker that may run less than nothing',
      worker({ concurrency: -1 }),
      'option-invalid',
      /cannot be -1/,
    ],
    [
      'a worker that may run one and a half',
      worker({ concurrency: 1.5 }),
      'option-invalid',
      /cannot be 1\.5/,
    ],
    ['a worker that may run a text', worker({ concurrency: 'x' }), 'option-invalid', /cannot be "x"/],
    [
      'a worker without queues',
      worker({ queues: [] }),
      'option-invalid',
      /queues of a worker .*Give a list of texts, at least one/,
    ],
    [
      'a worker whose queues are a text',
      worker({ queues: 'default' }),
      'option-invalid',
      /queues of a worker cannot be "default"/,
    ],
    ['a worker whose queue has no name', worker({ queues: [''] }), 'option-invalid', /queues of a worker/],
    [
      'a worker with an option misspelt',
      worker({ concurency: 5 }),
      'option-invalid',
      /no option "concurency"\. Did you mean concurrency\?/,
    ],
    [
      'a worker with an option of its threads misspelt',
      worker({ pool: 'threads', modul: 'app.js' }),
      'option-invalid',
      /no option "modul"\. Did you mean module\?/,
    ],
    [
      'a worker with a pool of something else',
      worker({ pool: 'processes' }),
      'option-invalid',
      /pool of a worker cannot be "processes"\. Give 'async' or 'threads'/,
    ],
    [
      'a worker whose threads have nothing to load',
      worker({ pool: 'threads' }),
      'option-invalid',
      /needs the module that makes its app.*Add module: new URL/,
    ],
    [
      'a worker without threads that shall replace them',
      worker({ maxTasksPerChild: 5 }),
      'option-invalid',
      /given maxTasksPerChild, which is for threads.*Add pool: 'threads'/,
    ],
    [
      'a worker whose threads run nothing',
      worker({ pool: 'threads', module: 'app.js', maxTasksPerChild: 0 }),
      'option-invalid',
      /maxTasksPerChild of a worker cannot be 0/,
    ],
    [
      'a worker that scales to a number',
      worker({ autoscale: 5 }),
      'option-invalid',
      /autoscale of a worker cannot be 5\. Give \{ min, max \}/,
    ],
    [
      'a worker that scales downwards',
      worker({ autoscale: { min: 5, max: 2 } }),
      'option-invalid',
      /from 5 to 2/,
    ],
    [
      'a worker that scales all the time',
      worker({ autoscale: { min: 1, max: 5, every: 0 } }),
      'duration-invalid',
      /every of autoscale of a worker is 0\. Give a duration above zero/,
    ],
    [
      'a worker that scales by an option misspelt',
      worker({ autoscale: { min: 1, max: 5, evry: '1m' } }),
      'option-invalid',
      /autoscale of a worker has no option "evry"\. Did you mean every\?/,
    ],
    [
      'a worker that scales without end',
      worker({ autoscale: { min: 5 } }),
      'option-invalid',
      /autoscale of a worker was given no max\. Give \{ min, max \}/,
    ],
    [
      'a worker that scales and does not',
      worker({ concurrency: 3, autoscale: { min: 1, max: 5 } }),
      'option-invalid',
      /both concurrency and autoscale/,
    ],
    [
      'an app with an option misspelt',
      build({ naem: 'x' }),
      'option-invalid',
      /no option "naem"\. Did you mean name\?/,
    ],
    [
      'an app whose backend is an address',
      build({ backend: 'redis://x' }),
      'option-invalid',
      /backend of an app cannot be "redis:\/\/x"\. Give a backend, such as redisBackend\(url\)/,
    ],
    [
      'an app whose errors are no list',
      build({ errors: Error }),
      'option-invalid',
      /errors of an app .*Give a list of error classes/,
    ],
    [
      'an app whose chance is a number',
      build({ random: 0.5 }),
      'option-invalid',
      /random of an app .*Give a function/,
    ],
    [
      'a task without a function',
      () => js.app.task('new'),
      'option-invalid',
      /needs a function, and was given new\. Write app\.task\('name', fn\)/,
    ],
    [
      'a task whose options are null',
      () => js.app.task(null, () => 1),
      'option-invalid',
      /^The options of a task are null\. Give an object/,
    ],
    [
      'a task that is a number',
      () => js.app.task('new', 5),
      'option-invalid',
      /needs a function, and was given 5/,
    ],
    [
      'a task named by a number',
      () => js.app.task({ name: 5 }, () => 1),
      'option-invalid',
      /name of the task 5 cannot be 5\. Give a text/,
    ],
    [
      'a task with an option named like a method',
      task({ toString: 1 }),
      'option-invalid',
      /no option "toString"/,
    ],
    [
      'a task that retries for no list',
      task({ autoretryFor: Error }),
      'option-invalid',
      /autoretryFor of the task new .*Give a list of error classes/,
    ],
    [
      'a task that retries for a name',
      task({ autoretryFor: ['Error'] }),
      'option-invalid',
      /autoretryFor of the task new/,
    ],
    [
      'a task that backs off backwards',
      task({ retryBackoff: -1 }),
      'option-invalid',
      /retryBackoff of the task new cannot be -1\. Give true, which begins with one second/,
    ],
    [
      'a task that backs off by nothing countable',
      task({ retryBackoff: Number.NaN }),
      'option-invalid',
      /cannot be NaN/,
    ],
    [
      'a task whose jitter is a text',
      task({ retryJitter: 'no' }),
      'option-invalid',
      /retryJitter of the task new cannot be "no"\. Give true or false/,
    ],
    ['a task bound by a text', task({ bind: 'no' }), 'option-invalid', /bind of the task new cannot be "no"/],
    [
      'a countdown that is a bigint',
      () => js.sig.set({ countdown: 5n }),
      'duration-invalid',
      /countdown of add is 5n\. Give milliseconds as a number/,
    ],
    [
      'a countdown that overflows',
      () => js.sig.set({ countdown: `${'9'.repeat(400)}s` }),
      'duration-invalid',
      /countdown of add/,
    ],
    [
      'a moment that is a small number',
      () => js.sig.set({ eta: 5 }),
      'moment-invalid',
      /eta of add is 5\. Give a Date/,
    ],
    [
      'a flag of a signature that is a text',
      () => js.sig.set({ immutable: 'no' }),
      'option-invalid',
      /immutable of a signature cannot be "no"\. Give true or false/,
    ],
    [
      'no options at all',
      () => js.sig.set(),
      'option-invalid',
      /set takes options, and was given undefined\. Give an object/,
    ],
    [
      'keyword arguments that are a Date',
      () => js.sig.kw(new Date(0)),
      'option-invalid',
      /are an object, and these are the Date .*Write \{ name: value \}/,
    ],
    [
      'keyword arguments that are a list',
      () => js.sig.kw([1]),
      'option-invalid',
      /are an object, and these are a list of 1\. Write \{ name: value \}/,
    ],
    [
      'keyword arguments that are a text',
      () => js.sig.kw('ab'),
      'option-invalid',
      /are an object, and these are "ab"/,
    ],
    [
      'arguments of applyAsync that are no list',
      () => js.add.applyAsync(5),
      'arguments-wrong',
      /given as a list, and these are 5\. Write \[argument\]/,
    ],
    [
      'arguments of clone that are a text',
      () => js.sig.clone('ab'),
      'arguments-wrong',
      /given as a list, and these are "ab"/,
    ],
    [
      'arguments of a signature that are a text',
      () => js.signature('add', { args: 'xy' }),
      'arguments-wrong',
      /given as a list/,
    ],
    [
      'a signature with a detail misspelt',
      () => js.signature('add', { arg: [1] }),
      'option-invalid',
      /no option "arg"\. Did you mean args\?/,
    ],
    [
      'nothing as a group',
      () => js.group(null),
      'signature-invalid',
      /group takes signatures, and was given null/,
    ],
    [
      'nothing as a chain',
      () => js.chain(null),
      'signature-invalid',
      /was given null\. A task makes a signature with \.s\(\)/,
    ],
    [
      'a chord with an option misspelt',
      () => js.chord([one.s()], all.s(), { polcy: 'settle' }),
      'option-invalid',
      /no option "polcy"\. Did you mean policy\?/,
    ],
    [
      'a chord that is sent without a body',
      () => js.chord([one.s()]).delay(),
      'chord-body-missing',
      /no body yet\. Give it one: chord\(header\)\(body\)/,
    ],
    ['an id that is a number', () => js.app.result(5), 'id-invalid', /5 is no id\. Give the text of one/],
    ['an id that is empty', () => app.result(''), 'id-invalid', /"" is no id\. Give the text of one/],
    ['an id without a run', () => app.restore('.1'), 'id-invalid', /"\.1" is no id/],
    [
      'a worker stopped in no time there is',
      () => app.worker().stop({ within: -1 }),
      'duration-invalid',
      /within of worker\.stop\(\) is -1\. Give milliseconds/,
    ],
    [
      'a worker stopped with an option misspelt',
      () => app.worker().stop({ whitin: 0 } as object),
      'option-invalid',
      /worker\.stop\(\) has no option "whitin"\. Did you mean within\?/,
    ],
    [
      'a replacement that is a function',
      () => bound((self) => self.replace(add as never)),
      'signature-invalid',
      /replace takes a signature.*makes one with \.s\(\)/,
    ],
    [
      'a state that belongs to the end',
      () => told('SUCCESS'),
      'option-invalid',
      /cannot tell the state SUCCESS.*Use one of your own, such as PROGRESS/,
    ],
    ['a state that is a number', () => told(5), 'option-invalid', /cannot tell the state 5/],
    [
      'a state with too much told',
      () => told('PROGRESS', 'x'.repeat(LIMITS.valueBytes)),
      'limit-exceeded',
      /meta of PROGRESS has more than \d+ bytes\. Tell less/,
    ],
    [
      'chunks of nothing',
      () => js.add.chunks(null, 1),
      'option-invalid',
      /add\.chunks takes a list of items, and was given null/,
    ],
    [
      'a retry with arguments that are a text',
      () => bound((self) => self.retry({ args: 'xy' as never, countdown: 0 })),
      'arguments-wrong',
      /args of a retry of it is "xy"\. Give a list/,
    ],
    [
      'too few arguments, when nothing comes of it',
      async () => (await js.add.s(1).apply()).get(),
      'arguments-wrong',
      /add names 2 arguments and was given 1.*Give it the missing ones/,
    ],
  ])
})

describe('options that are none', () => {
  const takers: Record<string, (odd: unknown) => unknown> = {
    set: (odd) => js.sig.set(odd),
    clone: (odd) => js.sig.clone([], {}, odd),
    applyAsync: (odd) => js.sig.applyAsync([], odd),
    'applyAsync of a task': (odd) => js.add.applyAsync([1, 2], odd),
    'signature of a task': (odd) => js.add.signature([1, 2], odd),
    'signature by name': (odd) => js.signature('add', { options: odd }),
  }
  it.each(Object.entries(takers))('are refused by %s', async (name, taker) => {
    const message = new RegExp(`^${name.split(' ')[0]} takes options, and was given .*\\. Give an object\\.$`)
    for (const odd of [[], 5, 'low', null, new Map([['queue', 'low']])]) {
      expect(await refusalOf(() => taker(odd))).toMatchObject({
        code: 'option-invalid',
        message: expect.stringMatching(message),
      })
    }
  })
})

/** What is wrong is one sentence; what to do is another, a guess, or what is expected instead. */
const ADVICE =
  /[.:] [A-Z]|Did you mean|, expected |await it first|send (base64|its)|is refused|is unknown here/

/** Each is refused with its code, and says what is wrong and what to do. */
function check(cases: readonly Case[]): void {
  it.each(cases)('%s', async (_what, deed, code, says) => {
    const error = await refusalOf(deed)
    expect(error).toBeInstanceOf(ArpeggioError)
    expect(error).toMatchObject({ code, message: expect.stringMatching(says) })
    expect(ADVICE.test((error as Error).message), `says what to do: ${error}`).toBe(true)
  })
}

async function refusalOf(deed: () => unknown): Promise<unknown> {
  try {
    await deed()
  } catch (error) {
    return error
  }
  throw new Error('it was not refused')
}

/** What comes of a task that gives this. */
async function resultOf(fn: () => unknown): Promise<unknown> {
  return (await new App().task('it', fn).apply()).get()
}

/** What comes of a task that does this with itself. */
async function bound(fn: (self: Self) => unknown): Promise<unknown> {
  return (
    await new App().task({ name: 'it', bind: true }, (self, ..._any: never[]) => fn(self)).apply()
  ).get()
}

function told(state: unknown, meta?: unknown): Promise<unknown> {
  return bound((self) => self.updateState(state as string, meta))
}

type Untyped = ((...given: readonly unknown[]) => Untyped) & { readonly [Name in Named]: Untyped }
type Named =
  | ('task' | 'worker' | 'result' | 'signature' | 's' | 'si' | 'delay' | 'run' | 'apply' | 'applyAsync')
  | 'get'
  | (
      | 'set'
      | 'kw'
      | 'clone'
      | 'stamp'
      | 'link'
      | 'linkError'
      | 'onError'
      | 'pipe'
      | 'map'
      | 'starmap'
      | 'chunks'
    )

function untyped(value: unknown): Untyped {
  return value as Untyped
}

/** What cannot be read. */
function shut(): object {
  return {
    get title(): string {
      throw new RangeError('shut')
    },
  }
}

/** The same, of a class: it is not looked at before it is sent. */
class Sealed {
  readonly page: object = shut()
}

function cyclic(): unknown {
  const value: { self?: unknown } = {}
  value.self = [value]
  return value
}

function nested(depth: number): unknown {
  let value: unknown = 0
  for (let i = 0; i < depth; i++) value = [value]
  return value
}

function nestedGroups(depth: number): object {
  let json: object = { task: 'one' }
  for (let i = 0; i < depth; i++)
    json = { task: 'celery.group', kwargs: { tasks: [json] }, subtask_type: 'group' }
  return json
}

describe('what a running task, or plain JavaScript, may try', () => {
  it('closing the app that runs it is refused, for it would wait for itself', async () => {
    await using app = new App()
    const close = app.task('close', () => app.close())
    await app.worker().start()
    await expect(close.run()).rejects.toMatchObject({
      code: 'wait-in-task',
      message: /Close it from outside/,
    })
  })

  it.each([
    ['validate', validate],
    ['estimate', estimate],
  ])('%s of what is no signature', (_name, ask) => {
    for (const odd of [undefined, 5, {}, []]) {
      expect(() => ask(odd as never)).toThrow(expect.objectContaining({ code: 'signature-invalid' }))
    }
  })
})
