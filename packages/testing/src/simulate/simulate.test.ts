import { setImmediate as turn } from 'node:timers/promises'
import { App, type AppOptions, chain, chord, group, type Signature } from '@arpeggio/canvas'
import { ArpeggioError, type Backend, memoryBackend } from '@arpeggio/core'
import { describe, expect, it } from 'vitest'
import type { Fault } from './faults.ts'
import type { SimulateOptions } from './options.ts'
import { simulate } from './simulate.ts'
import { SimulationError } from './simulation-error.ts'
import { timelineOf } from './timeline.ts'
import { playIn } from './world.ts'

const SLOW = { timeout: 60_000 }

function pages() {
  const app = new App({ logLevel: 'silent' })
  const square = app.task('square', (n: number) => n * n)
  const total = app.task('total', (ns: number[]) => ns.reduce((a, b) => a + b, 0))
  const show = app.task('show', (n: number) => `${n}`)
  const squares = [1, 2, 3].map((n) => square.s(n))
  return { app, square, total, show, canvas: chord(squares, total.s()).pipe(show.s()) }
}

async function errorOf(
  app: App,
  canvas: Signature<unknown, []>,
  options: SimulateOptions,
): Promise<SimulationError> {
  const thrown: unknown = await simulate(app, canvas, options).catch((error: unknown) => error)
  if (thrown instanceof SimulationError) return thrown
  throw thrown
}

