/** What may lie under a key. */
export type KeyType = 'list' | 'set' | 'zset' | 'hash'
/** A key, and what has to lie there, if anything does. */
export type TypedKey = readonly [key: string, type: KeyType]

/** Where everything is kept. What scripts keep is named in `lua/parts`; this is what is read or written from here. */
export interface Keys {
  /** In front of every key of the partition: its hash tag. */
  readonly prefix: string
  run(run: string): string
  chord(run: string, position: string): string
  list(run: string, name: string): string
  grafts(run: string): string
  halts(run: string): string
  wake(worker: string): string
  /** Where a list waits until what refers to it is granted. */
  staged(attempt: string, name: string): string
  readonly dead: string
  /** Processes, and the ends of their leases. */
  readonly workers: string
  /** Those that scripts go to for everybody, and those that messages of a queue go through. */
  readonly common: readonly TypedKey[]
  ofQueue(queue: string): readonly TypedKey[]
  readonly events: string
  /** Channels: on which one process is told of runs, all workers of halts, and everybody of a topic. */
  news(name: string): string
  readonly heed: string
  bus(topic: string): string
}

/** From 0 to 9. */
const PRIORITIES = 10

/** The keys of one partition. All of them share its hash tag, so a script may touch any of them. A run's id has no dots. */
export function keysOf(app: string, partition: number): Keys {
  const prefix = `{${app}:${partition}}:`
  return {
    prefix,
    run: (run) => `${prefix}run:${run}`,
    chord: (run, position) => `${prefix}chord:${run}.${position}`,
    list: (run, name) => `${prefix}list:${run}.${name}`,
    grafts: (run) => `${prefix}graft:${run}`,
    halts: (run) => `${prefix}halt:${run}`,
    wake: (worker) => `${prefix}wake:${worker}`,
    staged: (attempt, name) => `${prefix}staged:${attempt}:${name}`,
    dead: `${prefix}dead`,
    workers: `${prefix}workers`,
    common: [
      ...['queues', 'halted'].map((name): TypedKey => [prefix + name, 'set']),
      ...['workers', 'delayed', 'deadlines'].map((name): TypedKey => [prefix + name, 'zset']),
      ...['delayed-in', 'calling', 'dead'].map((name): TypedKey => [prefix + name, 'hash']),
    ],
    ofQueue: (queue) => [
      ...Array.from({ length: PRIORITIES }, (_, at): TypedKey => [`${prefix}line:${queue}:${at}`, 'list']),
      ...['priorities', 'sleepers'].map((name): TypedKey => [`${prefix}${name}:${queue}`, 'set']),
    ],
    events: `${prefix}events`,
    news: (name) => `${prefix}news:${name}`,
    heed: `${prefix}halts`,
    bus: (topic) => `${prefix}bus:${topic}`,
  }
}

/** The partition a run lives in, whole. */
export function partitionOf(run: string, partitions: number): number {
  if (partitions === 1) return 0
  let hash = 2_166_136_261 // FNV-1a: spreads well, and is the same everywhere
  for (let i = 0; i < run.length; i++) {
    hash ^= run.charCodeAt(i)
    hash = Math.imul(hash, 16_777_619)
  }
  return (hash >>> 0) % partitions
}
