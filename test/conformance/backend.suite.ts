import type {
  Awaitable,
  Backend,
  Call,
  CallMessage,
  Change,
  Chord,
  DeadLetter,
  Delivery,
  ErrorRecord,
  Failed,
  Launch,
  Message,
  Reply,
  SpreadMessage,
  Verdict,
  Wish,
} from '@arpeggio/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

/** A backend on trial, empty, and how its time goes by. */
export interface Trial {
  readonly backend: Backend
  /** Lets so many milliseconds pass, by the backend's own clock. */
  advance(ms: number): void | Promise<void>
  /** One unit of its time, in milliseconds: long enough that nothing takes so long by itself. */
  readonly unitMs: number
}

/**
 * The definition of the Backend port. Whatever passes is a backend, and nothing else is said about backends anywhere. Leases
 * must be finite, and longer than ten units.
 */
export function describeBackend(name: string, make: () => Trial | Promise<Trial>): void {
  describe(name, () => {
    let trial: Trial
    let backend: Backend
    let leaseMs: number
    /** Not quite a lease, with room for a slow machine. */
    let nearly: number

    beforeEach(async () => {
      trial = await make()
      backend = trial.backend
      leaseMs = backend.deliveries.leaseMs
      nearly = leaseMs - 3 * trial.unitMs
    })
    afterEach(() => backend.close())

    async function submit(...messages: readonly Message[]): Promise<void> {
      await submitWith(...messages.map(publish))
    }

    async function submitWith(...wishes: readonly Wish[]): Promise<void> {
      await backend.deliveries.submit(launch(), wishes)
    }

    /** What there is to receive now. */
    async function receive(max = 100, ...queues: readonly string[]): Promise<readonly Delivery[]> {
      return backend.deliveries.receive(queues.length > 0 ? queues : ['default'], max, STOPPED)
    }

    async function receiveOne(...queues: readonly string[]): Promise<Delivery> {
      const [delivery] = await receive(1, ...queues)
      if (delivery === undefined) throw new Error('nothing was delivered')
      return delivery
    }

    async function received(...queues: readonly string[]): Promise<string[]> {
      return (await receive(100, ...queues)).map(({ message }) => message.id)
    }

    async function commit(delivery: Delivery, ...wishes: readonly Wish[]): Promise<Reply> {
      return backend.deliveries.commit(delivery, wishes)
    }

    async function standing(id: string): Promise<string> {
      const [standing] = await backend.results.get([id])
      switch (standing?.kind) {
        case 'ended':
          return standing.verdict.state
        case 'halted':
          return `halted: ${standing.verdict.state}`
        case 'underway':
          return standing.state
        case 'over':
          return 'over'
        case 'unknown':
        case undefined:
          return 'UNKNOWN'
      }
    }

    async function progress(): Promise<unknown> {
      return (await backend.runs.get(RUN))?.progress
    }

    /** Lets a lease run out, and takes the message over. */
    async function takeOver(): Promise<Delivery> {
      await trial.advance(leaseMs)
      return receiveOne()
    }

    /** Opens a chord and delivers messages that each have a seat in it. */
    async function seated(record: Chord, ...indices: readonly string[]): Promise<Delivery[]> {
      await submitWith(
        { do: 'open', chord: record },
        ...indices.map((index) => publish(member(index, record.id))),
      )
      return [...(await receive())]
    }

    describe('receiving', () => {
      test('finds what there is, also while others receive', async () => {
        for (let nth = 0; nth < 8; nth++) {
          const run = `other-${nth}`
          await backend.deliveries.submit({ ...launch(), id: run }, [
            publish({ ...call(0), run, id: `${run}.0` }),
          ])
          const asked = await Promise.all([receive(100, 'nobody'), receive()])
          expect(asked.map((found) => found.map(({ message }) => message.id))).toEqual([[], [`${run}.0`]])
        }
      })
    })

    describe('submitting', () => {
      test('a run that was submitted is known, and its messages are delivered as they are', async () => {
        const message = call(0, { args: [1, 'two', null, [], {}, { deep: [[]] }], kwargs: { é: '\u0000"' } })
        await submit(message)
        expect((await receiveOne()).message).toEqual(message)
        expect(await standing(`${RUN}.0`)).toBe('PENDING')
        expect(await backend.runs.get(RUN)).toMatchObject({
          id: RUN,
          root: 'root',
          parent: 'parent',
          shape: SHAPE,
        })
      })

      test('a long message is delivered as it is, every time', async () => {
        const long = Array.from({ length: 300 }, (_, n) => `${n} é\n`.repeat(200))
        const message = call(0, { args: [long], kwargs: { long } })
        await submit(message)
        const first = await receiveOne()
        expect(first.message).toEqual(message)
        await backend.deliveries.release([first], 'rejected')
        const again = await receiveOne()
        expect(again).toMatchObject({ message, count: 2 })
        const retry = { ...message, args: [[...long, 'more']], retries: 1 }
        await commit(again, note(0, 'RETRY'), publish(retry))
        const last = await receiveOne()
        expect(last.message).toEqual(retry)
        expect(await commit(last, store(0, success(long)))).toEqual({ kind: 'done' })
        const [end] = await backend.results.get([`${RUN}.0`])
        expect(end).toEqual({ kind: 'ended', verdict: success(long) })
      })

      test('a run that exists is left as it is', async () => {
        await submit(call(0))
        await submit(call(0), call(1))
        expect(await received()).toEqual([`${RUN}.0`])
        expect(await progress()).toMatchObject({ total: 9 })
      })

      test('a run that is over is left as it is, too', async () => {
        await submit(call(0))
        await commit(await receiveOne(), store(0))
        await submit(call(0))
        expect(await received()).toEqual([])
      })

      test('runs do not know each other', async () => {
        await submit(call(0))
        await backend.deliveries.submit({ ...launch(), id: 'other' }, [
          publish({ ...call(0), run: 'other', id: 'other.0' }),
        ])
        const both = new Map([...(await receive()), ...(await receive())].map((one) => [one.message.id, one]))
        await commit(both.get(`${RUN}.0`) as Delivery, store(0))
        expect(await standing('other.0')).toBe('PENDING')
        expect(await commit(both.get('other.0') as Delivery)).toEqual({ kind: 'done' })
      })

      test('a run may begin with more than a thousand messages', async () => {
        await submit(...Array.from({ length: 1_500 }, (_, place) => call(place)))
        expect(await receive(2_000)).toHaveLength(1_500)
      })
    })

    describe('receiving', () => {
      test('the lowest priority number goes first, and first come goes first inside a priority', async () => {
        const priorities = [9, 0, 5, 4, undefined, 0, 9, 1]
        await submit(
          ...priorities.map((priority, place) =>
            call(place, priority === undefined ? {} : { options: { priority } }),
          ),
        )
        const places = (await received()).map((id) => Number(id.slice(RUN.length + 1)))
        expect(places).toEqual([1, 5, 7, 3, 2, 4, 0, 6])
      })

      test('no more than asked for', async () => {
        await submit(call(0), call(1), call(2))
        expect(await receive(2)).toHaveLength(2)
        expect(await receive(2)).toHaveLength(1)
      })

      test('only from the queues asked for', async () => {
        await submit(call(0), call(1, { options: { queue: 'low' } }))
        expect(await received('low')).toEqual([`${RUN}.1`])
        expect(await received('low')).toEqual([])
        expect(await received('low', 'default')).toEqual([`${RUN}.0`])
      })

      test('a full queue does not starve another', async () => {
        const many = Array.from({ length: 50 }, (_, place) => call(place))
        await submit(...many, call(50, { options: { queue: 'low' } }))
        expect(await received('nobody')).toEqual([])
        const first = [...(await receive(1, 'default', 'low')), ...(await receive(1, 'default', 'low'))]
        expect(first.map(({ message }) => message.id)).toContain(`${RUN}.50`)
      })

      test('what was delivered is not delivered again while it is leased', async () => {
        await submit(call(0))
        await receiveOne()
        await trial.advance(nearly)
        expect(await received()).toEqual([])
      })

      test('who finds nothing waits until there is something', async () => {
        const waiting = backend.deliveries.receive(['default'], 5, new AbortController().signal)
        await submit(call(0), call(1))
        expect(await waiting).not.toHaveLength(0)
      })

      test('who waits gets nothing when called off', async () => {
        const off = new AbortController()
        const waiting = backend.deliveries.receive(['default'], 1, off.signal)
        off.abort()
        expect(await waiting).toEqual([])
        await submit(call(0))
        expect(await received()).toEqual([`${RUN}.0`])
      })

      test('who waits gets what falls due', async () => {
        await submit(call(0, { countdown: 5 * trial.unitMs }))
        const waiting = backend.deliveries.receive(['default'], 1, new AbortController().signal)
        await trial.advance(5 * trial.unitMs)
        expect(await waiting).toHaveLength(1)
      })

      test('who waits gets what somebody gave back', async () => {
        await submit(call(0))
        const held = await receiveOne()
        const waiting = backend.deliveries.receive(['default'], 1, new AbortController().signal)
        await backend.deliveries.release([held], 'unrun')
        expect(await waiting).toHaveLength(1)
      })

      test('who waits gets what somebody lost', async () => {
        await submit(call(0))
        await receiveOne()
        const waiting = backend.deliveries.receive(['default'], 1, new AbortController().signal)
        await trial.advance(leaseMs)
        expect(await waiting).toHaveLength(1)
      })
    })

    describe('leases', () => {
      test('the first delivery of a message is its number one', async () => {
        await submit(call(0))
        expect(await receiveOne()).toMatchObject({ count: 1, verdict: null })
      })

      test('when a lease is over the message is delivered again, and counted', async () => {
        await submit(call(0))
        const first = await receiveOne()
        const second = await takeOver()
        expect(second).toMatchObject({ count: 2, message: first.message })
        expect(second.token).not.toBe(first.token)
        expect(await takeOver()).toMatchObject({ count: 3 })
      })

      test('a lease that is extended is held for one term more', async () => {
        await submit(call(0))
        const held = await receiveOne()
        await trial.advance(nearly)
        expect(await backend.deliveries.extend([held])).toEqual([])
        await trial.advance(nearly)
        expect(await received()).toEqual([])
        expect(await commit(held, store(0))).toEqual({ kind: 'done' })
      })

      test('who extends is told of the leases that are lost', async () => {
        await submit(call(0), call(1))
        const held = await receive()
        expect(held).toHaveLength(2)
        await trial.advance(leaseMs)
        const again = await receive()
        expect(again).toHaveLength(2)
        const [lost] = held as [Delivery]
        expect(await backend.deliveries.extend([lost, ...again])).toEqual([{ delivery: lost, why: 'lost' }])
      })

      test('a zombie is fenced and changes nothing', async () => {
        const chord = chordOf(1)
        await submitWith({ do: 'open', chord }, publish(member('0')))
        const zombie = await receiveOne()
        const holder = await takeOver()
        const wishes = [
          store(0),
          publish(call(7)),
          join('0'),
          note(8, 'BUSY'),
          { do: 'bury', message: call(9), reason: 'x' } as const,
        ]
        expect(await commit(zombie, ...wishes)).toEqual({ kind: 'fenced' })
        expect(await received()).toEqual([])
        expect([await standing(`${RUN}.0`), await standing(`${RUN}.8`)]).toEqual(['PENDING', 'PENDING'])
        expect(await backend.deadLetters.list()).toEqual([])
        expect(await commit(holder, store(0), join('0'))).toMatchObject({ kind: 'closed' })
      })

      test('what was acknowledged is not delivered again, and cannot be committed again', async () => {
        await submit(call(0), call(1))
        const [delivery] = (await receive()) as [Delivery]
        expect(await commit(delivery, store(0))).toEqual({ kind: 'done' })
        expect(await commit(delivery, store(2), publish(call(3)))).toEqual({ kind: 'fenced' })
        expect(await standing(`${RUN}.2`)).toBe('PENDING')
        await trial.advance(leaseMs)
        expect(await received()).toEqual([`${RUN}.1`])
      })

      test('what is given back is delivered again at once; it counts as a delivery if it is charged', async () => {
        await submit(call(0))
        await backend.deliveries.release([await receiveOne()], 'unrun')
        const again = await receiveOne()
        expect(again.count).toBe(1)
        await backend.deliveries.release([again], 'rejected')
        expect((await receiveOne()).count).toBe(2)
      })

      test('what was given back cannot be committed by who gave it back', async () => {
        await submit(call(0))
        const held = await receiveOne()
        await backend.deliveries.release([held], 'unrun')
        expect(await commit(held, store(0))).toEqual({ kind: 'fenced' })
        expect(await standing(`${RUN}.0`)).toBe('PENDING')
        expect(await received()).toEqual([`${RUN}.0`])
      })

      test('giving back what is lost changes nothing', async () => {
        await submit(call(0))
        const lost = await receiveOne()
        const holder = await takeOver()
        await backend.deliveries.release([lost], 'unrun')
        expect(await received()).toEqual([])
        expect(await commit(holder, store(0))).toEqual({ kind: 'done' })
      })
    })

    describe('delays', () => {
      test('a message waits for its countdown, from when it was published', async () => {
        await submit(call(0, { countdown: 5 * trial.unitMs }))
        await trial.advance(4 * trial.unitMs)
        expect(await received()).toEqual([])
        await trial.advance(trial.unitMs)
        expect(await received()).toEqual([`${RUN}.0`])
      })

      test('a message waits until its moment', async () => {
        await submit(
          call(0, { eta: backend.clock.now() + 5 * trial.unitMs }),
          call(1, { eta: backend.clock.now() - 1 }),
        )
        expect(await received()).toEqual([`${RUN}.1`])
        await trial.advance(5 * trial.unitMs)
        expect(await received()).toEqual([`${RUN}.0`])
      })

      test('of a countdown and a moment, the later counts', async () => {
        const { unitMs } = trial
        const soon = backend.clock.now() + 2 * unitMs
        await submit(call(0, { countdown: 5 * unitMs, eta: soon }), call(1, { countdown: unitMs, eta: soon }))
        await trial.advance(2 * unitMs)
        expect(await received()).toEqual([`${RUN}.1`])
        await trial.advance(3 * unitMs)
        expect(await received()).toEqual([`${RUN}.0`])
      })

      test('what falls due later comes later, and equal moments in the order they were published', async () => {
        const units = [3, 1, 2, 1]
        await submit(...units.map((count, place) => call(place, { countdown: count * trial.unitMs })))
        await trial.advance(3 * trial.unitMs)
        expect(await received()).toEqual([1, 3, 2, 0].map((place) => `${RUN}.${place}`))
      })

      test('a moment may be years away', async () => {
        await submit(call(0, { eta: backend.clock.now() + 40 * 365 * 86_400_000 }))
        await trial.advance(leaseMs)
        expect(await received()).toEqual([])
        expect(await standing(`${RUN}.0`)).toBe('PENDING')
        expect(await progress()).toMatchObject({ over: false })
      })

      test('a retry is the same message, later; its state is told with it', async () => {
        await submit(call(0))
        const again = call(0, { retries: 1, countdown: trial.unitMs })
        await commit(await receiveOne(), note(0, 'RETRY', 'why'), publish(again))
        expect(await standing(`${RUN}.0`)).toBe('RETRY')
        expect(await received()).toEqual([])
        await trial.advance(trial.unitMs)
        expect(await receiveOne()).toMatchObject({ count: 1, verdict: null, message: { retries: 1 } })
      })
    })

    describe('committing', () => {
      test('keeps the verdict, publishes what follows and acknowledges, all at once', async () => {
        await submit(call(0))
        expect(await commit(await receiveOne(), store(0, success([1, []])), publish(call(1)))).toEqual({
          kind: 'done',
        })
        expect(await backend.results.get([`${RUN}.0`])).toEqual([
          { kind: 'ended', verdict: success([1, []]) },
        ])
        expect(await received()).toEqual([`${RUN}.1`])
      })

      test.each([[null], [false], [0], [''], [[]], [{}], [[null]], [{ a: [] }], ['é\u0000😀'], [1.5e300]])(
        'keeps %j as it is',
        async (value) => {
          await submit(call(0))
          await commit(await receiveOne(), store(0, success(value)))
          expect(await backend.results.get([`${RUN}.0`])).toEqual([
            { kind: 'ended', verdict: success(value) },
          ])
        },
      )

      test('keeps a failure as it is', async () => {
        await submit(call(0))
        await commit(await receiveOne(), store(0, failed('FAILURE')))
        expect(await backend.results.get([`${RUN}.0`])).toEqual([
          { kind: 'ended', verdict: failed('FAILURE') },
        ])
      })

      test('the first verdict of an id stays', async () => {
        await submit(call(0), call(1))
        const [first, second] = (await receive()) as [Delivery, Delivery]
        await commit(first, store(0, success('first')))
        await commit(second, store(1), store(0, success('second')))
        expect(await backend.results.get([`${RUN}.0`])).toEqual([
          { kind: 'ended', verdict: success('first') },
        ])
      })

      test('the end of a copy of a message that has ended is not granted again', async () => {
        await submit(call(0), call(0))
        const [first, copy] = (await receive()) as [Delivery, Delivery]
        expect(await commit(first, store(0, success('first')), publish(call(1)))).toEqual({ kind: 'done' })
        expect(await commit(copy, store(0, success('second')), publish(call(1)))).toEqual({ kind: 'done' })
        expect(await received()).toEqual([`${RUN}.1`])
        expect(await progress()).toMatchObject({ total: 9, failed: 0 })
      })

      test('a delivery tells what became of its id meanwhile, also if it was given back', async () => {
        for (const why of ['unrun', 'rejected'] as const) {
          const [held] = (await seated(chordOf(1), '0')) as [Delivery]
          const wishes = [store(0, success('first')), join('0', success('first'))]
          expect(await commit(held, ...wishes)).toMatchObject({ kind: 'closed' })
          await backend.deliveries.release([held], why)
          const again = await receiveOne()
          expect(again.verdict).toEqual(success('first'))
          await commit(again, ...wishes, LAUNCH)
          await backend.runs.forget(RUN)
        }
      })

      test('a note tells a state until there is a verdict, and nothing afterwards', async () => {
        await submit(call(0), call(1))
        const delivery = await receiveOne()
        await backend.results.note(`${RUN}.0`, 'PROGRESS', { current: 1 })
        const underway = { kind: 'underway', state: 'PROGRESS', meta: { current: 1 } }
        expect(await backend.results.get([`${RUN}.0`])).toEqual([underway])
        await commit(delivery, store(0))
        const heard: unknown[] = []
        await backend.results.watch(RUN, (change) => heard.push(change?.state), null)
        await backend.results.note(`${RUN}.0`, 'PROGRESS', { current: 2 })
        await backend.results.note(`${RUN}.1`, 'HEARD', null)
        expect(await standing(`${RUN}.0`)).toBe('SUCCESS')
        await expect.poll(() => heard).toEqual(['HEARD'])
      })

      test('whoever waits for the end of a run hears of it, and keeps others from nothing', async () => {
        await submit(call(0), call(1, { id: RUN }))
        const heard: Record<'end' | 'member' | 'all', unknown[]> = { end: [], member: [], all: [] }
        const watch = (who: keyof typeof heard, ids: string[] | null) =>
          backend.results.watch(RUN, (change) => change !== null && heard[who].push(change.id), ids)
        await watch('end', [RUN])
        await watch('member', [`${RUN}.0`])
        await watch('all', null)
        await commit(await receiveOne(), store(0))
        await commit(await receiveOne(), storeId(RUN, success(null)))
        await expect.poll(() => heard).toEqual({ end: [RUN], member: [`${RUN}.0`], all: [`${RUN}.0`, RUN] })
      })

      test('who waits for the end of a run hears of it, though nobody waits for more', async () => {
        await submit(call(0), call(1, { id: RUN }))
        const heard: unknown[] = []
        await backend.results.watch(RUN, (change) => heard.push(change?.id ?? 'much'), [RUN])
        await backend.results.note(RUN, 'BUSY', null)
        await commit(await receiveOne(), store(0))
        await commit(await receiveOne(), storeId(RUN, success(null)))
        await expect.poll(() => heard).toEqual([RUN, RUN, 'much'])
      })

      test('an empty commit acknowledges', async () => {
        await submit(call(0))
        expect(await commit(await receiveOne())).toEqual({ kind: 'done' })
        expect(await progress()).toMatchObject({ over: true })
      })
    })

    describe('chords', () => {
      test('who takes the last seat is told it is closed, with the record and every verdict', async () => {
        const chord = chordOf(2)
        const [a, b] = (await seated(chord, '0', '1')) as [Delivery, Delivery]
        expect(await commit(b, store(1), join('1', success('b')))).toEqual({ kind: 'done' })
        const reply = await commit(a, store(0), join('0', success('a')))
        expect(reply).toMatchObject({ kind: 'closed', chord })
        expect(seatsOf(reply)).toEqual(['0 SUCCESS "a"', '1 SUCCESS "b"'])
      })

      test('who was told so is told again until what follows is granted, also when somebody else has taken over', async () => {
        const [a] = (await seated(chordOf(1), '0')) as [Delivery]
        const wishes = [store(0), join('0')]
        expect(await commit(a, ...wishes)).toMatchObject({ kind: 'closed' })
        expect(await commit(a, ...wishes)).toMatchObject({ kind: 'closed' })
        const heir = await takeOver()
        expect(heir).toMatchObject({ count: 2, verdict: success(null) })
        expect(await commit(heir, ...wishes)).toMatchObject({ kind: 'closed' })
        expect(await commit(heir, ...wishes, LAUNCH, publish(call(7)))).toEqual({ kind: 'done' })
        expect(await received()).toEqual([`${RUN}.7`])
      })

      test('being told changes nothing but the seat and the verdict', async () => {
        const [a] = (await seated(chordOf(1), '0')) as [Delivery]
        await commit(a, store(0), publish(call(7)), note(8, 'BUSY'), join('0'))
        expect(await received()).toEqual([])
        expect([await standing(`${RUN}.0`), await standing(`${RUN}.8`)]).toEqual(['SUCCESS', 'PENDING'])
        expect(await progress()).toMatchObject({ over: false })
      })

      test('who adds to a chord and closes it is run again when he dies in between: what he added is nowhere else', async () => {
        const quorum = { ...chordOf(2), policy: { quorum: 1 } } as const
        const [adder] = (await seated(quorum, '0')) as [Delivery]
        const wishes: Wish[] = [
          graft('0.0'),
          { do: 'widen', run: RUN, seat: { chord: CHORD, index: '0.0.0' } },
          publish(call(9)),
          store(0),
          join('0'),
        ]
        expect(await commit(adder, ...wishes)).toMatchObject({ kind: 'closed', isFull: false })
        expect((await takeOver()).verdict).toBeNull()
      })

      test('what follows is published once, however many copies close it', async () => {
        const [a, copy] = (await seated(chordOf(1), '0', '0')) as [Delivery, Delivery]
        const wishes = [store(0), join('0')]
        expect(await commit(a, ...wishes)).toMatchObject({ kind: 'closed' })
        expect(await commit(copy, ...wishes)).toMatchObject({ kind: 'closed' })
        const launching = [...wishes, LAUNCH, publish(call(7))]
        expect(await commit(copy, ...launching)).toEqual({ kind: 'done' })
        expect(await commit(a, ...launching)).toEqual({ kind: 'done' })
        expect(await received()).toEqual([`${RUN}.7`])
      })

      test('nobody is told once it is launched', async () => {
        const [a, late] = (await seated(chordOf(1), '0', '0')) as [Delivery, Delivery]
        await commit(a, store(0), join('0'))
        await commit(a, store(0), join('0'), LAUNCH)
        expect(await commit(late, store(0), join('0'))).toEqual({ kind: 'done' })
      })

      test('a seat is taken once: copies of a member do not fill the seats of others', async () => {
        const [a, copy, b] = (await seated(chordOf(2), '0', '0', '1')) as [Delivery, Delivery, Delivery]
        expect(await commit(a, join('0', success('first')))).toEqual({ kind: 'done' })
        expect(await commit(copy, join('0', success('second')))).toEqual({ kind: 'done' })
        expect(seatsOf(await commit(b, join('1', success('b'))))).toEqual([
          '0 SUCCESS "first"',
          '1 SUCCESS "b"',
        ])
      })

      test('a failed member takes its seat like any other, and so does an ignored one', async () => {
        const [a, b] = (await seated(chordOf(2), '0', '1')) as [Delivery, Delivery]
        await commit(a, store(0, failed('REVOKED')), join('0', failed('REVOKED')))
        const reply = await commit(b, store(1, { state: 'IGNORED' }), join('1', { state: 'IGNORED' }))
        expect(seatsOf(reply)).toEqual(['0 REVOKED', '1 IGNORED'])
      })

      test('a chord that is opened again keeps the seats that are taken', async () => {
        const [a, b] = (await seated(chordOf(2), '0', '1')) as [Delivery, Delivery]
        await commit(a, join('0'), { do: 'open', chord: chordOf(2) })
        await commit(b, publish(call(5)), { do: 'open', chord: chordOf(2) }, join('1'))
        const c = await backend.deliveries.commit(b, [join('1')])
        expect(seatsOf(c)).toEqual(['0 SUCCESS null', '1 SUCCESS null'])
      })

      test('closing one chord may close the next: each is told, and one commit launches both', async () => {
        const outer: Chord = { ...chordOf(1), id: `${RUN}.outer` }
        const inner: Chord = { ...chordOf(1), seat: { chord: outer.id, index: '0' } }
        await submitWith({ do: 'open', chord: outer }, { do: 'open', chord: inner }, publish(member('0')))
        const a = await receiveOne()
        const first = [store(0), join('0')]
        expect(await commit(a, ...first)).toMatchObject({ kind: 'closed', chord: inner })
        const second = [
          ...first,
          LAUNCH,
          { do: 'join', run: RUN, seat: { chord: outer.id, index: '0' }, verdict: success([1]) } as const,
        ]
        expect(await commit(a, ...second)).toMatchObject({ kind: 'closed', chord: outer })
        const third = [...second, { ...LAUNCH, chord: outer.id } as const, publish(call(7))]
        expect(await commit(a, ...third)).toEqual({ kind: 'done' })
        expect(await received()).toEqual([`${RUN}.7`])
      })

      test('a seat that is added keeps the chord open until it is taken', async () => {
        const [a] = (await seated(chordOf(1), '0')) as [Delivery]
        expect(
          await commit(a, widen('0.0'), publish(member('0.0', CHORD, 5)), store(0), join('0', success('a'))),
        ).toEqual({
          kind: 'done',
        })
        const added = await receiveOne()
        expect(seatsOf(await commit(added, store(5), join('0.0', success('b'))))).toEqual([
          '0 SUCCESS "a"',
          '0.0 SUCCESS "b"',
        ])
      })

      test('a seat that is added twice is one seat', async () => {
        const [a, copy] = (await seated(chordOf(1), '0', '0')) as [Delivery, Delivery]
        const wishes = [widen('0.0'), publish(member('0.0', CHORD, 5)), store(0), join('0')]
        await commit(a, ...wishes)
        await commit(copy, ...wishes)
        expect(await commit(await receiveOne(), store(5), join('0.0'))).toMatchObject({ kind: 'closed' })
      })

      test.each([
        ['all', 'FAILURE SUCCESS SUCCESS', 3],
        ['settle', 'FAILURE FAILURE SUCCESS', 3],
        ['failFast', 'SUCCESS FAILURE SUCCESS', 2],
        ['failFast', 'REVOKED SUCCESS SUCCESS', 1],
        ['failFast', 'SUCCESS IGNORED SUCCESS', 3],
        [{ quorum: 1 }, 'FAILURE SUCCESS SUCCESS', 2],
        [{ quorum: 2 }, 'SUCCESS IGNORED SUCCESS', 2],
        [{ quorum: 2 }, 'FAILURE FAILURE SUCCESS', 2],
        [{ quorum: 3 }, 'REVOKED SUCCESS SUCCESS', 1],
      ] as const)(
        'with policy %j, members that end as %s close it at number %i',
        async (policy, states, closing) => {
          const members = await seated({ ...chordOf(3), policy }, '0', '1', '2')
          const verdicts = states.split(' ').map((state) => endedAs(state as Verdict['state']))
          for (const [nth, member] of members.entries()) {
            const wishes = [store(nth, verdicts[nth]), join(String(nth), verdicts[nth])]
            const reply = await commit(member, ...wishes)
            expect(reply.kind).toBe(nth + 1 === closing ? 'closed' : 'done')
            if (reply.kind === 'closed') await commit(member, ...wishes, LAUNCH)
          }
        },
      )

      test('a seat in a chord nobody opened is no harm', async () => {
        await submit(call(0))
        expect(await commit(await receiveOne(), store(0), join('0'))).toEqual({ kind: 'done' })
        expect(await standing(`${RUN}.0`)).toBe('SUCCESS')
      })
    })

    describe('halts', () => {
      const halt = (at: string, span = 1, takes?: string): Awaitable<void> =>
        backend.runs.halt(RUN, takes === undefined ? { at, span } : { at, span, takes }, failed('REVOKED'))

      test('places that were halted have ended, with their verdict', async () => {
        await submit(call(0))
        await halt('1', 2, '')
        const states = await Promise.all(['.0', '.1', '.2', '.3', ''].map((id) => standing(RUN + id)))
        expect(states).toEqual(['PENDING', HALTED, HALTED, 'PENDING', HALTED])
      })

      test('what hangs below a halted place has ended, too', async () => {
        await submit(call(0))
        const grown = ['1', '2.5', '3', '4', '4.1'].map(graft)
        await commit(await receiveOne(), publish(call(9)), ...grown)
        await halt('1', 2)
        await halt('4.1', 1)
        const ended = await Promise.all(
          ['1.0', '2.5.3', '4.1', '4.1.7'].map((at) => standing(`${RUN}.${at}`)),
        )
        expect(ended).toEqual(ended.map(() => HALTED))
        const others = await Promise.all(['3.1', '4.0', '4.2', '10'].map((at) => standing(`${RUN}.${at}`)))
        expect(others).toEqual(others.map(() => 'PENDING'))
      })

      test('a verdict that was kept before stays', async () => {
        await submit(call(0), call(1))
        await commit(await receiveOne(), store(0))
        await backend.runs.halt(RUN, { at: '0', span: 9 }, failed('REVOKED'))
        expect([await standing(`${RUN}.0`), await standing(`${RUN}.1`)]).toEqual(['SUCCESS', HALTED])
      })

      test('a run that is over is not halted any more', async () => {
        await submit(call(0))
        await commit(await receiveOne(), store(0))
        await backend.runs.halt(RUN, { at: '0', span: 9, takes: '' }, failed('REVOKED'))
        expect([await standing(`${RUN}.5`), await standing(RUN)]).toEqual(['over', 'over'])
      })

      test('who closed a chord before it was halted launches it all the same', async () => {
        const [a] = (await seated(chordOf(1), '0')) as [Delivery]
        const wishes = [store(0, success('a')), join('0', success('a'))]
        expect(await commit(a, ...wishes)).toMatchObject({ kind: 'closed' })
        await backend.runs.halt(RUN, { at: '0', span: 9 }, failed('REVOKED'))
        const heir = await takeOver()
        expect(heir.verdict).toEqual(success('a'))
        expect(await commit(heir, ...wishes)).toMatchObject({ kind: 'closed' })
        expect(await commit(heir, ...wishes, LAUNCH, publish(call(7)))).toEqual({ kind: 'done' })
        expect(await received()).toEqual([`${RUN}.7`])
      })

      test('a waiting message that was halted is delivered with the verdict', async () => {
        await submit(call(0))
        await backend.runs.halt(RUN, { at: '0', span: 1 }, failed('REVOKED'))
        expect(await receiveOne()).toMatchObject({ verdict: failed('REVOKED') })
      })

      test('a delayed message that was halted is delivered at once', async () => {
        await submit(call(0, { countdown: leaseMs }), call(5, { countdown: leaseMs }))
        await backend.runs.halt(RUN, { at: '0', span: 1 }, failed('REVOKED'))
        expect(await receiveOne()).toMatchObject({ message: { id: `${RUN}.0` }, verdict: failed('REVOKED') })
        expect(await received()).toEqual([])
      })

      test('what is published after it was halted does not wait', async () => {
        await submit(call(0))
        await backend.runs.halt(RUN, { at: '5', span: 1 }, failed('REVOKED'))
        await commit(await receiveOne(), store(0), publish(call(5, { countdown: leaseMs })))
        expect(await receiveOne()).toMatchObject({ message: { id: `${RUN}.5` }, verdict: failed('REVOKED') })
      })

      test('who closed a chord launches it, although his task was halted meanwhile', async () => {
        await submitWith(
          { do: 'open', chord: chordOf(1) },
          publish({ ...member('0'), options: { ignoreResult: true } }),
        )
        const delivery = await receiveOne()
        const wishes = [store(0, success(null)), join('0', success('a'))]
        expect(await commit(delivery, ...wishes)).toMatchObject({ kind: 'closed', halt: null })
        await backend.runs.halt(RUN, { at: '0', span: 9 }, failed('REVOKED'))
        expect(await commit(delivery, ...wishes, LAUNCH, publish(call(7)))).toEqual({ kind: 'done' })
        expect(await standing(`${RUN}.0`)).toBe('SUCCESS')
      })

      test('a chord that was halted before it closed is told so', async () => {
        const [a] = (await seated(chordOf(1), '0')) as [Delivery]
        await backend.runs.halt(RUN, { at: '0', span: 9 }, failed('REVOKED'))
        const wishes = [store(0, failed('REVOKED')), join('0', failed('REVOKED'))]
        expect(await commit(a, ...wishes)).toMatchObject({ kind: 'closed', halt: failed('REVOKED') })
      })

      test('a task that was halted while it ran must conclude as the halt says, and nothing else is granted', async () => {
        await submit(call(0))
        const delivery = await receiveOne()
        await backend.runs.halt(RUN, { at: '0', span: 1 }, failed('REVOKED'))
        expect(await commit(delivery, store(0), publish(call(7)))).toEqual({
          kind: 'halted',
          verdict: failed('REVOKED'),
        })
        expect(await received()).toEqual([])
        expect(await commit(delivery, store(0, failed('REVOKED')), publish(call(8)))).toEqual({
          kind: 'done',
        })
        expect(await received()).toEqual([`${RUN}.8`])
      })

      test('a halted task that wants to run again must conclude instead', async () => {
        await submit(call(0))
        const delivery = await receiveOne()
        await backend.runs.halt(RUN, { at: '0', span: 1 }, failed('REVOKED'))
        expect(await commit(delivery, note(0, 'RETRY'), publish(call(0, { retries: 1 })))).toMatchObject({
          kind: 'halted',
        })
      })

      test('an errback runs although its run was halted', async () => {
        await submit(call(0, { aside: true }))
        await backend.runs.halt(RUN, { at: '0', span: Number.MAX_SAFE_INTEGER }, failed('REVOKED'))
        const delivery = await receiveOne()
        expect(delivery.verdict).toBeNull()
        expect(await commit(delivery, store(0))).toEqual({ kind: 'done' })
      })

      test('a chord that closed before it was halted does not stand as halted', async () => {
        const chord: Chord = { ...chordOf(1), id: `${RUN}.7`, at: '7' }
        await submitWith({ do: 'open', chord }, publish(member('0', chord.id)))
        const a = await receiveOne()
        const wishes = [store(0), join('0', success(null), chord.id)]
        expect(await commit(a, ...wishes)).toMatchObject({ kind: 'closed' })
        await halt('0', 9)
        expect(await standing(chord.id)).toBe('PENDING')
        await commit(a, ...wishes, { ...LAUNCH, chord: chord.id }, store(7, success(null), false))
        expect(await standing(chord.id)).toBe('SUCCESS')
      })

      test('who heeds halts hears of the run, until called off', async () => {
        const heard: string[] = []
        const callOff = await backend.deliveries.heed((run) => void heard.push(run))
        await submit(call(0))
        await halt('0')
        await expect.poll(() => heard).toEqual([RUN])
        callOff()
        await halt('1')
        expect(heard).toHaveLength(1)
      })

      test('who holds what was halted is told so when he extends his leases', async () => {
        await submit(call(0), call(1), call(2, { aside: true }))
        const held = await receive()
        await halt('1', 2)
        expect(await backend.deliveries.extend(held)).toEqual([{ delivery: held[1], why: 'halted' }])
      })

      test('halting a run nobody knows is no harm', async () => {
        await backend.runs.halt('nobody', { at: '0', span: 1 }, failed('REVOKED'))
        expect(await standing('nobody.0')).toBe('UNKNOWN')
      })
    })

    describe('deadlines', () => {
      /** In so many units the run is to be over. */
      async function submitUntil(units: number, ...messages: readonly Message[]): Promise<void> {
        await receive() // it may have to connect first
        const moment = backend.clock.now() + units * trial.unitMs
        await backend.deliveries.submit({ ...launch(), deadline: { moment, ...ALL } }, messages.map(publish))
      }

      test('until then a run goes on, and one that is over by then stays as it is', async () => {
        await submitUntil(7, call(0), call(1))
        const [a, b] = (await receive()) as [Delivery, Delivery]
        await trial.advance(2 * trial.unitMs)
        expect(await backend.deliveries.extend([a, b])).toEqual([])
        expect(await commit(a, store(0))).toEqual({ kind: 'done' })
        await commit(b, store(1))
        await trial.advance(6 * trial.unitMs)
        expect([await standing(`${RUN}.1`), await standing(`${RUN}.5`)]).toEqual(['SUCCESS', 'over'])
      })

      test('then all that has no verdict ends with that of the deadline', async () => {
        await submitUntil(2, call(0), call(1), call(2, { countdown: leaseMs }))
        await commit(await receiveOne(), store(0))
        await trial.advance(2 * trial.unitMs)
        const verdicts = (await receive()).map(({ message, verdict }) => [message.id, verdict?.state])
        expect(verdicts).toEqual([
          [`${RUN}.1`, 'REVOKED'],
          [`${RUN}.2`, 'REVOKED'],
        ])
        expect([await standing(`${RUN}.0`), await standing(RUN)]).toEqual(['SUCCESS', HALTED])
      })

      test('what runs is told to stop, and must conclude', async () => {
        await submitUntil(2, call(0))
        const heard: string[] = []
        await backend.deliveries.heed((run) => void heard.push(run))
        const delivery = await receiveOne()
        await trial.advance(2 * trial.unitMs)
        expect(await commit(delivery, store(0))).toEqual({ kind: 'halted', verdict: ALL.verdict })
        await expect.poll(() => heard).toEqual([RUN])
        expect(await backend.deliveries.extend([delivery])).toEqual([{ delivery, why: 'halted' }])
        expect(await commit(delivery, store(0, ALL.verdict))).toEqual({ kind: 'done' })
        expect(await progress()).toMatchObject({ over: true })
      })

      test('whoever asks is told the truth, though nobody serves its queue', async () => {
        await submitUntil(4, call(0, { options: { queue: 'nobody' } }))
        expect(await standing(RUN)).toBe('PENDING')
        await trial.advance(4 * trial.unitMs)
        expect(await standing(RUN)).toBe(HALTED)
      })

      test('who watches is told to look when it has come, though nobody works at all', async () => {
        await submitUntil(3, call(0))
        let looks = 0
        await backend.results.watch(RUN, (change) => void (change === null && looks++), [`${RUN}.7`])
        await trial.advance(3 * trial.unitMs)
        await expect.poll(() => looks).toBeGreaterThan(0)
        expect(await standing(RUN)).toBe(HALTED)
      })

      test('who works for other queues notices that it has come', async () => {
        const waiting = new AbortController()
        const heard: string[] = []
        await backend.deliveries.heed((run) => void heard.push(run))
        const received = backend.deliveries.receive(['default'], 1, waiting.signal)
        await submitUntil(2, call(0, { options: { queue: 'nobody' } }))
        await trial.advance(2 * trial.unitMs)
        await expect.poll(() => heard, { timeout: 10_000 }).toEqual([RUN])
        waiting.abort()
        expect(await received).toEqual([])
      })

      test('many may come at once', async () => {
        const moment = backend.clock.now() + 5 * trial.unitMs
        for (let nth = 0; nth < 120; nth++) {
          const run = `many-${nth}`
          const late = { ...call(0, { countdown: leaseMs }), run, id: `${run}.0` }
          await backend.deliveries.submit({ ...launch(), id: run, deadline: { moment, ...ALL } }, [
            publish(late),
          ])
        }
        await trial.advance(6 * trial.unitMs)
        const found = new Set<string>()
        await expect
          .poll(
            async () => {
              for (const { message, verdict } of await receive()) if (verdict !== null) found.add(message.run)
              return found.size
            },
            { timeout: 10_000 },
          )
          .toBe(120)
      })

      test('one that was cancelled before stays cancelled for that reason', async () => {
        const why = failed('FAILURE')
        await submitUntil(2, call(0))
        await backend.runs.halt(RUN, ALL.span, why)
        await trial.advance(2 * trial.unitMs)
        expect((await receiveOne()).verdict).toEqual(why)
      })
    })

    describe('dismissals', () => {
      const gone = failed('REVOKED')
      const dismiss: Wish = { ...LAUNCH, dismissed: gone }
      const inner: Chord = { ...chordOf(2), id: `${RUN}.inner`, seat: { chord: CHORD, index: '2' } }
      const linked = (place: number): CallMessage => call(place, { parent: `${RUN}.1` })

      /** A chord that fails fast, one of whose members sits in a chord of its own; and the delivery that closes it. */
      async function closing(...others: readonly Wish[]): Promise<Delivery> {
        const chord: Chord = { ...chordOf(3), policy: 'failFast' }
        await submitWith({ do: 'open', chord }, { do: 'open', chord: inner }, publish(member('0')), ...others)
        return receiveOne()
      }

      async function fail(delivery: Delivery, ...more: readonly Wish[]): Promise<void> {
        const wishes = [store(0, failed('FAILURE')), join('0', failed('FAILURE'))]
        expect(await commit(delivery, ...wishes)).toMatchObject({ kind: 'closed', isFull: false })
        expect(await commit(delivery, ...wishes, dismiss, ...more)).toEqual({ kind: 'done' })
      }

      test('who sits in a chord that dismisses its members is delivered with the verdict', async () => {
        await fail(await closing(publish(member('1'))))
        expect(await receiveOne()).toMatchObject({ message: { id: `${RUN}.1` }, verdict: gone })
      })

      test('so is who sits in a chord that sits in it', async () => {
        await fail(await closing(publish(member('0', inner.id, 5))))
        expect(await receiveOne()).toMatchObject({ message: { id: `${RUN}.5` }, verdict: gone })
      })

      test('who does not sit in it goes on: a link of a member that succeeded, an errback', async () => {
        await fail(await closing(publish(linked(5))), publish(linked(6)))
        const held = await receive()
        expect(held.map(({ message, verdict }) => [message.id, verdict])).toEqual([
          [`${RUN}.5`, null],
          [`${RUN}.6`, null],
        ])
        expect(await commit(held[0] as Delivery, store(5))).toEqual({ kind: 'done' })
      })

      test('members of a chord in an errback are dismissed like all others', async () => {
        await fail(await closing(publish({ ...member('1'), aside: true })))
        expect(await receiveOne()).toMatchObject({ verdict: gone })
      })

      test('it says nothing of how places stand: each ends when its message does', async () => {
        await fail(await closing(publish(member('1'))))
        expect(await standing(`${RUN}.1`)).toBe('PENDING')
        expect(await commit(await receiveOne(), store(1, gone))).toEqual({ kind: 'done' })
        expect(await standing(`${RUN}.1`)).toBe('REVOKED')
      })

      test('who runs when he is dismissed must conclude as it says', async () => {
        const delivery = await closing(publish(member('1')))
        const other = await receiveOne()
        const heard: string[] = []
        await backend.deliveries.heed((run) => void heard.push(run))
        await fail(delivery)
        await expect.poll(() => heard).toEqual([RUN])
        expect(await backend.deliveries.extend([other])).toEqual([{ delivery: other, why: 'halted' }])
        expect(await commit(other, store(1), publish(call(7)))).toEqual({ kind: 'halted', verdict: gone })
        expect(await commit(other, store(1, gone))).toEqual({ kind: 'done' })
      })

      test('a delayed member does not wait any longer, and others do', async () => {
        const late = { countdown: leaseMs }
        const delivery = await closing(publish({ ...member('1'), ...late }), publish(call(5, late)))
        await fail(delivery, publish({ ...member('2'), ...late }))
        expect((await receive()).map(({ message }) => message.id).sort()).toEqual([`${RUN}.1`, `${RUN}.2`])
      })

      test('a chord that sits in it is told so when it closes', async () => {
        await fail(await closing(publish(member('0', inner.id, 5)), publish(member('1', inner.id, 6))))
        for (const [nth, delivery] of (await receive()).entries()) {
          const seat = { chord: inner.id, index: String(nth) }
          const reply = await commit(delivery, store(5 + nth, gone), {
            do: 'join',
            run: RUN,
            seat,
            verdict: gone,
          })
          expect(reply).toMatchObject(nth === 0 ? { kind: 'done' } : { kind: 'closed', halt: gone })
        }
      })

      test('a chord that was launched without dismissing anybody protects its members', async () => {
        const delivery = await closing(publish(member('0', inner.id, 5)), publish(member('9', inner.id, 6)))
        const [a, b] = (await receive()) as [Delivery, Delivery]
        await commit(a, store(5), { ...LAUNCH, chord: inner.id })
        await fail(delivery)
        expect(await commit(b, store(6))).toEqual({ kind: 'done' })
      })
    })

    describe('runs', () => {
      test('nobody knows a run that was never submitted', async () => {
        expect(await backend.runs.get('nobody')).toBeNull()
        expect(await backend.runs.items('nobody', 'list', 0, 9)).toEqual([])
      })

      test('a run that goes on is remembered, however long it takes', async () => {
        await submit(call(0, { countdown: 3 * leaseMs }))
        await trial.advance(3 * leaseMs)
        expect(await standing(`${RUN}.0`)).toBe('PENDING')
        expect(await commit(await receiveOne(), store(0))).toEqual({ kind: 'done' })
        expect(await standing(`${RUN}.0`)).toBe('SUCCESS')
      })

      test('of a known run, only places that it has are known', async () => {
        await submit(call(0))
        await commit(await receiveOne(), publish(call(1)), graft('7'))
        expect([await standing(`${RUN}.19`), await standing(`${RUN}.7.0`)]).toEqual(['PENDING', 'PENDING'])
        expect([await standing(`${RUN}.20`), await standing(`${RUN}.8.0`)]).toEqual(['UNKNOWN', 'UNKNOWN'])
      })

      test('items of a list are read by position', async () => {
        const items = [[], [], []].map((_, place) => [{ ...STORED, from: place }])
        await backend.deliveries.submit({ ...launch(), lists: { list: items } }, [publish(call(0))])
        expect(await backend.runs.items(RUN, 'list', 0, 3)).toEqual(items)
        expect(await backend.runs.items(RUN, 'list', 1, 2)).toEqual(items.slice(1, 2))
        expect(await backend.runs.items(RUN, 'list', 2, 9)).toEqual(items.slice(2))
        expect(await backend.runs.items(RUN, 'no such list', 0, 3)).toEqual([])
      })

      test('progress counts what has ended, of what counts, and what of it failed', async () => {
        await submit(call(0), call(1), call(2), call(3))
        expect(await progress()).toEqual({ total: 9, done: 0, failed: 0, over: false })
        const [a, b, c] = (await receive()) as [Delivery, Delivery, Delivery]
        await commit(a, store(0))
        await commit(b, store(1, failed('FAILURE')))
        await commit(c, store(2, failed('FAILURE'), false))
        expect(await progress()).toEqual({ total: 9, done: 2, failed: 1, over: false })
      })

      test('a run is over when its last message is acknowledged, and then all has ended', async () => {
        await submit(call(0), call(1, { countdown: trial.unitMs }))
        await commit(await receiveOne(), store(0))
        expect(await progress()).toMatchObject({ over: false })
        await trial.advance(trial.unitMs)
        const last = await receiveOne()
        expect(await progress()).toMatchObject({ over: false })
        await commit(last, store(1))
        expect(await progress()).toMatchObject({ total: 9, done: 9, over: true })
        expect(await standing(`${RUN}.5`)).toBe('over')
      })

      test('a part that is grafted on is found again, and counts', async () => {
        await submit(call(0))
        const lists = { '0:0': [[STORED]] }
        await commit(await receiveOne(), { ...graft('0'), lists, calls: 2 }, publish(call(1)))
        const record = await backend.runs.get(RUN)
        expect(record?.grafts).toEqual({ '0': GRAFT })
        expect(record?.progress.total).toBe(11)
        expect(await backend.runs.items(RUN, '0:0', 0, 1)).toEqual([[STORED]])
      })

      test('a run that is over is forgotten at once', async () => {
        await submit(call(0))
        await commit(await receiveOne(), store(0))
        const heard: unknown[] = []
        await backend.results.watch(RUN, (change) => heard.push(change), [RUN])
        await backend.runs.forget(RUN)
        expect([await backend.runs.get(RUN), await standing(`${RUN}.0`)]).toEqual([null, 'UNKNOWN'])
        await backend.runs.forget(RUN)
        await expect.poll(() => heard).toEqual([null])
      })

      test('a run that goes on is forgotten as soon as it is over, so that nobody takes its messages for his own', async () => {
        await submit(call(0))
        const held = await receiveOne()
        await backend.runs.forget(RUN)
        expect(await backend.deliveries.submit(launch(), [publish(call(3))])).toBe('known')
        expect(await commit(held, store(0), publish(call(7)))).toEqual({ kind: 'done' })
        expect(await standing(`${RUN}.0`)).toBe('SUCCESS')
        await commit(await receiveOne(), store(7))
        expect([await backend.runs.get(RUN), await standing(`${RUN}.0`)]).toEqual([null, 'UNKNOWN'])
        expect(await received()).toEqual([])
      })
    })

    describe('what failed', () => {
      const bad = failed('FAILURE')
      const keep = (kept: Message | Chord): Wish => ({ do: 'keep', failed: kept })
      const reopen = () => backend.runs.reopen(RUN)

      /** Ends a message as failed. */
      async function end(delivery: Delivery, ...more: readonly Wish[]): Promise<void> {
        const { message } = delivery
        const wishes = [store(Number(message.at), bad), keep(message), ...more]
        expect(await commit(delivery, ...wishes)).toEqual({ kind: 'done' })
      }

      test('of a run that is over is sent again, and what ended well stays', async () => {
        await submit(call(0), call(1))
        const [a, b] = (await receive()) as [Delivery, Delivery]
        await end(a)
        await commit(b, store(1, success('b')))
        expect(await progress()).toMatchObject({ done: 9, failed: 1, over: true })
        expect(await reopen()).toEqual({ kind: 'reopened', calls: 1 })
        expect(await progress()).toEqual({ total: 9, done: 1, failed: 0, over: false })
        expect([await standing(`${RUN}.0`), await standing(`${RUN}.1`)]).toEqual(['PENDING', 'SUCCESS'])
        const again = await receiveOne()
        expect(again).toMatchObject({ message: a.message, count: 1, verdict: null })
        expect(await commit(again, store(0, success('a')))).toEqual({ kind: 'done' })
        expect(await progress()).toMatchObject({ failed: 0, over: true })
        expect(await backend.results.get([`${RUN}.0`])).toEqual([{ kind: 'ended', verdict: success('a') }])
      })

      test('may fail again, and be sent again, as often as one likes', async () => {
        await submit(call(0))
        for (let round = 0; round < 3; round++) {
          await end(await receiveOne())
          expect(await progress()).toEqual({ total: 9, done: 9, failed: 1, over: true })
          expect(await reopen()).toEqual({ kind: 'reopened', calls: 1 })
        }
        await commit(await receiveOne(), store(0))
        expect(await reopen()).toEqual({ kind: 'reopened', calls: 0 })
        expect(await progress()).toMatchObject({ failed: 0, over: true })
      })

      test('is nothing in a run that succeeded, and nobody knows a run that was never sent', async () => {
        await submit(call(0))
        await commit(await receiveOne(), store(0))
        expect(await reopen()).toEqual({ kind: 'reopened', calls: 0 })
        expect(await received()).toEqual([])
        expect(await backend.runs.reopen('nobody')).toEqual({ kind: 'unknown' })
      })

      test('waits until the run is over', async () => {
        await submit(call(0), call(1, { countdown: leaseMs }))
        await end(await receiveOne())
        expect(await reopen()).toEqual({ kind: 'underway' })
        expect(await standing(`${RUN}.0`)).toBe('FAILURE')
      })

      test('cannot be told anything by whoever held it the first time', async () => {
        await submit(call(0))
        const zombie = await receiveOne()
        const holder = await takeOver()
        await end(holder)
        await reopen()
        for (const late of [zombie, holder]) {
          expect(await commit(late, store(0, success('late')))).toEqual({ kind: 'fenced' })
        }
        expect(await standing(`${RUN}.0`)).toBe('PENDING')
        expect(await received()).toHaveLength(1)
      })

      test('has its place again in the chord that failed because of it; good members keep theirs', async () => {
        const chord: Chord = { ...chordOf(3), rest: [step(8)] }
        const members = await seated(chord, '0', '1', '2')
        for (const [nth, member] of members.entries()) {
          const verdict = nth === 1 ? success('b') : bad
          const own = nth === 1 ? [] : [keep(member.message)]
          const wishes = [store(nth, verdict), join(String(nth), verdict), ...own]
          const reply = await commit(member, ...wishes)
          if (nth < 2) expect(reply).toEqual({ kind: 'done' })
          else {
            const broken = [keep(chord), LAUNCH, storeId(CHORD, bad), store(8, bad, false)]
            expect(await commit(member, ...wishes, ...broken)).toEqual({ kind: 'done' })
          }
        }
        expect([await standing(CHORD), await standing(`${RUN}.8`)]).toEqual(['FAILURE', 'FAILURE'])
        expect(await reopen()).toEqual({ kind: 'reopened', calls: 2 })
        expect(await standing(`${RUN}.8`)).toBe('PENDING')
        const again = new Map((await receive()).map((one) => [one.message.at, one]))
        expect([...again.keys()].sort()).toEqual(['0', '2'])
        const [a, c] = [again.get('0'), again.get('2')] as [Delivery, Delivery]
        expect(await commit(a, store(0, success('a')), join('0', success('a')))).toEqual({ kind: 'done' })
        const wishes = [store(2, success('c')), join('2', success('c'))]
        const reply = await commit(c, ...wishes)
        expect(reply).toMatchObject({ kind: 'closed', chord, isFull: true, halt: null })
        expect(seatsOf(reply)).toEqual(['0 SUCCESS "a"', '1 SUCCESS "b"', '2 SUCCESS "c"'])
        expect(await commit(c, ...wishes, LAUNCH, publish(call(8)))).toEqual({ kind: 'done' })
        expect(await received()).toEqual([`${RUN}.8`])
      })

      test('opens chords outwards, as far as they failed', async () => {
        const outer: Chord = { ...chordOf(1), id: `${RUN}.7`, at: '7' }
        const inner: Chord = { ...chordOf(1), seat: { chord: outer.id, index: '0' } }
        await submitWith({ do: 'open', chord: outer }, { do: 'open', chord: inner }, publish(member('0')))
        const a = await receiveOne()
        const own = [store(0, bad), join('0', bad), keep(a.message)]
        expect(await commit(a, ...own)).toMatchObject({ kind: 'closed', chord: inner })
        const innerEnds = [keep(inner), LAUNCH, storeId(CHORD, bad), join('0', bad, outer.id)]
        expect(await commit(a, ...own, ...innerEnds)).toMatchObject({ kind: 'closed', chord: outer })
        const outerEnds = [keep(outer), { ...LAUNCH, chord: outer.id }, store(7, bad, false)]
        expect(await commit(a, ...own, ...innerEnds, ...outerEnds)).toEqual({ kind: 'done' })
        await reopen()
        expect(await standing(outer.id)).toBe('PENDING')
        const again = await receiveOne()
        const good = [store(0), join('0')]
        expect(await commit(again, ...good)).toMatchObject({ kind: 'closed', chord: inner })
        const second = [...good, LAUNCH, join('0', success([null]), outer.id)]
        const reply = await commit(again, ...second)
        expect(reply).toMatchObject({ kind: 'closed', chord: outer })
        expect(seatsOf(reply)).toEqual(['0 SUCCESS [null]'])
      })

      test('has good company in its chord, though that ended well when the chord had closed already', async () => {
        const chord: Chord = { ...chordOf(3), policy: 'failFast' }
        const [a, b, c] = (await seated(chord, '0', '1', '2')) as [Delivery, Delivery, Delivery]
        const own = [store(0, bad), join('0', bad), keep(a.message)]
        expect(await commit(a, ...own)).toMatchObject({ kind: 'closed' })
        expect(await commit(b, store(1, success('b')), join('1', success('b')))).toEqual({ kind: 'done' })
        await end(c, join('2', bad))
        const reply = await commit(a, ...own)
        expect(seatsOf(reply)).toEqual(['0 FAILURE'])
        await commit(a, ...own, keep(chord), { ...LAUNCH, dismissed: ALL.verdict }, storeId(CHORD, bad))
        expect(await reopen()).toEqual({ kind: 'reopened', calls: 2 })
        const [first, second] = (await receive()) as [Delivery, Delivery]
        const good = ({ message: { at } }: Delivery) => [store(Number(at)), join(at)]
        expect(await commit(first, ...good(first))).toEqual({ kind: 'done' })
        const last = await commit(second, ...good(second))
        expect(seatsOf(last)).toEqual(['0 SUCCESS null', '1 SUCCESS "b"', '2 SUCCESS null'])
      })

      test('may be a chord that has all it needs: it is closed by whoever knocks at a seat that is taken', async () => {
        const [a, b] = (await seated(chordOf(2), '0', '1')) as [Delivery, Delivery]
        await commit(a, store(0, success('a')), join('0', success('a')))
        const own = [store(1, success('b')), join('1', success('b'))]
        expect(await commit(b, ...own)).toMatchObject({ kind: 'closed' })
        const knock = { ...member('1'), id: `${RUN}.0.again`, at: '0.again' }
        const ends = [keep(chordOf(2)), keep(knock), LAUNCH, storeId(CHORD, bad)]
        expect(await commit(b, ...own, ...ends)).toEqual({ kind: 'done' })
        expect(await reopen()).toEqual({ kind: 'reopened', calls: 0 })
        expect(await standing(CHORD)).not.toBe('FAILURE')
        const wishes = [storeId(knock.id, success(null)), join('1', success('other'))]
        const reply = await commit(await receiveOne(), ...wishes)
        expect(seatsOf(reply)).toEqual(['0 SUCCESS "a"', '1 SUCCESS "b"'])
      })

      test('does not open a chord again that went on in spite of it', async () => {
        const [a] = (await seated({ ...chordOf(1), policy: 'settle' }, '0')) as [Delivery]
        const own = [store(0, bad), join('0', bad), keep(a.message)]
        expect(await commit(a, ...own)).toMatchObject({ kind: 'closed' })
        expect(await commit(a, ...own, LAUNCH, storeId(CHORD, success([])))).toEqual({ kind: 'done' })
        expect(await reopen()).toEqual({ kind: 'reopened', calls: 1 })
        expect(await standing(CHORD)).toBe('SUCCESS')
        expect(await commit(await receiveOne(), store(0), join('0'))).toEqual({ kind: 'done' })
        expect(await progress()).toMatchObject({ failed: 0, over: true })
      })

      test('is halted no more, nor are those who were dismissed', async () => {
        const chord: Chord = { ...chordOf(2), policy: 'failFast' }
        const [a, b] = (await seated(chord, '0', '1')) as [Delivery, Delivery]
        const own = [store(0, bad), join('0', bad), keep(a.message)]
        const dismissed = { ...LAUNCH, dismissed: failed('REVOKED') }
        await commit(a, ...own)
        await commit(a, ...own, keep(chord), dismissed, storeId(CHORD, bad))
        await backend.runs.halt(RUN, ALL.span, ALL.verdict)
        await commit(b, store(1, ALL.verdict), join('1', ALL.verdict), keep(b.message))
        expect(await standing(`${RUN}.5`)).toBe(HALTED)
        expect(await reopen()).toEqual({ kind: 'reopened', calls: 2 })
        expect(await standing(`${RUN}.5`)).toBe('PENDING')
        const again = await receive()
        expect(again.map(({ verdict }) => verdict)).toEqual([null, null])
        expect(await backend.deliveries.extend(again)).toEqual([])
        const replies = []
        for (const { message, ...rest } of again) {
          const place = Number(message.at)
          replies.push(await commit({ message, ...rest }, store(place), join(message.at)))
        }
        expect(replies).toMatchObject([{ kind: 'done' }, { kind: 'closed', halt: null }])
      })

      test('calls its errbacks anew, which may do what they did before', async () => {
        const errback = call(5, { aside: true })
        await submit(call(0))
        for (let round = 0; round < 2; round++) {
          await end(await receiveOne(), publish(errback))
          const called = await receiveOne()
          expect(called).toMatchObject({ message: errback, verdict: null })
          const lines = [graft('5'), publish({ ...errback, id: `${RUN}.5.0`, at: '5.0' })]
          expect(await commit(called, ...lines)).toEqual({ kind: 'done' })
          const inStead = await receiveOne()
          expect(inStead).toMatchObject({ message: { id: `${RUN}.5.0` }, verdict: null })
          await commit(inStead, storeId(`${RUN}.5.0`, success(round)))
          expect(await progress()).toMatchObject({ over: true })
          expect(await backend.results.get([`${RUN}.5.0`])).toMatchObject([{ verdict: success(round) }])
          await reopen()
        }
      })

      test('finds the lists of its run again, and its own long arguments', async () => {
        const long = Array.from({ length: 300 }, (_, n) => `${n} é\n`.repeat(200))
        const message = call(0, { args: [long] })
        await backend.deliveries.submit({ ...launch(), lists: { list: [[STORED]] } }, [publish(message)])
        for (let round = 0; round < 3; round++) {
          const delivery = await receiveOne()
          expect(delivery.message).toEqual(message)
          expect(await backend.runs.items(RUN, 'list', 0, 1)).toEqual([[STORED]])
          await end(delivery)
          await reopen()
        }
      })

      test('may be branches that were never started', async () => {
        const lost = { ...spread(), awaited: true, id: CHORD }
        await submitWith({ do: 'open', chord: chordOf(3) }, publish(lost))
        const delivery = await receiveOne()
        const joins = ['0', '1', '2'].map((index) => join(index, bad))
        expect(await commit(delivery, ...joins, keep(lost))).toMatchObject({ kind: 'closed' })
        const ends = [keep(chordOf(3)), LAUNCH, storeId(CHORD, bad)]
        expect(await commit(delivery, ...joins, keep(lost), ...ends)).toEqual({ kind: 'done' })
        expect(await reopen()).toEqual({ kind: 'reopened', calls: 3 })
        const again = await receiveOne()
        expect(again.message).toEqual(lost)
        const reply = await commit(again, join('0'), join('1'), join('2'))
        expect(seatsOf(reply)).toEqual(['0 SUCCESS null', '1 SUCCESS null', '2 SUCCESS null'])
      })

      test('may be much', async () => {
        const count = 700
        const places = Array.from({ length: count }, (_, place) => place)
        const chord = chordOf(count)
        await submitWith({ do: 'open', chord }, ...places.map((place) => publish(member(String(place)))))
        for (const [nth, delivery] of (await receive(count)).entries()) {
          const { at } = delivery.message
          const own = [store(Number(at), bad), join(at, bad), keep(delivery.message)]
          const reply = await commit(delivery, ...own)
          expect(reply.kind).toBe(nth + 1 < count ? 'done' : 'closed')
          if (nth + 1 === count) await commit(delivery, ...own, keep(chord), LAUNCH, storeId(CHORD, bad))
        }
        expect(await reopen()).toEqual({ kind: 'reopened', calls: count })
        expect(await progress()).toEqual({ total: 9, done: 0, failed: 0, over: false })
        const again = await receive(count)
        expect(new Set(again.map(({ message }) => message.id)).size).toBe(count)
        for (const [nth, delivery] of again.entries()) {
          const { at } = delivery.message
          const reply = await commit(delivery, store(Number(at)), join(at))
          expect(reply.kind).toBe(nth + 1 < count ? 'done' : 'closed')
        }
      })

      test('makes those look again who watch its run', async () => {
        await submit(call(0))
        await end(await receiveOne())
        let looks = 0
        await backend.results.watch(RUN, (change) => void (change === null && looks++), [`${RUN}.7`])
        await reopen()
        await expect.poll(() => looks).toBeGreaterThan(0)
      })

      test('is forgotten with its run', async () => {
        await submit(call(0))
        await end(await receiveOne())
        await backend.runs.forget(RUN)
        expect(await reopen()).toEqual({ kind: 'unknown' })
      })
    })

    describe('results', () => {
      test('are read many at a time, in the order asked for', async () => {
        await submit(call(0), call(1))
        await commit(await receiveOne(), store(0))
        const states = await backend.results.get([`${RUN}.1`, 'nobody', `${RUN}.0`, `${RUN}.1`])
        expect(states.map(({ kind }) => kind)).toEqual(['underway', 'unknown', 'ended', 'underway'])
        expect(await backend.results.get([])).toEqual([])
      })

      test('who watches a run hears what becomes of its nodes, until called off', async () => {
        await submit(call(0), call(1), call(2))
        const heard: unknown[] = []
        const callOff = await backend.results.watch(
          RUN,
          (change) => heard.push(change && `${change.id} ${change.state}`),
          null,
        )
        await backend.results.note(`${RUN}.0`, 'PROGRESS', 1)
        await commit(await receiveOne(), store(0))
        await expect.poll(() => heard).toEqual([`${RUN}.0 PROGRESS`, `${RUN}.0 SUCCESS`])
        callOff()
        await commit(await receiveOne(), store(1))
        expect(heard).toHaveLength(2)
      })

      test('who watches some nodes hears of those, whoever else watches', async () => {
        await submit(call(0), call(1), call(2))
        const heard: string[] = []
        const hear =
          (who: string) =>
          (change: Change | null): void =>
            void heard.push(`${who} ${change?.id}`)
        const callOff = await backend.results.watch(RUN, hear('first'), [`${RUN}.0`, `${RUN}.1`])
        await backend.results.watch(RUN, hear('second'), [`${RUN}.1`])
        const [a, b, c] = (await receive()) as [Delivery, Delivery, Delivery]
        await commit(a, store(0))
        await expect.poll(() => heard).toEqual([`first ${RUN}.0`])
        callOff()
        await commit(c, store(2))
        await commit(b, store(1), publish(call(3)))
        await expect.poll(() => heard).toEqual([`first ${RUN}.0`, `second ${RUN}.1`])
      })

      test('who watches is told to look when a run is halted, and when it is over', async () => {
        await submit(call(0))
        let looks = 0
        const look = (change: Change | null): void => {
          if (change === null) looks++
        }
        await backend.results.watch(RUN, look, null)
        await backend.results.watch(RUN, look, [`${RUN}.7`])
        await backend.runs.halt(RUN, { at: '5', span: 1 }, failed('REVOKED'))
        await expect.poll(() => looks).toBe(2)
        await commit(await receiveOne(), store(0))
        await expect.poll(() => looks).toBe(4)
      })
    })

    describe('wide forks', () => {
      test('a message that starts branches is not stopped by what became of its fork', async () => {
        await submit(spread())
        await backend.runs.halt(RUN, { at: '0', span: 1 }, failed('REVOKED'))
        const delivery = await receiveOne()
        expect(delivery.verdict).toBeNull()
        expect(await commit(delivery, publish(call(1)))).toEqual({ kind: 'done' })
      })

      test('its branches go on being started where it stopped', async () => {
        await submit(spread())
        const first = await receiveOne()
        await commit(first, publish(call(1)), publish(spread(1)))
        expect(await received()).toEqual([`${RUN}.1`, `${RUN}.0`])
      })
    })

    describe('queues', () => {
      test('tell how much waits in them, and how much waits until it is due', async () => {
        const low = { options: { queue: 'low', priority: 2 } }
        const late = { countdown: 3 * leaseMs }
        await submit(
          call(0),
          call(1),
          call(2, low),
          call(3, { ...low, ...late }),
          call(4, { ...late, options: { queue: 'later' } }),
        )
        expect(await lengths()).toEqual(['default 2 0', 'later 0 1', 'low 1 1'])
        const held = await receiveOne()
        expect(await lengths()).toEqual(['default 1 0', 'later 0 1', 'low 1 1'])
        await backend.deliveries.release([held], 'unrun')
        expect(await received('low')).toEqual([`${RUN}.2`])
        expect(await lengths()).toEqual(['default 2 0', 'later 0 1', 'low 0 1'])
      })

      test('that are empty are not told of', async () => {
        expect(await lengths()).toEqual([])
        for (let round = 0; round < 2; round++) {
          await submit(call(0), call(1, { countdown: leaseMs }))
          expect(await lengths()).toEqual(['default 1 1'])
          await backend.runs.halt(RUN, ALL.span, ALL.verdict)
          for (const delivery of await receive())
            await commit(delivery, store(Number(delivery.message.at), ALL.verdict))
          expect(await lengths()).toEqual([])
          await backend.runs.forget(RUN)
        }
      })

      test('may be many', async () => {
        const queues = Array.from({ length: 300 }, (_, nth) => `queue ${nth}`)
        await submit(...queues.map((queue, place) => call(place, { options: { queue } })))
        expect(await lengths()).toEqual(queues.map((queue) => `${queue} 1 0`).sort())
      })

      test('what falls due waits for a worker, also where there is none', async () => {
        await submit(call(0, { countdown: 2 * trial.unitMs }))
        await trial.advance(2 * trial.unitMs)
        expect(await backend.queues.scheduled(9)).toEqual([])
        expect(await lengths()).toEqual(['default 1 0'])
      })

      test('what is scheduled is told with its moment, what is due first first, and so many at most', async () => {
        const start = backend.clock.now()
        const long = 'é'.repeat(100_000)
        const days = [3, 1, 2].map((count) => count * 86_400_000)
        const messages = days.map((countdown, place) => call(place, { countdown, args: [long, place] }))
        await submit(...messages, call(7))
        const told = await backend.queues.scheduled(2)
        expect(told.map(({ message }) => message)).toEqual([messages[1], messages[2]])
        for (const [nth, { due }] of told.entries()) {
          expect(Math.abs(due - start - (nth + 1) * 86_400_000)).toBeLessThan(trial.unitMs * 100)
        }
        expect(await backend.queues.scheduled(9)).toHaveLength(3)
      })

      async function lengths(): Promise<string[]> {
        const queues = await backend.queues.list()
        return queues.map(({ name, waiting, delayed }) => `${name} ${waiting} ${delayed}`).sort()
      }
    })

    describe('the bus', () => {
      test('what is told on a topic is heard by all who hear it, and by no others, until they are called off', async () => {
        const heard: string[] = []
        const calls = await Promise.all(
          (['a', 'a', 'b'] as const).map((topic, nth) =>
            backend.bus.hear(topic, (message) => void heard.push(`${nth} ${JSON.stringify(message)}`)),
          ),
        )
        await backend.bus.tell('a', { deep: [1, 'é'] })
        await expect.poll(() => heard.sort()).toEqual(['0 {"deep":[1,"é"]}', '1 {"deep":[1,"é"]}'])
        calls[0]?.()
        await backend.bus.tell('b', null)
        await backend.bus.tell('a', 2)
        await expect.poll(() => heard.length).toBe(4)
        expect(heard.slice(2).sort()).toEqual(['1 2', '2 null'])
      })
    })

    describe('events', () => {
      test('are read in order from when somebody begins to read, until he stops', async () => {
        expect(backend.events.isRead()).toBe(false)
        await backend.events.write([{ nth: 0 }])
        const seen: unknown[] = []
        const stop = await backend.events.read((events) => void seen.push(...events))
        expect(backend.events.isRead()).toBe(true)
        await backend.events.write([{ nth: 1 }, { nth: 2 }])
        await backend.events.write([{ nth: 3, text: 'é\n' }])
        await expect.poll(() => seen).toEqual([{ nth: 1 }, { nth: 2 }, { nth: 3, text: 'é\n' }])
        stop()
        await backend.events.write([{ nth: 4 }])
        expect(seen).toHaveLength(3)
      })
    })

    describe('presence', () => {
      test('who enters is there until he leaves, or his time is over', async () => {
        await backend.presence.enter('a', { n: 1 }, leaseMs)
        await backend.presence.enter('b:\n{}', {}, 3 * leaseMs)
        await backend.presence.enter('c', { deep: [null] }, 3 * leaseMs)
        expect(await present()).toEqual(['a {"n":1}', 'b:\n{} {}', 'c {"deep":[null]}'])
        await backend.presence.enter('c', { other: true }, 3 * leaseMs)
        await backend.presence.leave('b:\n{}')
        await trial.advance(leaseMs)
        expect(await present()).toEqual(['c {"other":true}'])
      })

      async function present(): Promise<string[]> {
        return (await backend.presence.list())
          .map(({ name, about }) => `${name} ${JSON.stringify(about)}`)
          .sort()
      }
    })

    describe('rates', () => {
      test('turns come one after another, at their distance; each name has its own', async () => {
        const start = backend.clock.now()
        const turns: number[] = []
        for (let i = 0; i < 4; i++) turns.push(await backend.rates.reserve('a', trial.unitMs * 10))
        expect(Math.abs((turns[0] ?? 0) - start)).toBeLessThan(trial.unitMs * 10)
        for (const [i, turn] of turns.slice(1).entries())
          expect(turn - (turns[i] ?? 0)).toBeCloseTo(trial.unitMs * 10, 0)
        expect(await backend.rates.reserve('b', 1)).toBeLessThan(turns[1] ?? 0)
      })

      test('a turn that nobody took is not saved up', async () => {
        await backend.rates.reserve('a', 1)
        await trial.advance(leaseMs)
        const [first, second] = [
          await backend.rates.reserve('a', leaseMs),
          await backend.rates.reserve('a', leaseMs),
        ]
        expect(second - first).toBeCloseTo(leaseMs, 0)
      })
    })

    describe('dead letters', () => {
      test('a message that is buried is listed with the reason, until somebody takes it out', async () => {
        await submit(call(0), call(1))
        await commit(
          await receiveOne(),
          { do: 'bury', message: call(0), reason: 'it kills workers' },
          store(0, failed('FAILURE')),
        )
        const [letter] = await backend.deadLetters.list()
        const { buriedAt, ...told } = letter as DeadLetter
        expect(told).toEqual({ id: `${RUN}.0`, message: call(0), reason: 'it kills workers' })
        expect(Math.abs(buriedAt - backend.clock.now())).toBeLessThan(trial.unitMs * 20)
        expect(await backend.deadLetters.remove(`${RUN}.0`)).toEqual(letter)
        expect(await backend.deadLetters.remove(`${RUN}.0`)).toBeNull()
        expect(await backend.deadLetters.list()).toEqual([])
      })

      test('all of them can be thrown away', async () => {
        await submit(call(0), call(1))
        for (const delivery of await receive())
          await commit(delivery, { do: 'bury', message: delivery.message, reason: 'x' })
        expect(await backend.deadLetters.purge()).toBe(2)
        expect(await backend.deadLetters.list()).toEqual([])
      })
    })
  })
}

