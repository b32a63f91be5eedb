import type { Redis } from 'ioredis'
import type { Fault, Faults } from './fault.ts'
import type { Orders } from './orders.ts'

/** Servers of one kind, and what can happen to them. */
export interface Stage {
  /** How a process gets there; each may have a wire of its own. */
  where(): Promise<Orders['where']>
  /** The same for who looks at the end. */
  readonly plainly: Orders['where']
  readonly partitions: number
  /** How many replicas must have what is sent. */
  readonly replicas: number
  readonly faults: Faults
  /** What has happened to the servers that nobody did. */
  mishaps(): readonly string[]
  /** Clients of all servers that hold keys. */
  masters(): Promise<readonly Redis[]>
  stop(): Promise<void>
}

/** How they are started. */
export type StageName = 'single' | 'sentinel' | 'cluster'

/** A server that has acknowledged something has it on its disk. */
export const DURABLE = [
  ...['--appendonly', 'yes', '--appendfsync', 'always'],
  ...['--maxmemory-policy', 'noeviction'],
] as const

/** All servers forget their scripts. */
export function scriptsFlushed(masters: Stage['masters']): Fault {
  return {
    track: 'servers',
    column: 'others',
    async strike() {
      for (const master of await masters()) await master.script('FLUSH')
    },
  }
}
