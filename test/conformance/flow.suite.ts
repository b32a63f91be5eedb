import {
  type AnySignature,
  type App,
  type AsyncResult,
  type Base,
  ChordError,
  chain,
  chord,
  currentTask,
  type Failure,
  type GroupResult,
  group,
  Ignore,
  pipe,
  Reject,
  ResultSet,
  type RunUpdate,
  resultFromTuple,
  type Settled,
  type Signature,
  type StandardSchema,
  signature,
  type TaskRequest,
  type WorkEvent,
} from '@arpeggio/canvas'
import type { TaskContext } from '@arpeggio/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { turn } from '../support/stage.ts'

/** An app that runs what is sent to it, and a way to wait until all of a run has happened, however long its delays are. */
export interface Ensemble {
  readonly app: App
  /** Whether its clock tells how long delays were; else they are cut short. */
  readonly keepsTime: boolean
  finished(result: AsyncResult<unknown>): Promise<void>
  /** Lets so many milliseconds pass. */
  passes(ms: number): Promise<void>
}

/**
 * What workflows mean, as sentences. M1 … M18 are the decisions of the design, the other numbers the defects and wishes of
 * Celery's users. Every way to run a workflow must make all of them true.
 */
export function describeFlows(name: string, make: () => Ensemble | Promise<Ensemble>): void {
  describe(name, () => {
    let ensemble: Ensemble
    let app: App
    let log: string[]
    let tasks: ReturnType<typeof makeTasks>

    beforeEach(async () => {
      ensemble = await make()
      app = ensemble.app
      log = []
      tasks = makeTasks(app, log)
    })
    afterEach(() => app.close())

    /** Sends a canvas and waits until all of its run has happened. */
    async function play<T>(
      canvas: AnySignature & { delay(): Promise<AsyncResult<T>> },
    ): Promise<AsyncResult<T>> {
      const result = await canvas.delay()
      await ensemble.finished(result)
      return result
    }

    async function gives(canvas: AnySignature): Promise<unknown> {
      return (await play(canvas as Complete)).get()
    }

    async function fails(canvas: AnySignature): Promise<Error> {
      return (await play(canvas as Complete)).get().then(
        () => expect.fail('it did not fail'),
        (error) => error,
      )
    }

    describe('M1 values', () => {
      test('M1 composing, linking, setting and running leave every operand as it was', async () => {
        const { add, note } = tasks
        const step = add.s(1)
        const line = add.s(1, 2).pipe(step)
        const drawn = [step, line].map(String)
        line.pipe(step).link(note.s('x')).linkError(note.s('y')).set({ queue: 'low' }).stamp({ tenant: 7 })
        line.clone()
        group(line, line).pipe(tasks.total.s())
        await play(line)
        await play(line)
        expect([step, line].map(String)).toEqual(drawn)
        expect(line.node).toEqual(add.s(1, 2).pipe(add.s(1)).node)
      })

      test('M1 a canvas that was written as JSON is read as the same canvas, and does the same', async () => {
        const { add, square, total, note, caught } = tasks
        const canvas = chord([add.s(1, 2), add.s(3, 4).pipe(square.s())], total.s().link(note.s('done')))
          .linkError(caught.s('failed'))
          .set({ countdown: '1s' })
        const read = signature<number, []>(JSON.parse(JSON.stringify(canvas)), app)
        expect(read.equals(canvas)).toBe(true)
        expect(await gives(read)).toBe(52)
        expect(log).toEqual(['done 52'])
      })
    })

    describe('M2 pipe', () => {
      test('M2 it does not matter how a line is put together', async () => {
        const { add, square, total, spread } = tasks
        const [a, b, c, d] = [spread.s(3), group(square.s(), square.s()), total.s(), square.s()]
        const lines = [
          chain(spread.s(3), total.s(), square.s()),
          pipe(spread.s(3), pipe(total.s(), square.s())),
          spread.s(3).pipe(total.s()).pipe(square.s()),
        ]
        expect(await Promise.all(lines.map(gives))).toEqual([9, 9, 9])
        const two = add.s(1, 1)
        const values = [
          two.pipe(b, c, d),
          two.pipe(b).pipe(c.pipe(d)),
          chain(two, chain(b, c), d),
          pipe(two, pipe(b, pipe(c, d))),
        ]
        expect(await Promise.all(values.map(gives))).toEqual([64, 64, 64, 64])
        expect(String(a)).toBe('spread(3)')
      })

      test('M2 a group and a step are a chord; a chord goes on with its body', async () => {
        const { square, total, add } = tasks
        expect(await gives(group(square.s(2), square.s(3)).pipe(total.s(), add.s(1), square.s()))).toBe(196)
        expect(
          await gives(
            chord([square.s(2)], total.s())
              .pipe(add.s(1))
              .pipe(square.s()),
          ),
        ).toBe(25)
      })

      test('M2 after a group each member of another group takes the whole list', async () => {
        const { square, total, length } = tasks
        const three = group(square.s(1), square.s(2)).pipe(
          group(total.s(), length.s()),
          group(total.s(), length.s()),
        )
        expect(await gives(three)).toEqual([7, 2])
      })
    })

    describe('M3 shape', () => {
      test.each([0, 1, 2, 30])('M3 a group of %i gives a list of as many, in order', async (n) => {
        const { square } = tasks
        const squares = Array.from({ length: n }, (_, i) => i * i)
        expect(await gives(group(squares.map((_, i) => square.s(i))))).toEqual(squares)
      })

      test('M3 nested groups keep their shape, also in a header', async () => {
        const { square, same } = tasks
        const nested = group(group(square.s(1), group(square.s(2))), square.s(3), group([]), group(group([])))
        const shape = [[1, [4]], 9, [], [[]]]
        expect(await gives(nested)).toEqual(shape)
        expect(await gives(nested.pipe(same.s()))).toEqual(shape)
      })

      test('M3 the order is the one it was drawn in, whoever is ready first', async () => {
        const { square, same } = tasks
        const members = [3, 1, 2].map((n) => square.s(n).set({ countdown: n * 1_000 }))
        expect(await gives(group(members))).toEqual([9, 1, 4])
        expect(await gives(chord([...members, group(members)], same.s()))).toEqual([9, 1, 4, [9, 1, 4]])
      })
    })

    describe('M4 empty', () => {
      test('M4 an empty group gives the empty list, wherever it stands', async () => {
        const { add, length, square } = tasks
        expect(await gives(group([]))).toEqual([])
        expect(await gives(chain(add.s(1, 2), group([])))).toEqual([])
        expect(await gives(chain(add.s(1, 2), group([]), length.s()))).toBe(0)
        expect(await gives(chord([], length.s().pipe(square.s())))).toBe(0)
      })

      test('M4 an empty chain is refused when it is built', () => {
        expect(() => chain([])).toThrow(expect.objectContaining({ code: 'chain-empty' }))
      })
    })

    describe('M5 links', () => {
      test('M5 a link drawn on a chain runs after its last step, also when composed further', async () => {
        const { add, square, note } = tasks
        const line = add.s(1, 2).pipe(square.s()).link(note.s('linked'))
        expect(await gives(line.pipe(add.s(1)))).toBe(10)
        expect(log).toEqual(['linked 9'])
      })

      test('M5 a link drawn on a group runs once, after all members, with the list', async () => {
        const { square, note, total } = tasks
        const pair = group(square.s(2), square.s(3)).link(note.s('linked'))
        await play(pair)
        await play(pair.pipe(total.s()))
        await play(group(pair, pair))
        expect(log).toEqual(Array(4).fill('linked [4,9]'))
      })

      test('M5 a link drawn on a chord runs after its body', async () => {
        const { square, total, note, add } = tasks
        const whole = chord([square.s(2), square.s(3)], total.s()).link(note.s('linked'))
        await play(whole)
        await play(whole.pipe(add.s(1)))
        expect(log).toEqual(['linked 13', 'linked 13'])
      })

      test('M5 any canvas can be a link', async () => {
        const { add, square, note, total } = tasks
        const links = [
          square.s().pipe(note.s('chain')),
          group(note.s('a'), note.s('b')),
          chord([square.s(), square.s()], total.s()).pipe(note.s('chord')),
          note.si(0, 'immutable'),
        ]
        await play(add.s(1, 2).link(...links))
        expect(log.sort()).toEqual(['a 3', 'b 3', 'chain 9', 'chord 18', 'immutable 0'])
      })

      test('M5 a link that fails does no harm to what it hangs on', async () => {
        const { add, boom, caught } = tasks
        const result = await play(
          add
            .s(1, 2)
            .link(boom.s().linkError(caught.s('link')))
            .linkError(caught.s('main')),
        )
        expect(await result.get()).toBe(3)
        expect(log).toEqual(['link RangeError: boom'])
      })
    })

    describe('M6 errbacks', () => {
      test('M6 an errback is called once, with the failure in front', async () => {
        const { add, boom, square, caught } = tasks
        await play(chain(add.s(1, 2), boom.s(), square.s()).linkError(caught.s('chain')))
        await play(group(boom.s(1), square.s(2), boom.s(3)).linkError(caught.s('group')))
        await play(chord([boom.s(1), boom.s(2)], tasks.total.s()).linkError(caught.s('chord')))
        expect(log.map((line) => line.split(':')[0])).toEqual([
          'chain RangeError',
          'group ChordError',
          'chord ChordError',
        ])
      })

      test('M6 the failure says what failed, where, with what, and why', async () => {
        const { boom, keep } = tasks
        const result = await play(boom.s(1, 'two').linkError(keep.s()))
        const failure: Failure = JSON.parse(log[0] as string)
        expect(failure).toMatchObject({
          id: result.id,
          task: 'boom',
          state: 'FAILURE',
          args: [1, 'two'],
          kwargs: {},
          retries: 0,
          root: result.id,
        })
        expect(failure.error).toMatchObject({ type: 'RangeError', message: 'boom', cause: null })
        expect(failure.error.stack).toContain('boom')
      })

      test('M6 a failed member of a group says which member it was', async () => {
        const { boom, keep, square } = tasks
        const result = await play(group(square.s(1), boom.s(2).linkError(keep.s())))
        expect(JSON.parse(log[0] as string)).toMatchObject({ group: result.id, index: 1 })
      })

      test('M6 every scope around a failure calls its own errbacks', async () => {
        const { add, boom, caught } = tasks
        const inner = chain(add.s(1, 2), boom.s().linkError(caught.s('step'))).linkError(caught.s('inner'))
        await play(chain(inner, add.s(1)).linkError(caught.s('outer')))
        expect(log.sort()).toEqual([
          'inner RangeError: boom',
          'outer RangeError: boom',
          'step RangeError: boom',
        ])
      })

      test('M6 an immutable errback is given nothing', async () => {
        await play(tasks.boom.s().linkError(tasks.note.si(0, 'failed')))
        expect(log).toEqual(['failed 0'])
      })

      test('M6 errbacks are called for what expired, too', async () => {
        const { add, caught } = tasks
        const late = add.s(1, 2).set({ expires: '2001-01-01T00:00:00Z' }).linkError(caught.s('late'))
        expect(await fails(late)).toMatchObject({ name: 'TaskRevokedError', code: 'task-revoked' })
        expect(log).toEqual([expect.stringMatching(/^late TaskRevokedError: add expired/)])
      })

      test('M6 one errback that fails does not stop another, and calls nobody itself', async () => {
        const { boom, caught } = tasks
        await play(boom.s(1).linkError(boom.s(2), caught.s('second'), boom.s(3), caught.s('fourth')))
        expect(log.sort()).toEqual(['fourth RangeError: boom', 'second RangeError: boom'])
      })

      test('M6 any canvas can be an errback', async () => {
        const { boom, caught, note } = tasks
        const pass = app.task('pass', (failure: Failure) => failure)
        const errbacks = [
          pass.s().pipe(caught.s('chain')),
          group(caught.s('a'), caught.s('b')),
          chord([note.si(1, 'x')], note.s('chord')),
        ]
        await play(boom.s().linkError(...errbacks))
        expect(log.sort()).toEqual([
          'a RangeError: boom',
          'b RangeError: boom',
          'chain RangeError: boom',
          'chord [1]',
          'x 1',
        ])
      })

      test('M6 success and ignoring call no errback', async () => {
        const { add, ignore, caught } = tasks
        await play(add.s(1, 2).linkError(caught.s('no')))
        await play(ignore.s().pipe(add.s(1)).linkError(caught.s('no')))
        expect(log).toEqual([])
      })
    })

    describe('M7 downstream', () => {
      test('M7 what can no longer run ends with the failure of what came first', async () => {
        const { boom, add, square, total } = tasks
        const result = await play(chain(boom.s(), add.s(1), group(square.s(), square.s()), total.s()))
        await expect(result.get()).rejects.toMatchObject({ name: 'RangeError', message: 'boom' })
        const { nodes } = await result.run.graph()
        expect(nodes.map(({ state }) => state)).toEqual(nodes.map(() => 'FAILURE'))
        expect(await result.run.progress()).toMatchObject({ failed: 1, over: true })
      })

      test('M7 what follows an expired step is revoked', async () => {
        const { add, square } = tasks
        const result = await play(add.s(1, 2).set({ expires: '2001-01-01T00:00:00Z' }).pipe(square.s()))
        expect(await result.state()).toBe('REVOKED')
        await expect(result.get()).rejects.toMatchObject({ code: 'task-revoked' })
      })

      test('M7 what follows an ignored step is ignored, and has no value', async () => {
        const { ignore, add, note } = tasks
        const result = await play(chain(ignore.s(), add.s(1)).link(note.s('no')))
        expect([await result.state(), await result.get(), log]).toEqual(['IGNORED', null, []])
      })
    })

    describe('M8 chord failure', () => {
      test('M8 a chord waits for all its members and fails once, with a list of those that failed', async () => {
        const { boom, square, total, note } = tasks
        const header = [
          boom.s(1),
          square.s(2).link(note.s('ran')),
          boom.s(3),
          square.s(4).link(note.s('ran')),
        ]
        const error = await fails(chord(header, total.s()))
        expect(error).toBeInstanceOf(ChordError)
        expect((error as ChordError).members.map(({ index, error }) => `${index} ${error.message}`)).toEqual([
          '0 boom',
          '2 boom',
        ])
        expect(error.cause).toMatchObject({ name: 'RangeError', message: 'boom' })
        expect(log.sort()).toEqual(['ran 16', 'ran 4'])
      })

      test('M8 a chord that fails fast stops members that have not begun', async () => {
        const { boom, square, total, note } = tasks
        const late = square.s(2).link(note.s('ran')).set({ countdown: '1d' })
        const result = await play(chord([late, boom.s(1)], total.s(), { policy: 'failFast' }))
        await expect(result.get()).rejects.toBeInstanceOf(ChordError)
        expect(log).toEqual([])
      })

      test('M8 what hangs on a member that succeeded runs, although its chord failed fast', async () => {
        const { boom, square, total, note } = tasks
        const linked = square.s(2).link(note.s('linked').set({ countdown: '1h' }))
        const header = [linked, boom.s(1).set({ countdown: '1m' }), square.s(3).set({ countdown: '1d' })]
        const result = await play(chord(header, total.s(), { policy: 'failFast' }))
        await expect(result.get()).rejects.toBeInstanceOf(ChordError)
        expect(log).toEqual(['linked 4'])
        expect(await app.result(`${result.id}.4`).state()).toBe('REVOKED')
      })

      test('M8 a chord that settles tells its body how each member ended', async () => {
        const { boom, square, ignore } = tasks
        const tell = app.task('tell', (ends: Settled<unknown>[]) =>
          ends.map((end) => (end.ok ? end.value : end.error.message)),
        )
        expect(
          await gives(chord([boom.s(1), square.s(2), ignore.s()], tell.s(), { policy: 'settle' })),
        ).toEqual(['boom', 4, null])
      })

      test('M8 a chord with a quorum goes on with the first values, and null in the other places', async () => {
        const { square, same } = tasks
        const members = [
          square.s(2).set({ countdown: '2d' }),
          square.s(3),
          square.s(4).set({ countdown: '1d' }),
        ]
        expect(await gives(chord(members, same.s(), { policy: { quorum: 2 } }))).toEqual([null, 9, 16])
      })

      test('M8 a chord fails as soon as its quorum is out of reach', async () => {
        const { square, boom, same } = tasks
        const members = [square.s(2).set({ countdown: '2d' }), boom.s(3), boom.s(4)]
        expect(await fails(chord(members, same.s(), { policy: { quorum: 2 } }))).toBeInstanceOf(ChordError)
      })
    })

    describe('how a group stands', () => {
      test('a group fails with the error of its first failed member, whatever hangs on it', async () => {
        const { boom, square, caught, note } = tasks
        const members = group(square.s(1), boom.s(2), boom.s(3))
        for (const canvas of [members, members.linkError(caught.s('g')), members.link(note.s('no'))]) {
          const result = await play(canvas as Complete)
          expect(await result.state()).toBe('FAILURE')
          await expect(result.get()).rejects.toMatchObject({ name: 'RangeError', message: 'boom' })
          expect(await result.info()).toMatchObject({ message: 'boom' })
          const byId = app.result(result.id)
          expect([await byId.state(), await byId.failed()]).toEqual(['FAILURE', true])
          await expect(byId.get()).rejects.toMatchObject({ message: 'boom' })
          const values = await result.get({ propagate: false })
          expect(values).toEqual([1, expect.any(RangeError), expect.any(RangeError)])
        }
        expect(log).toEqual([expect.stringMatching(/^g ChordError: 2 of 3 members failed/)])
      })

      test('a group that is cancelled is revoked, and so its errbacks are told', async () => {
        const { square, caught } = tasks
        const later = { countdown: '1d' } as const
        const canvas = group(square.s(1), square.s(2).set(later)).linkError(caught.s('group'))
        const result = await canvas.delay()
        if ((await result.run.progress()).over) return // eagerly it is
        await result.run.cancel()
        await ensemble.finished(result)
        expect([await result.state(), await app.result(result.id).state()]).toEqual(['REVOKED', 'REVOKED'])
        await expect(result.get()).rejects.toMatchObject({ code: 'task-revoked' })
        expect(log).toEqual([expect.stringMatching(/^group TaskRevokedError/)])
      })

      test('a group behind an ignored step is ignored, as that was', async () => {
        const { ignore, square } = tasks
        const result = await play(chain(ignore.s(), group(square.s(), square.s())) as Complete)
        expect([await result.state(), await result.get()]).toEqual(['IGNORED', null])
      })

      test('an empty group waits for its turn, and does not run behind a failure', async () => {
        const { boom, square } = tasks
        const nobody = group([] as ReturnType<typeof square.si>[])
        const well = await play(any(square.s(1), nobody) as Complete)
        expect([await well.state(), await well.get()]).toEqual(['SUCCESS', []])
        const badly = await play(any(boom.s(1), nobody) as Complete)
        expect(await badly.state()).toBe('FAILURE')
        await expect(badly.get()).rejects.toThrow('boom')
      })

      test('a header stands as its chord: settled, it has the list its body was given', async () => {
        const { square, boom, same, total } = tasks
        const settled = await play(chord([square.s(2), boom.s(1)], same.s(), { policy: 'settle' }))
        expect(await settled.parent?.state()).toBe('SUCCESS')
        expect(await settled.parent?.get()).toEqual(await settled.get())
        const failed = await play(chord([square.s(2), boom.s(1)], total.s()))
        expect(await failed.parent?.state()).toBe('FAILURE')
        await expect(failed.parent?.get()).rejects.toThrow('boom')
        await expect(failed.get()).rejects.toBeInstanceOf(ChordError)
      })
    })

    test('M9 an ignored member of a header gives null', async () => {
      const { square, ignore, same } = tasks
      expect(await gives(chord([square.s(2), ignore.s(), ignore.s().pipe(square.s())], same.s()))).toEqual([
        4,
        null,
        null,
      ])
    })

    test('M10 a task nobody knows fails like any other: errbacks are called and its chord is told', async () => {
      const { square, total, caught } = tasks
      const unknown = app.signature<number, []>('nobody').linkError(caught.s('member'))
      const error = await fails(chord([square.s(2), unknown], total.s()).linkError(caught.s('chord')))
      expect(error.cause).toMatchObject({ code: 'task-unknown' })
      expect(log.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
        'member ArpeggioError:',
        'chord ChordError:',
      ])
    })

    describe('M11 the scope of options', () => {
      test('M11 a countdown acts once, on the entry of a canvas', async () => {
        const times: number[] = []
        const clock = app.task('clock', (..._: unknown[]) => {
          times.push((currentTask() as TaskContext | null)?.world.backend.clock.now() as number)
          return times.length
        })
        const before = app.backend.clock.now()
        const canvas = chord([clock.s(), clock.s().pipe(clock.s())], clock.s().pipe(clock.s())).set({
          countdown: '1h',
        })
        await play(canvas)
        const hours = times.map((time) => Math.floor((time - before) / 3_600_000))
        expect(hours).toEqual(Array(5).fill(ensemble.keepsTime ? 1 : 0))
      })

      test('M11 headers and stamps act on every step that does not set its own', async () => {
        const { mark, same } = tasks
        const canvas = chord(
          [mark.s('a'), mark.s('b').stamp({ tenant: 'own' })],
          same.s().pipe(mark.s('end')),
        )
        await play(canvas.set({ headers: { trace: 't' } }).stamp({ tenant: 7 }))
        expect(log.sort()).toEqual([
          'a {"trace":"t"} {"tenant":7}',
          'b {"trace":"t"} {"tenant":"own"}',
          'end {"trace":"t"} {"tenant":7}',
        ])
      })
    })

    describe('M12 ids', () => {
      test('M12 a taskId that is known gives the same run; for another drawing it is refused', async () => {
        const { add, square } = tasks
        const first = await play(add.s(1, 2).set({ taskId: 'mine' }))
        const again = await play(add.s(5, 5).set({ taskId: 'mine' }))
        expect([first.id, await first.get(), await again.get()]).toEqual(['mine', 3, 3])
        const other = chain(add.s(1, 2), square.s()).set({ taskId: 'mine' })
        await expect(other.delay()).rejects.toMatchObject({ code: 'id-taken' })
      })

      test('M12 the id of a run is the id of the node whose value its caller waits for', async () => {
        const { id, same } = tasks
        const canvases = [
          id.s(),
          chain(same.s(1), id.s()),
          chord([same.s(1)], id.s()),
          chain(same.s(1), group(same.s()), same.s(), id.s()),
        ]
        for (const canvas of canvases) {
          const result = await play(canvas)
          expect(await result.get()).toBe(result.id)
          expect(result.run.id).toBe(result.id)
        }
      })

      test('M12 a caller may name the run; sending the same name again starts nothing', async () => {
        const { note } = tasks
        const named = note.s(1, 'once').set({ taskId: 'my-run' })
        const first = await play(named)
        const second = await play(named)
        expect([first.id, second.id, log]).toEqual(['my-run', 'my-run', ['once 1']])
      })

      test('M12 all ids are known when it is sent, and all but the last begin with the id of the run', async () => {
        const { square, length, id } = tasks
        const result = await group(square.s(2), chain(square.s(3), id.s()))
          .pipe(length.s())
          .delay()
        const ids = (await result.run.graph()).nodes.map((node) => node.id)
        expect(new Set(ids).size).toBe(5)
        for (const known of ids) expect(known === result.id || known.startsWith(`${result.id}.`)).toBe(true)
        await ensemble.finished(result)
      })

      test('M12 using a signature again makes a new run', async () => {
        const line = tasks.add.s(1, 2)
        expect((await play(line)).id).not.toBe((await play(line)).id)
      })
    })

    describe('M13 retry', () => {
      test('M13 a task that asks for it runs again, with the same id, and then goes on', async () => {
        const attempts: string[] = []
        const times: number[] = []
        const flaky = app.task({ name: 'flaky', bind: true }, (self, n: number) => {
          attempts.push(`${self.request.id} ${self.request.retries}`)
          times.push((self as TaskContext).world.backend.clock.now())
          return self.request.retries < 2 ? self.retry({ countdown: '1h' }) : n
        })
        const result = await play(flaky.s(3).pipe(tasks.square.s()))
        expect(await result.get()).toBe(9)
        expect(attempts).toEqual([0, 1, 2].map((retries) => `${result.id}.0 ${retries}`))
        const hours = times.map((time) => Math.floor((time - (times[0] as number)) / 3_600_000))
        if (ensemble.keepsTime) expect(hours).toEqual([0, 1, 2])
      })

      test('M13 a task that was retried as often as it may be fails with its own error', async () => {
        class Busy extends Error {
          override name = 'Busy'
        }
        let attempts = 0
        const flaky = app.task(
          { name: 'flaky', autoretryFor: [Busy], maxRetries: 2, retryBackoff: true },
          () => {
            attempts++
            throw new Busy('still busy')
          },
        )
        const error = await fails(flaky.s().linkError(tasks.caught.s('at last')))
        expect(error).toBeInstanceOf(Busy)
        expect([attempts, log]).toEqual([3, ['at last Busy: still busy']])
      })
    })

    describe('M14 replace', () => {
      test('M14 what replaces a task takes over its id, its links and what follows', async () => {
        const { add, square, note, id } = tasks
        const trade = app.task({ name: 'trade', bind: true }, (self): number =>
          self.replace(chain(add.s(1, 2), square.s())),
        )
        const result = await play(chain(trade.s().link(note.s('linked')), add.s(1)))
        expect([await result.get(), log]).toEqual([10, ['linked 9']])
        const alone = app.task({ name: 'alone', bind: true }, (self): string =>
          self.replace(chain(add.s(1, 2), id.si())),
        )
        const other = await play(alone.s())
        expect(await other.get()).toBe(other.id)
      })

      test('M14 a group that replaces a task gives a list in its place', async () => {
        const { square, total, same } = tasks
        const fan = app.task({ name: 'fan', bind: true }, (self, n: number): number[] => {
          return self.replace(group(Array.from({ length: n }, (_, i) => square.s(i))))
        })
        expect(await gives(fan.s(4))).toEqual([0, 1, 4, 9])
        expect(await gives(fan.s(4).pipe(total.s()))).toBe(14)
        expect(await gives(chord([square.s(5), fan.s(2), square.s(6)], same.s()))).toEqual([25, [0, 1], 36])
      })

      test('M14 the errbacks of a replaced task are called once, when what replaced it fails', async () => {
        const { add, boom, caught } = tasks
        const trade = app.task({ name: 'trade', bind: true }, (self): number =>
          self.replace(chain(add.s(1, 2), boom.s(), add.s(1))),
        )
        expect(await fails(trade.s().linkError(caught.s('trade')))).toMatchObject({ message: 'boom' })
        expect(log).toEqual(['trade RangeError: boom'])
      })

      test('M14 what replaces a task may be long or wide', async () => {
        const { add, square, length } = tasks
        const long = app.task({ name: 'long', bind: true }, (self, n: number): number => {
          return self.replace(
            any(add.s(0, 0), ...Array.from({ length: n }, () => add.s(1))) as Signature<number>,
          )
        })
        const wide = app.task({ name: 'wide', bind: true }, (self, n: number): number[] => {
          return self.replace(group(Array.from({ length: n }, (_, i) => square.s(i))))
        })
        expect(await gives(long.s(50).pipe(add.s(1)))).toBe(51)
        expect(await gives(wide.s(1_200).pipe(length.s()))).toBe(1_200)
      })

      test('M14 what replaces a task, or joins its chord, is run as callers said that task be run', async () => {
        const { mark, square, length } = tasks
        const trade = app.task({ name: 'trade', bind: true, priority: 1 }, (self): unknown =>
          self.replace(chain(square.s(2), mark.s('trade'))),
        )
        const grow = app.task({ name: 'grow', bind: true }, (self) => {
          self.addToChord(mark.s('grow'))
        })
        const said = { headers: { h: 1 } }
        await play(trade.s().set(said).stamp({ tenant: 7 }))
        await play(
          chord([grow.s(), square.s(1)], length.s())
            .set(said)
            .stamp({ tenant: 7 }),
        )
        const told = '{"h":1} {"tenant":7}'
        expect(log.sort()).toEqual([`grow ${told}`, `trade ${told}`])
      })

      test('M14 a task that replaces itself comes to its end in the end', async () => {
        const down = app.task({ name: 'down', bind: true }, (self, n: number): number =>
          n === 0 ? 42 : self.replace(down.s(n - 1)),
        )
        expect(await gives(down.s(20))).toBe(42)
      })
    })

    describe('M17 states', () => {
      test('M17 an id nobody sent is unknown, not pending', async () => {
        const stranger = app.result('nobody')
        expect(await stranger.state()).toBe('UNKNOWN')
        await expect(stranger.get()).rejects.toMatchObject({ code: 'result-unknown' })
      })

      test('M17 a task may tell states of its own', async () => {
        const heard: string[] = []
        const work = app.task({ name: 'work', bind: true }, async (self) => {
          await self.updateState('PROGRESS', { current: 1 })
          heard.push(await app.result(self.request.id).state())
          return 1
        })
        await play(work.s())
        expect(heard).toEqual(['PROGRESS'])
      })
    })

    describe('how a task is run', () => {
      test('a task that tracks its start stands as STARTED while it runs, and says where', async () => {
        const seen: unknown[] = []
        const look = app.task({ name: 'look', bind: true, trackStarted: true }, async (self) => {
          const result = app.result(self.request.id)
          seen.push(await result.state(), await result.info())
        })
        await play(look.s())
        const where = { hostname: expect.stringContaining('@'), pid: process.pid, since: expect.any(Number) }
        expect(seen).toEqual(['STARTED', where])
      })

      test('M16 a task that runs at most once may still ask to be run again, and goes on in its workflow', async () => {
        const careful = app.task({ name: 'careful', bind: true, acksLate: false }, (self, n: number) => {
          if (self.request.retries < 2) self.retry({ countdown: '1s' })
          return n + self.request.retries
        })
        expect(await gives(chain(careful.s(1), careful.s()))).toBe(5)
      })

      test('M13 retries that nobody called for ask what the task says', async () => {
        const options = {
          bind: true,
          autoretryFor: [RangeError],
          retryKwargs: { countdown: 0, maxRetries: 1 },
        } as const
        const shaky = app.task({ name: 'shaky', ...options }, (self) => {
          log.push(`${self.request.retries}`)
          throw new RangeError('slow')
        })
        expect(await fails(shaky.s())).toMatchObject({ message: 'slow' })
        expect(log).toEqual(['0', '1'])
      })
    })

    describe('the schema of a task', () => {
      const text: StandardSchema<string> = {
        '~standard': {
          version: 1,
          vendor: 'test',
          validate: (value) =>
            typeof value === 'string' ? { value: value.trim() } : { issues: [{ message: 'is no text' }] },
        },
      }

      test('has the last word on what it is given, and on what it gives', async () => {
        const { same, caught } = tasks
        const tidy = app.task({ name: 'tidy', schema: { args: [text], result: text } }, (said) => `${said}. `)
        expect(await gives(tidy.s(' hello '))).toBe('hello.')
        const wrong = any(same.s(5), tidy.s()).linkError(caught.s('failed'))
        expect(await fails(wrong)).toMatchObject({ code: 'value-refused' })
        expect(log).toEqual([expect.stringMatching(/^failed ArpeggioError: .* args\[0\]: is no text/)])
        await expect(tidy.delay(5 as never)).rejects.toMatchObject({ code: 'value-refused' })
      })
    })

    describe('the base of a task', () => {
      /** A base that writes down what is done around each attempt. */
      const told = (): Base => ({
        beforeStart: (self) => void log.push(`before ${self.request.retries}`),
        onSuccess: (_self, value) => void log.push(`success ${JSON.stringify(value)}`),
        onFailure: (_self, error) => void log.push(`failure ${error}`),
        onRetry: (_self, error) => void log.push(`retry ${error}`),
        afterReturn: (_self, { state }) => void log.push(`after ${state}`),
      })

      test('hears of each attempt, and of what came of it', async () => {
        const options = { bind: true, base: told(), maxRetries: 1, defaultRetryDelay: '1s' } as const
        const shaky = app.task(
          { name: 'shaky', ...options, autoretryFor: [RangeError] },
          (self, n: number) => {
            if (self.request.retries < n) throw new RangeError('slow')
            return n
          },
        )
        expect(await gives(shaky.s(1))).toBe(1)
        const retried = ['before 0', 'retry RangeError: slow', 'after RETRY', 'before 1']
        expect(log.splice(0)).toEqual([...retried, 'success 1', 'after SUCCESS'])
        await fails(shaky.s(2))
        expect(log).toEqual([...retried, 'failure RangeError: slow', 'after FAILURE'])
      })

      test('hears the end of what is ignored and of what is replaced', async () => {
        const { square } = tasks
        const base = told()
        const skip = app.task({ name: 'skip', base }, () => {
          throw new Ignore('never mind')
        })
        const trade = app.task({ name: 'trade', base, bind: true }, (self): number =>
          self.replace(square.s(3)),
        )
        await play(skip.s())
        expect(await gives(trade.s())).toBe(9)
        expect(log).toEqual(['before 0', 'after IGNORED', 'before 0', 'after REPLACED'])
      })

      test('changes nothing of the outcome when its handlers throw, but for the first, which fails the attempt', async () => {
        const boom = (): never => {
          throw new TypeError('handler')
        }
        const handlers = { onSuccess: boom, onFailure: boom, afterReturn: boom }
        const good = app.task({ name: 'good', base: handlers }, () => 1)
        const bad = app.task({ name: 'bad', base: handlers }, () => {
          throw new RangeError('own')
        })
        const never = app.task({ name: 'never', base: { beforeStart: boom } }, () => log.push('never'))
        expect(await gives(good.s())).toBe(1)
        expect(await fails(bad.s())).toMatchObject({ message: 'own' })
        expect(await fails(never.s())).toMatchObject({ message: 'handler' })
        expect(log).toEqual([])
      })

      test('keeps what its tasks share: one for all calls, made when it is asked for', async () => {
        const { total } = tasks
        let made = 0
        const base = { state: async () => ({ nth: ++made }) }
        const one = app.task({ name: 'one', bind: true, base }, async (self) => (await self.state).nth)
        const two = app.task({ name: 'two', bind: true, base }, async (self) => (await self.state).nth)
        expect(made).toBe(0)
        expect(await gives(chord([one.s(), two.s(), one.s()], total.s()))).toBe(3)
        expect(made).toBe(1)
      })

      test('keeps it also for the items of a map', async () => {
        const base = { state: () => 10 }
        const plus = app.task({ name: 'plus', bind: true, base }, (self, n: number) => self.state + n)
        expect(await gives(plus.map([1, 2]))).toEqual([11, 12])
      })
    })

    describe('the running task', () => {
      test('knows what was asked of it, and what hangs on it', async () => {
        const seen: TaskRequest[] = []
        const look = app.task({ name: 'look', bind: true, typing: false }, (self, ..._: unknown[]) => {
          seen.push(self.request)
          return 1
        })
        const { total, square, note, caught } = tasks
        const later = new Date(Date.now() + 3_600_000)
        const asked = look
          .s(1)
          .set({
            expires: later,
            timeLimit: '1m',
            softTimeLimit: '30s',
            queue: 'default',
            priority: 2,
            shadow: 'peek',
          })
          .link(note.s('linked'))
          .linkError(caught.s('failed'))
        const result = await play(chord([asked.pipe(square.s()), look.s(2)], total.s()))
        const group = result.parent?.id
        expect(seen.find(({ args }) => args[0] === 1)).toMatchObject({
          ...{ task: 'look', args: [1], group, groupIndex: 0, chord: group, chain: ['square'], retries: 0 },
          ...{ callbacks: ['note'], errbacks: ['caught'], expires: later, eta: null, shadow: 'peek' },
          ...{ timeLimit: 60_000, softTimeLimit: 30_000, ignoreResult: false, calledDirectly: false },
          ...{ deliveryInfo: { queue: 'default', priority: 2, redelivered: false }, deliveries: 1 },
          ...{ rootId: result.id, parentId: null, hostname: expect.stringContaining('@') },
        })
        expect(seen.every(({ id, correlationId }) => id === correlationId)).toBe(true)
      })

      test('tells how far it is', async () => {
        const seen: unknown[] = []
        const work = app.task({ name: 'work', bind: true }, async (self) => {
          const result = app.result(self.request.id)
          await self.progress(1, 3)
          seen.push(await result.state(), await result.info())
          await self.progress(2, 3, 'nearly')
          seen.push(await result.info())
        })
        await play(work.s())
        const first = { done: 1, total: 3, note: null }
        expect(seen).toEqual(['PROGRESS', first, { done: 2, total: 3, note: 'nearly' }])
      })

      test('may ask to be run again and still go on to its end', async () => {
        const { square } = tasks
        const twice = app.task({ name: 'twice', bind: true }, (self): number => {
          if (self.request.retries === 0) self.retry({ countdown: '1s', throw: false })
          log.push(`to the end ${self.request.retries}`)
          return self.request.retries + 1
        })
        expect(await gives(twice.s().pipe(square.s()))).toBe(4)
        expect(log).toEqual(['to the end 0', 'to the end 1'])
      })

      test('that asked for that and throws fails of what it throws', async () => {
        const worse = app.task({ name: 'worse', bind: true }, (self): number => {
          self.retry({ throw: false })
          throw new RangeError('worse')
        })
        expect(await fails(worse.s())).toMatchObject({ message: 'worse' })
      })
    })

    describe('who listens', () => {
      test('hears what happens to each task, in its order', async () => {
        const { boom, square } = tasks
        const names = ['received', 'prerun', 'postrun', 'success', 'failure', 'retry', 'revoked'] as const
        for (const name of names) {
          app.on(`task-${name}`, ({ request: { task, retries } }) => log.push(`${task} ${retries} ${name}`))
        }
        const over = new Promise((resolve) => app.on('task-failure', resolve))
        const again = app.task({ name: 'again', bind: true }, (self): number => {
          if (self.request.retries === 0) self.retry({ countdown: '1s' })
          return 3
        })
        await play(chain(again.s(), square.s(), boom.s()))
        await over
        const ends = [
          ['again 0', 'retry'],
          ['again 1', 'success'],
          ['square 0', 'success'],
          ['boom 0', 'failure'],
        ]
        for (const [task, end] of ends) {
          const heard = log.filter((line) => line.startsWith(`${task} `))
          expect(heard).toEqual(['received', 'prerun', 'postrun', end].map((name) => `${task} ${name}`))
        }
        expect(log).toHaveLength(16)
      })

      test('hears of what is sent, whoever sends it, and of what is revoked unrun', async () => {
        const { add, square } = tasks
        app.on('task-sent', ({ request }) => void log.push(request.task))
        const over = new Promise((resolve) =>
          app.on('task-revoked', ({ request, error }) => resolve(`${request.task}: ${error.message}`)),
        )
        await play(add.s(1, 2).pipe(square.s()))
        await play(square.s(2).set({ expires: '2001-01-01T00:00:00Z' }))
        expect(await over).toMatch(/^square: square expired/)
        expect(log.slice(0, 2)).toEqual(['add', 'square'])
      })
    })

    describe('M18 waiting', () => {
      test('M18 waiting inside a task is refused, unless it is asked for', async () => {
        const { add } = tasks
        const wait = app.task('wait', async () => (await add.delay(1, 2)).get())
        expect(await fails(wait.s())).toMatchObject({ code: 'wait-in-task' })
        const insist = app.task('insist', async () => (await add.delay(1, 2)).get({ allowInTask: true }))
        expect(await gives(insist.s())).toBe(3)
      })

      test('M18 a task may wait for many, several at once, and for whole runs; all that follows still runs', async () => {
        const { square, add, note } = tasks
        const ask = app.task('ask', async (n: number) => {
          const members = await group(square.s(n), square.s(n + 1)).delay()
          const other = await add.s(n, 1).pipe(square.s()).delay()
          const [list, value] = await Promise.all([
            members.get({ allowInTask: true }),
            other.get({ allowInTask: true, timeout: '1h' }),
            other.run.finished({ allowInTask: true }),
          ])
          return [...(list as number[]), value]
        })
        const result = await play(group(ask.s(1), ask.s(2)).link(note.s('all')))
        expect(await result.get()).toEqual([
          [1, 4, 4],
          [4, 9, 9],
        ])
        expect(log).toEqual(['all [[1,4,4],[4,9,9]]'])
        const hasty = app.task('hasty', async () => (await add.delay(1, 2)).run.finished())
        expect(await fails(hasty.s())).toMatchObject({ code: 'wait-in-task' })
      })

      test('M18 a task may take members as they end, and watch other runs; all that follows still runs', async () => {
        const { square, add, note } = tasks
        const ask = app.task('ask', async (n: number) => {
          const allowInTask = true
          const values: number[] = []
          const members = await group(square.s(n), square.s(n + 1)).delay()
          for await (const [index, value] of members.completed({ allowInTask })) values[index] = value
          const others = new ResultSet([await add.delay(n, 1), await add.delay(n, 2)])
          for await (const [index, value] of others.completed({ allowInTask })) values[index + 2] = value
          const last = await add.s(n, 1).pipe(square.s()).delay()
          for await (const { progress } of last.run.watch({ allowInTask })) values[4] = progress.done
          return values
        })
        const result = await play(group(ask.s(1), ask.s(2)).link(note.s('all')))
        expect(await result.get()).toEqual([
          [1, 4, 2, 3, 2],
          [4, 9, 3, 4, 2],
        ])
        expect(log).toHaveLength(1)
        const hasty = app.task('hasty', async () => {
          for await (const _ of (await group(add.s(1, 2)).delay()).completed());
        })
        expect(await fails(hasty.s())).toMatchObject({ code: 'wait-in-task' })
      })

      test('M18 many may wait for one result, before and after it is there', async () => {
        const result = await tasks.add.s(1, 2).set({ countdown: '1h' }).delay()
        const waiting = [result.get(), result.get(), app.result(result.id).get()]
        await ensemble.finished(result)
        expect(await Promise.all([...waiting, result.get()])).toEqual([3, 3, 3, 3])
      })
    })

    describe('chords', () => {
      test('7 the body of a chord with many members is called', async () => {
        const { square, length } = tasks
        expect(
          await gives(
            chord(
              Array.from({ length: 1_500 }, (_, i) => square.s(i)),
              length.s(),
            ),
          ),
        ).toBe(1_500)
      })

      test('9 what follows a chord whose body is a group runs once', async () => {
        const { square, total, length, note } = tasks
        const canvas = chain(chord([square.s(1), square.s(2)], group(total.s(), length.s())), note.s('after'))
        await play(canvas)
        expect(log).toEqual(['after [5,2]'])
      })

      test('9 of three groups in a row each member runs once', async () => {
        const { square, length, note } = tasks
        await play(
          chain(
            group(square.s(1), square.s(2)),
            group(length.s(), length.s()),
            group(note.s('a'), note.s('b')),
          ),
        )
        expect(log.sort()).toEqual(['a [2,2]', 'b [2,2]'])
      })

      test('10 a group at the end of a member does not make the body run before the others are done', async () => {
        const { square, same, add } = tasks
        const slow = add.s(1, 1).set({ countdown: '1d' })
        expect(
          await gives(chord([slow, chain(add.s(1, 2), group(square.s(), square.s()))], same.s())),
        ).toEqual([2, [9, 9]])
      })

      test.each(['group', 'chord', 'empty group', 'chain', 'replacement'])(
        '11 a member that fails before its %s fails the chord',
        async (tail) => {
          const { boom, square, total, same, caught, swap } = tasks
          const tails: Record<string, AnySignature> = {
            group: group(square.s(), square.s()),
            chord: chord([square.s(), square.s()], total.s()),
            'empty group': group([]),
            chain: chain(square.s(), square.s()),
            replacement: swap.s(),
          }
          const member = any(boom.s(), tails[tail] as AnySignature)
          const error = await fails(chord([member, square.s(2)], same.s()).linkError(caught.s('chord')))
          expect(error).toMatchObject({
            name: 'ChordError',
            members: [{ index: 0, error: { message: 'boom' } }],
          })
          expect(log).toHaveLength(1)
        },
      )

      test('12 however its members end, a chord ends', async () => {
        const { boom, ignore, square, same } = tasks
        const ends = [
          boom.s(),
          ignore.s(),
          app.signature<number, []>('nobody'),
          square.s(1).set({ expires: '2001-01-01T00:00:00Z' }),
          square.s(2),
        ]
        const error = await fails(chord(ends, same.s()))
        expect((error as ChordError).members.map(({ index }) => index)).toEqual([0, 2, 3])
      })

      test('18 an errback is told of every member that failed', async () => {
        const { boom, square, total, keep } = tasks
        await play(chord([boom.s(1), square.s(2), boom.s(3)], total.s()).linkError(keep.s()))
        const { error } = JSON.parse(log[0] as string) as Failure
        expect(error.members?.map(({ index }) => index)).toEqual([0, 2])
      })

      test('19 the order holds when members are replaced', async () => {
        const { square, same, swap } = tasks
        const members = [square.s(5), swap.s(2), square.s(6), swap.s(3)]
        expect(await gives(chord(members, same.s()))).toEqual([25, 4, 36, 9])
        expect(await gives(group(members))).toEqual([25, 4, 36, 9])
      })

      test('20 the shape of a list depends on the drawing alone', async () => {
        const { square, same, add } = tasks
        const inner = group(square.s(1), square.s(2))
        expect(await gives(group(inner, square.s(3)))).toEqual([[1, 4], 9])
        expect(await gives(group(chain(add.s(1, 1), group(square.s(), square.s())), square.s(3)))).toEqual([
          [4, 4],
          9,
        ])
        expect(await gives(chord([inner, square.s(3)], same.s()))).toEqual([[1, 4], 9])
      })

      test('21 a group of one gives a list of one, in every position', async () => {
        const { square, same, add } = tasks
        expect(await gives(group(square.s(2)))).toEqual([4])
        expect(await gives(chain(add.s(1, 1), group(square.s())))).toEqual([4])
        expect(await gives(chain(group(square.s(2)), same.s()))).toEqual([4])
        expect(await gives(chain(group(square.s(2)), group(same.s())))).toEqual([[4]])
        expect(await gives(group(group(group(square.s(2)))))).toEqual([[[4]]])
      })

      test('23 a chord can be sent again and again, also when it shares parts with others', async () => {
        const { square, total, note } = tasks
        const header = group(square.s(1), square.s(2))
        const body = total.s()
        const [a, b] = [chord(header, body), chord(header, body).link(note.s('b'))]
        expect(await Promise.all([a, b, a, b, header].map(gives))).toEqual([5, 5, 5, 5, [1, 4]])
        expect(log).toEqual(['b 5', 'b 5'])
      })

      test('24 a member may add members to its chord while it runs', async () => {
        const { square, same } = tasks
        const grow = app.task({ name: 'grow', bind: true }, (self, n: number) => {
          self.addToChord(square.s(n))
          self.addToChord(group(square.s(n + 1)))
          return n
        })
        expect(await gives(chord([grow.s(2), square.s(9)], same.s()))).toEqual([2, 81, 4, [9]])
        const nested = chord([chord([grow.s(2)], same.s()), square.s(1)], same.s())
        expect(await gives(nested)).toEqual([[2, 4, [9]], 1])
      })

      test('24 several steps of one member may add to its chord', async () => {
        const { square, same } = tasks
        const grow = app.task({ name: 'grow', bind: true }, (self, n: number) => {
          self.addToChord(square.s(n))
          return n + 1
        })
        expect(await gives(chord([grow.s(2).pipe(grow.s(), grow.s()), square.s(9)], same.s()))).toEqual([
          5, 81, 4, 9, 16,
        ])
      })

      test('24 what an added member adds belongs to the same chord', async () => {
        const { length } = tasks
        const walk = app.task({ name: 'walk', bind: true }, (self, n: number): number => {
          for (let i = 0; i < n; i++) self.addToChord(walk.s(i))
          return n
        })
        expect(await gives(chord([walk.s(4)], length.s()))).toBe(16)
      })

      test('24 only a member of a chord can add to it', async () => {
        const grow = app.task({ name: 'grow', bind: true }, (self) => self.addToChord(tasks.square.s(1)))
        expect(await fails(grow.s())).toMatchObject({ code: 'not-in-task' })
      })
    })

    describe('links and errbacks', () => {
      test('27 errbacks of chords whose body is a group, a chord or a chain are called once', async () => {
        const { boom, total, length, same, caught } = tasks
        const bodies = [
          group(total.s(), length.s()),
          chord([total.s(), length.s()], same.s()),
          chain(total.s(), same.s()),
        ]
        for (const body of bodies) await play(any(group(boom.s()), body).linkError(caught.s('header')))
        for (const body of [group(boom.s(), same.s()), chord([boom.s()], same.s())])
          await play(any(group(same.s(1)), body).linkError(caught.s('body')))
        expect(log.map((line) => line.split(' ')[0])).toEqual(['header', 'header', 'header', 'body', 'body'])
      })

      test('31 links and errbacks of every operand stay where they were drawn', async () => {
        const { add, square, note, caught, boom } = tasks
        const a = add.s(1, 2).link(note.s('a'))
        const b = square.s().link(note.s('b')).linkError(caught.s('b'))
        const c = chain(a, b).link(note.s('ab'))
        await play(c.pipe(add.s(1).link(note.s('d'))))
        await play(chain(c, boom.s()).linkError(caught.s('all')))
        expect(log.sort()).toEqual(
          [...Array(2).fill(['a 3', 'ab 9', 'b 9']).flat(), 'all RangeError: boom', 'd 10'].sort(),
        )
      })

      test('32 a callback finds the result it is called with', async () => {
        const look = app.task({ name: 'look', bind: true }, async (self, value: number) => {
          const parent = app.result(self.request.parentId as string)
          log.push(`${await parent.state()} ${await parent.info()} ${value}`)
        })
        const { backend } = app
        const result = await play(tasks.add.s(1, 2).link(look.s()).pipe(look.s()))
        expect([log, result.run.id, backend === app.backend]).toEqual([
          Array(2).fill('SUCCESS 3 3'),
          result.id,
          true,
        ])
      })

      test('linking the same callback twice calls it once', async () => {
        const { add, note } = tasks
        await play(add.s(1, 2).link(note.s('x')).link(note.s('x')))
        expect(log).toEqual(['x 3'])
      })
    })

    describe('arguments', () => {
      test('are the task’s own: it may change them, and nobody else sees it', async () => {
        const sort = app.task({ name: 'sort', bind: true }, (self, numbers: number[]) => {
          numbers.sort((a, b) => a - b)
          if (self.request.retries === 0) self.retry({ countdown: 0 })
          log.push(JSON.stringify(self.request.args))
          return numbers
        })
        const { square, same } = tasks
        expect(await gives(sort.s([3, 1, 2]))).toEqual([1, 2, 3])
        expect(await gives(chord([square.s(3), square.s(2)], sort.s().link(same.s())))).toEqual([4, 9])
        expect(log).toEqual(['[[3,1,2]]', '[[9,4]]'])
        const result = await play(same.s([3, 1]))
        const value = (await result.get()) as number[]
        value.sort()
        expect(await result.get()).toEqual([3, 1])
      })

      test('of a retry that cannot be are refused, and the task fails with the reason', async () => {
        const odd = app.task({ name: 'odd', bind: true }, (self, options: object): number =>
          self.retry(options),
        )
        for (const options of [{ countdwn: 1 }, { maxRetries: -1 }]) {
          expect(await fails(odd.s(options))).toMatchObject({ code: 'option-invalid' })
        }
      })

      test('of addToChord are lost by nobody: a task that added to its chord cannot be replaced', async () => {
        const { same, length } = tasks
        const both = app.task({ name: 'both', bind: true }, (self): unknown => {
          self.addToChord(same.s(1))
          return self.replace(same.s(2))
        })
        const error = await fails(chord([both.s()], length.s()))
        expect(error.cause).toMatchObject({ code: 'option-invalid' })
      })

      test('36 missing arguments reach exactly the entry of a canvas', async () => {
        const { add, square, total } = tasks
        expect(await (await add.s(1).pipe(add.s(1)).delay(5)).get()).toBe(7)
        const nested = chain(chain(add.s(1), square.s()), add.s(1))
        expect(await done(nested.delay(2))).toBe(10)
        expect(await done(group(add.s(1), chain(add.s(2), square.s())).delay(3))).toEqual([4, 25])
        expect(await done(chord([add.s(1), add.s(2)], total.s()).delay(10))).toBe(23)

        async function done(sent: Promise<AsyncResult<unknown>>): Promise<unknown> {
          const result = await sent
          await ensemble.finished(result)
          return result.get()
        }
      })

      test('37 map, starmap and chunks give their lists in any position', async () => {
        const { add, square, total, same } = tasks
        expect(await gives(square.map([1, 2, 3]).pipe(total.s()))).toBe(14)
        expect(
          await gives(
            add.starmap([
              [1, 2],
              [3, 4],
            ]),
          ),
        ).toEqual([3, 7])
        const pairs = [1, 2, 3, 4, 5].map((n) => [n, n] as [number, number])
        expect(await gives(add.chunks(pairs, 2))).toEqual([[2, 4], [6, 8], [10]])
        expect(await gives(chain(add.s(1, 1), add.chunks(pairs, 3), same.s()))).toEqual([
          [2, 4, 6],
          [8, 10],
        ])
        expect(await gives(group(square.map([]), add.chunks([], 3)))).toEqual([[], []])
      })

      test('37 one item that fails fails its map', async () => {
        const pick = app.task('pick', (n: number) => (n > 1 ? tasks.boom(n) : n))
        expect(await fails(pick.map([1, 2, 3]))).toMatchObject({ message: 'boom' })
      })
    })

    describe('rates', () => {
      test.each(['worker', 'global'] as const)(
        '45 a task starts no more often than its rate says, counted by %s',
        async (scope) => {
          const starts: number[] = []
          const slow = app.task({ name: 'slow', rateLimit: { rate: '100/s', scope } }, (n: number) => {
            starts.push(app.backend.clock.now())
            return n
          })
          const result = await group([1, 2, 3, 4, 5].map((n) => slow.s(n))).delay()
          const value = result.get()
          await ensemble.finished(result)
          expect(await value).toEqual([1, 2, 3, 4, 5])
          expect(starts).toHaveLength(5)
          if (!ensemble.keepsTime || scope === 'worker') return // each worker counts for itself
          expect(starts.map((start) => start - (starts[0] as number))).toEqual([0, 10, 20, 30, 40])
        },
      )

      test('45 one that waits for its turn can be cancelled', async () => {
        const rare = app.task({ name: 'rare', rateLimit: { rate: '1/h', scope: 'global' } }, () => {
          log.push('started')
        })
        const result = await group([rare.s(), rare.s()]).delay()
        if ((await result.run.progress()).over) return // here and now it was over before it could be cancelled
        while (log.length === 0) await turn()
        await result.run.cancel()
        await ensemble.finished(result)
        expect([log, await result.state()]).toEqual([['started'], 'REVOKED'])
      })
    })

    describe('workers', () => {
      /** The names of those who are there; nobody is where all runs here and now. */
      const names = async (): Promise<string[]> =>
        (await app.backend.presence.list()).map(({ about }) => String(about['hostname'])).sort()
      const openGates: (() => void)[] = []
      afterEach(() => {
        for (const open of openGates.splice(0)) open()
      })

      /** A task that runs until the test is over, or it is told to stop. */
      function makeWait() {
        return app.task({ name: 'wait', bind: true }, async (self) => {
          log.push(self.request.id)
          await new Promise<void>((resolve) => {
            openGates.push(resolve)
            self.signal.addEventListener('abort', () => resolve())
          })
        })
      }

      async function seen(count: number): Promise<void> {
        while (log.length < count) await turn()
      }

      test('all who are there answer, under names of their own', async () => {
        const there = await names()
        const replies = await app.control.ping()
        expect(Object.keys(replies).sort()).toEqual(there)
        expect(new Set(Object.values(replies).map((reply) => JSON.stringify(reply))).size).toBe(
          there.length === 0 ? 0 : 1,
        )
        for (const name of there) {
          expect(await app.control.ping({ destination: [name, 'nobody'] })).toEqual({
            [name]: { ok: 'pong' },
          })
        }
        expect(await app.control.ping({ destination: ['nobody'] })).toEqual({})
      })

      test('tell what they know, serve, run and have run', async () => {
        const there = await names()
        if (there.length === 0) return
        const wait = makeWait()
        const result = await wait.delay()
        await seen(1)
        const running = Object.values(await app.inspect.active()).flat()
        expect(running).toMatchObject([
          { id: result.id, task: 'wait', run: result.id, queue: 'default', deliveries: 1 },
        ])
        const found = Object.values(await app.inspect.queryTask([result.id, 'other']))
        expect(found.flatMap((tasks) => Object.values(tasks))).toMatchObject([
          { state: 'active', id: result.id },
        ])
        for (const tasks of Object.values(await app.inspect.registered())) expect(tasks).toContain('wait')
        for (const queues of Object.values(await app.inspect.activeQueues()))
          expect(queues).toEqual(['default'])
        const stats = Object.values(await app.inspect.stats())
        expect(stats.map(({ concurrency }) => concurrency).sort()).toEqual([1, 10])
        expect(stats.reduce((sum, { running }) => sum + running, 0)).toBe(1)
        expect(Object.values(await app.inspect.conf())).toHaveLength(there.length)
        await app.control.terminate(result.id)
        await ensemble.finished(result)
        expect(await result.state()).toBe('REVOKED')
      })

      test('take another rate, and tell what waits for it', async () => {
        if ((await names()).length === 0) return
        const { add } = tasks
        await app.control.rateLimit('add', { rate: '1/h', scope: 'global' })
        const result = await group(add.s(1, 1), add.s(2, 2)).delay()
        const wait = async () =>
          Object.values(await app.inspect.reserved())
            .flat()
            .filter(({ until }) => (until ?? 0) > app.backend.clock.now() + 60_000)
        let waiting = await wait()
        while (waiting.length < 1) waiting = await wait()
        expect(waiting).toMatchObject([{ task: 'add', run: result.run.id }])
        const replies = await app.control.rateLimit('add', null)
        expect(Object.values(replies)).toEqual(Array(2).fill({ ok: null }))
        expect(await result.get()).toEqual([2, 4])
        for (const reply of Object.values(await app.control.rateLimit('none', '1/s')))
          expect(reply).toEqual({ error: expect.stringContaining('none') })
      })

      test('take other time limits', async () => {
        if (!ensemble.keepsTime || (await names()).length === 0) return
        const wait = makeWait()
        await app.control.timeLimit('wait', { hard: '5s' })
        const result = await wait.delay()
        await seen(1)
        await ensemble.finished(result)
        await expect(result.get()).rejects.toMatchObject({ code: 'time-limit' })
      })

      test('serve other queues when they are told to', async () => {
        if ((await names()).length === 0) return
        const { add } = tasks
        const replies = await app.control.addConsumer('other')
        expect(Object.values(replies)).toEqual(Array(2).fill({ ok: ['default', 'other'] }))
        expect(await (await add.s(1, 2).set({ queue: 'other' }).delay()).get()).toBe(3)
        await app.control.cancelConsumer('default')
        const left = await add.delay(1, 2)
        await (await add.s(1, 2).set({ queue: 'other' }).delay()).get()
        expect(await left.state()).toBe('PENDING')
        await app.control.addConsumer('default')
        expect(await left.get()).toBe(3)
      })

      test('run more at once, or fewer, when they are told to', async () => {
        const there = await names()
        if (there.length === 0) return
        const sizes = async (): Promise<number[]> =>
          Object.values(await app.inspect.stats())
            .map(({ concurrency }) => concurrency)
            .sort((a, b) => a - b)
        await app.control.poolShrink(100)
        expect(await sizes()).toEqual([1, 1])
        const wait = makeWait()
        for (let i = 0; i < 4; i++) await wait.delay()
        await seen(2)
        await app.control.poolGrow()
        await seen(4)
        expect(await sizes()).toEqual([2, 2])
      })

      test('stop when they are told to, and the others go on', async () => {
        const there = await names()
        if (there.length === 0) return
        await app.control.shutdown({ destination: [there[0] as string] })
        while ((await names()).length > 1) await turn()
        expect(await names()).toEqual([there[1]])
        expect(await gives(tasks.add.s(1, 2))).toBe(3)
      })

      test('leave alone what was purged: it ends as revoked, and who shall know of it is told', async () => {
        const { add, total, caught } = tasks
        const canvas = chord([add.s(1, 1), add.s(2, 2)], total.s()).linkError(
          caught.s('purged').set({ queue: 'later' }),
        )
        const result = await canvas.set({ queue: 'later' }).delay()
        if ((await result.run.progress()).over) return // here and now it was over before it could be purged
        expect(await app.control.purge(['later'])).toBe(2)
        await app.control.addConsumer('later')
        await ensemble.finished(result)
        await expect(result.get()).rejects.toMatchObject({ code: 'chord-failed' })
        expect(log).toEqual([expect.stringMatching(/^purged ChordError/)])
        expect(await app.control.purge(['later'])).toBe(0)
      })

      test('revoke is not forgotten: it ends what has not come to them yet', async () => {
        const result = await tasks.add.s(1, 2).set({ countdown: '1h' }).delay()
        if (await result.ready()) return // as above
        await app.control.revoke([result.id])
        await ensemble.finished(result)
        expect(await result.state()).toBe('REVOKED')
        await expect(app.control.revoke('never-sent')).rejects.toMatchObject({ code: 'result-unknown' })
      })
    })

    describe('events', () => {
      /** Reads all that is told of a run. What several processes tell comes in any order. */
      async function watch(
        canvas: AnySignature,
      ): Promise<{ events: WorkEvent[]; result: AsyncResult<unknown> }> {
        const stream = app.events()
        await stream.ready
        const result = await play(canvas as Complete)
        const events: WorkEvent[] = []
        for await (const event of stream) {
          if ('run' in event && event.run === result.run.id) events.push(event)
          if (isTold(events)) break
        }
        return { events, result }
      }

      /** Whether the run has begun and ended, and whatever was sent and started has. */
      function isTold(events: readonly WorkEvent[]): boolean {
        const types = new Set(events.map(({ type }) => type))
        const ends = events.filter(({ type }) =>
          /-(succeeded|failed|revoked|ignored|replaced|retried|rejected)$/.test(type),
        )
        const ended = new Set(ends.flatMap((event) => ('attempt' in event ? [event.id, event.attempt] : [])))
        return (
          types.has('run-started') &&
          types.has('run-finished') &&
          events.every((event) => {
            if (event.type === 'task-sent') return ended.has(event.id)
            return event.type !== 'task-started' || ended.has(event.attempt)
          })
        )
      }

      /** What was told of one task, but for its arrival: where all runs here and now nothing arrives. */
      function storyOf(events: readonly WorkEvent[], task: string): string[] {
        const story = events
          .filter((event) => 'task' in event && event.task === task)
          .map(({ type }) => type.replace('task-', ''))
          .filter((type) => type !== 'received')
        return ensemble.keepsTime ? story : story.sort()
      }

      const inOrder = (...story: string[]): string[] => (ensemble.keepsTime ? story : story.sort())

      test('57 tell what happens to a run, from its start to its end, with all its ids', async () => {
        const { square, total } = tasks
        const { events, result } = await watch(chord([square.s(2), square.s(3)], total.s()))
        const run = result.run.id
        const told = (type: string) => events.filter((event) => event.type === type)
        expect(told('run-started')).toMatchObject([{ run, root: run, parent: null, total: 3 }])
        expect(told('run-finished')[0]).toMatchObject({ run, total: 3, done: 3, failed: 0 })
        expect(storyOf(events, 'total')).toEqual(inOrder('sent', 'started', 'succeeded'))
        expect(storyOf(events, 'square').sort()).toEqual(
          ['sent', 'started', 'succeeded'].flatMap((type) => [type, type]),
        )
        const header = result.parent?.id as string
        const ids = [0, 1].map((index) => result.parent?.children[index]?.id as string)
        for (const [index, id] of ids.entries()) {
          const about = {
            run,
            id,
            root: run,
            chord: header,
            group: header,
            index,
            queue: 'default',
            retries: 0,
          }
          const mine = (type: string) => told(type).filter((event) => 'id' in event && event.id === id)
          expect(mine('task-sent')).toMatchObject([{ ...about, attempt: null }])
          expect(mine('task-succeeded')).toMatchObject([{ ...about, attempt: `${id}:0:1` }])
        }
        for (const { time, hostname } of events) {
          expect([Number.isFinite(time), hostname]).toEqual([true, expect.stringMatching(/./)])
        }
      })

      test('57 tell how each attempt ends', async () => {
        const { boom, ignore, swap, square } = tasks
        const flaky = app.task({ name: 'flaky', bind: true }, async (self) => {
          await self.updateState('PROGRESS', { done: 1 })
          if (self.request.retries < 1) self.retry({ countdown: 0, error: new RangeError('not yet') })
        })
        const refused = app.task({ name: 'refused', bind: true }, (self) => {
          if (self.request.deliveries < 2) throw new Reject('not here', { requeue: true })
        })
        const late = square.s(2).set({ expires: new Date(0) })
        const all = group(boom.s(), ignore.s(), swap.s(3), flaky.s(), refused.s(), late)
        const { events, result } = await watch(all)
        expect(storyOf(events, 'boom')).toEqual(inOrder('sent', 'started', 'failed'))
        expect(storyOf(events, 'ignore')).toEqual(inOrder('sent', 'started', 'ignored'))
        expect(storyOf(events, 'swap')).toEqual(inOrder('sent', 'started', 'replaced'))
        expect(storyOf(events, 'flaky')).toEqual(
          inOrder('sent', 'started', 'retried', 'started', 'succeeded'),
        )
        expect(storyOf(events, 'refused')).toEqual(
          inOrder('sent', 'started', 'rejected', 'started', 'succeeded'),
        )
        expect(events.filter(({ type }) => type === 'task-revoked')).toMatchObject([
          { task: 'square', error: { type: 'TaskRevokedError' } },
        ])
        expect(events.find(({ type }) => type === 'task-failed')).toMatchObject({
          error: { type: 'RangeError', message: 'boom' },
        })
        expect(events.find(({ type }) => type === 'task-retried')).toMatchObject({
          error: { type: 'RangeError', message: 'not yet' },
        })
        expect(events.find(({ type }) => type === 'task-progress')).toMatchObject({
          run: result.run.id,
          state: 'PROGRESS',
          meta: { done: 1 },
        })
      })

      test('57 carry no arguments and no results', async () => {
        const { events } = await watch(tasks.same.s('secret').pipe(tasks.same.s()))
        expect(JSON.stringify(events)).not.toContain('secret')
      })
    })

    describe('results and control', () => {
      test('48 an id is unknown before it is sent, and again when it is forgotten', async () => {
        const result = await play(tasks.add.s(1, 2).set({ taskId: 'known' }))
        expect(await app.result('known').state()).toBe('SUCCESS')
        await result.forget()
        expect(await app.result('known').state()).toBe('UNKNOWN')
      })

      test('49 parent and children are found from an id alone', async () => {
        const { add, square, total, note } = tasks
        const sent = await play(
          chain(add.s(1, 2), group(square.s(), square.s()), total.s().link(note.s('x'))),
        )
        const result = app.result(sent.id)
        expect(await result.parent?.get()).toEqual([9, 9])
        expect(await result.parent?.parent?.get()).toBe(3)
        expect(result.parent?.parent?.parent ?? null).toBeNull()
        expect(result.children).toHaveLength(1)
        const { nodes, edges } = await sent.run.graph()
        expect(nodes.filter(({ task }) => task === 'square')).toHaveLength(2)
        expect(edges.length).toBeGreaterThanOrEqual(4)
      })

      test('whoever asks is told how long queues are, and what is scheduled, without its arguments', async () => {
        const { add } = tasks
        const waiting = await add.s(1, 2).set({ queue: 'unserved' }).delay()
        if (await waiting.ready()) return // here and now all queues are served
        const places = { queue: 'unserved', countdown: '1d' } as const
        const late = await group([add.s(3, 4), add.s(5, 6)])
          .set(places)
          .delay()
        expect(await app.inspect.queues()).toEqual([{ name: 'unserved', waiting: 1, delayed: 2 }])
        const [first, ...others] = await app.inspect.scheduled()
        expect(others).toHaveLength(1)
        const { due, ...told } = first ?? expect.fail('nothing is scheduled')
        const ids = { id: late.results[0]?.id, run: late.id, root: late.id, parent: null }
        expect(told).toEqual({ ...ids, task: 'add', queue: 'unserved', retries: 0 })
        expect(due).toBeGreaterThan(0)
        expect(await app.inspect.scheduled({ limit: 1 })).toEqual([first])
        await expect(app.inspect.scheduled({ limit: 1_001 })).rejects.toMatchObject({
          code: 'limit-exceeded',
        })
        await late.run.cancel()
        expect(await app.inspect.queues()).toEqual([{ name: 'unserved', waiting: 3, delayed: 0 }])
      })

      test('50 cancelling a run ends all of it', async () => {
        const { add, square, total, caught, note } = tasks
        const later = { countdown: '1d' } as const
        const canvas = chain(
          add.s(1, 2).set(later),
          group(square.s(), square.s()),
          total.s().link(note.s('no')),
        )
        const result = await canvas
          .linkError(caught.s('cancelled'))

          .delay()
        if ((await result.run.progress()).over) return // here and now it was over before it could be cancelled
        await result.run.cancel()
        await ensemble.finished(result)
        expect(await result.state()).toBe('REVOKED')
        await expect(result.get()).rejects.toMatchObject({ code: 'task-revoked' })
        expect(log).toEqual([expect.stringMatching(/^cancelled TaskRevokedError/)])
        const { nodes } = await result.run.graph()
        expect(nodes.filter(({ state }) => state === 'PENDING')).toEqual([])
      })

      test('50 cancelling a run that is over changes nothing', async () => {
        const { square, total } = tasks
        for (const canvas of [
          group(square.s(2), square.s(3)),
          group(square.s(2), square.s(3)).pipe(total.s()),
        ]) {
          const result = await play(canvas as Complete)
          const before = [await result.state(), await result.get()]
          await result.run.cancel()
          expect([await result.state(), await result.get()]).toEqual(before)
        }
      })

      test('a run that is not over by its deadline is cancelled, and says why', async () => {
        const { add, square, total, caught, note } = tasks
        const canvas = chain(
          add.s(1, 2),
          group(square.s(), square.s().set({ countdown: '2h' })),
          total.s().link(note.s('no')),
        )
        const result = await play(canvas.linkError(caught.s('late')).set({ deadline: '1h' }))
        expect(await result.state()).toBe('REVOKED')
        await expect(result.get()).rejects.toThrow('its deadline has passed')
        expect(log).toEqual([
          expect.stringMatching(/^late TaskRevokedError: the run \S+ was cancelled: its deadline has passed/),
        ])
        expect(await result.parent?.parent?.get()).toBe(3)
        expect(await result.run.progress()).toEqual({ total: 5, done: 5, failed: 1, over: true })
        const { nodes } = await result.run.graph()
        expect(nodes.filter(({ state }) => state === 'PENDING')).toEqual([])
      })

      test('a run that is over by its deadline never meets it', async () => {
        const { add, square, total } = tasks
        const line = add.s(1, 2).set({ countdown: '1h' }).pipe(square.s())
        expect(await gives(line.set({ deadline: '2h' }))).toBe(9)
        const header = [square.s(2), square.s(3).set({ countdown: '1h' })]
        expect(await gives(chord(header, total.s()).set({ deadline: new Date(Date.UTC(2100, 0)) }))).toBe(13)
      })

      test('a run whose deadline has passed before it was sent never begins', async () => {
        const result = await play(tasks.note.s(1, 'no').set({ deadline: '2001-01-01T00:00:00Z' }))
        await expect(result.get()).rejects.toMatchObject({ code: 'task-revoked' })
        expect(log).toEqual([])
      })

      test('a task that runs when the deadline of its run passes is told so', async () => {
        const patient = app.task({ name: 'patient', bind: true }, (self) => {
          if (self.request.isEager) return null // no time passes while something runs
          return new Promise((done) => {
            self.signal.addEventListener('abort', () => done(null))
          })
        })
        const result = await play(patient.s().set({ deadline: '100ms' }))
        if ((await result.state()) === 'SUCCESS') return
        await expect(result.get()).rejects.toThrow('its deadline has passed')
      })

      test('what waits for a run with a deadline wakes when that passes, though nobody serves its queue', async () => {
        const { add } = tasks
        const result = await add.s(1, 2).set({ queue: 'unserved', deadline: '100ms' }).delay()
        if (await result.ready()) return // here and now all queues are served
        const waiting = expect(result.get()).rejects.toThrow('its deadline has passed')
        await ensemble.passes(100)
        await waiting
        expect(await result.state()).toBe('REVOKED')
      })

      test('a canvas inside another, or one that takes the place of a task, can have no deadline', async () => {
        const { add, square } = tasks
        const inner = { code: 'option-invalid', message: expect.stringContaining('has a deadline') }
        await expect(add.s(1, 2).set({ deadline: '1h' }).pipe(square.s()).delay()).rejects.toMatchObject(
          inner,
        )
        await expect(
          square
            .s(2)
            .link(square.s().set({ deadline: '1h' }))
            .delay(),
        ).rejects.toMatchObject(inner)
        const swapLate = app.task({ name: 'swapLate', bind: true }, (self, n: number): number =>
          self.replace(square.s(n).set({ deadline: '1h' })),
        )
        await expect(gives(swapLate.s(2))).rejects.toMatchObject(inner)
      })

      describe('what failed is run again', () => {
        /** What fails now; whatever is not in it gives its label. */
        let broken: Set<string>
        let ran: string[]
        let step: ReturnType<typeof makeStep>

        function makeStep() {
          return app.task({ name: 'step', typing: false }, (...args: unknown[]) => {
            const label = String(args.at(-1))
            ran.push(label)
            if (broken.has(label)) throw new RangeError(`${label} is broken`)
            return label
          })
        }

        beforeEach(() => {
          broken = new Set()
          ran = []
          step = makeStep()
        })

        /** Mends everything, and runs it again to its end; gives how many were sent again, and what ran. */
        async function mended(result: AsyncResult<unknown>): Promise<[number, string]> {
          broken = new Set()
          ran = []
          const count = await result.run.retryFailed()
          await ensemble.finished(result)
          await result.run.finished()
          return [count, ran.sort().join(' ')]
        }

        async function broke(canvas: AnySignature, ...labels: string[]): Promise<AsyncResult<unknown>> {
          broken = new Set(labels)
          const result = await play(canvas as Complete)
          expect(await result.state()).not.toBe('SUCCESS')
          return result
        }

        test('a step of a chain, and what follows it, but not what came before', async () => {
          const { note, caught } = tasks
          const line = chain(step.s('a'), step.s('b').link(note.s('linked')), step.s('c'))
          const result = await broke(line.link(note.s('done')).linkError(caught.s('told')), 'b')
          await expect(result.get()).rejects.toThrow('b is broken')
          expect(log).toEqual(['told RangeError: b is broken'])
          expect(await mended(result)).toEqual([1, 'b c'])
          expect([await result.get(), await result.parent?.get(), await result.state()]).toEqual([
            'c',
            'b',
            'SUCCESS',
          ])
          expect(log.slice(1).sort()).toEqual(['done "c"', 'linked "b"'])
          expect(await result.run.progress()).toMatchObject({ failed: 0, over: true })
          expect((await result.run.graph()).nodes.every(({ state }) => state === 'SUCCESS')).toBe(true)
        })

        test('errbacks are called once for each time that it fails', async () => {
          const { caught, same } = tasks
          const told = caught.s('told').pipe(step.si('e1'), step.si('e2'))
          const canvas = chord([step.s('a'), step.s('b')], same.s())
          const result = await broke(canvas.linkError(told), 'b')
          expect(await result.run.retryFailed()).toBe(1)
          await ensemble.finished(result)
          await result.run.finished()
          expect(log).toHaveLength(2)
          expect(ran.filter((label) => label.startsWith('e'))).toEqual(['e1', 'e2', 'e1', 'e2'])
          expect(await mended(result)).toEqual([1, 'b'])
          expect([await result.get(), log.length]).toEqual([['a', 'b'], 2])
        })

        test.each([undefined, { policy: 'failFast' }, { policy: { quorum: 3 } }] as const)(
          'members of a chord with the options %j: it is completed',
          async (options) => {
            const members = [step.s('a'), step.s('b').pipe(step.s('b2')), step.s('c')]
            const result = await broke(chord(members, tasks.same.s(), options as undefined), 'b', 'c')
            await mended(result)
            expect(await result.get()).toEqual(['a', 'b2', 'c'])
            expect(await result.parent?.get()).toEqual(['a', 'b2', 'c'])
          },
        )

        test('members of a chord that went on without them: it does not go on twice', async () => {
          const { note, length } = tasks
          const canvas = chord([step.s('a'), step.s('b')], length.s().link(note.s('body')), {
            policy: 'settle',
          })
          broken = new Set(['b'])
          const result = await play(canvas as Complete)
          expect(await mended(result)).toEqual([1, 'b'])
          expect([await result.get(), log]).toEqual([2, ['body 2']])
          expect(await result.run.progress()).toMatchObject({ failed: 0 })
        })

        test('chords in chords, and a body', async () => {
          const { same } = tasks
          const inner = chord([step.s('a'), step.s('b')], same.s())
          const result = await broke(chord([inner, step.s('c')], step.s('body')), 'b', 'body')
          broken = new Set(['body'])
          ran = []
          expect(await result.run.retryFailed()).toBe(1)
          await ensemble.finished(result)
          await expect(result.get()).rejects.toThrow('body is broken')
          expect(ran).toEqual(['b', 'body'])
          expect(await mended(result)).toEqual([1, 'body'])
          expect([await result.get(), await result.parent?.get()]).toEqual(['body', [['a', 'b'], 'c']])
        })

        test('a group, a map and chunks', async () => {
          const result = await broke(group([step.s('a'), step.s('b')]), 'a', 'b')
          expect(await mended(result)).toEqual([2, 'a b'])
          expect(await result.get()).toEqual(['a', 'b'])
          const mapped = await broke(step.map(['c', 'd'] as never), 'd')
          expect(await mended(mapped)).toEqual([1, 'c d'])
          expect(await mapped.get()).toEqual(['c', 'd'])
          const chunked = await broke(step.chunks([['e'], ['f'], ['g']] as never, 2), 'g')
          expect(await mended(chunked)).toEqual([1, 'g'])
          expect(await chunked.get()).toEqual([['e', 'f'], ['g']])
        })

        test('what took the place of a task, and what joined a chord', async () => {
          const { same } = tasks
          const swap = app.task({ name: 'swapForTwo', bind: true, typing: false }, (self): unknown => {
            ran.push('swap')
            return self.replace(chain(step.s('x'), step.si('y')) as never)
          })
          const grow = app.task({ name: 'growByOne', bind: true, typing: false }, (self): string => {
            ran.push('grow')
            self.addToChord(step.s('z'))
            return 'grown'
          })
          const result = await broke(chord([swap.s(), grow.s()], same.s()), 'y', 'z')
          expect(await mended(result)).toEqual([2, 'y z'])
          expect(await result.get()).toEqual(['y', 'grown', 'z'])
        })

        test('a run that was cancelled, and a node that was revoked', async () => {
          const { same } = tasks
          const late = step.s('late').set({ countdown: '1d' })
          const result = await chord([step.s('a'), late], same.s()).delay()
          if (!(await result.run.progress()).over) await result.run.cancel()
          await ensemble.finished(result)
          await mended(result)
          expect(await result.get()).toEqual(['a', 'late'])
          const line = await chain(step.s('b').set({ countdown: '1d' }), step.s('c')).delay()
          await line.parent?.revoke()
          await ensemble.finished(line)
          await mended(line)
          expect(await line.get()).toBe('c')
        })

        test('one that was retried as often as it may be: it may be as often once more', async () => {
          let failures = 3
          const flaky = app.task({ name: 'flakyAgain', maxRetries: 1, autoretryFor: [RangeError] }, () => {
            if (failures-- > 0) throw new RangeError('not yet')
            return failures
          })
          const result = await broke(flaky.s())
          expect(await mended(result)).toEqual([1, ''])
          expect(await result.get()).toBe(-1)
        })

        test('one that took too long', async () => {
          let isSlow = true
          const slow = app.task({ name: 'slowOnce', timeLimit: 20 }, () =>
            isSlow ? new Promise(() => {}) : 'quick',
          )
          const result = await broke(chain(slow.s(), step.s('next')))
          isSlow = false
          expect(await mended(result)).toEqual([1, 'next'])
          expect(await result.get()).toBe('next')
        })

        test('in a run that kept no values', async () => {
          const { same } = tasks
          const header = [step.s('a'), step.s('b'), step.s('c')].map((one) => one.set({ ignoreResult: true }))
          const result = await broke(chord(header, same.s()), 'b')
          expect(await mended(result)).toEqual([1, 'b'])
          expect(await result.get()).toEqual(['a', 'b', 'c'])
        })

        test('before a long line, and in a wide chord', { timeout: 60_000 }, async () => {
          const { length } = tasks
          const long = chain(Array.from({ length: 201 }, (_, n) => step.s(n === 0 ? 'a' : `n${n}`)))
          const result = await broke(long, 'a')
          const [count] = await mended(result)
          expect([count, await result.get()]).toEqual([1, 'n200'])
          const wide = Array.from({ length: 1_200 }, (_, n) => step.s(`w${n}`))
          const labels = Array.from({ length: 700 }, (_, n) => `w${n}`)
          const chorded = await broke(chord(wide, length.s()), ...labels)
          const [again] = await mended(chorded)
          expect([again, ran.length, await chorded.get()]).toEqual([700, 700, 1_200])
        })

        test('only when it is over, and only if something failed', async () => {
          const result = await chain(step.s('a'), step.s('b').set({ countdown: '1h' })).delay()
          if (!(await result.run.progress()).over) {
            await expect(result.run.retryFailed()).rejects.toMatchObject({ code: 'run-underway' })
          }
          await ensemble.finished(result)
          expect(await result.run.retryFailed()).toBe(0)
          expect([await result.get(), ran]).toEqual(['b', ['a', 'b']])
          await expect(app.result('nobody').run.retryFailed()).rejects.toMatchObject({
            code: 'result-unknown',
          })
        })

        test('whoever waits for it or watches it sees the new round', async () => {
          const line = chain(step.s('a'), step.s('b').set({ countdown: '1h' }))
          const result = await broke(line, 'a')
          broken = new Set()
          await result.run.retryFailed()
          const value = result.get()
          const told: RunUpdate[] = []
          const watching = (async () => {
            for await (const update of app.result(result.id).run.watch()) told.push(update)
          })()
          await ensemble.finished(result)
          await watching
          expect(await value).toBe('b')
          expect(told.at(-1)?.progress).toEqual({ total: 2, done: 2, failed: 0, over: true })
        })
      })

      test('51 a group that was not sent by itself can be waited for', async () => {
        const { square, total } = tasks
        const result = await chord([square.s(2).set({ countdown: '1h' }), square.s(3)], total.s()).delay()
        const header = result.parent?.get()
        await ensemble.finished(result)
        expect(await header).toEqual([4, 9])
      })

      test('51 who waits for a step that cannot run is told why', async () => {
        const { boom, add, square } = tasks
        const result = await chain(boom.s().set({ countdown: '1h' }), group(add.s(1), square.s())).delay()
        const waiting = Promise.allSettled([
          result.get(),
          result.parent?.get(),
          ...result.children.map((child) => child.get()),
        ])
        await ensemble.finished(result)
        for (const end of await waiting)
          expect(end).toMatchObject({ status: 'rejected', reason: { message: 'boom' } })
      })

      test('54 what follows a revoked step is revoked, and its chord is told', async () => {
        const { square, total, add, caught } = tasks
        const member = chain(add.s(1, 2).set({ countdown: '1d' }), square.s())
        const result = await chord([member, square.s(2)], total.s())
          .linkError(caught.s('chord'))
          .delay()
        if ((await result.run.progress()).over) return // as above
        const first = result.parent?.children[0]?.parent
        await first?.revoke()
        await ensemble.finished(result)
        expect(await first?.state()).toBe('REVOKED')
        expect(await result.parent?.children[0]?.state()).toBe('REVOKED')
        await expect(result.get()).rejects.toMatchObject({
          members: [{ index: 0, error: { type: 'TaskRevokedError' } }],
        })
        expect(log).toHaveLength(1)
      })

      test('members of a group come as they end, with their places', async () => {
        const { square, boom } = tasks
        const later = { countdown: '1h' } as const
        const result = await group([square.s(2).set(later), square.s(3), square.s(4).set(later)]).delay()
        const values: unknown[] = []
        const coming = (async () => {
          for await (const one of result.completed()) values.push(one)
        })()
        await ensemble.finished(result)
        await coming
        expect(values).toHaveLength(3)
        expect(values).toEqual(
          expect.arrayContaining([
            [0, 4],
            [1, 9],
            [2, 16],
          ]),
        )
        expect(await result.waiting()).toBe(false)

        const mixed = await group(square.s(2), boom.s(), group([square.s(3)])).delay()
        await ensemble.finished(mixed)
        const told: unknown[] = []
        for await (const one of mixed.completed({ propagate: false })) told.push(one)
        expect(told).toEqual(
          expect.arrayContaining([
            [0, 4],
            [1, expect.objectContaining({ message: 'boom' })],
            [2, [9]],
          ]),
        )
        const throwing = (async () => {
          for await (const _ of mixed.completed());
        })()
        await expect(throwing).rejects.toThrow('boom')
      })

      test('members of a header come whatever its chord makes of them', async () => {
        const { square, boom, length } = tasks
        const members = [square.s(2), boom.s(), square.s(3).set({ countdown: '1h' })]
        for (const policy of ['settle', { quorum: 1 }, 'all'] as const) {
          const counted: AnySignature = chord(members, length.s() as never, { policy } as never)
          const result = await (counted as Complete).delay()
          const header = result.parent as GroupResult<unknown[]>
          await ensemble.finished(result)
          const told: [number, unknown][] = []
          for await (const one of header.completed({ propagate: false })) told.push(one)
          expect(told.sort(([a], [b]) => a - b)).toEqual([
            [0, 4],
            [1, expect.objectContaining({ message: 'boom' })],
            [2, 9],
          ])
        }
      })

      test('results of several runs are waited for together', async () => {
        const { add, square, boom } = tasks
        const handles = [await add.delay(1, 2), await square.s(4).set({ countdown: '1h' }).delay()]
        const set = new ResultSet<number>(handles)
        const values = set.get()
        const coming = (async () => {
          const came: unknown[] = []
          for await (const one of set.completed()) came.push(one)
          return came
        })()
        for (const handle of set) await ensemble.finished(handle)
        expect(await values).toEqual([3, 16])
        expect(await coming).toEqual(
          expect.arrayContaining([
            [0, 3],
            [1, 16],
          ]),
        )
        expect([await set.ready(), await set.successful(), await set.failed()]).toEqual([true, true, false])
        expect([await set.waiting(), await set.completedCount()]).toEqual([false, 2])

        set.add(await play(boom.s() as Signature<never>))
        expect([await set.ready(), await set.successful(), await set.failed()]).toEqual([true, false, true])
        expect(await set.completedCount()).toBe(2)
        await expect(set.get()).rejects.toThrow('boom')
        await expect(set.maybeThrow()).rejects.toThrow('boom')
        expect(await set.get({ propagate: false })).toEqual([3, 16, expect.any(RangeError)])
        await set.forget()
        expect(await Promise.all(set.results.map((one) => one.state()))).toEqual([
          'UNKNOWN',
          'UNKNOWN',
          'UNKNOWN',
        ])
      })

      test('a set of results is revoked as a whole', async () => {
        const later = tasks.square.s(2).set({ countdown: '1h' })
        const set = new ResultSet([await later.delay(), await later.delay()])
        if (await set.ready()) return // here and now they were over before they could be revoked
        await set.revoke({ terminate: true })
        for (const handle of set) await ensemble.finished(handle)
        expect(await Promise.all(set.results.map((one) => one.state()))).toEqual(['REVOKED', 'REVOKED'])
      })

      test('a result is collected with all that hangs on it, what is nearer first', async () => {
        const { add, square, total, length } = tasks
        const drawn = chain(add.s(1, 1), group(square.s(), square.s()).link(total.s(), length.s()))
        const result = await play(drawn)
        const first = result.parent as AsyncResult<unknown>
        const collected: unknown[] = []
        for await (const [{ id }, value] of first.collect()) collected.push([id === result.id, value])
        expect(collected).toEqual([
          [false, 2],
          [true, [4, 4]],
          [false, 4],
          [false, 4],
        ])
      })

      test('values are told to whoever asks with a callback, in order', async () => {
        const { add, square, boom } = tasks
        const told: unknown[] = []
        const callback = (id: string, value: unknown): void => void told.push([id, value])
        const one = await play(add.s(1, 2))
        const all = await group(square.s(2), square.s(3)).delay()
        await ensemble.finished(all)
        expect([await one.get({ callback }), await all.get({ callback })]).toEqual([3, [4, 9]])
        await new ResultSet<unknown>([one, all]).get({ callback })
        const failed = await play(boom.s() as Signature<never>)
        await expect(failed.get({ callback })).rejects.toThrow('boom')
        await app.result(all.id).get({ callback })
        const [first, second] = all.results as [AsyncResult<number>, AsyncResult<number>]
        expect(told).toEqual([
          [one.id, 3],
          [first.id, 4],
          [second.id, 9],
          [one.id, 3],
          [all.id, [4, 9]],
          [first.id, 4],
          [second.id, 9],
        ])
      })

      test('a failed result tells which step failed, with what, and why', async () => {
        const { add, boom, same } = tasks
        const result = await play(any(add.s(1, 2), boom.s(7), same.s()))
        expect(await result.failure()).toMatchObject({
          id: result.parent?.id,
          task: 'boom',
          args: [3, 7],
          error: { type: 'RangeError', message: 'boom' },
        })
        await expect(result.maybeThrow()).rejects.toThrow('boom')
        const good = result.parent?.parent as AsyncResult<unknown>
        expect([await good.failure(), await good.maybeThrow()]).toEqual([null, 3])
        await expect(app.result('nobody').maybeThrow()).resolves.toBeNull()
      })

      test('a handle is written as a tuple and read again, with its parents and members', async () => {
        const { add, square, total } = tasks
        const result = await play(chain(add.s(1, 2), group(square.s(), square.s()), total.s()))
        const tuple = JSON.parse(JSON.stringify(result.asTuple()))
        const [header, first] = [result.parent, result.parent?.parent]
        expect(tuple).toEqual([
          [
            result.id,
            [[header?.id, [[first?.id, null], null]], header?.children.map(({ id }) => [[id, null], null])],
          ],
          null,
        ])
        const read = await resultFromTuple<number>(tuple, app)
        expect([read?.id, await read?.get(), await read?.parent?.get()]).toEqual([result.id, 18, [9, 9]])
        expect(await resultFromTuple([['nobody', null], null], app)).toBeNull()
        await expect(resultFromTuple({ id: 'x' } as never, app)).rejects.toMatchObject({ code: 'id-invalid' })
      })

      test('a saved group is restored with its members, and is gone when it was deleted', async () => {
        const { square } = tasks
        const result = await group(square.s(2), square.s(3)).delay()
        await ensemble.finished(result)
        const id = await result.save()
        const restored = (await app.restore<number[]>(id)) as GroupResult<number[]>
        expect([await restored.get(), restored.length, await restored.completedCount()]).toEqual([
          [4, 9],
          2,
          2,
        ])
        await restored.delete()
        expect(await app.restore(id)).toBeNull()
      })

      test('a run can be watched until it is over', async () => {
        const { add, square, total, boom } = tasks
        const canvas = chain(add.s(1, 2).set({ countdown: '1h' }), group(square.s(), boom.s()), total.s())
        const result = await canvas.delay()
        const told: RunUpdate[] = []
        const watching = (async () => {
          for await (const update of result.run.watch()) told.push(update)
        })()
        await ensemble.finished(result)
        await watching
        expect(told.at(-1)).toMatchObject({
          progress: { total: 4, done: 4, failed: 1, over: true },
          more: true,
        })
        expect(told.filter(({ progress }) => progress.over)).toHaveLength(1)
        for (const { changes } of told) {
          expect(new Set(changes.map(({ id }) => id)).size).toBe(changes.length)
        }
      })

      test('whoever leaves a run he watches leaves nothing behind', async () => {
        const result = await tasks.add.s(1, 2).set({ countdown: '1h' }).delay()
        for await (const { progress } of result.run.watch()) {
          expect(progress.total).toBe(1)
          break
        }
        await ensemble.finished(result)
        const again: RunUpdate[] = []
        for await (const update of result.run.watch()) again.push(update)
        expect(again).toMatchObject([{ progress: { total: 1, done: 1, over: true } }])
      })

      test('56 stamps are kept when a task is run again', async () => {
        const { mark } = tasks
        const flaky = app.task({ name: 'flaky', bind: true }, (self) => {
          if (self.request.retries < 1) self.retry({ countdown: 0 })
          log.push(JSON.stringify(self.request.stamps))
        })
        await play(flaky.s().pipe(mark.s('end')).stamp({ tenant: 7 }))
        expect(log).toEqual(['{"tenant":7}', 'end {} {"tenant":7}'])
      })

      test('58 a run can stop early without an error', async () => {
        const { add, ignore, note, caught } = tasks
        const result = await play(
          chain(add.s(1, 2), ignore.s(), note.s('no')).link(note.s('no')).linkError(caught.s('no')),
        )
        expect([await result.get(), await result.state(), await result.ready(), log]).toEqual([
          null,
          'IGNORED',
          true,
          [],
        ])
      })
    })
  })
}

