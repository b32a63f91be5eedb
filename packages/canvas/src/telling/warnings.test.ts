import { type Backend, memoryBackend } from '@arpeggio/core'
import { describe, expect, it, vi } from 'vitest'
import { App } from '../app.ts'

/** A backend that warns of what it is told to. */
function warning(): { backend: Backend; warn(problem: string): void } {
  const listeners = new Set<(problem: string) => void>()
  return {
    backend: {
      ...memoryBackend(),
      onWarning(listener) {
        listeners.add(listener)
        return () => void listeners.delete(listener)
      },
    },
    warn(problem) {
      if (listeners.size === 0) throw new Error('nobody listens')
      for (const listener of listeners) listener(problem)
    },
  }
}

function keeping() {
  return { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() }
}

describe('what a backend warns of is told', () => {
  it('to the logger of its app, also where it has a report', async () => {
    const { backend, warn } = warning()
    const [logger, report] = [keeping(), vi.fn()]
    await using _app = new App({ backend, logger, report })
    warn('It is slow')
    expect(logger.warn.mock.calls).toEqual([['It is slow.']])
    expect(report).not.toHaveBeenCalled()
  })

  it('to its report, where it has no logger', async () => {
    const { backend, warn } = warning()
    const report = vi.fn()
    await using _app = new App({ backend, report })
    warn('It is slow')
    expect(report.mock.calls).toEqual([['It is slow', null]])
  })

  it('to nobody below the level of the app', async () => {
    const { backend, warn } = warning()
    const logger = keeping()
    await using app = new App({ backend, logger })
    app.configure({ logLevel: 'error' })
    warn('It is slow')
    expect(logger.warn).not.toHaveBeenCalled()
  })

  it('to the console too, where the logger throws: the backend hears nothing of that', async () => {
    const told = vi.spyOn(console, 'error').mockImplementation(() => {})
    const { backend, warn } = warning()
    const logger = keeping()
    logger.warn.mockImplementation(() => {
      throw new Error('no line today')
    })
    await using _app = new App({ backend, logger })
    warn('It is slow')
    await expect.poll(() => told.mock.calls[0]?.[0]).toBe('arpeggio: It is slow.')
    told.mockRestore()
  })

  it('not by an app that has nobody to hear it, or is closed: the backend has its own way then', async () => {
    const { backend, warn } = warning()
    await using _other = new App({ backend })
    expect(() => warn('It is slow')).toThrow('nobody listens')
    const app = new App({ backend, logger: keeping() })
    warn('It is slow')
    await app.close()
    expect(() => warn('It is slow')).toThrow('nobody listens')
  })
})
