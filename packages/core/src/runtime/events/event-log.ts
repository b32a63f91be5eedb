import type { JsonObject } from '../../model/json.ts'
import { LIMITS } from '../../model/limits.ts'
import type { Backend } from '../../ports/backend.ts'
import type { Tell } from '../tasks/happening.ts'
import { eventOf } from './event.ts'

/** Where one process, or one worker, writes down what happens to it. */
export interface EventLog {
  /** Whether anybody is told; what is costly need not be found out for nobody. */
  isOn(): boolean
  readonly tell: Tell
}

/** Who tells, and whether he does so even where nobody is known to read. */
interface Teller {
  hostname(): string
  readonly always: boolean
  report(problem: string, error: unknown): void
}

/** Writes what happens in batches: while one is on its way, the next one gathers. */
export function eventLog({ events, clock }: Backend, { hostname, always, report }: Teller): EventLog {
  let batch: JsonObject[] = []
  let isWriting = false

  async function write(): Promise<void> {
    isWriting = true
    await Promise.resolve() // so that what happens together travels together
    while (batch.length > 0) {
      const gathered = batch
      batch = []
      try {
        await events.write(gathered)
      } catch (error) {
        report(`${gathered.length} events could not be written, and are lost`, error)
      }
    }
    isWriting = false
  }

  return {
    isOn: () => always || events.isRead(),
    tell(happening) {
      if (!(always || events.isRead())) return
      if (batch.length === LIMITS.bufferedEvents) return // a backend that takes so long has lost count anyway
      batch.push(eventOf(happening, { time: clock.now(), hostname: hostname() }))
      if (!isWriting) void write()
    },
  }
}
