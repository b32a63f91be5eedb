import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  App,
  currentTask,
  type Failure,
  group,
  memoryBackend,
  Reject,
  sharedTask,
  signature,
} from '@arpeggio/canvas'
import { describe, expect, onTestFinished, test } from 'vitest'
import { everywhere, playing } from '../support/ensembles.ts'
import { redisHere } from '../support/redis-here.ts'

/* What may be said of a task, what it is called, and what it knows of itself: the same wherever it runs. */

class Expected extends Error {
  override name = 'Expected'
}

describe.each(everywhere(redisHere()))('%s', (way, make) => {
  describe('a task', () => {
    test('is not sent more arguments than it takes, unless nobody is to count them', async () => {
      const { app, play } = await playing(make)
      const one = app.task('one', (n: number) => n)
      const all = app.task({ name: 'all', typing: false }, (n: number) => n)
      const wrong = { code: 'arguments-wrong' }
      await expect(app.signature('one', { args: [1, 2] }).delay()).rejects.toMatchObject(wrong)
      expect(await (await play(app.signature('all', { args: [1, 2] }))).get()).toBe(1)
      expect([one(1), all(1)]).toEqual([1, 1])
    })

    test('whose result is ignored hands it on, and nobody finds it; its failure is kept', async () => {
      const { app, play } = await playing(make)
      const options = { ignoreResult: true, storeErrorsEvenIfIgnored: true } as const
      const silent = app.task({ name: 'silent', ...options }, (n: number) => n + 1)
      const loud = app.task('loud', (n: number) => n * 10)
      const result = await play(silent.s(1).pipe(loud.s()))
      expect([await result.get(), await result.parent?.get(), await result.parent?.state()]).toEqual([
        20,
        null,
        'SUCCESS',
      ])
      const fail = app.task({ name: 'fail', ...options }, (): void => {
        throw new RangeError('kept')
      })
      await expect((await play(fail.s())).get()).rejects.toThrow('kept')
      const called = await play(loud.s(2).set({ ignoreResult: true }))
      expect([await called.get(), await called.state()]).toEqual([null, 'SUCCESS'])
    })

    test('that throws what it is expected to fails of that, and who listens is told that it was expected', async () => {
      const { app, play } = await playing(make)
      const heard: unknown[] = []
      const over = new Promise<void>((resolve) => {
        app.on('task-failure', ({ request: { task }, expected }) => {
          heard.push([task, expected])
          if (heard.length === 2) resolve()
        })
      })
      const fail = app.task({ name: 'fail', throws: [Expected] }, (isExpected: boolean): void => {
        throw isExpected ? new Expected('as it is') : new TypeError('not so')
      })
      const result = await play(fail.s(true))
      await play(fail.s(false))
      await over
      expect(await result.get({ propagate: false })).toBeInstanceOf(Expected)
      expect(heard).toEqual([
        ['fail', true],
        ['fail', false],
      ])
    })

    test('that rejects its message fails, and its errbacks are called', async () => {
      const { app, play } = await playing(make)
      const caught: string[] = []
      const note = app.task('note', ({ error }: Failure) => void caught.push(error.message))
      const refuse = app.task('refuse', (): void => {
        throw new Reject('not mine')
      })
      const result = await play(refuse.s().linkError(note.s()))
      expect([await result.state(), caught]).toEqual(['FAILURE', ['not mine']])
    })

    test('that gives its message back for ever fails after five times, and is a dead letter', async () => {
      const { app, play } = await playing(make)
      const deliveries: number[] = []
      const heard: string[] = []
      app.on('task-rejected', ({ request, error }) => void heard.push(`${request.task}: ${error}`))
      const refuse = app.task({ name: 'refuse', bind: true }, (self): void => {
        deliveries.push(self.request.deliveries)
        throw new Reject('not here', { requeue: true })
      })
      const result = await play(refuse.s())
      await expect(result.get()).rejects.toThrow('refuse was rejected 5 times')
      expect(deliveries).toEqual([1, 2, 3, 4, 5])
      expect(heard).toEqual(Array(4).fill('refuse: Reject: not here'))
      expect(await app.backend.deadLetters.list()).toMatchObject([
        { message: { id: result.id }, reason: 'refuse was rejected 5 times' },
      ])
    })
  })

  describe('what tasks share', () => {
    test('is ended when the app is closed', async () => {
      const { app, play } = await playing(make)
      const ended: string[] = []
      const base = { state: async () => 'connection', dispose: (state: string) => void ended.push(state) }
      const ask = app.task({ name: 'ask', bind: true, base }, async (self) => await self.state)
      expect(await (await play(group(ask.s(), ask.s()))).get()).toEqual(['connection', 'connection'])
      expect(ended).toEqual([])
      await app.close()
      expect(ended).toEqual(['connection'])
    })
  })

  describe('the name of a task', () => {
    test('is its own, or its function’s, or as the app makes it of that', async () => {
      const { app, play } = await playing(make, { name: 'pages', taskNaming: (fn, name) => `${name}.${fn}` })
      const made = app.task(function fetch(n: number) {
        return [n, currentTask()?.request.task ?? null]
      })
      const own = app.task({ name: 'own' }, (n: number) => [n, currentTask()?.request.task ?? null])
      expect(await (await play(group(made.s(1), own.s(2)))).get()).toEqual([
        [1, 'pages.fetch'],
        [2, 'own'],
      ])
      expect(app.tasks).toEqual(expect.arrayContaining(['own', 'pages.fetch']))
    })

    test('is known to every app, if no app made it', async () => {
      const name = `text.slug.${way}`
      const slug = sharedTask(name, (title: string) => title.toLowerCase().replaceAll(' ', '-'))
      const { app, play } = await playing(make)
      await using _another = new App()
      expect(app.tasks).toContain(name)
      expect(await (await play(signature(slug.s('On Tea'), app))).get()).toBe('on-tea')
    })

    test('is known when the module that makes it was found', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'arpeggio-'))
      onTestFinished(() => rmSync(folder, { recursive: true }))
      const { app, play } = await playing(make)
      Object.assign(globalThis, { appToFind: app })
      onTestFinished(() => void Reflect.deleteProperty(globalThis, 'appToFind'))
      writeFileSync(join(folder, 'tasks.mjs'), "globalThis.appToFind.task('found', (n) => n + 1)")
      expect(await app.autodiscover(folder)).toEqual(['found'])
      expect(await (await play(app.signature('found', { args: [1] }))).get()).toBe(2)
    })
  })

  describe('the running task', () => {
    test('is told anywhere below it, and nowhere else', async () => {
      const { app, play } = await playing(make)
      const name = async (): Promise<string | null> => {
        await new Promise((resolve) => setImmediate(resolve))
        return currentTask()?.request.task ?? null
      }
      const [one, two] = [app.task('one', name), app.task('two', name)]
      expect(await (await play(group(one.s(), two.s(), one.s()))).get()).toEqual(['one', 'two', 'one'])
      expect(currentTask()).toBeNull()
    })

    test('is where what it sends comes from, also below tasks that were sent so', async () => {
      const { app, play } = await playing(make)
      const sent: Promise<unknown>[] = []
      const seen: Record<string, unknown> = {}
      const note = (name: string): void => {
        const { id, parentId, rootId, isEager, calledDirectly } = currentTask()?.request ?? {}
        seen[name] = { id, parentId, rootId, isEager, calledDirectly }
      }
      const leaf = app.task('leaf', () => note('leaf'))
      const middle = app.task('middle', async () => {
        note('middle')
        sent.push((await leaf.delay()).run.finished({ allowInTask: true }))
      })
      const top = app.task('top', async () => {
        note('top')
        sent.push((await middle.delay()).run.finished({ allowInTask: true }))
      })
      const { id } = await play(top.s())
      await expect.poll(() => Object.keys(seen).sort()).toEqual(['leaf', 'middle', 'top'])
      await Promise.all(sent)
      const how = { isEager: way === 'eagerly', calledDirectly: false, rootId: id }
      const { middle: second } = seen as { middle: { id: string } }
      expect(seen).toEqual({
        top: { ...how, id, parentId: null },
        middle: { ...how, id: expect.any(String), parentId: id },
        leaf: { ...how, id: expect.any(String), parentId: second.id },
      })
    })

    test('finds what it has sent where it runs itself: here, in an eager run, and in a twin of its app', async () => {
      const { app, play } = await playing(make)
      const one = app.task('one', () => 1)
      const ask = app.task('ask', async () => {
        const { id } = await one.s().set({ countdown: '1h' }).delay()
        await app.control.revoke(id)
        return [await app.result(id).state(), (await app.restore(id))?.id === id]
      })
      const found = ['REVOKED', true]
      expect(await (await play(ask.s())).get()).toEqual(found)
      expect(await (await ask.apply()).get()).toEqual(found)
      const twin = app.twin({ backend: memoryBackend() })
      onTestFinished(() => twin.close())
      await twin.worker().start()
      expect(await signature<boolean[]>(ask.s(), twin).run()).toEqual(found)
    })

    test('called as a function is no message, and knows that', async () => {
      const { app } = await playing(make)
      const ask = app.task({ name: 'ask', bind: true }, ({ request }) => [
        request.calledDirectly,
        request.deliveries,
      ])
      expect(ask()).toEqual([true, 0])
    })
  })
})
