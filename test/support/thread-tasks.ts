import { appendFileSync, existsSync } from 'node:fs'
import { threadId } from 'node:worker_threads'
import {
  type App,
  type Base,
  currentTask,
  group,
  Ignore,
  type Json,
  Reject,
  type StandardSchema,
  type Task,
} from '@arpeggio/canvas'

/** An error that tasks are retried for. */
export class Flaky extends Error {
  override readonly name: string = 'Flaky'
}
/** One of the same kind that nobody names. */
export class Flakier extends Flaky {
  override readonly name: string = 'Flakier'
  readonly often = 3
}

/** What is made once in each thread. */
interface Counter {
  readonly thread: number
  calls: number
}

const counter: Base<Counter> = { state: () => ({ thread: threadId, calls: 0 }) }
const filed: Base<{ file: string }> = {
  state: () => ({ file: '' }),
  dispose: ({ file }) => appendFileSync(file, `disposed in ${threadId}\n`),
}

/** What was opened here by a serializer of the app's own. */
export const opened: unknown[] = []

/** What handlers heard, and in which thread. */
export const heard: string[] = []
const told: Base = {
  beforeStart: () => void heard.push(`beforeStart in ${threadId}`),
  onSuccess: (_self, value) => void heard.push(`onSuccess ${value} in ${threadId}`),
  onFailure: (_self, error) => void heard.push(`onFailure ${(error as Error).name} in ${threadId}`),
  afterReturn: (_self, { state }) => void heard.push(`afterReturn ${state} in ${threadId}`),
}

/** What keeps a task waiting between taking its thread and beginning in it. */
export const before: { start(): Promise<void> | void } = { start: () => {} }
const leisurely: Base = { beforeStart: () => before.start() }

const positive: StandardSchema<number, number> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) =>
      typeof value === 'number' && value > 0
        ? { value }
        : { issues: [{ message: 'expected a number above 0' }] },
  },
}

/** Keeps its thread to itself for ever. */
function spin(): never {
  for (;;);
}

