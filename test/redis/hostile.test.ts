import { App, type AsyncResult, chain, chord } from '@arpeggio/canvas'
import type { DeadLetter } from '@arpeggio/core'
import { redisBackend } from '@arpeggio/redis-backend'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { redisHere } from '../support/redis-here.ts'

/*
 * Somebody else writes where workflows live. Whatever it is, no process dies of it or waits for ever, nothing is written but
 * to the run that was named, and the worker goes on with the next message.
 */

const here = redisHere()
let app: App
let warnings: string[]
let apps: App[]

beforeEach(async () => {
  await here.redis.flushall()
  apps = []
  warnings = []
  app = appHere()
})
afterEach(async () => {
  for (const one of apps) await one.close()
  expect(Object.keys(Object.prototype)).toEqual([])
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
})

function appHere(): App {
  const warn = (problem: string): void => {
    if (problem.startsWith('A message')) warnings.push(problem)
  }
  const made = new App({
    logLevel: 'silent',
    backend: redisBackend(here.server.url, { warn }),
    report: () => {},
  })
  apps.push(made)
  return made
}

const key = (name: string): string => `{arpeggio:0}:${name}`
const LINE = key('line:default:5')

/** Runs that nobody serves, to be tampered with; each with its message, as it lies in its queue. */
async function victims(count: number): Promise<{ id: string; text: string; result: AsyncResult<number> }[]> {
  const echo = app.task('echo', (n: number) => n)
  const line = echo.s(1).pipe(echo.s(), echo.s()).set({ queue: 'victims' })
  const results = []
  for (let n = 0; n < count; n++) results.push(await line.delay())
  const texts = await here.redis.lrange(key('line:victims:5'), 0, -1)
  await here.redis.del(key('line:victims:5'))
  // As if they had been sent to where the worker is; both say so, the head and the body.
  return results.map((result, n) => ({
    id: result.id,
    result,
    text: (texts[n] as string)
      .replace('\nvictims\n', '\ndefault\n')
      .replaceAll('"queue":"victims"', '"queue":"default"'),
  }))
}

function split(text: string): { head: string[]; body: Record<string, unknown> } {
  const lines = text.split('\n')
  return { head: lines.slice(0, 7), body: JSON.parse(lines.slice(7).join('\n')) }
}

/** All there is, as the server dumps it. */
async function picture(): Promise<Map<string, string>> {
  const keys = await here.redis.keys('*')
  const dumps = await Promise.all(keys.map((one) => here.redis.dumpBuffer(one)))
  return new Map(keys.map((one, n) => [one, dumps[n]?.toString('base64') ?? '']))
}

/** What belongs to no run. */
const COMMON =
  /:(dead|workers|queues|present|partitions|events|readers|(line|sleepers|held|wake|last|priorities):.*)$/

/** A worker takes what was written, nothing of it is left, and nothing is written but to these runs. */
async function worksOn(writes: readonly string[], runs: readonly string[]): Promise<void> {
  const bystander = app.task('bystander', () => 1)
  await bystander.s().set({ queue: 'elsewhere', countdown: '1h' }).delay()
  await bystander.s().set({ queue: 'elsewhere' }).delay()
  const good = app.task('good', () => 'good')
  const before = await picture()
  for (const text of writes) await here.redis.rpush(LINE, text)
  const worker = app.worker({ concurrency: 50 })
  await worker.start()
  const result = await good.delay()
  expect(await result.get({ timeout: '30s' })).toBe('good')
  // What follows from them is worked off as well.
  const left = async () => [...(await here.redis.keys(key('held:*'))), ...(await here.redis.keys(LINE))]
  await expect.poll(left, { timeout: 20_000 }).toEqual([])
  await worker.stop({ within: 0 })
  const after = await picture()
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
    (one) => before.get(one) !== after.get(one),
  )
  const own = [...runs, result.id]
  const strays = changed.filter((one) => !COMMON.test(one) && !own.some((run) => isOf(one, run)))
  expect(strays).toEqual([])
}

/** Whether a key belongs to a run. */
function isOf(one: string, run: string): boolean {
  const [, name = ''] = /^\{arpeggio:0\}:\w+:(.*)$/.exec(one) ?? []
  return name === run || name.startsWith(`${run}.`)
}

/** What stands for a message that could not be read has its text. */
function textOf({ message }: DeadLetter): unknown {
  return message.kind === 'call' ? message.args[0] : null
}

