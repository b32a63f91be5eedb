import { memoryBackend, virtualClock } from '@arpeggio/core'
import { distantBackend } from '../support/distant-backend.ts'
import { NOW } from '../support/stage.ts'
import { describeBackend, type Trial } from './backend.suite.ts'

function inMemory(): Trial {
  const clock = virtualClock(NOW)
  return {
    backend: memoryBackend({ clock, leaseMs: 30_000 }),
    advance: (ms) => clock.advanceTo(clock.now() + ms),
    unitMs: 1_000,
  }
}

describeBackend('the memory backend', inMemory)

describeBackend('the memory backend, at the other end of a wire', () => {
  const trial = inMemory()
  return { ...trial, backend: distantBackend(trial.backend) }
})
