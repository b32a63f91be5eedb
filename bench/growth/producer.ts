import { answer } from '../../test/support/process.ts'
import { timed } from '../measure.ts'
import { Stage } from '../peer/stage.ts'

/*
 * A process: it sends one group of no-ops, has it worked off, and tells what that took.
 *
 *   arguments  the server's URL, how many members
 *   grow       sends it
 */

/** What came of one size. */
export interface Grown {
  readonly members: number
  /** `delay()` alone. */
  readonly launchMs: number
  /** The most that the producer has taken, drawing and all. */
  readonly producerMB: number
  /** A member in Redis, before anybody works. */
  readonly queuedBytes: number
  readonly tasksPerSecond: number
  /** A member in Redis, when all have succeeded. */
  readonly doneBytes: number
  /** The worst answers that somebody else got meanwhile. */
  readonly launchingPingMs: number
  readonly runningPingMs: number
}

const [url = '', size] = process.argv.slice(2)
const members = Number(size)
/** Sent before it counts, so that code and connections are warm. So few that what it leaves does not count. */
const warmUp = Math.min(1_000, Math.ceil(members / 10))
const stage = new Stage('arpeggio', url)

answer({
  async grow(): Promise<Grown> {
    await stage.producer.sendBulk(warmUp)
    await stage.workOff(100, warmUp)
    const empty = await stage.bytes()
    await stage.worstPing()
    const before = process.memoryUsage.rss()
    const launchMs = await timed(() => stage.producer.sendBulk(members))
    const producerMB = (process.resourceUsage().maxRSS * 1_024 - before) / 1_000_000
    const launchingPingMs = await stage.worstPing()
    const queued = await stage.bytes()
    const tasksPerSecond = await stage.workOff(100, members)
    const runningPingMs = await stage.worstPing()
    const [queuedBytes = 0, doneBytes = 0] = [queued, await stage.bytes()].map(
      (bytes) => (bytes - empty) / members,
    )
    return {
      members,
      launchMs,
      producerMB,
      queuedBytes,
      tasksPerSecond,
      doneBytes,
      launchingPingMs,
      runningPingMs,
    }
  },
})
