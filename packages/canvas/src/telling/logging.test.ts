import { memoryBackend } from '@arpeggio/core'
import { describe, expect, it, vi } from 'vitest'
import { App } from '../app.ts'
import type { AppOptions } from '../config/app-options.ts'
import { Ignore, Reject } from '../index.ts'
import type { AnySignature } from '../signature.ts'
import type { LogLevel } from './logging.ts'

/** A logger that keeps what was written, ids and times left out. */
function keeping() {
  const lines: string[] = []
  const write =
    (level: string) =>
    (message: string, ...details: readonly unknown[]): void => {
      const text = message.replace(/\[[\w-]+\]/, '[id]').replace(/\d+\.\d{3}s/, '0s')
      lines.push([level, text.split('\n')[0], ...details].join(' '))
    }
  return { lines, debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
}

function appWith(options: AppOptions = {}) {
  const logger = keeping()
  const app = new App({ logger, logLevel: 'info', ...options })
  return { app, logger, lines: logger.lines }
}

async function apply(drawn: AnySignature): Promise<void> {
  await (drawn as AnySignature & { apply(): Promise<unknown> }).apply()
}

describe('what happens to a task is written', () => {
  it('when it succeeds', async () => {
    const { app, lines } = appWith()
    await apply(app.task('add', (a: number, b: number) => a + b).s(1, 2))
    expect(lines).toEqual(['info Task add[id] received', 'info Task add[id] succeeded in 0s'])
  })

  it('when it fails, with the stack, and as an error', async () => {
    const { app, logger, lines } = appWith()
    const whole: string[] = []
    const boom = app.task('boom', () => {
      throw new RangeError('too far')
    })
    logger.error = (message) => void whole.push(message)
    await apply(boom.s())
    expect(whole).toEqual([
      expect.stringMatching(/^Task boom\[.*\] failed after .*s: RangeError: too far\n +at /),
    ])
    expect(lines).toEqual(['info Task boom[id] received'])
  })

  it('when it fails as expected, in one line', async () => {
    const { app, lines } = appWith()
    const options = { name: 'boom', throws: [RangeError] }
    await apply(app.task(options, () => Promise.reject(new RangeError('too far'))).s())
    expect(lines.at(-1)).toBe('info Task boom[id] failed as expected after 0s: RangeError: too far')
  })

  it('when it is run again, ignored, rejected, replaced or revoked', async () => {
    const { app, lines } = appWith()
    const one = app.task('one', () => 1)
    const again = app.task({ name: 'again', bind: true }, (self) => {
      if (self.request.retries === 0) self.retry({ countdown: '3m', error: new Error('not yet') })
    })
    const skip = app.task('skip', () => {
      throw new Ignore()
    })
    const busy = app.task({ name: 'busy', bind: true }, (self) => {
      if (self.request.deliveries === 1) throw new Reject('busy', { requeue: true })
    })
    const swap = app.task({ name: 'swap', bind: true }, (self): number => self.replace(one.s()))
    await apply(again.s())
    await apply(skip.s())
    await apply(busy.s())
    await apply(swap.s())
    await apply(one.s().set({ expires: new Date(0) }))
    const said = lines.filter((line) => !/received|succeeded/.test(line))
    expect(said).toEqual([
      'info Task again[id] will be run again in 0s: Error: not yet',
      'info Task skip[id] ignored',
      'warn Task busy[id] rejected: Reject: busy',
      'info Task swap[id] replaced',
      expect.stringMatching(/^info Task one\[id\] revoked: one expired at 1970/),
    ])
  })

  it('in one line when it is given up, because it has come too often', async () => {
    const backend = memoryBackend()
    const { app, lines } = appWith({ backend })
    const deadly = app.task('deadly', () => 1)
    const { id } = await deadly.delay()
    for (let i = 0; i < 5; i++) {
      const taken = await backend.deliveries.receive(['default'], 1, AbortSignal.abort())
      await backend.deliveries.release(taken, 'rejected') // as if its worker had died
    }
    const heard: [number, boolean][] = []
    app.on('task-received', ({ request, givenUp }) => heard.push([request.deliveries, givenUp]))
    await app.worker({ logLevel: 'info' }).start()
    await expect(app.result(id).get()).rejects.toThrow('deadly was given up after 5 deliveries')
    await app.close()
    expect(lines.filter((line) => line.includes(' Task '))).toEqual([
      'error Task deadly[id] failed: WorkerLostError: deadly was given up after 5 deliveries, none of which came to an end',
    ])
    expect(heard).toEqual([[6, true]])
  })

  it('with its arguments only for those who look for faults, and only as it shows them', async () => {
    const { app, lines } = appWith({ logLevel: 'debug' })
    const login = app.task(
      { name: 'login', argsRepr: ([user]) => `${user}, ***`, kwargsRepr: '***' },
      (_user: string, _password: string, _more?: { token: string }) => 1,
    )
    await apply(login.s('ada', 'secret').kw({ token: 'secret' }))
    const plain = app.task('plain', (..._: unknown[]) => 1)
    await apply(plain.s('x', 1).kw({ deep: true }))
    expect(lines.filter((line) => line.startsWith('debug'))).toEqual([
      'debug Task login[id] is login(ada, ***, ***)',
      'debug Task plain[id] is plain("x", 1, deep=true)',
    ])
    expect(lines.join()).not.toContain('secret')
  })

  it('but not what was to be hidden, where showing it fails', async () => {
    const { app, lines } = appWith({ logLevel: 'debug' })
    const argsRepr = (): never => {
      throw new Error('secret')
    }
    await apply(app.task({ name: 'login', argsRepr }, (_: string) => 1).s('secret'))
    expect(lines[1]).toBe('debug Task login[id] is login(…)')
  })
})

describe('what a task writes', () => {
  it('begins with its name and id', async () => {
    const { app, lines } = appWith()
    const talk = app.task({ name: 'talk', bind: true }, (self) => self.log.warn('low', { disk: 1 }))
    await apply(talk.s())
    expect(lines[1]).toBe('warn talk[id]: low [object Object]')
  })

  it.each<[LogLevel, string[]]>([
    ['debug', ['debug', 'info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['silent', []],
  ])('is left out below the level %s', async (logLevel, levels) => {
    const { app, lines } = appWith({ logLevel })
    const talk = app.task({ name: 'talk', bind: true }, ({ log }) => {
      for (const level of ['debug', 'info', 'warn', 'error'] as const) log[level](level)
    })
    await apply(talk.s())
    expect(lines.filter((line) => line.includes(' talk[id]: ')).map((line) => line.split(' ')[0])).toEqual(
      levels,
    )
  })
})

describe('if nothing is said', () => {
  const written = async (options: AppOptions, how: 'run' | 'apply', worker = {}): Promise<string[]> => {
    const logger = keeping()
    await using app = new App(options)
    Object.assign(options.logger ?? {}, logger)
    await app.worker(worker).start()
    const talk = app.task({ name: 'talk', bind: true }, (self) => self.log.info('hello'))
    await talk[how]()
    await app.close()
    return logger.lines
  }

  it('workers of an app with a logger write, and eager runs do not', async () => {
    expect(await written({ logger: keeping() }, 'run')).toEqual([
      expect.stringMatching(/^info Worker app@.* is ready: 10 at a time from default$/),
      'info Task talk[id] received',
      'info talk[id]: hello',
      'info Task talk[id] succeeded in 0s',
      expect.stringMatching(/^info Worker app@.* is stopping, and waits for 0 tasks$/),
      expect.stringMatching(/^info Worker app@.* has stopped: 0 finished meanwhile, 0 given back$/),
    ])
    const eager = await written({ logger: keeping() }, 'apply')
    expect(eager.filter((line) => !line.startsWith('info Worker '))).toEqual([])
  })

  it.each([
    ['in memory only what tasks write', undefined, [/INFO\] talk\[.*\]: hello$/]],
    [
      'where other processes may be, all',
      60_000,
      [/is ready/, /received$/, /hello$/, /succeeded in/, /is stopping/, /has stopped/],
    ],
  ])('%s is written, to stderr', async (_what, leaseMs, expected) => {
    const told = vi.spyOn(console, 'error').mockImplementation(() => {})
    await written(leaseMs === undefined ? {} : { backend: memoryBackend({ leaseMs }) }, 'run')
    const lines = told.mock.calls.map(([line]) => line)
    told.mockRestore()
    expect(lines).toEqual(expected.map((line) => expect.stringMatching(line)))
  })

  it('a worker may have a level of its own', async () => {
    expect(await written({ logger: keeping() }, 'run', { logLevel: 'silent' })).toEqual([])
    expect(
      await written({ logger: keeping(), logLevel: 'silent' }, 'run', { logLevel: 'info' }),
    ).toHaveLength(6)
  })

  it.each([{ logLevel: 'loud' }, { logger: { info: () => {} } }])('%o is refused', (options) => {
    expect(() => new App(options as never)).toThrow(expect.objectContaining({ code: 'option-invalid' }))
    if ('logLevel' in options)
      expect(() => new App().worker(options as never)).toThrow(/logLevel of a worker cannot be "loud"/)
  })

  it('problems are told to the logger that there is', async () => {
    const { app, lines } = appWith()
    const base = {
      onSuccess: () => {
        throw new Error('handler')
      },
    }
    await apply(app.task({ name: 'one', base }, () => 1).s())
    expect(lines).toContainEqual(expect.stringMatching(/^error onSuccess of one threw, .* Error: handler$/))
  })
})
