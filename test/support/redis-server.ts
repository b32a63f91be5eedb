import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'

/** A Redis of our own: nobody else uses it, and it is gone when it is stopped. */
export interface PrivateServer extends AsyncDisposable {
  readonly port: number
  readonly url: string
  stop(): Promise<void>
}

/** Starts a server on a free port. `settings` are its own, such as `['--appendonly', 'yes']`. */
export async function startServer(...settings: readonly string[]): Promise<PrivateServer> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'arpeggio-redis-'))
  const basics = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder]
  const server = spawn(findServer(), [...basics, ...settings], { stdio: 'ignore' })
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  const stop = async (): Promise<void> => {
    server.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  await answering(port)
  return { port, url: `redis://127.0.0.1:${port}`, stop, [Symbol.asyncDispose]: stop }
}

let found: string | null = null

/** The server's program: on the PATH, or installed now, if that is Debian and we may. */
function findServer(): string {
  found ??= onPath() ?? install()
  return found
}

function onPath(): string | null {
  for (const name of ['redis-server', 'valkey-server']) {
    try {
      return execFileSync('which', [name], { encoding: 'utf8' }).trim()
    } catch {
      // not this one
    }
  }
  return null
}

function install(): string {
  const advice =
    'These tests need a Redis 7 server: install the package redis-server (Debian) or valkey-server, or put one on the PATH.'
  const aptGet = (...args: readonly string[]): void => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
    execFileSync('apt-get', [...args], { stdio: 'ignore', timeout: 240_000, env })
  }
  try {
    aptGet('update')
    aptGet('install', '-y', '--no-install-recommends', 'redis-server')
  } catch (cause) {
    throw new Error(advice, { cause })
  }
  const installed = onPath()
  if (installed === null) throw new Error(advice)
  return installed
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

async function answering(port: number): Promise<void> {
  const client = new Redis({ port, host: '127.0.0.1', retryStrategy: () => 20, maxRetriesPerRequest: 200 })
  client.on('error', () => {})
  try {
    await client.ping()
  } finally {
    client.disconnect()
  }
}
