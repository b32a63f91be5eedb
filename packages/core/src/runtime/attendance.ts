import { randomBytes } from 'node:crypto'
import type { JsonObject } from '../model/json.ts'
import type { Backend } from '../ports/backend.ts'

/** A worker among the others, as long as it says that it is there. */
export interface Attendance {
  /** What it goes by; nobody else who is there does. */
  readonly hostname: string
  refresh(): Promise<void>
  leave(): Promise<void>
}

/** Where processes do not lose each other, who is there stays there until he leaves. */
const FOR_EVER_MS = Number.MAX_SAFE_INTEGER

/**
 * Comes to the others under the name it wants, or under one like it if that is taken. It enters before it looks, so that of
 * two who come at once one sees the other at least; to change one name too many does no harm.
 */
export async function attend(
  { presence, deliveries }: Backend,
  wanted: string,
  about: () => JsonObject,
): Promise<Attendance> {
  const forMs = Number.isFinite(deliveries.leaseMs) ? deliveries.leaseMs : FOR_EVER_MS
  const seat = randomBytes(8).toString('hex')
  const enter = async (hostname: string): Promise<void> =>
    presence.enter(seat, { hostname, ...about() }, forMs)
  await enter(wanted)
  const present = await presence.list()
  const isTaken = present.some(({ name, about }) => name !== seat && about['hostname'] === wanted)
  const hostname = isTaken ? `${wanted}.${seat.slice(0, 6)}` : wanted
  if (isTaken) await enter(hostname)
  return {
    hostname,
    refresh: () => enter(hostname),
    async leave() {
      await presence.leave(seat)
    },
  }
}
