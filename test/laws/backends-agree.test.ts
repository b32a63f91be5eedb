import {
  type Backend,
  type CallMessage,
  type Chord,
  type Delivery,
  type Failed,
  type Launch,
  memoryBackend,
  type Policy,
  type Reply,
  type Verdict,
  virtualClock,
  type Wish,
} from '@arpeggio/core'
import { redisBackend } from '@arpeggio/redis-backend'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { redisHere } from '../support/redis-here.ts'
import { replay } from '../support/replay.ts'

/*
 * Whatever is asked of the two backends, in whatever order, both say the same: what is delivered, how a commit is taken, and
 * how everything stands afterwards. Only what nobody may rely on is left open: the order in which messages that were called
 * off early come.
 */

const here = redisHere()
let worlds = 0

const deed = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('submit' as const),
      run: nth(3),
      members: nth(4),
      policy: nth(4),
      late: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('receive' as const) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('commit' as const),
      which: fc.nat(),
      verdict: nth(4),
      more: fc.constantFrom('nothing', 'next', 'later', 'retry', 'graft', 'widen', 'bury'),
      /** Whether what follows a closed chord is asked for, or its worker dies. */
      follows: fc.boolean(),
      dismisses: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('commit all' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('commit again' as const), which: fc.nat() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('release' as const),
      which: fc.nat(),
      why: fc.constantFrom('unrun' as const, 'rejected' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('halt' as const),
      run: nth(3),
      at: nth(6),
      span: fc.integer({ min: 1, max: 4 }),
      below: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const), run: nth(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('note' as const), run: nth(3), place: nth(6) }) },
)
type Deed = typeof deed extends fc.Arbitrary<infer D> ? D : never

test('memory and Redis agree, whatever is asked of them', async () => {
  const law = fc.asyncProperty(
    fc.array(deed, { minLength: 10, maxLength: 40, size: 'max' }),
    async (deeds) => {
      const memory = memoryBackend({ clock: virtualClock(Date.now()) })
      const redis = redisBackend(here.server.url, {
        prefix: `world-${worlds++}`,
        heartbeat: 'loop',
        warn: () => {},
      })
      try {
        const both = new Both(memory, redis)
        await both.act({
          do: 'submit',
          run: 0,
          members: deeds.length % 4,
          policy: deeds.length % 3,
          late: true,
        })
        for (const deed of deeds) {
          await both.act(deed)
          await both.compare()
        }
      } finally {
        await Promise.all([memory.close(), redis.close()])
      }
    },
  )
  await fc.assert(law, replay(60))
}, 300_000)

/** A message as it was delivered on either side. */
type Held = readonly [Delivery, Delivery]

class Both {
  readonly #memory: Backend
  readonly #redis: Backend
  readonly #ids: Set<string> = new Set()
  #held: Held[] = []
  #ended: Held[] = []
  /** Whoever closed a chord asks for what follows, and for nothing else. */
  readonly #closers: Set<string> = new Set()
  /** So that every message has a place of its own. */
  #places = 10

  constructor(memory: Backend, redis: Backend) {
    this.#memory = memory
    this.#redis = redis
  }