describe('simulate', SLOW, () => {
  it('plays a workflow in many worlds, and finds it ends the same in all', async () => {
    const { app, canvas } = pages()
    const simulated = await simulate(app, canvas, { runs: 60 })
    expect(simulated).toMatchObject({ runs: 60, end: { state: 'SUCCESS', value: '14' } })
  })

  it('is the same for the same seed', async () => {
    const { app, canvas } = pages()
    const once = await simulate(app, canvas, { runs: 10, seed: 7 })
    expect(await simulate(app, canvas, { runs: 10, seed: 7 })).toEqual(once)
  })

  it('plays what fails, is retried, is late, and has links and errbacks', async () => {
    const { app, square, show } = pages()
    const flaky = app.task({ name: 'flaky', bind: true, maxRetries: 2 }, (self, n: number) => {
      if (self.request.retries < 2) self.retry({ countdown: '1h' })
      return n
    })
    const bad = app.task('bad', () => {
      throw new RangeError('no')
    })
    const fine = chord([flaky.s(3), square.s(2).set({ countdown: '1d' })], app.signature('total')).link(
      show.s() as never,
    )
    expect(await simulate(app, fine as never, { runs: 20 })).toMatchObject({ end: { value: 7 } })
    const failing = group([bad.s(), square.s(1)]).onError(app.task('tell', () => 'told').si() as never)
    expect(await simulate(app, failing, { runs: 20 })).toMatchObject({
      end: { state: 'FAILURE', error: 'RangeError: no' },
    })
  })

  it('plays a task that takes its own place again and again: each time it is another call', async () => {
    const app = new App({ logLevel: 'silent' })
    const down = app.task({ name: 'down', bind: true }, (self, n: number) => {
      return n === 0 ? 0 : self.replace(app.signature<number>('down', { args: [n - 1] }))
    })
    expect(await simulate(app, down.s(3), { runs: 30 })).toMatchObject({ end: { value: 0 } })
  })

  it('plays tasks that replace themselves, add to their chord, and send by the app itself', async () => {
    const { app, square, total, show } = pages()
    const instead = app.task({ name: 'instead', bind: true }, (self, n: number) =>
      self.replace(square.s(n).pipe(square.s())),
    )
    const more = app.task({ name: 'more', bind: true }, (self, n: number) => {
      self.addToChord(square.s(n + 1))
      return n
    })
    const send = app.task('send', async (n: number) => {
      await show.s(n).delay()
      return n
    })
    const canvas = chord([instead.s(2), more.s(1), send.s(5)], total.s())
    const shown: string[][] = []
    const simulated = await simulate(app, canvas, {
      runs: 40,
      check: ({ ran }) => void shown.push(ran.filter(({ task }) => task === 'show').map(({ id }) => id)),
    })
    expect(simulated.end).toEqual({ state: 'SUCCESS', value: 26 })
    expect(shown.every((ids) => ids.length > 0)).toBe(true)
  })

  it('leaves the app, and where its workflows live, alone', async () => {
    const { app, canvas } = pages()
    const heard: unknown[] = []
    app.on('task-prerun', (event) => heard.push(event))
    await simulate(app, canvas, { runs: 5 })
    expect(heard).toEqual([])
    expect(await app.backend.queues.list()).toEqual([])
  })

  it('throws what is wrong with a canvas that cannot be sent', async () => {
    const { app } = pages()
    await expect(simulate(app, app.signature('square', { args: [1n] }), {})).rejects.toThrow(/1n|bigint/i)
  })

  it('refuses a canvas with a task that nobody can run, before any world is played', async () => {
    const { app, square } = pages()
    const canvas = chord([square.s(1)], app.signature('totl'))
    let worlds = 0
    const played = simulate(app, canvas, { reset: () => void worlds++ })
    await expect(played).rejects.toMatchObject({
      code: 'task-unknown',
      message: expect.stringMatching(/"totl".* Did you mean "total"\?.*make it in this app.*at body\.task/),
    })
    expect(worlds).toBe(0)
  })

  it('takes no canvas that misses an argument, as delay() takes none', () => {
    const { app, square } = pages()
    // @ts-expect-error: the number to be squared is missing
    const played = () => simulate(app, square.s())
    expect(played).toBeTypeOf('function')
  })

  it('refuses options that it does not know', async () => {
    const { app, canvas } = pages()
    await expect(simulate(app, canvas, { run: 1 } as never)).rejects.toThrow(
      'simulate has no option "run". Did you mean runs?',
    )
    await expect(simulate(app, canvas, { faults: 'die' as never })).rejects.toThrow(
      /Give a list of some of die, stop/,
    )
    await expect(simulate(app, canvas, { faults: ['dye'] as never })).rejects.toThrow(
      'simulate knows no fault "dye". Did you mean "die"?',
    )
    await expect(simulate(app, canvas, { faults: ['earthquake'] as never })).rejects.toThrow(
      /no fault "earthquake"\. There are die, stop, /,
    )
    await expect(simulate(app, canvas, { invariants: ['setle'] as never })).rejects.toThrow(
      'simulate knows no invariant "setle". Did you mean "settle"?',
    )
    await expect(simulate(app, canvas, { workers: [[]] })).rejects.toThrow(
      'Give how many, or the queues of each',
    )
    await expect(simulate(app, canvas, { runs: 0 })).rejects.toThrow('Give a whole number from 1.')
    await expect(simulate({} as never, canvas)).rejects.toThrow('Write simulate(app, canvas).')
  })
})

