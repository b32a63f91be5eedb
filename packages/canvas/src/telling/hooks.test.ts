import { describe, expect, it, vi } from 'vitest'
import { App } from '../app.ts'

describe('listening to an app', () => {
  it('ends when it is called off', async () => {
    await using app = new App()
    const add = app.task('add', (a: number, b: number) => a + b)
    const heard: unknown[] = []
    const off = app.on('task-success', ({ value }) => heard.push(value))
    await add.apply(1, 2)
    off()
    await add.apply(3, 4)
    expect(heard).toEqual([3])
  })

  it('twice is hearing twice', async () => {
    await using app = new App()
    const listener = vi.fn()
    app.on('task-success', listener)
    const off = app.on('task-success', listener)
    off()
    await app.task('one', () => 1).apply()
    expect(listener).toHaveBeenCalledOnce()
  })

  it('harms nobody when it throws: that is reported', async () => {
    const report = vi.fn()
    await using app = new App({ report })
    app.on('task-prerun', () => {
      throw new Error('at once')
    })
    app.on('task-success', async () => {
      throw new Error('later')
    })
    const heard = vi.fn()
    app.on('task-prerun', heard)
    const result = await app.task('one', () => 1).apply()
    expect(await result.get()).toBe(1)
    expect(heard).toHaveBeenCalledOnce()
    expect(report.mock.calls.map(([problem, error]) => [problem, error.message])).toEqual([
      ['A listener of task-prerun threw', 'at once'],
      ['A listener of task-success threw', 'later'],
    ])
  })

  it('to workers tells when they are ready, and how they ended', async () => {
    await using app = new App({ name: 'mine' })
    const heard: unknown[] = []
    app.on('worker-ready', (event) => heard.push(event))
    app.on('worker-shutting-down', (event) => heard.push(event))
    app.on('worker-shutdown', (event) => heard.push(event))
    const worker = app.worker({ concurrency: 2 })
    await worker.start()
    await worker.stop()
    await worker.stop()
    const hostname = expect.stringMatching(/^mine@/)
    expect(heard).toEqual([
      { hostname, wanted: hostname, queues: ['default'], concurrency: 2, autoscale: null },
      { hostname, running: 0 },
      { hostname, finished: 0, givenBack: 0 },
    ])
  })

  it('to workers tells each end of one that is started again before it has stopped', async () => {
    await using app = new App({ name: 'mine' })
    const heard: unknown[] = []
    app.on('worker-ready', () => heard.push('ready'))
    app.on('worker-shutdown', () => heard.push('shutdown'))
    let end = (): void => {}
    const ended = new Promise<void>((done) => {
      end = done
    })
    const slow = app.task('slow', () => ended)
    const running = new Promise((begun) => app.on('task-prerun', begun))
    const worker = app.worker()
    await worker.start()
    const result = await slow.delay()
    await running
    const stopped = worker.stop()
    const started = worker.start()
    expect(heard).toEqual(['ready'])
    end()
    await Promise.all([stopped, started])
    expect(heard).toEqual(['ready', 'shutdown', 'ready'])
    expect(await result.state()).toBe('SUCCESS')
    await worker.stop()
    expect(heard.slice(3)).toEqual(['shutdown'])
  })

  it('to what does not happen is refused', () => {
    const app = new App()
    expect(() => app.on('task-succes' as never, () => {})).toThrow(
      /app\.on has no option .* Did you mean task-success/,
    )
    expect(() => app.on('retry' as never, () => {})).toThrow(/ Did you mean task-retry\?$/)
    expect(() => app.on('task-success', null as never)).toThrow(/Give a function/)
  })

  it('to a failure tells the error itself, and whether it was to be expected', async () => {
    await using app = new App()
    const error = new RangeError('too far')
    const options = { name: 'walk', throws: [RangeError] }
    const heard: unknown[] = []
    app.on('task-failure', (event) => heard.push(event.error === error, event.expected))
    await app.task(options, () => Promise.reject(error)).apply()
    expect(heard).toEqual([true, true])
  })
})
