import { EventEmitter } from 'node:events'
import type { Redis } from 'ioredis'
import { expect, it } from 'vitest'
import { Grip } from './grip.ts'

it('a process lives for a connection from the first who asks until the last was answered, on each new socket', () => {
  const said: string[] = []
  const socketOf = (name: string) => ({
    ref: () => said.push(`${name} counts`),
    unref: () => said.push(`${name} does not`),
  })
  const client = Object.assign(new EventEmitter(), { stream: undefined as unknown })
  const grip = new Grip(client as unknown as Redis)
  const connect = (name: string): void => {
    client.stream = socketOf(name)
    client.emit('ready')
  }
  grip.take() // there is no socket yet
  grip.leave()
  connect('first')
  grip.take()
  grip.take()
  grip.leave()
  connect('second') // while somebody still asks
  grip.leave()
  expect(said).toEqual(['first does not', 'first counts', 'second counts', 'second does not'])
})
