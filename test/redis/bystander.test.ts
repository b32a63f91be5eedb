import { join } from 'node:path'
import { App, chord } from '@arpeggio/canvas'
import { redisBackend } from '@arpeggio/redis-backend'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Launched } from '../support/launcher.ts'
import { startProcess } from '../support/process.ts'
import { type PrivateServer, startServer } from '../support/redis-server.ts'

/*
 * A fan-out of 100,000 must not hold up the server for its other users: who sends a PING meanwhile shall have his answer
 * within 10 ms. How long he waited is told. But on a machine that is busy with other things everybody waits, even by the
 * server's own clock; so what is asserted is how much work one script is at most, at the pace that most of them have.
 */

const MEMBERS = 100_000
const LONGEST_MS = 8
const MOST_BYTES = 2_000_000
const MOST_MEGABYTES = 150

let server: PrivateServer
beforeAll(async () => {
  server = await startServer()
}, 300_000)
afterAll(() => server?.stop())

describe(`a chord of ${MEMBERS.toLocaleString('en')}`, { timeout: 120_000 }, () => {
  test(`takes less than ${MOST_MEGABYTES} MB of its producer's memory`, async () => {
    const start = (file: string, ...args: readonly string[]) =>
      startProcess(join(import.meta.dirname, '../support', file), [server.url, ...args])
    await using bystander = start('bystander.ts')
    await using producer = start('launcher.ts', 'launched', `${MEMBERS}`)
    await producer.ask('ready')
    await bystander.ask('worst')
    const { ms, megabytes } = (await producer.ask('launch')) as Launched
    const worst = Number(await bystander.ask('worst'))
    const told = { 'delay() in ms': ms, megabytes, 'worst PING in ms': worst }
    console.info(
      'launch',
      JSON.stringify(told, (_, value) => value.toFixed?.(1) ?? value),
    )
    expect(megabytes).toBeLessThan(MOST_MEGABYTES)
  })

  test(`never keeps the server busy for ${LONGEST_MS} ms: not when it is sent, spread, run or closed`, async () => {
    const redis = new Redis(server.url)
    const scripts = meterScripts(redis, redis.duplicate())
    try {
      await using app = new App({
        logLevel: 'silent',
        backend: redisBackend(redis, { prefix: 'run', warn: () => {} }),
      })
      const noop = app.task('noop', () => null)
      const count = app.task('count', (values: unknown[]) => values.length)
      await app.worker({ concurrency: 100 }).start()
      const header = Array.from({ length: MEMBERS }, () => noop.s())
      expect(await chord(header, count.s()).run()).toBe(MEMBERS)
    } finally {
      redis.disconnect()
    }
    const most = (one: keyof Work) => Math.max(...scripts.map((work) => work[one]))
    const paces = scripts.map(({ busyMs, commands }) => busyMs / commands).sort((a, b) => a - b)
    const pace = paces[paces.length >> 1] as number
    const longest = { commands: most('commands'), bytes: most('bytes'), 'busy ms': most('busyMs') }
    console.info(`${scripts.length} scripts, each at most`, JSON.stringify(longest))
    expect(scripts.length).toBeGreaterThan(MEMBERS / 1_000)
    expect(most('commands') * pace).toBeLessThan(LONGEST_MS)
    expect(most('bytes')).toBeLessThan(MOST_BYTES)
  })
})

/** What one script was for the server. */
interface Work {
  /** All that it called. */
  readonly commands: number
  readonly bytes: number
  /** Time on a processor. */
  readonly busyMs: number
}

/** Notes what each script is that a client runs, by the server's own count. They run one at a time meanwhile. */
function meterScripts(client: Redis, observer: Redis): readonly Work[] {
  const scripts: Work[] = []
  const call = client.call.bind(client)
  let turn: Promise<unknown> = Promise.resolve()

  async function metered(...args: Parameters<typeof call>): Promise<unknown> {
    const before = await workOf(observer)
    try {
      return await call(...args)
    } finally {
      const after = await workOf(observer)
      scripts.push({
        commands: after.commands - before.commands,
        bytes: after.bytes - before.bytes,
        busyMs: after.busyMs - before.busyMs,
      })
    }
  }

  client.call = ((...args: Parameters<typeof call>) => {
    const next = turn.then(() => metered(...args))
    turn = next.catch(() => {})
    return next
  }) as typeof call
  client.once('end', () => observer.disconnect())
  return scripts
}

/** What the server has done since it was started. */
async function workOf(redis: Redis): Promise<Work> {
  const info = await redis.info('cpu', 'stats')
  const figure = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1])
  return {
    commands: figure('total_commands_processed'),
    bytes: figure('total_net_input_bytes') + figure('total_net_output_bytes'),
    busyMs: 1_000 * (figure('used_cpu_user_main_thread') + figure('used_cpu_sys_main_thread')),
  }
}