const STOPPED = AbortSignal.abort()
const RUN = 'run'
const CHORD = `${RUN}.chord`
const SHAPE = [{ op: 'call', task: 'task', at: 0 }] as const
const GRAFT = { shape: SHAPE, takes: null } as const
/** A whole run, and how it ends when its time is over. */
const ALL = {
  span: { at: '0', span: Number.MAX_SAFE_INTEGER, takes: '' },
  verdict: failed('REVOKED'),
}
/** How what was halted stands, until a verdict of its own is kept. */
const HALTED = 'halted: REVOKED'
const STORED = { op: 'stored', list: 'list', from: 0, to: 3, end: '2' } as const
const LAUNCH: Extract<Wish, { do: 'launch' }> = { do: 'launch', run: RUN, chord: CHORD, dismissed: null }
const COURSE = { run: RUN, root: 'root', parent: null, group: null, seat: null, aside: false } as const
const NO_PLANS = { link: [], errback: [], rest: [] } as const

function launch(): Launch {
  return {
    id: RUN,
    root: 'root',
    parent: 'parent',
    shape: SHAPE,
    lists: {},
    calls: 9,
    span: 20,
    deadline: null,
  }
}

function call(place: number, more: Partial<CallMessage> = {}): CallMessage {
  return {
    ...COURSE,
    ...NO_PLANS,
    kind: 'call',
    id: `${RUN}.${place}`,
    at: String(place),
    task: 'task',
    args: [],
    kwargs: {},
    options: {},
    retries: 0,
    countdown: 0,
    eta: null,
    ...more,
  }
}

