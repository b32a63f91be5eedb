import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { App, type AppOptions } from '@arpeggio/canvas'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { virtualTime } from './virtual-time.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

async function shop(options: AppOptions = {}) {
  const warnings: string[] = []
  const app = new App({ report: (problem) => warnings.push(problem), ...options })
  const pay = app.task('pay', (cents: number) => `${cents} cents`)
  const time = await virtualTime(app, { start: new Date('2026-01-01T08:00:00Z') })
  return { pay, time, warnings }
}

/** A second of real time, and more. */
async function aWhile(): Promise<void> {
  await vi.advanceTimersByTimeAsync(1_500)
}

describe('whoever waits while virtual time stands still', () => {
  it('is told that nobody lets it pass, once, and what to call', async () => {
    const { pay, time, warnings } = await shop()
    await using _ = time
    const value = (await time.send(pay.s(5).set({ countdown: 90 * 60_000 }))).get()
    await aWhile()
    await aWhile()
    expect(warnings).toEqual([
      "Somebody waits, and virtual time stands still: it is 2026-01-01T08:00:00.000Z, and pay is due in 90m. It passes only when it is told to: call advance('90m') before what comes of it is waited for",
    ])
    await time.advance('90m')
    expect(await value).toBe('5 cents')
  })

  it('is told so by the console if the app has nobody who hears it', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue()
    const { pay, time } = await shop({ report: undefined as never, logLevel: 'silent' })
    await using _ = time
    const sent = await time.send(pay.s(5).set({ countdown: '1d' }))
    sent.get().catch(() => {}) // the app is closed before it comes
    await aWhile()
    expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/^arpeggio: .*advance\('1d'\)/))
  })

  it('is told of his own time limit, which is virtual as well', async () => {
    const { pay, time, warnings } = await shop()
    await using _ = time
    const value = (await time.send(pay.s(5).set({ countdown: '1h' }))).get({ timeout: '5s' })
    value.catch(() => {})
    await aWhile()
    expect(warnings).toEqual([expect.stringContaining('the next thing is due in 5s')])
    await time.advance('5s')
    await expect(value).rejects.toMatchObject({ code: 'timeout' })
  })

  it('is told of a queue that nobody serves there', async () => {
    const { pay, time, warnings } = await shop()
    await using _ = time
    const sent = await time.send(pay.s(5).set({ queue: 'paper' }))
    sent.get().catch(() => {})
    await aWhile()
    expect(warnings).toEqual([
      'Somebody waits, and virtual time stands still: 1 call waits in the queue "paper", which no worker serves. Name the queue in taskQueues of the app, which its worker then serves',
    ])
    const other = await shop({ taskQueues: ['default', 'paper'] })
    await using _other = other.time
    expect(await (await other.time.send(other.pay.s(5).set({ queue: 'paper' }))).get()).toBe('5 cents')
  })

  it('is told nothing if time passes soon, or he has gone', async () => {
    const { pay, time, warnings } = await shop()
    await using _ = time
    const value = (await time.send(pay.s(5).set({ countdown: '1h' }))).get()
    await vi.advanceTimersByTimeAsync(900)
    await time.advance('1h')
    expect(await value).toBe('5 cents')
    await aWhile()
    expect(warnings).toEqual([])
  })

  it('is told nothing while a task runs, which may wait for something real', async () => {
    const { time, warnings } = await shop()
    await using _ = time
    let arrive: (text: string) => void = () => {}
    const file = new Promise<string>((resolve) => {
      arrive = resolve
    })
    const read = time.app.task('read', () => file)
    const value = read.run()
    await aWhile()
    await aWhile()
    expect(warnings).toEqual([])
    arrive('what it says')
    expect(await value).toBe('what it says')
  })
  it('is told of what is due if a task waits for it as well', async () => {
    const { pay, time, warnings } = await shop()
    await using _ = time
    const later = pay.s(5).set({ countdown: '1h' })
    const patient = time.app.task('patient', async () => (await later.delay()).get({ allowInTask: true }))
    const value = patient.run()
    await aWhile()
    expect(warnings).toEqual([expect.stringMatching(/pay is due in 1h\..* call advance\('1h'\)/)])
    vi.useRealTimers()
    await time.advance('1h')
    expect(await value).toBe('5 cents')
  })
})

describe('a program in which nothing will ever happen', { timeout: 30_000 }, () => {
  /** What a program writes to stderr, which ends by itself. */
  async function told(tasks: string, canvas: string): Promise<string> {
    const program = `
      import { App } from '@arpeggio/canvas'
      import { virtualTime } from '@arpeggio/testing'
      const app = new App()
      ${tasks}
      const time = await virtualTime(app)
      await (await time.send(${canvas})).get()`
    const node = spawn(
      process.execPath,
      ['--conditions=@arpeggio/source', '--import=tsx', '--input-type=module', '--eval', program],
      { cwd: import.meta.dirname, stdio: ['ignore', 'ignore', 'pipe'], timeout: 20_000 },
    )
    const [said] = await Promise.all([text(node.stderr), once(node, 'exit')])
    return said
  }

  it.concurrent('ends, and is told which task never comes back', async () => {
    const said = await told(`const hang = app.task('hang', (n) => new Promise(() => {}))`, 'hang.s(5)')
    expect(said).toContain(
      'arpeggio: Somebody waits, and virtual time stands still: hang(5) still runs, and nothing is left in this process that it could wait for. See what it waits for.\n',
    )
  })

  it.concurrent('ends, and is told what is due, also after a task that took long', async () => {
    const said = await told(
      `const slow = app.task('slow', () => new Promise((resolve) => setTimeout(resolve, 1_200)))
      const pay = app.task('pay', () => 'paid')`,
      `slow.s().pipe(pay.si().set({ countdown: '1h' }))`,
    )
    expect(said).toContain("pay is due in 1h. It passes only when it is told to: call advance('1h')")
  })
})