describe('what is checked', SLOW, () => {
  /** An order that is mailed by a server that only pretends. */
  function mailing(send: (key: string, mails: Set<string>, sent: string[]) => void) {
    const app = new App({ logLevel: 'silent' })
    let mails = new Set<string>()
    let sent: string[] = []
    const mail = app.task({ name: 'mail', bind: true }, (self, to: string) =>
      send(`${self.request.id} ${to}`, mails, sent),
    )
    const options: SimulateOptions = {
      reset() {
        mails = new Set()
        sent = []
      },
      check: () => expect(sent).toHaveLength(1),
    }
    return { app, canvas: mail.s('ann'), options }
  }

  it('is refused with the shortest way there, which is the same each time and for its seed alone', async () => {
    const { app, canvas, options } = mailing((key, _, sent) => void sent.push(key))
    const error = await errorOf(app, canvas, options)
    expect(error).toBeInstanceOf(ArpeggioError)
    expect(error).toMatchObject({ name: 'SimulationError', code: 'simulation-failed', broken: 'check' })
    expect(error.faults).toHaveLength(1)
    expect(error.message).toContain(`{ seed: ${error.seed}, runs: 1 }`)
    expect(error.timeline).toMatch(/^ *\d+\.\d{3} s {2}(worker|producer) \d +!! [A-Z]/m)
    const again = await errorOf(app, canvas, { ...options, seed: error.seed, runs: 1 })
    expect(again.message).toBe(error.message)
  })

  it('is not refused if the task bears repeating', async () => {
    const { app, canvas, options } = mailing((key, mails, sent) => {
      if (!mails.has(key)) sent.push(key)
      mails.add(key)
    })
    await simulate(app, canvas, { ...options, runs: 60 })
  })

  it('has failed if it returns false, and what it says can be told from the rest', async () => {
    const { app, canvas } = pages()
    const wrong = await errorOf(app, canvas, { check: async () => false as unknown as undefined })
    expect(wrong.message).toMatch(
      /^In a simulated world check failed, though nothing went wrong: it returned false\. /,
    )
    const loud = await errorOf(app, canvas, { check: () => expect(2).toBe(1) })
    expect(loud.message).toContain('check failed, though nothing went wrong: expected 2 to be 1')
  })

  it('is the invariants that are named, and no others', async () => {
    const app = new App({ logLevel: 'silent' })
    const once = app.task({ name: 'once', acksLate: false }, () => 'done')
    const error = await errorOf(app, once.s(), { faults: ['die'], runs: 200 })
    expect(error).toMatchObject({ broken: 'parity', faults: ['die'] })
    expect(error.message).toContain('WorkerLostError')
    await simulate(app, once.s(), { faults: ['die'], runs: 40, invariants: ['settle', 'once'] })
  })
})

describe('a task that does not bear repeating', SLOW, () => {
  /** What sends, and how often it has. */
  function sender() {
    const app = new App({ logLevel: 'silent' })
    let sent = 0
    const add = app.task('add', (sum: number, n: number) => sum + n)
    const send = app.task('send', () => void sent++)
    const options: SimulateOptions = {
      reset() {
        sent = 0
      },
      check: () => expect(sent).toBe(1),
    }
    return { app, add, send, options }
  }

  it.each([1, 1001, 2001])(
    'is found at the end of a long chain, and one fault is to blame (seed %i)',
    async (seed) => {
      const { app, add, send, options } = sender()
      const canvas = chain(add.s(0, 0), ...Array.from({ length: 19 }, (_, n) => add.s(n)))
      const error = await errorOf(app, canvas.pipe(send.si()), { ...options, seed })
      expect(error).toMatchObject({ broken: 'check', faults: [expect.any(String)] })
    },
  )

  it.each([1, 1001, 2001])(
    'is found behind a wide chord, and one fault is to blame (seed %i)',
    async (seed) => {
      const { app, add, send, options } = sender()
      const members = Array.from({ length: 30 }, (_, n) => add.s(n, n))
      const error = await errorOf(app, chord(members, send.si()), { ...options, seed })
      expect(error).toMatchObject({ broken: 'check', faults: [expect.any(String)] })
    },
  )
})

