import { SoftTimeLimitExceeded, TimeLimitExceeded } from '../../model/errors.ts'
import type { CallMessage } from '../../model/message.ts'
import type { Clock } from '../../ports/clock.ts'
import type { TaskContext, TaskWorld } from '../tasks/context.ts'

/**
 * Runs a task under its limits. At the soft one its `signal` is aborted, so that it can tidy up and end; at the hard one
 * it fails, whatever it still does. Neither can stop a loop that never awaits: one thread does one thing at a time. A task
 * in a thread of its own loses that at the hard limit, when its attempt is over.
 */
export function limited<T>(
  { stopwatch, limits }: Pick<TaskWorld, 'stopwatch' | 'limits'>,
  message: CallMessage,
  context: TaskContext,
  run: () => T | Promise<T>,
): T | Promise<T> {
  const said = limits?.get(message.task) ?? message.options
  if (said.softTimeLimit == null && said.timeLimit == null) return run()
  return underLimits(stopwatch, said, message, context, run)
}

/** In milliseconds. */
interface Limits {
  readonly timeLimit?: number | null
  readonly softTimeLimit?: number | null
}

async function underLimits<T>(
  clock: Clock,
  { softTimeLimit, timeLimit }: Limits,
  message: CallMessage,
  context: TaskContext,
  run: () => T | Promise<T>,
): Promise<T> {
  const callOffs: (() => void)[] = []
  const after = (limit: number | null | undefined, deed: () => void): void => {
    if (limit != null) callOffs.push(clock.at(clock.now() + limit, deed))
  }
  try {
    return await new Promise<T>((resolve, reject) => {
      after(softTimeLimit, () => context.abort(new SoftTimeLimitExceeded(told(message, softTimeLimit))))
      after(timeLimit, () => {
        const error = new TimeLimitExceeded(told(message, timeLimit))
        context.abort(error)
        reject(error)
      })
      const began = clock.now()
      Promise.resolve(run()).then((value) => {
        // A loop that never awaits keeps timers from firing: its value comes too late all the same.
        if (timeLimit != null && clock.now() - began > timeLimit)
          reject(new TimeLimitExceeded(told(message, timeLimit)))
        else resolve(value)
      }, reject)
    })
  } finally {
    for (const callOff of callOffs) callOff()
  }
}

function told(message: CallMessage, limit: number | null | undefined): string {
  return `${message.task} ran longer than the ${limit} ms it may take`
}