/** A chain whose edges the compiler cannot check, because its parts are told at run time. */
function any(...steps: readonly AnySignature[]): Signature<unknown> {
  return chain(steps) as Signature<unknown, never> as Signature<unknown>
}

type Complete = AnySignature & { delay(): Promise<AsyncResult<unknown>> }

/** Tasks that flows are made of. What shall be seen from outside is written to the log. */
function makeTasks(app: App, log: string[]) {
  const square = app.task('square', (n: number) => n * n)
  return {
    square,
    add: app.task('add', (a: number, b: number) => a + b),
    total: app.task('total', (numbers: number[]) => numbers.reduce((sum, n) => sum + n, 0)),
    length: app.task('length', (list: unknown[]) => list.length),
    same: app.task('same', (value: unknown) => value),
    spread: app.task('spread', (n: number) => Array.from({ length: n }, () => 1)),
    boom: app.task({ name: 'boom', typing: false }, (..._: unknown[]): never => {
      throw new RangeError('boom')
    }),
    ignore: app.task({ name: 'ignore', typing: false }, (..._: unknown[]): number => {
      throw new Ignore()
    }),
    /** Its square, by way of another task. */
    swap: app.task({ name: 'swap', bind: true }, (self, n: number): number => self.replace(square.s(n))),
    id: app.task({ name: 'id', bind: true, typing: false }, (self, ..._: unknown[]) => self.request.id),
    note: app.task('note', (value: unknown, label: string) => {
      log.push(`${label} ${JSON.stringify(value)}`)
      return value
    }),
    caught: app.task('caught', ({ error }: Failure, label: string) => {
      log.push(`${label} ${error.type}: ${error.message}`)
    }),
    keep: app.task('keep', (failure: Failure) => {
      log.push(JSON.stringify(failure))
    }),
    mark: app.task({ name: 'mark', bind: true, typing: false }, (self, ...args: unknown[]) => {
      log.push(
        `${args.at(-1)} ${JSON.stringify(self.request.headers)} ${JSON.stringify(self.request.stamps)}`,
      )
    }),
  }
}
