import { show } from '../../model/show.ts'
import type { Delivery } from '../../ports/backend.ts'
import type { TaskWorld } from '../tasks/context.ts'
import { waitAfter } from '../waiting/patience.ts'
import { pause } from '../waiting/pause.ts'
import type { Stir } from '../waiting/stir.ts'

/** Where messages come in, as long as it is open. */
export interface Intake {
  open(): void
  /** Takes nothing new; done when nothing is on its way in any more. */
  close(): Promise<void>
  /** Other queues, more places or fewer: it looks again at what it may receive. */
  refit(): void
}

/** What a worker does with what comes in. */
interface Within {
  readonly queues: ReadonlySet<string>
  /** How many messages can be taken now. */
  places(): number
  /** There may be other places than before. */
  readonly stir: Stir
  /** Gives back what is not ours. */
  release(others: readonly Delivery[]): Promise<void>
  serve(delivery: Delivery): void
}

/** How long a worker may keep the event loop to itself while there is work: others need it for timers and sockets. */
const TURN_MS = 8

/** Takes messages into free places. */
export function createIntake(
  { backend, stopwatch, report }: TaskWorld,
  { queues, places, stir, release, serve }: Within,
): Intake {
  const { deliveries, clock } = backend
  let opened = new AbortController()
  /** Ends one waiting for messages, to begin another for other queues. */
  let listening = new AbortController()
  let consuming: Promise<void> = Promise.resolve()
  const asks = new Set<Promise<void>>()
  /** How many messages they may bring. */
  let coming = 0
  /** The last time as many came as were asked for: more are waiting. */
  let isPlenty = false
  /** How often it could not be asked, one time after another. */
  let failures = 0
  /** What it said then: that is reported once, however long it lasts. */
  let said: string | null = null

  /** Where plenty is waiting, one half is asked for while the other runs. */
  async function consume(signal: AbortSignal): Promise<void> {
    let turned = stopwatch.now()
    while (!signal.aborted) {
      const free = places()
      const max = Math.min(free - coming, isPlenty ? Math.ceil(free / 2) : free)
      if (max <= 0 || asks.size > Number(isPlenty)) await stir.next()
      else ask(max, signal)
      // A host's clock may be set back: that is no reason to keep others waiting.
      if (Math.abs(stopwatch.now() - turned) > TURN_MS) {
        await new Promise((resolve) => setImmediate(resolve))
        turned = stopwatch.now()
      }
    }
    await Promise.all(asks)
  }

  function ask(max: number, signal: AbortSignal): void {
    const asked = take(max, signal).finally(() => {
      asks.delete(asked)
      stir.happened()
    })
    asks.add(asked)
  }

  async function take(max: number, signal: AbortSignal): Promise<void> {
    coming += max
    const received = await receive(max, signal)
    const ours = await mine(received)
    coming -= max // not before they are served: nobody else is to be asked for in the places that they take
    isPlenty = received.length === max
    for (const delivery of ours) serve(delivery)
  }

  /** What there is to do. A backend that cannot be asked is asked again, after longer and longer waits. */
  async function receive(max: number, signal: AbortSignal): Promise<readonly Delivery[]> {
    try {
      const received = await deliveries.receive([...queues], max, listening.signal)
      failures = 0
      said = null
      return received
    } catch (error) {
      const what = error instanceof Error ? error.message : show(error)
      if (what !== said) report('No work could be received; it will be tried again until it can', error)
      said = what
      await pause(clock, waitAfter(failures++), signal)
      return [] // by then it may want more, or less
    }
  }

  /** Messages of a queue that is served no more were on their way when that was said: they go back. */
  async function mine(received: readonly Delivery[]): Promise<readonly Delivery[]> {
    const others = received.filter((delivery) => !isServed(delivery))
    if (others.length === 0) return received
    try {
      await release(others)
    } catch (error) {
      report('Messages of a queue that is served no more could not be given back', error)
    }
    return received.filter(isServed)
  }

  function isServed({ message }: Delivery): boolean {
    return queues.has(message.options.queue ?? 'default')
  }

  return {
    open() {
      opened = new AbortController()
      listening = new AbortController()
      consuming = consume(opened.signal)
    },
    close() {
      opened.abort()
      listening.abort()
      stir.happened()
      return consuming
    },
    refit() {
      if (opened.signal.aborted) return
      listening.abort()
      listening = new AbortController()
      stir.happened()
    },
  }
}
