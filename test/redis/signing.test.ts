import { inspect } from 'node:util'
import { App, chain, chord, group } from '@arpeggio/canvas'
import { type RedisBackendOptions, redisBackend } from '@arpeggio/redis-backend'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { redisHere } from '../support/redis-here.ts'

/*
 * With keys, a worker runs only what somebody sent who has one of them: as it was sent, where it was sent to.
 */

const KEY = 'key-of-this-app-'.repeat(3)
const OLD_KEY = 'the-key-before-that-one-'.repeat(2)
const OTHER_KEY = Buffer.alloc(32, 7)

const here = redisHere()
let apps: App[]
let said: string[]
let ran: unknown[]

beforeEach(async () => {
  await here.redis.flushall()
  apps = []
  said = []
  ran = []
})
afterEach(async () => {
  for (const one of apps) await one.close()
  for (const word of [KEY, OLD_KEY]) expect(said.join()).not.toContain(word)
})

/** An app whose tasks tell what they were called with. */
function appWith(signWith: RedisBackendOptions['signWith'], more: RedisBackendOptions = {}) {
  const say = (...words: readonly unknown[]): void =>
    void said.push(words.map((word) => inspect(word)).join(' '))
  const backend = redisBackend(here.server.url, { warn: say, ...(signWith && { signWith }), ...more })
  const app = new App({
    logLevel: 'debug',
    logger: { debug: say, info: say, warn: say, error: say },
    backend,
    report: say,
  })
  apps.push(app)
  const note = app.task('note', (value: unknown) => {
    ran.push(value)
    return value
  })
  const all = app.task('all', (values: unknown[]) => {
    ran.push(values)
    return values.length
  })
  return { app, note, all }
}

const key = (name: string): string => `{arpeggio:0}:${name}`
const LINE = key('line:default:5')
const setAside = (): number => said.filter((line) => line.includes('A message was set aside')).length

/** Takes the only message there is out of its queue. */
async function intercept(): Promise<string> {
  const [text, ...others] = await here.redis.lrange(LINE, 0, -1)
  expect(others).toEqual([])
  await here.redis.del(LINE)
  return text as string
}