describe('what tasks change outside of their worlds', SLOW, () => {
  function counting() {
    const app = new App({ logLevel: 'silent' })
    const seen = { count: 0 }
    const count = app.task('count', () => ++seen.count)
    return { app, canvas: count.s(), seen }
  }

  it('is kept from one world to the next: that is said, and what to do', async () => {
    const { app, canvas } = counting()
    const error = await errorOf(app, canvas, { runs: 3, faults: [] })
    expect(error.message).toMatch(
      /something is kept .* make it anew in `reset`.* Or a task is not the same each time: look for Math\.random\(\)/,
    )
  })

  it('is kept though there is a reset: that is said as well', async () => {
    const { app, canvas } = counting()
    const error = await errorOf(app, canvas, { runs: 3, faults: [], reset: () => {} })
    expect(error.message).toContain('`reset` does not make all of it anew')
  })

  it('is what differs if a world is not the same when it is played again: that is said', async () => {
    const app = new App({ logLevel: 'silent' })
    const roll = app.task('roll', () => 'rolled')
    let worlds = 0
    const check = () => {
      if (++worlds === 3) throw new Error('the dice were against it')
    }
    const error = await errorOf(app, roll.s(), { check, faults: ['die'] })
    expect(error.message).toMatch(/the dice were against it.* Played once more, nothing was wrong in it/)
    expect(error.timeline).toContain('runs roll()')
  })

  it('is not blamed alone for a task that asks chance', async () => {
    const app = new App({ logLevel: 'silent' })
    const roll = app.task('roll', () => Math.random())
    for (const reset of [undefined, () => {}]) {
      const error = await errorOf(app, roll.s(), { runs: 3, ...(reset && { reset }) })
      expect(error.message).toContain('look for Math.random()')
    }
  })

  it('is not blamed for what goes wrong in one world alone', async () => {
    const { app, canvas, seen } = counting()
    const options: SimulateOptions = {
      invariants: [],
      reset: () => {
        seen.count = 0
      },
      check: () => expect(seen.count).toBe(1),
    }
    const error = await errorOf(app, canvas, options)
    expect(error.message).not.toContain('reset')
  })
})

describe('a world in which nothing will ever happen', SLOW, () => {
  it('is found to be stuck, with the rule that this breaks, and with what still runs', async () => {
    const app = new App({ logLevel: 'silent' })
    const hang = app.task('hang', () => new Promise(() => {}))
    const error = await errorOf(app, hang.s(), { runs: 1 })
    expect(error.message).toMatch(
      /it never comes to an end: worker \d still runs hang\(\), for half a second in real time; hang \(simulated\) is \w+ \(settle: everybody who waits is told, and every node ends\), though nothing went wrong/,
    )
  })

  it('is no world in which something was due while the backend was away', async () => {
    const { app, square } = pages()
    const late = square.s(2).set({ countdown: '1s' })
    const simulated = await simulate(app, late, { faults: ['outage'], runs: 100 })
    expect(simulated.end).toMatchObject({ value: 4 })
  })

  it('is no world in which one of two copies of a call still waits for something real', async () => {
    const app = new App({ logLevel: 'silent' })
    let calls = 0
    const read = app.task('read', async () => {
      // Turns of the event loop, and no time: more of them than a world takes that is given up.
      for (let left = ++calls === 1 ? 1 : 2_000; left > 0; left--) await turn()
    })
    const schedule = { turns: [], faults: [{ step: 0, fault: 'repeat' as const }] }
    const { end } = await playIn(app, read.s(), schedule, {
      ...{ workers: 1, mostSteps: 2_000 },
      through: (line) => line,
      memory: memoryBackend,
    })
    expect({ end, calls }).toMatchObject({ end: { state: 'SUCCESS' }, calls: 2 })
  })

  it('is found to be stuck if no worker serves a queue', async () => {
    const { app, square, show } = pages()
    const error = await errorOf(app, square.s(3).pipe(show.s().set({ queue: 'paper' })), {
      workers: [['default']],
    })
    expect(error.broken).toBe('settle')
    expect(error.message).toContain(
      '1 call waits in the queue "paper", which no worker serves; show (simulated) is PENDING',
    )
  })

  it('is not said to run what has ended, also if that was one of two copies', async () => {
    const { app, square, show } = pages()
    const canvas = square.s(3).pipe(show.s().set({ queue: 'paper' }))
    for (const faults of [[], [{ step: 0, fault: 'repeat' as const }]]) {
      const { end, left } = await playIn(
        app,
        canvas,
        { turns: [], faults },
        {
          ...{ workers: [['default']], mostSteps: 2_000 },
          through: (line) => line,
          memory: memoryBackend,
        },
      )
      expect(end.state).toBe('STUCK')
      expect(left.join('; ')).not.toContain('still runs')
    }
  })

  it('is told from one that goes on and on', async () => {
    const app = new App({ logLevel: 'silent' })
    const again = app.task({ name: 'again', bind: true }, (self): number =>
      self.replace(app.signature<number, []>('again')),
    )
    let worlds = 0
    const forEver = app.task({ name: 'forEver', bind: true }, (self): number =>
      worlds < 2 ? 1 : self.replace(again.s()),
    )
    const error = await errorOf(app, forEver.s(), { reset: () => void worlds++, runs: 1, faults: [] })
    expect(error.message).toMatch(/it went on and on for \d+ steps/)
  })

  it('is no world in which somebody waits for a moment', async () => {
    const app = new App({ logLevel: 'silent' })
    const hang = app.task({ name: 'hang', timeLimit: '10m' }, () => new Promise(() => {}))
    const simulated = await simulate(app, hang.s(), { runs: 1, faults: [] })
    expect(simulated.end).toMatchObject({
      state: 'FAILURE',
      error: expect.stringContaining('TimeLimitExceeded'),
    })
  })
})

