import type { Where } from '@arpeggio/redis-backend'

/** What a process is told when it starts. */
export interface Orders {
  /** Where Redis is, as JSON can say it. */
  readonly where: Exclude<Where, { sendCommand: unknown }>
  readonly partitions: number
  /** How many replicas must have what is sent. */
  readonly replicas: number
  readonly leaseMs: number
  /** Where ledgers and plans lie. */
  readonly folder: string
  readonly workflows: number
  /** Its place among its like, and how many places there are. */
  readonly place: number
  readonly places: number
}

/** The orders as the one argument of a process. */
export function written(orders: Orders): string {
  return JSON.stringify(orders)
}

/** In the process: its orders. */
export function ordersHere(): Orders {
  return JSON.parse(process.argv[2] as string)
}
