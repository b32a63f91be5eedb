import { appendFileSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { startServer } from '../test/support/redis-server.ts'
import { startProxy, type TcpProxy } from '../test/support/tcp-proxy.ts'
import { between, type Fault, pick } from './fault.ts'
import { DURABLE, type Stage, scriptsFlushed } from './stage.ts'

const PAUSE_MS = 20

/** One server with an append-only file. Every process has a wire of its own to it. */
export async function startSingle(leaseMs: number): Promise<Stage> {
  const server = await startServer(...DURABLE)
  const wires: TcpProxy[] = []
  const admin = new Redis(server.url)
  admin.on('error', () => {}) // its server is killed now and then
  const masters = async () => [admin]

  const onServer = (column: Fault['column'], strike: Fault['strike']): Fault => ({
    track: 'servers',
    column,
    strike,
  })
  /** On the wire of one process, or on all of them. */
  const onWires = (strike: (wires: readonly TcpProxy[], choice: number) => Promise<void>): Fault =>
    onServer('others', (choice) => strike(choice % 3 === 0 ? wires : [pick(wires, choice)], choice))

  return {
    partitions: 1,
    replicas: 0,
    mishaps: () => [],
    plainly: server.url,
    masters,
    async where() {
      const wire = await startProxy(server.port)
      wires.push(wire)
      return wire.url
    },
    faults: {
      'server killed': onServer('serverKills', async (choice) => {
        await server.kill()
        await sleep(between(0, 500, choice))
        await server.restart()
      }),
      'server killed in the middle of a write': onServer('serverKills', async (choice) => {
        await server.kill()
        tear(server.folder)
        await sleep(between(0, 500, choice))
        await server.restart()
      }),
      'server stands still': onServer('others', async (choice) => {
        server.pause()
        await sleep(between(100, 1_000, choice))
        server.resume()
      }),
      'server busy with a script of somebody else': onServer('others', async (choice) => {
        await admin.config('SET', 'busy-reply-threshold', '20')
        await admin.eval(BUSY, 0, between(50, 500, choice))
      }),
      'server lets nobody write': onServer('others', async (choice) => {
        await admin.call('CLIENT', ['PAUSE', String(between(50, 500, choice)), 'WRITE'])
      }),
      'scripts flushed': scriptsFlushed(masters),
      'memory full': onServer('others', async (choice) => {
        await admin.config('SET', 'maxmemory', '1')
        await sleep(between(100, 1_000, choice))
        await admin.config('SET', 'maxmemory', '0')
      }),
      'disk takes no snapshot': onServer('others', async (choice, signal) => {
        const file = join(server.folder, 'dump.rdb')
        mkdirSync(file) // nothing can be put in its place
        await admin.config('SET', 'save', '3600 1') // to a server that never saves it would not matter
        await admin.bgsave('SCHEDULE') // it may be busy with its append-only file
        const isSaid = async (what: string) => (await admin.info('persistence')).includes(what)
        while (!(await isSaid('last_bgsave_status:err'))) await sleep(PAUSE_MS, undefined, { signal })
        await sleep(between(100, 1_000, choice)) // whoever writes is told MISCONF
        while (!(await isSaid('rdb_bgsave_in_progress:0'))) await sleep(PAUSE_MS, undefined, { signal })
        await admin.config('SET', 'save', '')
        rmdirSync(file)
      }),
      'connections cut': onWires(async (wires) => {
        for (const wire of wires) {
          wire.cut()
          wire.heal()
        }
      }),
      'cut off for longer than a lease': onWires(async (wires) => {
        for (const wire of wires) wire.cut()
        await sleep(1.5 * leaseMs)
        for (const wire of wires) wire.heal()
      }),
      'connections half open': onWires(async (wires, choice) => {
        for (const wire of wires) wire.silence()
        await sleep(between(0, 500, choice))
        for (const wire of wires) wire.heal()
      }),
      'connections slow': onWires(async (wires, choice) => {
        for (const wire of wires) wire.delay(between(5, 150, choice))
        await sleep(1_000)
        for (const wire of wires) wire.delay(0)
      }),
      'reply lost': onWires(async (wires) => {
        for (const wire of wires) void wire.loseReplyTo('') // to whatever is asked next
      }),
    },
    async stop() {
      admin.disconnect()
      await Promise.all(wires.map((wire) => wire.close()))
      await server.stop()
    },
  }
}

/** What a server had begun to write, and could not end, when its machine lost power or its disk was full: half a commit. */
function tear(folder: string): void {
  const files = join(folder, 'appendonlydir')
  const numberIn = (name: string): number => Number(/\.(\d+)\.incr\.aof$/.exec(name)?.[1] ?? Number.NaN)
  const [last] = readdirSync(files)
    .filter((name) => !Number.isNaN(numberIn(name)))
    .sort((a, b) => numberIn(b) - numberIn(a))
  appendFileSync(join(files, last as string), '*1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET\r\n$4\r\nha')
}

const BUSY = `
  local function now() local time = redis.call('TIME') return time[1] * 1000 + time[2] / 1000 end
  local begun = now()
  repeat until now() - begun > tonumber(ARGV[1])`
