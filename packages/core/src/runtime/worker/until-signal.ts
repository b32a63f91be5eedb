import { checkOptions, KINDS, type OptionKind } from '../../model/check-options.ts'
import { type Duration, milliseconds } from '../../model/duration.ts'

/** How a worker is run that ends when its process is asked to. */
export interface SignalOptions {
  /** How long what runs may take to come to its end. Default: 30 seconds. */
  readonly within?: Duration
  /** Which signals ask for the end. Default: SIGINT and SIGTERM. */
  readonly signals?: readonly NodeJS.Signals[]
}

const OPTIONS: Record<keyof SignalOptions, OptionKind> = { within: KINDS.anything, signals: KINDS.texts }

/** What a timer of Node can wait at most. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** A worker, as far as signals go. */
interface Stoppable<Stopped> {
  start(): Promise<void>
  stop(options: { readonly within: Duration }): Promise<Stopped>
}

/**
 * Starts a worker and waits for its end, whoever brings that about. The first signal stops it, the second one at once:
 * what runs is given back. Nobody else's handling of signals is changed, and ours is gone afterwards.
 */
export async function runUntilSignal<Stopped>(
  worker: Stoppable<Stopped>,
  ended: Promise<Stopped>,
  options: SignalOptions,
): Promise<Stopped> {
  checkOptions(options, OPTIONS, 'worker.runUntilSignal()')
  const { within = '30s', signals = ['SIGINT', 'SIGTERM'] } = options
  milliseconds(within, 'within of worker.runUntilSignal()')
  let onSignal: () => void = () => {}
  const over = new Promise<Stopped>((resolve, reject) => {
    let asked = 0
    onSignal = () => worker.stop({ within: asked++ === 0 ? within : 0 }).then(resolve, reject)
    ended.then(resolve, reject)
  })
  over.catch(() => {}) // one that cannot start is not waited for
  for (const signal of signals) process.on(signal, onSignal)
  const staying = setInterval(() => {}, LONGEST_TIMER_MS) // who waits for a signal does not keep his process alive
  try {
    await worker.start()
    return await over
  } finally {
    clearInterval(staying)
    for (const signal of signals) process.off(signal, onSignal)
  }
}