/** A call with a seat; its place is the seat's index. */
function member(index: string, chord = CHORD, place = Number(index)): CallMessage {
  return call(place, { seat: { chord, index }, group: { chord, index } })
}

function spread(from = 0): SpreadMessage {
  return {
    ...COURSE,
    kind: 'spread',
    id: `${RUN}.0`,
    at: '0',
    branches: { ...STORED, from },
    awaited: false,
    input: [],
    options: {},
  }
}

function chordOf(size: number): Chord {
  return { ...COURSE, ...NO_PLANS, id: CHORD, at: '0', size, policy: 'all', keep: false }
}

const publish = (message: Message): Wish => ({ do: 'publish', message })
const note = (place: number, state: string, meta: string | null = null): Wish => ({
  do: 'note',
  id: `${RUN}.${place}`,
  state,
  meta,
})
const widen = (index: string): Wish => ({ do: 'widen', run: RUN, seat: { chord: CHORD, index } })

function graft(at: string): Extract<Wish, { do: 'graft' }> {
  return { do: 'graft', run: RUN, at, graft: GRAFT, lists: {}, calls: 0 }
}

function store(
  place: number,
  verdict: Verdict = success(null),
  counts = true,
): Extract<Wish, { do: 'store' }> {
  return { do: 'store', id: `${RUN}.${place}`, verdict, counts }
}