describe('queues', SLOW, () => {
  /** Pages that are fetched here, and mailed there. */
  function routed(settings: AppOptions = {}) {
    const app = new App({ logLevel: 'silent', taskRoutes: { mail: 'post' }, ...settings })
    const fetchPage = app.task('fetchPage', (n: number) => n)
    const mail = app.task('mail', (n: number) => -n)
    const total = app.task({ name: 'total', queue: 'post' }, (ns: number[]) => ns.reduce((a, b) => a + b, 0))
    const members = [1, 2, 3].map((n) => fetchPage.s(n).pipe(mail.s()))
    return { app, canvas: chord(members, total.s()) }
  }

  it('are each served by those who serve them, whatever goes wrong', async () => {
    const { app, canvas } = routed()
    for (const workers of [
      [['default'], ['post']],
      [['default', 'post'], ['post'], ['default']],
      [['post', 'default']],
    ]) {
      const simulated = await simulate(app, canvas, { workers, runs: 30 })
      expect(simulated.end).toEqual({ state: 'SUCCESS', value: -6 })
    }
  })

  it('are served by their own workers alone, and by who comes for those', async () => {
    const { app, canvas } = routed()
    for (let step = 0; step < 40; step++) {
      const { history } = await playIn(
        app,
        canvas,
        { turns: [], faults: [{ step, fault: 'die' }] },
        {
          workers: [['default'], ['post']],
          mostSteps: 2_000,
          through: (line) => line,
          memory: memoryBackend,
        },
      )
      const runs = history.lines.filter(({ what }) => what.startsWith('runs '))
      const who = (task: string) =>
        new Set(runs.filter(({ what }) => what.includes(task)).map((one) => one.who))
      expect(who('fetchPage').size).toBeGreaterThan(0)
      expect(who('mail').size).toBeGreaterThan(0)
      expect([...who('fetchPage')].filter((name) => who('mail').has(name))).toEqual([])
    }
  })

  it('are all served by every worker if it is only said how many there are', async () => {
    for (const settings of [
      {},
      { taskDefaultQueue: 'main' },
      { taskQueues: ['post', 'web'], taskCreateMissingQueues: false, taskDefaultQueue: 'web' },
    ]) {
      const { app, canvas } = routed(settings)
      const { end } = await simulate(app, canvas, { runs: 5 })
      expect(end).toEqual({ state: 'SUCCESS', value: -6 })
    }
  })
})

describe('rate limits', SLOW, () => {
  it.each(['worker', 'global'] as const)('of the scope %s hold up calls, and lose none', async (scope) => {
    const app = new App({ logLevel: 'silent' })
    const slow = app.task({ name: 'slow', rateLimit: { rate: '6/m', scope } }, (n: number) => n)
    const total = app.task('total', (ns: number[]) => ns.reduce((a, b) => a + b, 0))
    const canvas = chord(
      [1, 2, 3, 4].map((n) => slow.s(n)),
      total.s(),
    )
    const { end } = await simulate(app, canvas, { runs: 60 })
    expect(end).toEqual({ state: 'SUCCESS', value: 10 })
  })

  it('of all workers together are kept, also by those who come when others died', async () => {
    const app = new App({ logLevel: 'silent' })
    const slow = app.task({ name: 'slow', rateLimit: { rate: '6/m', scope: 'global' } }, (n: number) => n)
    const canvas = group([1, 2, 3].map((n) => slow.s(n)))
    for (const step of [8, 12, 16]) {
      const { history } = await playIn(
        app,
        canvas,
        { turns: [], faults: [{ step, fault: 'die' }] },
        {
          ...{ workers: 2, mostSteps: 2_000 },
          through: (line) => line,
          memory: memoryBackend,
        },
      )
      const starts = history.lines.filter(({ what }) => what.startsWith('runs ')).map(({ ms }) => ms)
      const pauses = starts.slice(1).map((ms, i) => ms - (starts[i] as number))
      expect(Math.min(...pauses), timelineOf(history.lines)).toBeGreaterThan(9_900)
    }
  })
})