const DEEP = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
const ODD_TEXTS = [
  '',
  ' ',
  'x',
  '-1',
  '{',
  '}',
  '{0}',
  ':',
  '*',
  '?',
  '[a]',
  '.',
  '..',
  '/',
  '\u0000',
  '\ud800',
  '__proto__',
  'constructor',
  `${'9'.repeat(400)}`,
]
const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  -1,
  1.5,
  1e308,
  '',
  'x',
  [],
  [[]],
  [null],
  [[null]],
  {},
  { op: 'call' },
  { op: 'stored', list: '0', from: 0, to: 1e15 },
  JSON.parse('{"__proto__":{"polluted":1}}'),
  { constructor: { prototype: { polluted: 1 } } },
  { chord: 'other.0', index: '0' },
  'x'.repeat(100_000),
]

describe('messages', { timeout: 120_000 }, () => {
  test('that are cut off anywhere are set aside', async () => {
    const [victim] = await victims(1)
    const { text = '', id = '' } = victim ?? {}
    const cuts = Array.from({ length: text.length - 1 }, (_, n) => text.slice(0, n + 1)).filter(
      (_, n) => n % 7 === 0,
    )
    await worksOn(cuts, [id])
    expect(warnings.length).toBe(cuts.length)
    await expect(victim?.result.get({ timeout: '5s' })).rejects.toThrow('cannot be read')
  })

  test('with any text in any line of their heads do no harm', async () => {
    const all = await victims(7 * ODD_TEXTS.length)
    const writes = all.map(({ text }, n) => {
      const { head, body } = split(text)
      head[n % 7] = ODD_TEXTS[Math.floor(n / 7)] as string
      return `${head.join('\n')}\n${JSON.stringify(body)}`
    })
    await worksOn(
      writes,
      all.map(({ id }) => id),
    )
  })

  test('with any value in any field of their bodies do no harm', async () => {
    const fields = [
      'task',
      'args',
      'kwargs',
      'options',
      'retries',
      'countdown',
      'eta',
      'link',
      'errback',
      'rest',
    ]
    const more = ['root', 'parent', 'group', 'seat', 'id', 'run', 'kind', 'constructor']
    const names = [...fields, ...more]
    const all = await victims(names.length * ODD_VALUES.length)
    const writes = all.map(({ text }, n) => {
      const { head, body } = split(text)
      const name = names[n % names.length] as string
      const value = ODD_VALUES[Math.floor(n / names.length)]
      return `${head.join('\n')}\n${JSON.stringify({ ...body, [name]: value })}`
    })
    await worksOn(
      writes,
      all.map(({ id }) => id),
    )
  })

  test('with any value in any option, or step that follows, do no harm', async () => {
    const names = [
      'queue',
      'priority',
      'countdown',
      'eta',
      'expires',
      'timeLimit',
      'softTimeLimit',
      'ignoreResult',
      'retries',
      'serializer',
      'compression',
      'shadow',
      'headers',
      'stamps',
    ]
    const steps = ['at', 'takes', 'op', 'task', 'args', 'kwargs', 'immutable', 'options', 'link', 'errback']
    const all = await victims((names.length + steps.length) * ODD_VALUES.length)
    const writes = all.map(({ text }, n) => {
      const { head, body } = split(text)
      const name = [...names, ...steps][n % (names.length + steps.length)] as string
      const value = ODD_VALUES[Math.floor(n / (names.length + steps.length))]
      if (names.includes(name)) body['options'] = { ...(body['options'] as object), [name]: value }
      else
        (body['rest'] as Record<string, unknown>[])[0] = { ...(body['rest'] as object[])[0], [name]: value }
      return `${head.join('\n')}\n${JSON.stringify(body)}`
    })
    await worksOn(
      writes,
      all.map(({ id }) => id),
    )
  })

  test('that spread branches of another run are set aside', async () => {
    const all = await victims(3)
    const [one, other] = all as [(typeof all)[number], (typeof all)[number]]
    const course = { run: other.id, root: other.id, parent: null, group: null, seat: null, aside: false }
    const branches = { op: 'stored', list: '0', from: 0, to: 1 }
    const body = {
      kind: 'spread',
      id: `${other.id}.0`,
      at: '0',
      branches,
      awaited: true,
      input: [],
      options: {},
      ...course,
    }
    const head = (run: string): string => `0\ndefault\n5\n${run}\n0\n0\ns-\n`
    await worksOn([head(one.id) + JSON.stringify(body)], [one.id])
    expect(warnings.join()).toContain('otherwise than its body')
  })

  test('nested to death are set aside', async () => {
    const all = await victims(3)
    const writes = all.map(({ text }, n) => {
      const { head } = split(text)
      const body = [
        DEEP,
        `{"task":"echo","args":${DEEP}}`,
        `{"task":"echo","rest":${'[{"a":'.repeat(1e5)}1${'}]'.repeat(1e5)}}`,
      ]
      return `${head.join('\n')}\n${body[n]}`
    })
    await worksOn(
      writes,
      all.map(({ id }) => id),
    )
    expect(warnings).toHaveLength(3)
  })

  test('of 100 MB are set aside, or run', async () => {
    const all = await victims(3)
    const writes = all.map(({ text }, n) => {
      const { head } = split(text)
      const junk = ['x'.repeat(1e8), `{"task":"echo","args":[${'[],'.repeat(33e6)}0]}`, '['.repeat(1e8)]
      return `${head.join('\n')}\n${junk[n]}`
    })
    await worksOn(
      writes,
      all.map(({ id }) => id),
    )
    expect(warnings).toHaveLength(3)
  })

  test('that wait until they are due, and are none, are set aside', async () => {
    await here.redis.zadd(key('delayed'), 1, 'nonsense', 2, '7\nnonsense', Date.now() + 3_600_000, 'later')
    await app.worker().start()
    expect(await app.task('good', () => 'good').run()).toBe('good')
    expect((await app.backend.deadLetters.list()).map(textOf)).toEqual(['nonsense', 'nonsense'])
    expect(await app.backend.queues.scheduled(10)).toEqual([])
  })

  test('of workers that are dead, and are none, are set aside', async () => {
    await here.redis.hset(key('held:dead'), 'a', 'nonsense', 'b', '\n'.repeat(9))
    await here.redis.zadd(key('workers'), 1, 'dead')
    await worksOn([], [])
    expect(await app.backend.deadLetters.list()).toHaveLength(2)
  })

  test('that are changed while they are held disturb nobody', async () => {
    let started: () => void = () => {}
    const isUp = new Promise<void>((resolve) => {
      started = resolve
    })
    let end: () => void = () => {}
    const over = new Promise<void>((resolve) => {
      end = resolve
    })
    const slow = app.task('slow', async () => {
      started()
      await over
    })
    await slow.delay()
    await app.worker().start()
    await isUp
    const [held = ''] = await here.redis.keys(key('held:*'))
    for (const token of await here.redis.hkeys(held)) await here.redis.hset(held, token, 'nonsense')
    end()
    expect(await app.task('good', () => 'good').run()).toBe('good')
    await expect.poll(() => here.redis.keys(key('held:*'))).toEqual([])
  })
})

