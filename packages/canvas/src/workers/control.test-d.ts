import { expectTypeOf, test } from 'vitest'
import { App, type Replies, type WorkEvent } from '../index.ts'

const app = new App()

test('a rate is so many per second, minute or hour', () => {
  app.task({ name: 'a', rateLimit: '10/s' }, () => 1)
  app.task({ name: 'b', rateLimit: { rate: '100/m', scope: 'global' } }, () => 1)
  // @ts-expect-error: per day
  app.task({ name: 'c', rateLimit: '10/d' }, () => 1)
  // @ts-expect-error: no such scope
  app.task({ name: 'd', rateLimit: { rate: '10/s', scope: 'all' } }, () => 1)
})

test('answers come by hostname', () => {
  expectTypeOf(app.inspect.activeQueues()).resolves.toEqualTypeOf<Replies<readonly string[]>>()
  expectTypeOf(app.control.poolGrow()).resolves.toEqualTypeOf<
    Replies<{ readonly ok: number } | { readonly error: string }>
  >()
})

test('an event has the fields of its type', async () => {
  for await (const event of app.events()) {
    expectTypeOf(event).toEqualTypeOf<WorkEvent>()
    if (event.type === 'task-failed') expectTypeOf(event.error.message).toEqualTypeOf<string>()
    if (event.type === 'task-started') expectTypeOf(event.attempt).toEqualTypeOf<string | null>()
    // @ts-expect-error: workers have no run
    if (event.type === 'worker-online') event.run
  }
})
