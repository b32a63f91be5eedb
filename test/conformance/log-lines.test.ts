import { type Logger, Reject } from '@arpeggio/canvas'
import { describe, expect, test } from 'vitest'
import { everywhere, playing } from '../support/ensembles.ts'
import { redisHere } from '../support/redis-here.ts'

/* What is written of tasks, and what is not: the same wherever they run. */

/** A logger that keeps what was written, ids and times left out. */
function keeping(): Logger & { readonly lines: string[] } {
  const lines: string[] = []
  const write = (level: string) => (message: string) => {
    if (message.startsWith('Worker ')) return // that it is there, and which
    lines.push(`${level} ${message.replace(/\[[\w-]+\]/, '[id]').replace(/\d+\.\d{3}s/, '0s')}`)
  }
  return { lines, debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
}

class Expected extends Error {
  override name = 'Expected'
}

describe.each(everywhere(redisHere()))('%s', (_, make) => {
  test('a line is written when a task comes, when it speaks, and when it has succeeded', async () => {
    const logger = keeping()
    const { app, play } = await playing(make, { logger, logLevel: 'info' })
    const talk = app.task({ name: 'talk', bind: true }, (self) => self.log.warn('hello'))
    await play(talk.s())
    await expect
      .poll(() => logger.lines, { timeout: 4_000 })
      .toEqual(['info Task talk[id] received', 'warn talk[id]: hello', 'info Task talk[id] succeeded in 0s'])
  })

  test('a failure is an error with its stack; one that was expected is a line without', async () => {
    const logger = keeping()
    const { app, play } = await playing(make, { logger, logLevel: 'info' })
    const fail = app.task({ name: 'fail', throws: [Expected] }, (isExpected: boolean): void => {
      throw isExpected ? new Expected('as it is') : new TypeError('not so')
    })
    await play(fail.s(false))
    await play(fail.s(true))
    await expect
      .poll(() => logger.lines.filter((line) => line.includes(' failed ')), { timeout: 4_000 })
      .toEqual([
        expect.stringMatching(/^error Task fail\[id\] failed after 0s: TypeError: not so\n +at /),
        'info Task fail[id] failed as expected after 0s: Expected: as it is',
      ])
  })

  test('the line of a task that comes again says so, and which time it is', async () => {
    const logger = keeping()
    const { app, play } = await playing(make, { logger, logLevel: 'info' })
    const refuse = app.task({ name: 'refuse', bind: true }, (self) => {
      if (self.request.deliveries < 3) throw new Reject('not here', { requeue: true })
    })
    await play(refuse.s())
    const received = () => logger.lines.filter((line) => line.includes(' received'))
    await expect
      .poll(received, { timeout: 4_000 })
      .toEqual([
        'info Task refuse[id] received',
        'warn Task refuse[id] received again (delivery 2: its worker was lost, or gave it back)',
        'warn Task refuse[id] received again (delivery 3: its worker was lost, or gave it back)',
      ])
  })

  test('a task shows its arguments as it likes, and nothing else of them is written or told', async () => {
    const logger = keeping()
    const { app, play } = await playing(make, { logger, logLevel: 'debug', events: true })
    const events = app.events()
    await events.ready
    const login = app.task(
      { name: 'login', argsRepr: ([user]) => `${user}, ***`, kwargsRepr: '***' },
      (user: string, _password: string, _more: { token: string }) => `${user}: secret`,
    )
    const { id } = await play(login.s('ada', 'secret').kw({ token: 'secret' }))
    await expect.poll(() => logger.lines.at(-1), { timeout: 4_000 }).toMatch(/succeeded/)
    expect(logger.lines).toContain('debug Task login[id] is login(ada, ***, ***)')
    const told: unknown[] = []
    for await (const event of events) {
      if ('run' in event && event.run === id) told.push(event)
      if (told.some((one) => (one as { type: string }).type === 'task-succeeded')) break
    }
    expect(told).toContainEqual(expect.objectContaining({ type: 'task-succeeded', task: 'login' }))
    expect(JSON.stringify([logger.lines, told])).not.toContain('secret')
  })

  test('what is less than the level is not written', async () => {
    const logger = keeping()
    const { app, play } = await playing(make, { logger, logLevel: 'warn' })
    const talk = app.task({ name: 'talk', bind: true }, ({ log }) => {
      for (const level of ['debug', 'info', 'warn', 'error'] as const) log[level](level)
    })
    await play(talk.s())
    expect(logger.lines).toEqual(['warn talk[id]: warn', 'error talk[id]: error'])
  })
})
