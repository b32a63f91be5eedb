import { App, chord, group, type Signature } from '@arpeggio/canvas'
import type { Backend, MemoryBackend, Reply, Wish } from '@arpeggio/core'
import { type SimulateOptions, SimulationError, simulate } from '@arpeggio/testing'
import { describe, expect, it } from 'vitest'
import { type Mutation, mutantOf } from '../support/mutant.ts'

/*
 * Who tells us that the simulation finds anything? Defects that engines like this one have had, put back into the memory
 * backend one at a time. Each has to be found, and the backend as it is survives the same worlds.
 */

const MOST_SCHEDULES = 2_000
/** As many as it took to find all defects. */
let furthest = 500

interface Mutant {
  readonly mutations: readonly Mutation[]
  readonly through?: SimulateOptions['through']
  readonly canvas?: (app: App) => Signature<unknown, []>
  readonly check?: SimulateOptions['check']
}

const MUTANTS: Readonly<Record<string, Mutant>> = {
  'who closes a chord is told so once': {
    mutations: [
      {
        file: 'chord.ts',
        of: 'return this.#closer === seat.index',
        instead:
          'const told = this.isTold; this.isTold ||= this.#closer === seat.index; return !told && this.isTold',
      },
      { file: 'chord.ts', of: '  isKept = false\n', instead: '  isKept = false\n  isTold = false\n' },
    ],
  },
  'a chord counts who comes, not the seats that are taken': {
    mutations: [
      {
        file: 'chord.ts',
        of: 'if (isOver(this.record.policy, this.#size, this.#good, this.#seats.size - this.#good))',
        instead: 'if (isOver(this.record.policy, this.#size, ++this.came, 0))',
      },
      { file: 'chord.ts', of: '  isKept = false\n', instead: '  isKept = false\n  came = 0\n' },
    ],
  },
  'what comes next is published before the result is stored': {
    mutations: [
      {
        file: 'memory-backend.ts',
        of: 'const closed = takeSeats(',
        instead: `if (wishes.length > 0 && wishes.every((wish) => wish.do === 'publish')) {
          for (const wish of wishes) grant(run, wish)
          return DONE
        }
        const closed = takeSeats(`,
      },
    ],
    through: inTwoCommits,
  },
  'a message is acknowledged before what comes next is published': {
    mutations: [
      {
        file: 'memory-backend.ts',
        of: 'for (const wish of wishes) grant(run, wish)\n        if (message.aside)',
        instead: `for (const wish of wishes) {
          if (wish.do === 'publish') run.live++
          else grant(run, wish)
        }
        late = wishes.filter((wish) => wish.do === 'publish')
        if (message.aside)`,
      },
      {
        file: 'memory-backend.ts',
        of: 'const { message } = entry\n',
        instead: 'const { message } = entry\n    let late = []\n',
      },
      {
        file: 'memory-backend.ts',
        of: 'finish(run)\n    return DONE',
        instead: `finish(run)
    return { ...DONE, publish: () => { for (const wish of late) messages.publish(wish.message, false) } }`,
      },
    ],
    through: publishingAtLast,
  },
  'a chord is made after its members were sent': {
    mutations: [
      {
        file: 'memory-backend.ts',
        of: '      heed(listener) {',
        instead: `      openLate(run, wishes) {
        for (const wish of wishes) grant(runs.get(run), wish)
      },
      heed(listener) {`,
      },
    ],
    through: openingAtLast,
  },
  'a lease that was lost may commit': {
    mutations: [
      {
        file: 'memory-backend.ts',
        of: 'if (entry === undefined) return FENCED\n    const { message } = entry',
        instead: 'const { message } = delivery',
      },
    ],
  },
  'what is given back is gone': {
    mutations: [{ file: 'messages.ts', of: 'this.#lineOf(entry.queue).unshift(entry)', instead: '' }],
  },
  'a lease that runs out is taken over by nobody': {
    mutations: [
      {
        file: 'messages.ts',
        of: 'entry.lease = null\n      this.#lineOf(entry.queue).push(entry)\n    }\n  }',
        instead: 'entry.lease = null\n    }\n  }',
      },
    ],
  },
  'a deadline is forgotten': {
    mutations: [
      {
        file: 'memory-backend.ts',
        of: 'if (launch.deadline !== null) setDeadline(run, launch.deadline)',
        instead: '',
      },
    ],
    canvas: (app) => app.signature('total', { args: [[1]] }).set({ countdown: '1h', deadline: '10m' }),
    check: ({ end }) => expect(end.state).toBe('REVOKED'),
  },
}

/** First the messages, then the rest. */
function inTwoCommits(line: Backend): Backend {
  return withCommit(line, async (delivery, wishes) => {
    const messages = wishes.filter((wish) => wish.do === 'publish')
    if (messages.length > 0) await line.deliveries.commit(delivery, messages)
    return line.deliveries.commit(
      delivery,
      wishes.filter((wish) => wish.do !== 'publish'),
    )
  })
}

/** Who was told that it is done sends what comes next. */
function publishingAtLast(line: Backend): Backend {
  return withCommit(line, async (delivery, wishes) => {
    const reply = (await line.deliveries.commit(delivery, wishes)) as Reply & {
      readonly publish?: () => void
    }
    reply.publish?.()
    return reply
  })
}

/** Who was told that its members are on their way makes the chord. */
function openingAtLast(line: Backend, memory: MemoryBackend): Backend {
  const { openLate } = memory.deliveries as unknown as {
    openLate(run: string, wishes: readonly Wish[]): void
  }
  return {
    ...line,
    deliveries: {
      ...line.deliveries,
      async submit(launch, wishes) {
        const others = wishes.filter((wish) => wish.do !== 'open')
        const answer = await line.deliveries.submit(launch, others)
        openLate(
          launch.id,
          wishes.filter((wish) => wish.do === 'open'),
        )
        return answer
      },
    },
  }
}

function withCommit(line: Backend, commit: Backend['deliveries']['commit']): Backend {
  return { ...line, deliveries: { ...line.deliveries, commit } }
}

/** A chord in which members are sent side by side, with a step behind and a link. */
function crawl(app: App): Signature<unknown, []> {
  const member = (n: number): Signature<unknown, []> => app.signature('square', { args: [n] })
  return chord(group([1, 2].map(member)), app.signature('total')).link(app.signature('show'))
}

function tasks(): App {
  const app = new App({ logLevel: 'silent' })
  app.task('square', (n: number) => n * n)
  app.task('total', (ns: number[]) => ns.reduce((a, b) => a + b, 0))
  app.task('show', (n: number) => `${n}`)
  return app
}

describe('a backend with a known defect', { timeout: 120_000 }, () => {
  it.each(Object.keys(MUTANTS))('is found out: %s', async (name) => {
    const { mutations, through = (line) => line, canvas = crawl, check } = MUTANTS[name] as Mutant
    const app = tasks()
    const memory = await mutantOf(mutations)
    const options = { through, memory, runs: MOST_SCHEDULES, ...(check && { check }) }
    const found: unknown = await simulate(app, canvas(app), options).catch((error: unknown) => error)
    expect(found).toBeInstanceOf(SimulationError)
    furthest = Math.max(furthest, (found as SimulationError).seed)
  })

  it('is told from the backend as it is, which survives the same worlds', async () => {
    const app = tasks()
    await simulate(app, crawl(app), { runs: furthest })
    const { canvas = crawl, check = () => {} } = MUTANTS['a deadline is forgotten'] as Mutant
    await simulate(app, canvas(app), { runs: 100, check })
  })
})
