import { inspect } from 'node:util'
import type { App, Logger } from '@arpeggio/canvas'
import { Reject } from '@arpeggio/canvas'
import { describe, expect, test } from 'vitest'
import { everywhere, playing, withWorkers } from '../support/ensembles.ts'
import { redisHere } from '../support/redis-here.ts'

/*
 * What a task hides by argsRepr and kwargsRepr is hidden wherever people look: in logs, events, errors, the reasons of dead
 * letters, and what workers tell. A dead letter itself is the message, with what it was given: it can be sent again.
 */

const SECRET = 'hunter2'
const here = redisHere()

function keeping(): Logger & { readonly lines: string[] } {
  const lines: string[] = []
  const write = (...words: readonly unknown[]): void =>
    void lines.push(words.map((word) => inspect(word)).join(' '))
  return { lines, debug: write, info: write, warn: write, error: write }
}

const HIDDEN = { argsRepr: '***', kwargsRepr: '***' }

/** Tasks that are told a secret, and come to every kind of end. */
function tasksOf(app: App) {
  const works = app.task({ name: 'works', ...HIDDEN }, (_password: string, _more?: { token: string }) => 1)
  const fails = app.task({ name: 'fails', ...HIDDEN }, (_password: string): void => {
    throw new Error('no such user')
  })
  const retries = app.task(
    { name: 'retries', bind: true, maxRetries: 1, ...HIDDEN },
    (self, _password: string): void => {
      self.retry({ countdown: 1 })
    },
  )
  const rejects = app.task({ name: 'rejects', ...HIDDEN }, (_password: string): void => {
    throw new Reject('not now', { requeue: true })
  })
  const pairs = app.task({ name: 'pairs', ...HIDDEN }, (_user: string, _password: string) => 1)
  return { works, fails, retries, rejects, pairs }
}

describe.each(everywhere(here))('%s', (_, make) => {
  test('no line, no event and no error says what a task hides', async () => {
    const logger = keeping()
    const { app, play } = await playing(make, { logger, logLevel: 'debug', events: true })
    const events = app.events()
    await events.ready
    const told: unknown[] = []
    void (async () => {
      for await (const event of events) told.push(event)
    })()
    const { works, fails, retries, pairs } = tasksOf(app)
    const errors: unknown[] = []
    const wrong = app.signature('pairs', { args: [SECRET] })
    for (const canvas of [
      works.s(SECRET).kw({ token: SECRET }),
      fails.s(SECRET),
      retries.s(SECRET),
      works.map([SECRET, SECRET]),
      fails.map([SECRET]),
      pairs.starmap([['ada', SECRET]]),
      pairs.chunks(
        [
          ['ada', SECRET],
          ['bob', SECRET],
        ],
        1,
      ),
      works.s(SECRET).set({ expires: 0, countdown: 5 }),
    ]) {
      const result = await play(canvas as never)
      await (result as { get(): Promise<unknown> }).get().catch((error: unknown) => errors.push(error))
    }
    await Promise.resolve()
      .then(() => wrong.apply())
      .then((result) => result.get())
      .catch((error: unknown) => errors.push(error))
    await expect.poll(() => logger.lines.join(), { timeout: 4_000 }).toMatch(/fails\[.*failed/)
    await events.return()
    expect(errors.length).toBeGreaterThan(2)
    expect(logger.lines.join()).toContain('***')
    expect(logger.lines.join('\n')).not.toContain(SECRET)
    expect(JSON.stringify(told)).not.toContain(SECRET)
    for (const error of errors)
      expect(`${error} ${(error as Error).stack} ${inspect(error, { depth: 9 })}`).not.toContain(SECRET)
  })
})

describe.each(withWorkers(here))('%s', (_, make) => {
  test('no worker, and no reason of a dead letter, says what a task hides', async () => {
    const logger = keeping()
    const { app, play } = await playing(make, { logger, logLevel: 'debug' })
    const { rejects, works } = tasksOf(app)
    let end: () => void = () => {}
    const over = new Promise<void>((resolve) => {
      end = resolve
    })
    const active = app.task({ name: 'active', ...HIDDEN }, async (_password: string) => over)
    await play(rejects.s(SECRET))
    const running = await active.delay(SECRET)
    const later = await works.s(SECRET).set({ countdown: '1h' }).delay()
    const { inspect: look } = app
    await expect.poll(async () => JSON.stringify(await look.active())).toContain(running.id)
    await expect.poll(async () => JSON.stringify(await look.scheduled())).toContain(later.id)
    const answers = [
      look.active(),
      look.reserved(),
      look.scheduled(),
      look.conf(),
      look.stats(),
      look.queues(),
    ]
    const all = [...(await Promise.all<unknown>(answers)), await look.queryTask(running.id)]
    expect(JSON.stringify(all)).not.toContain(SECRET)
    const letters = await app.backend.deadLetters.list()
    expect(letters.map(({ reason }) => reason).join()).toMatch(/rejected/)
    expect(letters.map(({ reason, id }) => `${id} ${reason}`).join()).not.toContain(SECRET)
    expect(logger.lines.join('\n')).not.toContain(SECRET)
    await later.revoke()
    end()
    await running.get()
  })
})
