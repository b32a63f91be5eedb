import type { PoolOptions, WorkerOptions } from '@arpeggio/core'
import type { Config } from './settings.ts'

/** What a worker is told; where it is told nothing, the settings say it. */
export function workerOptions(
  said: WorkerOptions & PoolOptions,
  config: Config,
): WorkerOptions & PoolOptions {
  const { workerConcurrency, workerPrefetchMultiplier } = config
  const scales = said.autoscale !== undefined // then that says how many
  return {
    queues: queuesOf(config),
    prefetchMultiplier: workerPrefetchMultiplier,
    ...(workerConcurrency !== null && !scales && { concurrency: workerConcurrency }),
    ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)),
  }
}

/** What a worker serves that names no queues: all there are. */
export function queuesOf({
  taskDefaultQueue,
  taskQueues,
  taskCreateMissingQueues,
}: Config): readonly string[] {
  if (taskQueues === null) return [taskDefaultQueue]
  return taskCreateMissingQueues ? [...new Set([...taskQueues, taskDefaultQueue])] : taskQueues
}