  /** Everything stands alike. */
  async compare(): Promise<void> {
    const ids = [...this.#ids]
    await this.#alike(({ results }) => results.get(ids))
    for (const run of ['r0', 'r1', 'r2']) await this.#alike(({ runs }) => runs.get(run))
    await this.#alike(async ({ deadLetters }) => (await deadLetters.list()).map(({ id }) => id).sort())
  }

  async act(deed: Deed): Promise<void> {
    switch (deed.do) {
      case 'submit':
        return this.#submit(deed)
      case 'receive':
        return this.#receive()
      case 'commit': {
        const [held] = this.#held.splice(deed.which % this.#held.length, 1)
        return held === undefined ? undefined : this.#commit(held, deed)
      }
      case 'commit all':
        await this.#receive()
        for (const held of this.#held.splice(0)) await this.#commit(held, PLAINLY)
        return
      case 'commit again': {
        const held = this.#ended[deed.which % this.#ended.length]
        if (held !== undefined) await this.#replies(held, [store(held[0].message as CallMessage, SUCCESS)])
        return
      }
      case 'release': {
        const [held] = this.#held.splice(deed.which % this.#held.length, 1)
        if (held === undefined) return
        this.#ended.push(held)
        await this.#memory.deliveries.release([held[0]], deed.why)
        await this.#redis.deliveries.release([held[1]], deed.why)
        return
      }
      case 'halt': {
        const at = deed.below ? `${deed.at}.0` : `${deed.at}`
        await this.#alike(({ runs }) => runs.halt(`r${deed.run}`, { at, span: deed.span }, REVOKED))
        return this.#extend()
      }
      case 'forget':
        await this.#alike(({ runs }) => runs.forget(`r${deed.run}`))
        return
      case 'note':
        await this.#alike(({ results }) => results.note(`r${deed.run}.${deed.place}`, 'HALF', { n: 1 }))
    }
  }

  async #submit({ run: nth, members, policy, late }: Extract<Deed, { do: 'submit' }>): Promise<void> {
    const run = `r${nth}`
    const chord = chordOf(run, members + 1, POLICIES[policy] as Policy)
    const messages = Array.from({ length: members + 1 }, (_, i) => member(run, i, chord))
    const others = [messageOf(run, 6), messageOf(run, 7, late ? { countdown: 3_600_000 } : {})]
    for (const { id } of [...messages, ...others, chord]) this.#ids.add(id)
    this.#ids.add(run).add(`${run}.99`)
    const launch: Launch = {
      deadline: null,
      id: run,
      root: run,
      parent: null,
      shape: SHAPE,
      lists: {},
      span: 10_000,
      calls: 9,
    }
    const wishes: Wish[] = [{ do: 'open', chord }, ...[...messages, ...others].map(publish)]
    await this.#alike(({ deliveries }) => deliveries.submit(launch, wishes))
  }

  /** All there is, so that it does not matter what comes first. */
  async #receive(): Promise<void> {
    const [memory, redis] = [await receiveAll(this.#memory), await receiveAll(this.#redis)]
    const said = ({ message, count, verdict }: Delivery) => ({ message, count, verdict })
    expect(redis.map(said)).toEqual(memory.map(said))
    this.#held.push(...memory.map((one, i): Held => [one, redis[i] as Delivery]))
  }

  async #commit(held: Held, deed: Extract<Deed, { do: 'commit' }>): Promise<void> {
    const message = held[0].message as CallMessage
    let verdict = held[0].verdict ?? (VERDICTS[deed.verdict] as Verdict)
    let reply = await this.#replies(held, this.#wishes(message, verdict, deed))
    if (reply.kind === 'halted') {
      verdict = reply.verdict
      reply = await this.#replies(held, this.#wishes(message, verdict, deed))
    }
    if (reply.kind !== 'closed') {
      this.#ended.push(held)
      return
    }
    this.#closers.add(message.id)
    if (!deed.follows) {
      this.#held.push(held)
      return
    }
    const dismissed = deed.dismisses ? REVOKED : null
    this.#ended.push(held)
    const launch: Wish = { do: 'launch', run: message.run, chord: reply.chord.id, dismissed }
    const ended: Wish = { do: 'store', id: reply.chord.id, verdict: reply.halt ?? SUCCESS, counts: false }
    await this.#replies(held, [
      ...this.#wishes(message, verdict, deed),
      launch,
      ended,
      publish(this.#next(message.run)),
    ])
    await this.#extend()
  }

