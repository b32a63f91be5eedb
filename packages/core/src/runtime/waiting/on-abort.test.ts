import { getEventListeners } from 'node:events'
import { expect, it } from 'vitest'
import { onAbort } from './on-abort.ts'

it('a signal that many wait for has one listener, and none when all were called off', () => {
  const { signal } = new AbortController()
  const callOffs = Array.from({ length: 100 }, () => onAbort(signal, () => {}))
  expect(getEventListeners(signal, 'abort')).toHaveLength(1)
  for (const callOff of [...callOffs, ...callOffs]) callOff()
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

it('a signal that is aborted tells everybody who was not called off, also who began anew', () => {
  const controller = new AbortController()
  const told: string[] = []
  onAbort(controller.signal, () => told.push('gone'))()
  const tell = (): void => void told.push('twice')
  onAbort(controller.signal, tell)
  onAbort(controller.signal, tell)
  onAbort(controller.signal, () => told.push('left'))()
  controller.abort()
  expect(told).toEqual(['twice', 'twice'])
})
