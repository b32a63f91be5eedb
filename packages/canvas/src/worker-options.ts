import type { WorkerOptions } from '@arpeggio/core'
import type { Config } from './settings.ts'

/** What a worker is told; where it is told nothing, the settings say it. */
export function workerOptions(said: WorkerOptions, config: Config): WorkerOptions {
  const {
    queues = queuesOf(config),
    concurrency = config.workerConcurrency,
    prefetchMultiplier = config.workerPrefetchMultiplier,
    ...others
  } = said
  return { queues, concurrency, prefetchMultiplier, ...others }
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