/** The tasks that are run in threads: the same ones in the worker's app, and in that of the threads. */
export function makeTasks(app: App) {
  const add = app.task('add', (a: number, b: number) => a + b)
  app.serializer('listed', {
    encode: (value) => [value],
    decode: (json) => {
      const [value] = json as readonly Json[]
      opened.push(value)
      return value
    },
  })
  return {
    add,
    square: app.task('square', (n: number) => n * n),
    total: app.task('total', (all: readonly number[]) => all.reduce((sum, n) => sum + n, 0)),
    list: app.task('list', (n: number) => Array.from({ length: n }, (_, i) => i)),
    thread: app.task('thread', () => threadId),
    named: app.task('named', (who: string, { loud = false }: { loud?: boolean } = {}) =>
      loud ? who.toUpperCase() : who,
    ),
    unlisted: app.task({ name: 'unlisted', serializer: 'listed' }, (n: number) => [n, opened]),
    changed: app.task('changed', (given: number[]) => {
      given.push(4)
      return [given, currentTask()?.request.args]
    }),
    request: app.task({ name: 'request', bind: true }, ({ request }) => ({
      ...request,
      eta: request.eta?.toISOString() ?? null,
      expires: request.expires?.toISOString() ?? null,
    })),
    again: app.task({ name: 'again', bind: true, maxRetries: 2 }, (self, until: number): number => {
      if (self.request.retries < until) self.retry({ countdown: 0, error: new Flakier('not yet') })
      return self.request.retries
    }),
    politely: app.task({ name: 'politely', bind: true }, (self) => {
      if (self.request.retries === 0) self.retry({ countdown: 0, args: [7], throw: false })
      return [...self.request.args, self.request.retries]
    }),
    oddly: app.task({ name: 'oddly', bind: true, autoretryFor: [Error] }, (self): never =>
      self.retry({ args: [() => {}] }),
    ),
    flaky: app.task(
      { name: 'flaky', bind: true, autoretryFor: [Flaky], retryBackoff: '1ms', maxRetries: 3 },
      (self, until: number) => {
        if (self.request.retries < until) throw new Flakier(`failed ${self.request.retries}`)
        return self.request.retries
      },
    ),
    firm: app.task(
      { name: 'firm', bind: true, autoretryFor: [Error], dontAutoretryFor: [Flaky] },
      (self): never => {
        throw new Flakier(`failed ${self.request.retries}`)
      },
    ),
    fails: app.task('fails', (message: string): never => {
      throw new RangeError(message, { cause: new TypeError('because') })
    }),
    gives: app.task({ name: 'gives', autoretryFor: [Error] }, (what: string): unknown =>
      what === 'a function' ? () => {} : what === 'a Map' ? new Map() : 1n,
    ),
    ignores: app.task('ignores', (): number => {
      throw new Ignore('of no interest')
    }),
    rejects: app.task({ name: 'rejects', bind: true }, (self, requeue: boolean): number => {
      if (self.request.deliveries < 3) throw new Reject('not mine', { requeue })
      return self.request.deliveries
    }),
    instead: app.task({ name: 'instead', bind: true }, (self, n: number) =>
      self.replace(group(add.s(n, 1), add.s(n, 2))),
    ),
    joins: app.task({ name: 'joins', bind: true }, (self, n: number): number => {
      self.addToChord(add.s(n, 10))
      return n
    }),
    steps: app.task({ name: 'steps', bind: true }, async (self, n: number): Promise<string> => {
      for (let i = 1; i <= n; i++) await self.progress(i, n)
      await self.updateState('TIDYING', { left: 0 })
      self.log.info('all done', { steps: n }, () => {})
      return 'done'
    }),
    sends: app.task('sends', async (n: number): Promise<number> => {
      const sent = await add.s(n, 1).pipe(add.s(1)).delay()
      const value = await sent.get({ allowInTask: true })
      const same = await app.result<number>(sent.id).get({ allowInTask: true })
      return value + same
    }),
    asks: app.task('asks', async (): Promise<unknown> => Object.keys(await app.control.ping())),
    purges: app.task('purges', (queue: string): Promise<number> => app.control.purge([queue])),
    doubles: app.task('doubles', async (taskId: string): Promise<string> => {
      await add.s(1, 1).set({ taskId }).delay()
      await add.s(1, 1).pipe(add.s(1)).set({ taskId }).delay()
      return 'both'
    }),
    counts: app.task({ name: 'counts', bind: true, base: counter }, (self) => {
      self.state.calls++
      return { ...self.state }
    }),
    files: app.task({ name: 'files', bind: true, base: filed }, (self, file: string) => {
      self.state.file = file
      return threadId
    }),
    checked: app.task({ name: 'checked', schema: { args: [positive], result: positive } }, (n) => n - 1),
    spins: app.task('spins', (): string => spin()),
    spinsOn: app.task({ name: 'spinsOn', bind: true }, async (self): Promise<string> => {
      await self.updateState('SPINNING')
      return spin()
    }),
    handled: app.task({ name: 'handled', base: told }, (isStuck: boolean): number =>
      isStuck ? spin() : heard.length,
    ),
    waits: app.task({ name: 'waits', bind: true }, async (self): Promise<string> => {
      const stopped = new Promise<string>((resolve) => {
        self.signal.addEventListener('abort', () => resolve((self.signal.reason as Error).name))
      })
      await self.updateState('WAITING')
      return stopped
    }),
    heeds: app.task({ name: 'heeds', bind: true }, async (self, file: string): Promise<string> => {
      const stopped = new Promise<string>((resolve) => {
        self.signal.addEventListener('abort', () => {
          appendFileSync(file, `${(self.signal.reason as Error).message}\n`)
          resolve('tidied up')
        })
      })
      await self.updateState('WAITING')
      return stopped
    }),
    exits: app.task({ name: 'exits', bind: true }, (self, until: number): number => {
      if (self.request.deliveries < until) process.exit(3)
      return self.request.deliveries
    }),
    leaves: app.task('leaves', (file: string): number => {
      setImmediate(() => {
        appendFileSync(`${file}-soon`, '') // it takes no message any more
        while (!existsSync(file));
        throw new RangeError('left behind')
      })
      return threadId
    }),
    once: app.task({ name: 'once', bind: true, acksLate: false, base: leisurely }, ({ request }) => [
      request.deliveries,
      threadId,
    ]),
    exitsOnce: app.task({ name: 'exitsOnce', acksLate: false }, (): number => process.exit(4)),
    throwsLater: app.task({ name: 'throwsLater', acksLate: false }, (): Promise<number> => {
      setImmediate(() => {
        throw new RangeError('thrown in passing')
      })
      return new Promise(() => {})
    }),
    eats: app.task({ name: 'eats', acksLate: false }, (): number => {
      const all: unknown[] = []
      for (;;) all.push(new Array(1_000).fill(all.length))
    }),
  } satisfies Record<string, Task<(...args: never[]) => unknown> | unknown>
}