function storeId(id: string, verdict: Verdict): Wish {
  return { do: 'store', id, verdict, counts: false }
}

/** What comes behind, at a place. */
function step(place: number): Call {
  const nothing = { args: [], kwargs: {}, immutable: false, options: {}, link: [], errback: [] }
  return { op: 'call', at: String(place), task: 'task', ...nothing }
}

function join(index: string, verdict: Verdict = success(null), chord = CHORD): Wish {
  return { do: 'join', run: RUN, seat: { chord, index }, verdict }
}

function endedAs(state: Verdict['state']): Verdict {
  if (state === 'SUCCESS') return success(null)
  return state === 'IGNORED' ? { state } : failed(state)
}

function success(value: Extract<Verdict, { state: 'SUCCESS' }>['value']): Verdict {
  return { state: 'SUCCESS', value }
}

function failed(state: Failed['state']): Failed {
  const error: ErrorRecord = {
    type: 'Error',
    message: 'no',
    stack: 'Error: no\n  at x',
    cause: null,
    code: 'E',
    data: { a: [] },
  }
  return {
    state,
    failure: { id: 'x', task: 'task', error, state, args: [[]], kwargs: {}, retries: 2, root: 'root' },
  }
}

/** The seats of a chord that closed, in order: `0 SUCCESS "a"`. */
function seatsOf(reply: Reply): string[] {
  if (reply.kind !== 'closed') throw new Error(`the chord is not closed: ${reply.kind}`)
  return reply.seats
    .map(
      ({ index, verdict }) =>
        `${index} ${verdict.state}${'value' in verdict ? ` ${JSON.stringify(verdict.value)}` : ''}`,
    )
    .sort()
}
