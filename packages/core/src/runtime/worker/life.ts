import { checkOptions, KINDS } from '../../model/check-options.ts'
import { type Duration, milliseconds } from '../../model/duration.ts'
import type { Awaitable } from '../../ports/backend.ts'
import type { Clock } from '../../ports/clock.ts'

/** How a worker is stopped. */
export interface StopOptions {
  /** How long what runs may take to come to its end. Default: 30 seconds. */
  readonly within?: Duration
}

/** What became of what a worker held when it was stopped. */
export interface Stopped {
  /** Tasks that came to their end. */
  readonly finished: number
  /** Those that did not, and those that had not started: others run them. */
  readonly givenBack: number
}

/** What is done at its turns. */
interface Turns {
  /** Done when it runs; what it has not begun when `ending` is aborted it need not begin. */
  begin(ending: AbortSignal): Promise<void>
  /** Done when nothing of it runs any more. It waits for what `begin` has begun, and for the rest until it is hurried. */
  windDown(begun: Promise<void>, hurry: AbortSignal): Promise<Stopped>
  /** It has stopped, or could not start. */
  onStop(stopped: Stopped): Awaitable<void>
}

/** The life of a worker, from start to stop, and from the beginning again. */
export interface Life {
  /** Aborted unless it runs, or is about to. */
  readonly ending: AbortSignal
  /** One that runs goes on; one that stops starts again after that, unless it is stopped once more. */
  start(): Promise<void>
  stop(options?: StopOptions): Promise<Stopped>
  /** How it stops the next time. */
  stopped(): Promise<Stopped>
}

type State = typeof IDLE | Started | Stopping

interface Started {
  readonly is: 'started'
  readonly ending: AbortController
  readonly begun: Promise<void>
}

interface Stopping {
  readonly is: 'stopping'
  readonly hurry: AbortController
  readonly over: Promise<Stopped>
  /** Whether it shall start again after that. */
  again: boolean
}

const IDLE = { is: 'idle' } as const
const NOTHING: Stopped = Object.freeze({ finished: 0, givenBack: 0 })
const DEFAULT_PATIENCE_MS = 30_000

/** A life that has not begun. */
export function createLife(clock: Clock, { begin, windDown, onStop }: Turns): Life {
  let state: State = IDLE
  /** Who wants to know when it has stopped. */
  let waiting: ((over: Promise<Stopped>) => void)[] = []

  async function start(): Promise<void> {
    switch (state.is) {
      case 'idle': {
        const ending = new AbortController()
        const started: Started = { is: 'started', ending, begun: begin(ending.signal) }
        state = started
        return started.begun.catch(async (error: unknown) => {
          if (state === started) {
            state = IDLE
            await onStop(NOTHING)
          }
          throw error
        })
      }
      case 'started':
        return state.begun
      case 'stopping': {
        const leaving = state
        leaving.again = true
        await leaving.over.catch(() => {})
        return leaving.again ? start() : undefined
      }
    }
  }

  async function stop(options: StopOptions = {}): Promise<Stopped> {
    checkOptions(options, { within: KINDS.anything }, 'worker.stop()')
    const withinMs = milliseconds(options.within ?? DEFAULT_PATIENCE_MS, 'within of worker.stop()')
    if (state.is === 'idle') return NOTHING
    const leaving = state.is === 'started' ? leave(state) : state
    leaving.again = false
    for (const tell of waiting) tell(leaving.over)
    waiting = []
    const callOff = clock.at(clock.now() + withinMs, () => leaving.hurry.abort())
    return leaving.over.finally(callOff)
  }

  function leave({ ending, begun }: Started): Stopping {
    ending.abort()
    const hurry = new AbortController()
    const leaving: Stopping = { is: 'stopping', hurry, over: goHome(begun, hurry.signal), again: false }
    state = leaving
    return leaving
  }

  async function goHome(begun: Promise<void>, hurry: AbortSignal): Promise<Stopped> {
    let stopped = NOTHING
    try {
      stopped = await windDown(begun, hurry)
      return stopped
    } finally {
      try {
        await onStop(stopped)
      } finally {
        state = IDLE
      }
    }
  }

  return {
    get ending() {
      return state.is === 'started' ? state.ending.signal : AbortSignal.abort()
    },
    start,
    stop,
    stopped: () => new Promise((resolve) => waiting.push(resolve)),
  }
}
