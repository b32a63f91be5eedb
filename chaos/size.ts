import type { StageName } from './stage.ts'

/** How much is done on one stage. */
export interface Size {
  readonly workflows: number
  /** How often each fault strikes. */
  readonly faults: Readonly<Record<string, number>>
  /** All of it is over by then, or something is stuck. */
  readonly limitMs: number
}

/** How much is done on all of them. */
export type Sizes = Readonly<Record<StageName, Size>>

/**
 * What goes on side by side: most of the time is spent waiting for what is broken to be mended. Not all at once, or masters
 * would be so slow on two cores that their Sentinels give them up by themselves.
 */
export const LANES: readonly (readonly StageName[])[] = [['single'], ['sentinel', 'cluster']]

const MINUTE_MS = 60_000

/** About a minute. */
export const SHORT: Sizes = {
  single: {
    workflows: 100,
    faults: {
      'worker killed': 5,
      'worker stands still': 1,
      'worker too busy to answer': 1,
      'producer killed': 2,
      'producer stands still': 1,
      'server killed': 1,
      'server killed in the middle of a write': 1,
      'server stands still': 1,
      'server busy with a script of somebody else': 1,
      'server lets nobody write': 1,
      'scripts flushed': 3,
      'memory full': 1,
      'disk takes no snapshot': 1,
      'connections cut': 2,
      'cut off for longer than a lease': 1,
      'connections half open': 1,
      'connections slow': 1,
      'reply lost': 2,
    },
    limitMs: 2 * MINUTE_MS,
  },
  sentinel: {
    workflows: 30,
    faults: { 'master killed, replica promoted': 1, 'worker killed': 1, 'producer killed': 1 },
    limitMs: 2 * MINUTE_MS,
  },
  cluster: {
    workflows: 40,
    faults: { 'slot of a partition moved': 2, 'node killed': 1, 'worker killed': 1, 'producer killed': 1 },
    limitMs: 2 * MINUTE_MS,
  },
}

/** 10,000 workflows, 500 kills, 20 of servers, 20 failovers. */
export const FULL: Sizes = {
  single: {
    workflows: 7_000,
    faults: {
      'worker killed': 300,
      'worker stands still': 30,
      'worker too busy to answer': 10,
      'producer killed': 50,
      'producer stands still': 10,
      'server killed': 15,
      'server killed in the middle of a write': 5,
      'server stands still': 10,
      'server busy with a script of somebody else': 10,
      'server lets nobody write': 10,
      'scripts flushed': 100,
      'memory full': 20,
      'disk takes no snapshot': 10,
      'connections cut': 50,
      'cut off for longer than a lease': 20,
      'connections half open': 20,
      'connections slow': 20,
      'reply lost': 100,
    },
    limitMs: 60 * MINUTE_MS,
  },
  sentinel: {
    workflows: 1_500,
    faults: {
      'master killed, replica promoted': 20,
      'scripts flushed': 20,
      'worker killed': 60,
      'worker stands still': 5,
      'producer killed': 15,
    },
    limitMs: 30 * MINUTE_MS,
  },
  cluster: {
    workflows: 1_500,
    faults: {
      'slot of a partition moved': 50,
      'node killed': 5,
      'scripts flushed': 20,
      'worker killed': 60,
      'worker stands still': 5,
      'producer killed': 15,
    },
    limitMs: 30 * MINUTE_MS,
  },
}

/** A part of it, where each fault still strikes. */
export function part(sizes: Sizes, share: number): Sizes {
  const some = (count: number): number => Math.ceil(count * share)
  const cut = ({ workflows, faults, limitMs }: Size): Size => ({
    workflows: some(workflows),
    faults: Object.fromEntries(Object.entries(faults).map(([name, count]) => [name, some(count)])),
    limitMs,
  })
  return { single: cut(sizes.single), sentinel: cut(sizes.sentinel), cluster: cut(sizes.cluster) }
}
