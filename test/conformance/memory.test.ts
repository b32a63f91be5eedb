import { memoryBackend, virtualClock } from '@arpeggio/core'
import { NOW } from '../support/stage.ts'
import { describeBackend } from './backend.suite.ts'

describeBackend('the memory backend', () => {
  const clock = virtualClock(NOW)
  return {
    backend: memoryBackend({ clock, leaseMs: 30_000 }),
    advance: (ms) => clock.advanceTo(clock.now() + ms),
    unitMs: 1_000,
  }
})