describe('a run', { timeout: 60_000 }, () => {
  test('of which a step cannot be read fails, and so does whoever waits for it', async () => {
    const [victim] = await victims(1)
    await here.redis.rpush(LINE, (victim?.text ?? '').replace('{', '{{'))
    await app.worker().start()
    await expect(victim?.result.get({ timeout: '10s' })).rejects.toThrow('cannot be read')
  })

  test('of which a member of a chord cannot be read ends, and nothing of it stays for ever', async () => {
    const one = app.task('one', (n: number) => n)
    const sum = app.task('sum', (all: number[]) => all.length)
    const result = await chord([one.s(1), one.s(2)], sum.s()).delay()
    const [first = ''] = await here.redis.lrange(LINE, 0, 0)
    await here.redis.lset(LINE, 0, first.replace('{', '{{'))
    await app.worker().start()
    await expect(result.get({ timeout: '10s' })).rejects.toThrow('cannot be read')
    await expect.poll(() => here.redis.keys(key(`chord:${result.id}.*`))).toHaveLength(1)
    for (const left of await here.redis.keys(key(`*:${result.id}*`)))
      expect(await here.redis.pttl(left)).toBeGreaterThan(0)
  })

  test.each([
    ['record', 'nonsense'],
    ['record', '{}'],
    ['record', DEEP],
    ['s:0', 'nonsense'],
    ['s:0', 'Fnull'],
    ['s:0', `S${DEEP}`],
    ['size', 'many'],
    ['seat', '=0'],
  ])('whose chord was written over comes to its end: %s, %#', async (field, text) => {
    const one = app.task('one', (n: number) => n)
    const sum = app.task('sum', (all: number[]) => all.length)
    const result = await chord([one.s(1), one.s(2).set({ queue: 'second' })], sum.s()).delay()
    await app.worker().start()
    await app.result(`${result.id}.1`).get()
    await here.redis.hset(key(`chord:${result.id}.0`), field, text)
    await app.worker({ queues: ['second'] }).start()
    await result.run.finished({ timeout: '20s' })
    expect(await app.task('good', () => 'good').run()).toBe('good')
  })

  test.each([
    'x',
    '',
    'S',
    'S{',
    `S${DEEP}`,
    'F',
    'Fnull',
    'F{}',
    'F{"error":{"cause":5}}',
    'Rx',
    'N',
    '\u0000',
  ])('whose result was written over tells so: %#', async (verdict) => {
    const [victim] = await victims(1)
    await here.redis.hset(key(`run:${victim?.id}`), 'r:', verdict)
    if (verdict === '') return expect(await victim?.result.state()).toBe('PENDING')
    await expect(victim?.result.get({ timeout: '5s' })).rejects.toMatchObject({ code: 'value-unreadable' })
    await expect(victim?.result.state()).rejects.toMatchObject({ code: 'value-unreadable' })
  })

  test.each([
    'x',
    '5',
    '[]',
    '[{"op":"fork","at":0,"members":[{"at":0,"count":1e15,"span":1,"shape":[]}]}]',
    DEEP,
  ])('whose outline was written over tells so: %#', async (shape) => {
    const [victim] = await victims(1)
    await here.redis.hset(key(`run:${victim?.id}`), 'shape', shape)
    const fresh = appHere()
    await expect(fresh.restore(victim?.id ?? '')).rejects.toMatchObject({ code: 'value-unreadable' })
  })

  test.each(['live', 'done', 'marks', 'deadline', 'attempt', 'total'])(
    'whose %s was written over disturbs nobody',
    async (field) => {
      const [victim] = await victims(1)
      await here.redis.hset(key(`run:${victim?.id}`), field, 'thlgdx')
      await worksOn([victim?.text ?? ''], [victim?.id ?? ''])
    },
  )

  test('that is no hash disturbs nobody', async () => {
    const [victim] = await victims(1)
    await here.redis.set(key(`run:${victim?.id}`), 'x')
    await worksOn([(victim?.text ?? '').replace('0\n', '1\n')], [victim?.id ?? ''])
  })

  test('whose steps were written over fails', async () => {
    const add = app.task('add', (a: number, b: number) => a + b)
    for (const item of ['x', '[[[]]]']) {
      const result = await chain(add.s(0, 0), ...Array.from({ length: 60 }, () => add.s(1))).delay()
      const [list = ''] = await here.redis.keys(key(`list:${result.id}.*`))
      await here.redis.lset(list, 5, item)
      const worker = app.worker()
      await worker.start()
      await expect(result.get({ timeout: '20s' })).rejects.toThrow()
      await worker.stop()
    }
  })
})

