import { expect, it } from 'vitest'
import type { Backend, Delivery, Reply } from '../ports/backend.ts'
import type { TaskWorld } from '../runtime/tasks/context.ts'
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
    await answers.to({ ask: 'take', args: [['default'], 1] }, world)
    await answers.to({ ask: 'commit', args: [DELIVERY, []] }, world)
    answers.end(world)
    expect(released).toEqual(back)
  },
)
