import { type Fault, type Faults, pick } from './fault.ts'
import type { Place } from './place.ts'

/** What happens to workers and producers, wherever Redis is. */
export function processFaults(
  workers: readonly Place[],
  producers: readonly Place[],
  leaseMs: number,
): Faults {
  const killed = (places: readonly Place[]): Fault => ({
    track: 'processes',
    column: 'kills',
    strike: (choice) => pick(places, choice).kill(),
  })
  /** Longer than a lease, so that it comes back as a zombie: others have run what it held. */
  const halted = (places: readonly Place[]): Fault => ({
    track: 'processes',
    column: 'stops',
    strike: (choice) => pick(places, choice).halt(1.5 * leaseMs),
  })
  return {
    'worker killed': killed(workers),
    'worker stands still': halted(workers),
    'worker too busy to answer': {
      track: 'processes',
      column: 'others',
      strike: (choice) => pick(workers, choice).ask('block'),
    },
    'producer killed': killed(producers),
    'producer stands still': halted(producers),
  }
}
