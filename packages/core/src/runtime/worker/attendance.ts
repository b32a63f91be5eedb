import { randomBytes } from 'node:crypto'
import type { JsonObject } from '../../model/json.ts'
import type { Backend } from '../../ports/backend.ts'
import type { Happening, Tell } from '../tasks/happening.ts'
import { pause } from '../waiting/pause.ts'
import { hearCommands } from './broadcast.ts'
import type { Helm } from './helm.ts'

/** A worker among the others: it says that it is there, and hears what is told to it. */
export interface Attendance {
  /** What it goes by: the name it wants, or one like it if another one who is there has that. */
  readonly hostname: string
  enter(): Promise<void>
  /** It is still there. */
  beat(): void
  leave(): Promise<void>
}

/** Where processes do not lose each other, who is there stays there until he leaves. */
const FOR_EVER_MS = Number.MAX_SAFE_INTEGER
/** How long a backend may take to hear that a worker leaves. */
const FAREWELL_MS = 1_000

/** What others may know of a worker, and what it can be told. */
interface Self {
  readonly wanted: string
  readonly helm: Helm
  readonly tell: Tell
  report(problem: string, error: unknown): void
}

/** Makes a worker's place among the others; nobody sees it before it enters. */
export function attendance(backend: Backend, { wanted, helm, tell, report }: Self): Attendance {
  const { presence, deliveries, clock } = backend
  const forMs = Number.isFinite(deliveries.leaseMs) ? deliveries.leaseMs : FOR_EVER_MS
  const seat = randomBytes(8).toString('hex')
  let hostname = wanted
  let isThere = false
  let deaf: () => void = () => {}

  async function sayWho(): Promise<void> {
    await presence.enter(seat, { hostname, pid: process.pid, queues: helm.queues }, forMs)
  }

  function tellOfItself(kind: Extract<Happening, { readonly about: JsonObject }>['kind']): void {
    const { startedAt: _, ...stats } = helm.stats()
    tell({ kind, about: { queues: helm.queues, ...stats } })
  }

  /** It enters before it looks, so that of two who come at once one sees the other at least. */
  async function takeName(): Promise<void> {
    hostname = wanted
    await sayWho()
    const present = await presence.list()
    if (!present.some(({ name, about }) => name !== seat && about['hostname'] === wanted)) return
    hostname = `${wanted}.${seat.slice(0, 6)}`
    await sayWho()
  }

  return {
    get hostname() {
      return hostname
    },
    async enter() {
      deaf = await hearCommands(backend, helm, () => (isThere ? hostname : null), report)
      try {
        await takeName()
      } catch (error) {
        deaf()
        throw error
      }
      isThere = true
      tellOfItself('worker-online')
    },
    beat() {
      sayWho().catch(() => {}) // leases cannot be extended either, and that is reported
      tellOfItself('worker-heartbeat')
    },
    /** A backend that is away is not waited for: who does not say that he is there will be missed in a while. */
    async leave() {
      if (!isThere) return
      isThere = false
      deaf()
      tellOfItself('worker-offline')
      const told = new AbortController()
      const leaving = Promise.resolve(presence.leave(seat))
        .catch(() => {})
        .finally(() => told.abort())
      await Promise.race([leaving, pause(clock, FAREWELL_MS, told.signal)])
    },
  }
}