  #wishes(message: CallMessage, verdict: Verdict, deed: Extract<Deed, { do: 'commit' }>): Wish[] {
    const { id, run, seat, at } = message
    const more = this.#closers.has(id) ? 'nothing' : deed.more
    if (more === 'retry')
      return [
        { do: 'note', id, state: 'RETRY', meta: null },
        publish({ ...message, retries: message.retries + 1 }),
      ]
    const join: Wish[] = seat === null ? [] : [{ do: 'join', run, seat, verdict }]
    const own: Wish[] = [store(message, verdict), ...join]
    switch (more) {
      case 'nothing':
        return own
      case 'next':
        return [...own, publish(this.#next(run))]
      case 'later':
        return [...own, publish({ ...this.#next(run), countdown: 3_600_000 })]
      case 'graft':
        return [
          { do: 'graft', run, at, graft: { shape: SHAPE, takes: null }, lists: {}, calls: 2 },
          publish({ ...this.#next(run), seat, group: seat }),
        ]
      case 'widen': {
        if (seat === null) return own
        const added = { chord: seat.chord, index: `${seat.index}.${at}.0` }
        return [
          { do: 'widen', run, seat: added },
          ...own,
          publish({ ...this.#next(run), seat: added, group: added }),
        ]
      }
      case 'bury':
        return [{ do: 'bury', message, reason: 'no' }, ...own]
    }
  }

  #next(run: string): CallMessage {
    const message = messageOf(run, this.#places++)
    this.#ids.add(message.id)
    return message
  }

  /** Both take a commit alike. */
  async #replies([memory, redis]: Held, wishes: readonly Wish[]): Promise<Reply> {
    const reply = await this.#memory.deliveries.commit(memory, wishes)
    expect(inOrder(await this.#redis.deliveries.commit(redis, wishes))).toEqual(inOrder(reply))
    return reply
  }

  /** Both ask the same tasks to stop. */
  async #extend(): Promise<void> {
    const [memory, redis] = await Promise.all([
      this.#memory.deliveries.extend(this.#held.map(([one]) => one)),
      this.#redis.deliveries.extend(this.#held.map(([, one]) => one)),
    ])
    const said = (all: typeof memory) =>
      all.map(({ delivery, why }) => `${delivery.message.id} ${why}`).sort()
    expect(said(redis)).toEqual(said(memory))
  }

  async #alike(ask: (backend: Backend) => unknown): Promise<void> {
    const said = await ask(this.#memory)
    expect(await ask(this.#redis)).toEqual(said)
  }
}

const PLAINLY: Extract<Deed, { do: 'commit' }> = {
  ...{ do: 'commit', which: 0, verdict: 0, more: 'nothing', follows: true, dismisses: false },
}
const STOPPED = AbortSignal.abort()

async function receiveAll({ deliveries }: Backend): Promise<readonly Delivery[]> {
  const all: Delivery[] = []
  for (;;) {
    const some = await deliveries.receive(['default'], 100, STOPPED)
    if (some.length === 0) break
    all.push(...some)
  }
  const key = ({ message }: Delivery) => `${message.id} ${(message as CallMessage).retries}`
  return all.sort((a, b) => key(a).localeCompare(key(b)))
}

/** Seats come in any order. */
function inOrder(reply: Reply): Reply {
  if (reply.kind !== 'closed') return reply
  return { ...reply, seats: reply.seats.toSorted((a, b) => a.index.localeCompare(b.index)) }
}

function nth(count: number): fc.Arbitrary<number> {
  return fc.nat({ max: count - 1 })
}

const SHAPE = [{ op: 'call', task: 'task', at: 0 }] as const
const POLICIES: readonly Policy[] = ['all', 'failFast', 'settle', { quorum: 1 }]
const SUCCESS: Verdict = { state: 'SUCCESS', value: 'fine' }
const REVOKED: Failed = failed('REVOKED')
const VERDICTS: readonly Verdict[] = [SUCCESS, failed('FAILURE'), REVOKED, { state: 'IGNORED' }]

function failed(state: Failed['state']): Failed {
  const error = { type: 'Error', message: 'no', stack: null, cause: null }
  return {
    state,
    failure: { id: 'x', task: 'task', error, state, args: [], kwargs: {}, retries: 0, root: 'x' },
  }
}

function messageOf(run: string, place: number, more: Partial<CallMessage> = {}): CallMessage {
  return {
    ...{
      kind: 'call',
      id: `${run}.${place}`,
      at: `${place}`,
      task: 'task',
      args: [],
      kwargs: {},
      options: {},
    },
    ...{ retries: 0, countdown: 0, eta: null, link: [], errback: [], rest: [], run, root: run, parent: null },
    ...{ group: null, seat: null, aside: false },
    ...more,
  }
}

function member(run: string, place: number, chord: Chord): CallMessage {
  const seat = { chord: chord.id, index: `${place}` }
  return messageOf(run, place, { seat, group: seat })
}

function chordOf(run: string, size: number, policy: Policy): Chord {
  const course = { run, root: run, parent: null, group: null, seat: null, aside: false }
  return { ...course, id: `${run}.5`, at: '5', size, policy, keep: false, link: [], errback: [], rest: [] }
}

const publish = (message: CallMessage): Wish => ({ do: 'publish', message })
const store = ({ id, aside }: CallMessage, verdict: Verdict): Wish => ({
  do: 'store',
  id,
  verdict,
  counts: !aside,
})
