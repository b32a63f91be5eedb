import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { App } from '@arpeggio/canvas'
import { redisBackend } from '@arpeggio/redis-backend'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FROM_SOURCE } from '../support/process.ts'
import { redisHere } from '../support/redis-here.ts'

/* Who closes nothing ends all the same when nothing is left to wait for, and not before. */

const here = redisHere()
let app: App
let programs: ChildProcess[]

beforeEach(async () => {
  await here.redis.flushall()
  programs = []
  app = new App({ logLevel: 'silent', backend: redisBackend(here.server.url, { warn: () => {} }) })
  app.task('add', (a: number, b: number) => a + b)
})
afterEach(async () => {
  for (const program of programs) program.kill('SIGKILL')
  await app.close()
})

/** A program of its own, with an app that is never closed. */
function start(lines: string): ChildProcess {
  const source = `
    import { App } from '@arpeggio/canvas'
    import { redisBackend } from '@arpeggio/redis-backend'
    const backend = redisBackend('${here.server.url}', { warn() {} })
    const app = new App({ logLevel: 'silent', backend })
    const add = app.task('add', (a, b) => a + b)
    ${lines}`
  const cwd = fileURLToPath(new URL('../..', import.meta.url))
  const args = [...FROM_SOURCE, '--input-type=module', '--eval', source]
  const program = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] })
  programs.push(program)
  return program
}

/** What it has written when it has ended by itself. */
async function said(program: ChildProcess): Promise<string> {
  const [output] = await Promise.all([text(program.stdout as NodeJS.ReadableStream), once(program, 'exit')])
  return output
}

test('a program that has sent what it sends ends', { timeout: 30_000 }, async () => {
  await said(start('await add.delay(1, 2)'))
  expect(await here.redis.llen('{arpeggio:0}:line:default:5')).toBe(1)
})

test('what nobody waits for is sent before it ends', { timeout: 30_000 }, async () => {
  await said(start('for (let n = 0; n < 300; n++) void add.delay(n, 2)'))
  expect(await here.redis.llen('{arpeggio:0}:line:default:5')).toBe(300)
})

test('a program that waits for values lives until they have come, and ends then', {
  timeout: 30_000,
}, async () => {
  const program = start('for (const n of [1, 2]) console.log(await (await add.delay(n, 2)).get())')
  const output = said(program)
  await expect.poll(() => here.redis.llen('{arpeggio:0}:line:default:5'), { timeout: 20_000 }).toBe(1)
  await app.worker().start()
  expect(await output).toBe('3\n4\n')
})

test('a program with a worker goes on', { timeout: 30_000 }, async () => {
  const program = start(`await app.worker().start(); console.log('ready')`)
  await once(program.stdout as NodeJS.ReadableStream, 'data')
  for (let n = 0; n < 3; n++) expect(await app.signature('add', { args: [n, 1] }).run()).toBe(n + 1)
  expect(program.exitCode).toBeNull()
})
