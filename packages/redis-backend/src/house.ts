import type { Link } from './link.ts'
import type { Lists } from './lists.ts'
import type { News } from './news.ts'
import type { Partition } from './partition.ts'
import type { Seal } from './seal.ts'

/** What the parts of one backend share. */
export interface House {
  readonly link: Link
  /** How many replicas must have what is sent. */
  readonly replicas: number
  readonly news: News
  readonly partitions: readonly Partition[]
  /** Where that is kept which belongs to no run. */
  readonly first: Partition
  readonly lists: Lists
  readonly seal: Seal
  readonly closed: AbortSignal
  /** The partition that a run lives in. */
  of(run: string): Partition
}