describe('what a zombie does after all is over', SLOW, () => {
  it('is part of its world', async () => {
    const app = new App()
    let mails = 0
    const mail = app.task({ name: 'mail', bind: true }, async (self): Promise<void> => {
      await self.progress(1, 2)
      mails++
    })
    const options: SimulateOptions = {
      faults: ['freeze'],
      reset: () => {
        mails = 0
      },
      check: () => expect(mails).toBe(1),
    }
    await expect(simulate(app, mail.s(), options)).rejects.toThrow(/check failed, after freeze: /) // once is enough
  })

  it('and who did not hear what he was given is given the same again: it is run, also where it may be run once only', async () => {
    const app = new App()
    const once = app.task({ name: 'once', acksLate: false }, () => 1)
    const check: SimulateOptions['check'] = ({ end }) => expect(end).toMatchObject({ state: 'SUCCESS' })
    await simulate(app, once.s(), { faults: ['lose-answer'], check, runs: 200 })
  })
})

describe('what goes wrong', SLOW, () => {
  /** Timelines of worlds in which one fault strikes, and nothing else is out of order. */
  function struckBy(fault: Fault, workers = 3): Promise<readonly string[]> {
    const known = struck.get(`${fault} ${workers}`) ?? strike(fault, workers)
    struck.set(`${fault} ${workers}`, known)
    return known
  }
  const struck = new Map<string, Promise<readonly string[]>>()

  async function strike(fault: Fault, workers: number): Promise<readonly string[]> {
    const { app, canvas } = pages()
    const timelines: string[] = []
    for (let step = 0; step < 30; step++) {
      const schedule = { turns: [], faults: [{ step, fault }] }
      const { history, end } = await playIn(app, canvas, schedule, {
        workers,
        mostSteps: 2_000,
        through: (line) => line,
        memory: memoryBackend,
      })
      expect(end).toEqual({ state: 'SUCCESS', value: '14' })
      timelines.push(timelineOf(history.lines))
    }
    return timelines
  }

  it.each<[Fault, string, RegExp]>([
    ['die', 'what it held is delivered again', /!! DIES [\s\S]*is given square #1[^\n]*, delivery 2/],
    [
      'die',
      'a producer sends again, and the run is known',
      /!! DIES \(after: send\)[\s\S]*producer 2 +sends run 1 .*known already/,
    ],
    [
      'stop',
      'a worker gives back what it holds',
      /worker 1 +!! IS TOLD TO STOP [\s\S]*worker 1 +gives back square #1/,
    ],
    [
      'freeze',
      'it comes back as a zombie, and is refused',
      /!! STANDS STILL [\s\S]*, delivery 2[\s\S]*refused, it came too late/,
    ],
    [
      'lose-answer',
      'it asks again for what is done',
      /ANSWER \(after: finish [\s\S]*refused, it came too late/,
    ],
    [
      'outage',
      'nobody is told anything for longer than a lease',
      /!! FINDS THE BACKEND AWAY .*(\n *30\..*)*\n *4\d\./,
    ],
    [
      'deaf',
      'what it missed is told it later',
      /producer 1 +!! HEARS NO NEWS [\s\S]*producer 1 +is told that it may have missed something/,
    ],
    [
      'repeat',
      'each message comes twice',
      /TWICE \(before: send\)[\s\S]*is given square #1[\s\S]*is given .*square #1/,
    ],
    [
      'reorder',
      'they come the other way round',
      /ORDER \(before: send\)[\s\S]*is given square #3, square #2/,
    ],
  ])('is what it says (%s): %s', async (fault, _, history) => {
    const timelines = await struckBy(fault)
    expect(
      timelines.some((timeline) => history.test(timeline)),
      timelines.join('\n\n'),
    ).toBe(true)
  })

  it('is what it says: for one that dies or is stopped, another comes', async () => {
    for (const fault of ['die', 'stop'] as const) {
      const timelines = await struckBy(fault, 1)
      expect(timelines.some((timeline) => /worker 1 +!![\s\S]*worker 2 +is given/.test(timeline))).toBe(true)
    }
  })

  it('is what it says: who stands still does nothing, whatever becomes due meanwhile', async () => {
    const app = new App({ logLevel: 'silent' })
    const slow = app.task({ name: 'slow', rateLimit: '6/m' }, (n: number) => n)
    const canvas = group([1, 2, 3, 4].map((n) => slow.s(n)))
    for (let step = 0; step < 20; step++) {
      const schedule = { turns: [], faults: [{ step, fault: 'freeze' as const }] }
      const { history, end } = await playIn(app, canvas, schedule, {
        ...{ workers: 2, mostSteps: 2_000 },
        through: (line) => line,
        memory: memoryBackend,
      })
      expect(end).toEqual({ state: 'SUCCESS', value: [1, 2, 3, 4] })
      const frozen = history.lines.find(({ isFault }) => isFault)
      const meanwhile = history.lines.filter(
        ({ who, ms }) => who === frozen?.who && ms > frozen.ms && ms < frozen.ms + 45_000,
      )
      const deeds = meanwhile.filter(({ what }) => !what.startsWith('is given ')) // what is sent to it waits for it
      expect(deeds, timelineOf(history.lines)).toEqual([])
    }
  })

  it('is what it says: who is deaf once more hears nothing until that ends as well', async () => {
    const { app, square } = pages()
    const canvas = group(Array.from({ length: 12 }, (_, n) => square.s(n)))
    const DEAF_MS = 20
    let twice = 0
    for (const [first, second] of [4, 9].flatMap((one) =>
      Array.from({ length: 50 }, (_, two) => [one, two]),
    )) {
      const faults = [first, second].map((step) => ({ step: step as number, fault: 'deaf' as const }))
      const heard: number[] = []
      const { end, history } = await playIn(
        app,
        canvas,
        { turns: [], faults },
        {
          ...{ workers: 1, mostSteps: 2_000 },
          through: (line, { clock }) => listened(line, () => heard.push(clock.now() - Date.UTC(2026, 0))),
          memory: memoryBackend,
        },
      )
      expect(end).toMatchObject({ state: 'SUCCESS' })
      const deaf = history.lines.filter(({ who, isFault }) => isFault && who === 'producer 1') // nobody else waits for news
      if (deaf.length === 2) twice++
      for (const { ms: since } of deaf) {
        const meanwhile = heard.filter((ms) => ms > since && ms < since + DEAF_MS)
        expect(meanwhile, timelineOf(history.lines)).toEqual([])
      }
    }
    expect(twice).toBeGreaterThan(0)
  })

  /** A line that tells when somebody hears news. */
  function listened(line: Backend, hears: () => void): Backend {
    const watch: Backend['results']['watch'] = (run, listener, ids) => {
      const hear: typeof listener = (news) => {
        hears()
        listener(news)
      }
      return line.results.watch(run, hear, ids)
    }
    return { ...line, results: { ...line.results, watch } }
  }

  it('is what it says: a clock that drifts lets calls expire early', async () => {
    const { app, square } = pages()
    const error = await errorOf(app, square.s(2).set({ expires: '5m' }), { faults: ['drift'], runs: 200 })
    expect(error).toMatchObject({ broken: 'parity', faults: ['drift'] })
    expect(error.message).toContain('expired')
  })
})
