import { memoryBackend, virtualClock } from '@arpeggio/core'
import { describe, expect, it } from 'vitest'
import { App } from './app.ts'
import { chain } from './chain.ts'
import { chord } from './chord.ts'
import { group } from './group.ts'

describe('an app', () => {
  it('knows its tasks by name, and those of the canvas itself', () => {
    const app = new App()
    app.task('add', (a: number) => a)
    app.task(function named() {})
    expect(app.tasks).toEqual(['add', 'named'])
    expect(['add', 'celery.map', 'nobody'].map((task) => app.taskProblem(task) === null)).toEqual([
      true,
      true,
      false,
    ])
  })

  it('has a name, for its errors', async () => {
    const app = new App({ name: 'pages' })
    await app.close()
    expect([app.name, new App().name]).toEqual(['pages', 'app'])
    expect(() => app.worker()).toThrow(/The app pages is closed/)
  })

  it('shares nothing with another app', async () => {
    const [one, other] = [new App(), new App()]
    const add = one.task('add', (a: number) => a + 1)
    other.task('add', (a: number) => a + 100)
    expect(await (await add.apply(1)).get()).toBe(2)
    expect(await (await chain(other.signature<number, []>('add', { args: [1] })).apply()).get()).toBe(101)
  })

  it('revives the errors it was told of, and those its tasks name', async () => {
    class Told extends Error {
      override name = 'Told'
    }
    class Named extends Error {
      override name = 'Named'
    }
    const app = new App({ errors: [Told] })
    const fail = app.task({ name: 'fail', throws: [Named] }, (which: string) => {
      throw which === 'told' ? new Told('x') : new Named('x')
    })
    expect(await (await fail.apply('told')).get({ propagate: false })).toBeInstanceOf(Told)
    expect(await (await fail.apply('named')).get({ propagate: false })).toBeInstanceOf(Named)
  })

  it('draws jitter from the chance it is given', async () => {
    const clock = virtualClock()
    const backend = memoryBackend({ clock })
    const app = new App({ backend, random: () => 0.5 })
    const flaky = app.task({ name: 'flaky', autoretryFor: [Error], retryBackoff: 8 }, (): number => {
      throw new Error('down')
    })
    await app.worker().start()
    await flaky.delay()
    await turns()
    expect(backend.nextDue()).toBe(4_000) // a whole number of seconds from 0 to 8
    await app.close()
  })

  it('stops its workers when it is closed, and can be used for a block', async () => {
    let stopped = false
    {
      await using app = new App()
      const worker = app.worker()
      await worker.start()
      const add = app.task('add', (a: number, b: number) => a + b)
      expect(await add.run(1, 2)).toBe(3)
      const { stop } = worker
      worker.stop = (...given) => {
        stopped = true
        return stop(...given)
      }
    }
    expect(stopped).toBe(true)
  })

  it('knows one error class of a name, and refuses a second one', async () => {
    const [One, Other] = [classNamed('HttpError'), classNamed('HttpError')]
    const app = new App({ name: 'pages', errors: [One] })
    app.task({ name: 'same', throws: [One, One], autoretryFor: [One] }, () => 1)
    const second = (): unknown => app.task({ name: 'second', throws: [Other] }, () => 1)
    const says =
      /^The task second names an error class HttpError, and pages knows another one.*Rename one, or/
    const refused = { code: 'option-invalid', message: expect.stringMatching(says) }
    expect(second).toThrow(expect.objectContaining(refused))
    expect(second, 'and nothing of it was kept').toThrow(expect.objectContaining(refused))
    expect(() => new App({ errors: [One, Other] })).toThrow(/^The app app names an error class HttpError/)
    expect(() => app.task({ name: 'both', throws: [classNamed(''), classNamed('')] }, () => 1)).not.toThrow()
  })

  it('makes handles of texts that can be ids, and of nothing else', async () => {
    const app = new App()
    for (const id of ['', '.1', 5, null] as never[]) {
      const refused = expect.objectContaining({ code: 'id-invalid' })
      expect(() => app.result(id)).toThrow(refused)
      await expect(app.restore(id)).rejects.toEqual(refused)
    }
    expect(() => app.result('')).toThrow(/^"" is no id\. Give the text of one, such as result\.id\./)
  })
})

