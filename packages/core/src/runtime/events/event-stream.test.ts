import { expect, it } from 'vitest'
import { memoryBackend } from '../../memory/memory-backend.ts'
import { LIMITS } from '../../model/limits.ts'
import type { Backend } from '../../ports/backend.ts'
import { EventStream } from './event-stream.ts'

async function typesOf(stream: EventStream): Promise<string[]> {
  const types: string[] = []
  for await (const { type } of stream) types.push(type)
  return types
}

it('a stream gives what happens, in order, until its backend is closed', async () => {
  const backend = memoryBackend()
  const stream = new EventStream(backend)
  await stream.ready
  const types = typesOf(stream)
  await backend.events.write([{ type: 'a' }, { type: 'b' }])
  await backend.events.write([{ type: 'c' }])
  await backend.close()
  expect(await types).toEqual(['a', 'b', 'c'])
})

it('a stream reads no more when whoever reads has had enough', async () => {
  const backend = memoryBackend()
  const stream = new EventStream(backend)
  await stream.ready
  await backend.events.write([{ type: 'a' }, { type: 'b' }])
  for await (const { type } of stream) {
    expect(type).toBe('a')
    break
  }
  expect(backend.events.isRead()).toBe(false)
  expect(await stream.next()).toEqual({ done: true, value: undefined })
})

it('a stream that is left before it could begin does not begin', async () => {
  const backend = memoryBackend()
  const stream = new EventStream(backend)
  await stream.return()
  await stream.ready
  expect(backend.events.isRead()).toBe(false)
})

it('a reader that is too slow loses the oldest, and is told how many', async () => {
  const backend = memoryBackend()
  const stream = new EventStream(backend)
  await stream.ready
  const events = Array.from({ length: LIMITS.bufferedEvents + 3 }, (_, nth) => ({ type: 'a', nth }))
  await backend.events.write(events)
  expect((await stream.next()).value).toMatchObject({ type: 'events-missed', count: 3 })
  expect((await stream.next()).value).toMatchObject({ nth: 3 })
})

it('a stream that cannot begin to read says why to who reads it', async () => {
  const memory = memoryBackend()
  const read = (): never => {
    throw new Error('connection lost')
  }
  const backend: Backend = { ...memory, events: { ...memory.events, read } }
  await expect(new EventStream(backend).next()).rejects.toThrow('connection lost')
})