describe('what is told', { timeout: 60_000 }, () => {
  const NEWS = [
    '',
    'x',
    'N',
    'N ',
    'N {',
    'N []',
    'Nx [1,2]',
    'S\nF\n\nconstructor',
    'S {',
    'F {}',
    'M []\nQ 1',
    '__proto__',
    DEEP.slice(0, 50_000),
  ]

  test('of a run and makes no sense is not believed: whoever waits looks for himself', async () => {
    const [victim] = await victims(1)
    const got = victim?.result.get({ timeout: '20s', onMessage: () => {} })
    const ears = () => here.redis.hget(key(`run:${victim?.id}`), 'ears')
    await expect.poll(ears).toMatch(/^a\S+ $/)
    const channel = key(`news:${(await ears())?.slice(1).trim()}`)
    for (const text of NEWS) await here.redis.spublish(channel, text)
    for (const text of NEWS) expect(await here.redis.spublish(channel, `${victim?.id}\n${text}`)).toBe(1)
    await here.redis.rpush(LINE, victim?.text ?? '')
    await app.worker().start()
    expect(await got).toBe(1)
  })

  test('to workers, and is no command, is ignored', async () => {
    await app.worker().start()
    const odd = [
      'x',
      'null',
      '5',
      '[]',
      '{}',
      '{"to":5}',
      '{"to":null,"replyTo":5}',
      '{"to":null,"replyTo":"a","command":{"do":"constructor"}}',
      '{"to":null,"replyTo":"a","command":{"do":"__proto__"}}',
      '{"__proto__":{"polluted":1}}',
      DEEP,
    ]
    for (const text of odd) {
      await here.redis.spublish(key('bus:workers'), text)
      await here.redis.spublish(key('halts'), text)
    }
    await here.redis.hset(key('present'), 'a', 'x', 'b', '9999999999999\nx', 'c', '9999999999999\nnull')
    expect(Object.values(await app.control.ping())).toHaveLength(1)
    expect(await app.task('good', () => 'good').run()).toBe('good')
  })

  test('as an event, and is none, is left out', async () => {
    const events = app.events()
    await events.ready
    for (const text of ['x', '5', 'null', '[]', DEEP]) await here.redis.xadd(key('events'), '*', 'e', text)
    await here.redis.xadd(key('events'), '*', 'e', '{"type":"mine"}')
    expect((await events.next()).value).toEqual({ type: 'mine' })
    await events.return()
  })

  test('as a dead letter, and is none, is shown as what it is', async () => {
    const letters = [
      '',
      'x',
      '1\nx',
      '1\n{}',
      '1\n{"reason":"r","message":null}',
      '1\n{"reason":"r","message":{"task":5}}',
      `1\n${DEEP}`,
      '1\n!why',
    ]
    for (const [n, text] of letters.entries()) await here.redis.hset(key('dead'), `letter${n}`, text)
    const told = await app.backend.deadLetters.list()
    expect(told.map(({ reason }) => reason)).toEqual(
      letters.map(() => expect.stringContaining('could not be read')),
    )
    expect(await app.backend.deadLetters.remove('letter1')).toMatchObject({
      id: 'letter1',
      message: { args: ['x'] },
    })
    expect(await app.backend.deadLetters.purge()).toBe(letters.length - 1)
  })
})

