import type { Backend, MemoryBackend } from '@arpeggio/core'
import { queueAsText } from './simulate/wording.ts'

/** How long somebody waits, in real milliseconds, before he is told that nothing will come of it. */
const STILL_MS = 1_000

/** A time that passes only when it is told to. */
interface Time {
  readonly memory: MemoryBackend
  /** Whether a task runs: it may wait for something real. */
  isBusy(): boolean
  /** The next moment at which anything happens; null if nothing will. */
  next(): number | null
}

/**
 * A memory that warns who waits on it while time stands still, once: he may be about to let it pass, but if he waits for that,
 * he waits for ever.
 */
export function warningOfStandstill({ memory, isBusy, next }: Time): Backend {
  const { clock, queues } = memory
  let warn = toConsole
  let isTold = false
  let waiting = 0
  let alarm: NodeJS.Timeout

  function setAlarm(): void {
    const since = clock.now()
    alarm = setTimeout(async () => {
      if (isBusy() || clock.now() > since) return setAlarm()
      isTold = true
      warn(`Somebody waits, and virtual time stands still: ${await remedy()}`)
    }, STILL_MS)
  }

  async function remedy(): Promise<string> {
    const [now, moment] = [clock.now(), next()]
    if (moment !== null && moment > now) {
      const [first] = await queues.scheduled(1)
      const what = first?.due === moment ? first.message.task : 'the next thing'
      const wait = inUnits(moment - now)
      return `it is ${new Date(now).toISOString()}, and ${what} is due in ${wait}. It passes only when it is told to: call advance('${wait}') before what comes of it is waited for`
    }
    const unserved = (await queues.list()).map((queue) => queueAsText({ ...queue, isServed: false }))
    return unserved.length > 0
      ? `${unserved.join('; ')}. Name the queue in taskQueues of the app, which its worker then serves`
      : 'nothing runs, and nothing is due. The run tells what is open: run.graph()'
  }

  return {
    ...memory,
    results: {
      ...memory.results,
      async watch(run, listener, ids) {
        const leave = await memory.results.watch(run, listener, ids)
        if (waiting++ === 0 && !isTold) setAlarm()
        return () => {
          leave()
          if (--waiting === 0) clearTimeout(alarm)
        }
      },
    },
    onWarning(listener) {
      warn = listener
      return () => {
        warn = toConsole
      }
    },
  }
}

function toConsole(problem: string): void {
  console.warn(`arpeggio: ${problem}.`)
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const

/** A duration in the largest unit of which it is a whole number. */
function inUnits(ms: number): string {
  const [name, size] = UNITS.find(([, size]) => ms % size === 0) ?? ['ms', 1]
  return `${ms / size}${name}`
}
