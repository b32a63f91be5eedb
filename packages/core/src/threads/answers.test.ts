import { expect, it } from 'vitest'
import { virtualClock } from '../memory/clock.ts'
import { memoryBackend } from '../memory/memory-backend.ts'
import type { CallMessage } from '../model/message.ts'
import type { Backend, Delivery, Reply } from '../ports/backend.ts'
import { TaskContext, type TaskWorld, UNHEARD } from '../runtime/tasks/context.ts'
import { PLAIN_TASK } from '../runtime/tasks/task.ts'
import { turn } from '../runtime/waiting/turn.ts'
import { Answers } from './answers.ts'

const DELIVERY = { token: 'one', message: { run: 'run' } } as unknown as Delivery

it.each<[Reply['kind'], readonly string[]]>([
  ['done', []],
  ['fenced', []],
  ['closed', ['one']],
  ['halted', ['one']],
])(
  'what a thread took and was told is %s goes back at its end as far as it is not acknowledged',
  async (kind, back) => {
    const released: string[] = []
    const backend = {
      deliveries: {
        receive: async () => [DELIVERY],
        commit: async () => ({ kind }),
        release: async (deliveries: readonly Delivery[]) => {
          released.push(...deliveries.map(({ token }) => token))
        },
      },
      ...{ runs: {}, results: {}, queues: {}, deadLetters: {}, bus: {}, presence: {} },
    } as unknown as Backend
    const world = { backend } as TaskWorld
    const answers = new Answers()
    await answers.to({ ask: 'take', args: [['default'], 1] }, world, null)
    await answers.to({ ask: 'commit', args: [DELIVERY, []] }, world, null)
    answers.end(world)
    expect(released).toEqual(back)
  },
)

it('what a thread tells of its task waits for what its worker tells of it, and counts only while that runs', async () => {
  const clock = virtualClock()
  const backend = memoryBackend({ clock })
  const told: string[] = []
  const written: (() => void)[] = []
  backend.results.note = (id, state) => {
    told.push(`${id} ${state}`)
    return new Promise((resolve) => written.push(resolve))
  }
  const world: TaskWorld = { ...UNHEARD, backend, stopwatch: clock, isEager: false, block: () => () => {} }
  const context = new TaskContext({ id: 'r.1' } as CallMessage, PLAIN_TASK, 1, world)
  const answers = new Answers()
  const tell = (id: string, state: string): Promise<unknown> =>
    answers.to({ ask: 'note', args: [id, state, null] }, world, context)
  const started = context.note('STARTED', null)
  clock.advanceTo(clock.now() + 1_000) // the backend is away, so nobody waits for that
  await started
  await tell('r.1', 'PROGRESS')
  await tell('r.2', 'PROGRESS') // of which somebody else tells
  expect(told).toEqual(['r.1 STARTED'])
  written[0]?.()
  await turn()
  expect(told).toEqual(['r.1 STARTED', 'r.1 PROGRESS'])
  context.end()
  await tell('r.1', 'LATER')
  written[1]?.()
  await turn()
  expect(told).toEqual(['r.1 STARTED', 'r.1 PROGRESS'])
})