describe('a worker with keys', { timeout: 60_000 }, () => {
  test('runs what was signed, by the new key or the old one, whatever shape it has', async () => {
    const { note, all } = appWith([OLD_KEY])
    const long = note.s('x'.repeat(200_000))
    const sums = await Promise.all([
      note.s(1).pipe(note.s(), note.s()).delay(),
      chain(note.s(0), ...Array.from({ length: 100 }, () => note.s())).delay(),
      chord(
        Array.from({ length: 3 }, (_, n) => note.s(n)),
        all.s(),
      ).delay(),
      group(Array.from({ length: 1_500 }, (_, n) => note.s(n)))
        .pipe(all.s())
        .delay(),
      long.delay(),
      note.s('late').set({ countdown: 20 }).delay(),
    ])
    const { app } = appWith([KEY, OLD_KEY])
    await app.worker({ concurrency: 50 }).start()
    const values = await Promise.all(sums.map((sum) => sum.get() as Promise<unknown>))
    expect(values).toEqual([1, 0, 3, 1_500, 'x'.repeat(200_000), 'late'])
    expect(setAside()).toBe(0)
  })

  test('does not run what is not signed, and what is signed by somebody else', async () => {
    const results = [await appWith(undefined).note.delay(1), await appWith([OTHER_KEY]).note.delay(2)]
    const { app, note } = appWith([KEY, OLD_KEY])
    await app.worker().start()
    expect(await note.run('good')).toBe('good')
    const [missing, foreign] = [
      `The message "${results[0]?.id}" in the queue "default" is not signed, and only what is signed is run here. Give`,
      `The message "${results[1]?.id}" in the queue "default" is signed by somebody else, or was changed. Give`,
    ].map((message) => expect.stringContaining(message))
    const code = 'message-untrusted'
    await expect(results[0]?.get()).rejects.toMatchObject({ name: 'ArpeggioError', code, message: missing })
    await expect(results[1]?.get()).rejects.toMatchObject({ name: 'ArpeggioError', code, message: foreign })
    expect(ran).toEqual(['good'])
    expect(setAside()).toBe(2)
    const letters = await app.backend.deadLetters.list()
    const reasons = letters.map(({ reason }) => reason).sort()
    expect(reasons).toEqual(
      Array(2).fill(expect.stringMatching(/^it was not trusted \(message-untrusted: The/)),
    )
    for (const told of [missing, foreign]) expect(reasons).toContainEqual(told)
    expect(
      inspect([app, app.backend, letters, await app.inspect.conf(), await app.inspect.stats()], {
        depth: 20,
        showHidden: true,
      }),
    ).not.toMatch(new RegExp(`${KEY}|${OLD_KEY}`))
  })

  test('does not run what was changed anywhere', async () => {
    const { app, note } = appWith([KEY])
    await note.delay(1)
    const text = await intercept()
    const from = text.indexOf('\n') + 1
    const changed = Array.from({ length: text.length - from }, (_, n) => {
      const at = from + n
      return text.slice(0, at) + (text[at] === '1' ? '2' : '1') + text.slice(at + 1)
    })
    await here.redis.rpush(LINE, ...changed)
    await app.worker().start()
    expect(await note.run('good')).toBe('good')
    expect(ran).toEqual(['good'])
  })

  test('runs what was delivered before: that is counted in front of what was signed', async () => {
    const { app, note } = appWith([KEY])
    const result = await note.delay(1)
    await here.redis.rpush(LINE, (await intercept()).replace(/^\d+/, '3'))
    await app.worker().start()
    expect(await result.get()).toBe(1)
  })

  test('does not run what was sent in another run, at another place, or elsewhere', async () => {
    const { app, note } = appWith([KEY])
    const first = await note.delay('first')
    const text = await intercept()
    const { id } = await note.delay('second')
    await intercept()
    await appWith([KEY], { prefix: 'elsewhere' }).note.s('third').set({ taskId: first.id }).delay()
    const [third = ''] = await here.redis.lrange('{elsewhere:0}:line:default:5', 0, -1)
    await here.redis.rpush(
      LINE,
      text.replace(first.id, id),
      text.replace(`${first.id}\n\n`, `${first.id}\n7\n`),
      third,
    )
    await app.worker().start()
    expect(await note.run('good')).toBe('good')
    expect(ran).toEqual(['good'])
    expect(setAside()).toBe(3)
  })

  test('does not run a long message whose body was changed, or is that of another one', async () => {
    const { app, note } = appWith([KEY])
    const results = [await note.delay('a'.repeat(100_000)), await note.delay('b'.repeat(100_000))]
    const lists = results.map(({ id }) => key(`list:${id}.body::0`)) as [string, string]
    const [piece = ''] = await here.redis.lrange(lists[0], 1, 1)
    await here.redis.lset(lists[0], 1, piece.replace('a', 'c'))
    await here.redis.copy(lists[0], lists[1], 'REPLACE')
    await app.worker().start()
    for (const result of results) await expect(result.get()).rejects.toThrow('signed by somebody else')
    expect(ran).toEqual([])
  })

  test('does not go on with steps and branches that were changed, or changed places', async () => {
    const { app, note, all } = appWith([KEY])
    const line = await chain(note.s(0), ...Array.from({ length: 60 }, () => note.s())).delay()
    const wide = await group(Array.from({ length: 1_500 }, (_, n) => note.s(n)))
      .pipe(all.s())
      .delay()
    const [steps = ''] = await here.redis.keys(key(`list:${line.id}.*`))
    const [third = '', fourth = ''] = await here.redis.lrange(steps, 3, 4)
    await here.redis.lset(steps, 3, fourth)
    await here.redis.lset(steps, 4, third)
    const [branches = ''] = await here.redis.keys(key(`list:${wide.id}.*`))
    const length = await here.redis.llen(branches)
    const [last = ''] = await here.redis.lrange(branches, length - 1, length - 1)
    await here.redis.lset(branches, length - 1, last.replace('"note"', '"all"'))
    await app.worker({ concurrency: 50 }).start()
    await expect(line.get({ timeout: '30s' })).rejects.toThrow()
    await expect(wide.get({ timeout: '30s' })).rejects.toThrow()
    expect(ran.filter(Array.isArray)).toEqual([])
  })

  test('does not do what a chord says that was changed: it fails', async () => {
    const { app, note, all } = appWith([KEY])
    const result = await chord([note.s(1), note.s(2)], all.s()).delay()
    const record = (await here.redis.hget(key(`chord:${result.id}.0`), 'record')) ?? ''
    await here.redis.hset(
      key(`chord:${result.id}.0`),
      'record',
      record.replace('"task":"all"', '"task":"note"'),
    )
    await app.worker().start()
    await expect(result.get({ timeout: '20s' })).rejects.toThrow('signed by somebody else')
    expect(ran.sort()).toEqual([1, 2])
  })

  test('shows letters that were changed as what cannot be read', async () => {
    const { app, note } = appWith([KEY])
    await note.delay(1)
    await here.redis.rpush(LINE, (await intercept()).replace(/^\d+/, '9'))
    await app.worker().start()
    await expect.poll(() => here.redis.hlen(key('dead'))).toBe(1)
    const [letter] = await app.backend.deadLetters.list()
    expect(letter?.message).toMatchObject({ task: 'note', args: [1] })
    const id = letter?.id ?? ''
    const text = (await here.redis.hget(key('dead'), id)) ?? ''
    await here.redis.hset(key('dead'), id, text.replace('"args":[1]', '"args":[2]'))
    expect(await app.backend.deadLetters.remove(id)).toMatchObject({
      message: { task: 'unreadable' },
      reason: expect.stringContaining('signed by somebody else'),
    })
  })
})

test('a worker without keys does not run what is signed: it cannot tell who sent it', async () => {
  const result = await appWith([KEY]).note.delay(1)
  await appWith(undefined).app.worker().start()
  await expect(result.get()).rejects.toThrow('was given no keys (signWith)')
  expect(ran).toEqual([])
})

test('what failed is signed still when its run is reopened', async () => {
  const { app, note } = appWith([KEY])
  let works = false
  const shaky = app.task('shaky', () => {
    if (!works) throw new Error('not yet')
    return 5
  })
  await app.worker().start()
  const result = await shaky.s().pipe(note.s()).delay()
  await expect(result.get()).rejects.toThrow('not yet')
  await result.run.finished()
  works = true
  await result.run.retryFailed()
  expect(await result.get()).toBe(5)
})