describe('a key of ours with something else in it', () => {
  const said =
    /^Somebody else has written to Redis where Arpeggio keeps its own: "\{arpeggio:0\}:line:default:5" \(no list\)\. Look who/

  test('is named to whoever sends, and once to the report; work goes on when it is gone', async () => {
    const reported: unknown[] = []
    const made = new App({
      logLevel: 'silent',
      backend: redisBackend(here.server.url, { warn: () => {} }),
      report: (_problem, error) => void reported.push(error),
    })
    apps.push(made)
    const good = made.task('good', () => 'good')
    await here.redis.set(LINE, 'mine')
    const stray = { code: 'backend-refused', message: expect.stringMatching(said) }
    await expect(good.delay()).rejects.toMatchObject(stray)
    const calls = async (): Promise<number> =>
      Number(/cmdstat_evalsha:calls=(\d+)/.exec(await here.redis.info('commandstats'))?.[1] ?? 0)
    await made.worker().start()
    const before = await calls()
    await expect.poll(calls).toBeGreaterThan(before + 3) // it asks again and again
    expect(reported).toEqual([expect.objectContaining(stray)])
    await here.redis.del(LINE)
    expect(await good.run()).toBe('good')
    expect(reported).toHaveLength(1)
  })

  test('in place of the body of one message hides that one only from whoever looks what is scheduled', async () => {
    const late = app.task('late', (text: string) => text)
    const { id } = await late.s('x'.repeat(100_000)).set({ countdown: '1h' }).delay()
    await late.s('short').set({ countdown: '1h' }).delay()
    const [body = ''] = await here.redis.keys(key(`list:${id}.body*`))
    await here.redis.set(body, 'mine')
    const scheduled = await app.backend.queues.scheduled(10)
    expect(scheduled.map(({ message }) => message.args)).toEqual([['short']])
  })

  test('is an error with a code for whoever reads it, too', async () => {
    const result = await app.task('good', () => 'good').delay()
    await here.redis.set(key(`run:${result.id}`), 'mine')
    await expect(result.state()).rejects.toMatchObject({
      code: 'backend-refused',
      message: expect.stringMatching(/^Somebody else has written .* \(WRONGTYPE .* wrong kind of value\)\./),
    })
  })
})