describe('closing an app', () => {
  it('waits for its workers, also for one that is stopping already, and for whoever closed it first', async () => {
    const app = new App()
    const letGo: ((value: unknown) => void)[] = []
    const slow = app.task('slow', () => new Promise((resolve) => letGo.push(resolve)))
    const [one, other] = [app.worker({ concurrency: 1 }), app.worker({ concurrency: 1 })]
    await Promise.all([one.start(), other.start()])
    const results = await Promise.all([slow.delay(), slow.delay()])
    await turns()
    const ends: string[] = []
    const stopped = one.stop().then(() => ends.push('worker'))
    const closed = [app.close(), app.close()].map((close) => close.then(() => ends.push('app')))
    await turns()
    expect([ends, letGo.length]).toEqual([[], 2])
    for (const end of letGo) end('done')
    await Promise.all([stopped, ...closed])
    expect(ends).toEqual(['worker', 'app', 'app'])
    expect(await Promise.all(results.map((result) => result.state()))).toEqual(['SUCCESS', 'SUCCESS'])
  })

  it('has nothing to do for workers that have stopped, or never ran', async () => {
    const app = new App()
    const [stopped, idle] = [app.worker(), app.worker()]
    await stopped.start()
    await stopped.stop()
    const refuse = async (): Promise<never> => {
      throw new Error('asked again')
    }
    for (const worker of [stopped, idle]) worker.stop = refuse
    await app.close()
  })

  it('stops a worker that was started again while it stopped', async () => {
    const app = new App()
    const one = app.task('one', () => 1)
    const worker = app.worker()
    await worker.start()
    await Promise.all([worker.stop(), worker.start()])
    expect(await one.run()).toBe(1)
    await app.close()
    await expect(worker.start()).rejects.toMatchObject({ code: 'app-closed' })
  })

  it('lets no worker of it start any more', async () => {
    const app = new App({ name: 'gone' })
    const worker = app.worker()
    await app.close()
    await expect(worker.start()).rejects.toMatchObject({
      code: 'app-closed',
      message: 'The app gone is closed and can not start a worker. Make a new App.',
    })
  })

  it('leaves a backend open that other apps are on; the last of them closes it', async () => {
    const backend = memoryBackend()
    const [one, other] = [new App({ backend }), new App({ backend })]
    const add = other.task('add', (a: number, b: number) => a + b)
    await other.worker().start()
    await one.close()
    await one.close()
    expect(backend.closed.aborted).toBe(false)
    expect(await add.run(1, 2)).toBe(3)
    await other.close()
    expect(backend.closed.aborted).toBe(true)
    expect(() => new App({ backend })).toThrow(/backend of the app app is closed.*Make a new one/)
  })

  it('closes a backend it was given, also if it never used it', async () => {
    const backend = memoryBackend()
    await new App({ backend, alwaysEager: true }).close()
    expect(backend.closed.aborted).toBe(true)
  })
})

describe('a handle from an id', () => {
  it('knows its neighbours at once where the run was sent from here', async () => {
    const app = new App()
    const id = app.task('id', (value: unknown) => value)
    const result = await chain(id.s(1), id.s()).delay()
    expect(app.result(result.id).parent?.id).toBe(result.parent?.id)
    expect(app.result('elsewhere').parent).toBeNull()
    await app.close()
  })

  it('is restored with its neighbours wherever it was sent from', async () => {
    const backend = memoryBackend()
    const [one, other] = [new App({ backend }), new App({ backend })]
    const id = one.task('id', (value: unknown) => value)
    const result = await chord([id.s(1), id.s(2)], id.s()).delay()
    expect(other.result(result.id).parent).toBeNull()
    const restored = await other.restore(result.id)
    expect(restored?.parent?.children.map(({ id }) => id)).toEqual(
      result.parent?.children.map(({ id }) => id),
    )
    expect(await other.restore('nobody')).toBeNull()
    await one.close()
  })
})

describe('an eager app', () => {
  it('has run everything, delays and retries included, when delay is done', async () => {
    await using app = new App({ alwaysEager: true })
    const seen: number[] = []
    const flaky = app.task({ name: 'flaky', bind: true }, (self, n: number) => {
      seen.push(self.request.retries)
      if (self.request.retries < 2) self.retry({ countdown: '1h' })
      return n
    })
    const result = await flaky.s(5).set({ countdown: '1d' }).delay()
    expect([await result.state(), await result.get(), seen]).toEqual(['SUCCESS', 5, [0, 1, 2]])
  })

  it('runs in an order that is always the same', async () => {
    await using app = new App({ alwaysEager: true })
    const seen: string[] = []
    const see = app.task('see', (name: string) => {
      seen.push(name)
    })
    const later = see.si('later').set({ countdown: '1s' })
    await group(later, chain(see.si('a1'), see.si('a2')), see.si('b1').link(see.si('b2'))).delay()
    expect(seen).toEqual(['a1', 'b1', 'a2', 'b2', 'later'])
  })

  it('lets a task wait for another, where it asks for that', async () => {
    await using app = new App({ alwaysEager: true })
    const inner = app.task('inner', (n: number) => n + 1)
    const outer = app.task('outer', async () => {
      const result = await inner.delay(1)
      return (await result.get({ allowInTask: true })) * 10
    })
    expect(await outer.run()).toBe(20)
  })
})

it('what a running task sends is a run of its own, that knows where it came from', async () => {
  const app = new App({ alwaysEager: true })
  const requests: unknown[] = []
  const inner = app.task({ name: 'inner', bind: true }, ({ request }) => {
    requests.push([request.rootId, request.parentId])
  })
  const outer = app.task({ name: 'outer', bind: true, typing: false }, async () => {
    await app.signature('inner').delay()
  })
  void inner
  const result = await outer.delay()
  expect(requests).toEqual([[result.id, result.id]])
})

function classNamed(name: string) {
  return { [name]: class extends Error {} }[name] as typeof Error
}

/** Lets everything run that can. */
async function turns(): Promise<void> {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve))
}
