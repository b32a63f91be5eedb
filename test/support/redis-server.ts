import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A Redis of our own: nobody else uses it, and it is gone when it is stopped. */
export interface PrivateServer extends AsyncDisposable {
  readonly port: number
  readonly url: string
  /** Its own folder. */
  readonly folder: string
  /** Dies at once, as if its machine had lost power; what its append-only file holds stays. */
  kill(): Promise<void>
  /** Lives again, at the same place. */
  restart(): Promise<void>
  /** Says nothing any more, and loses nothing. */
  pause(): void
  resume(): void
  stop(): Promise<void>
}

/** Starts a server on a free port. `settings` are its own, such as `['--appendonly', 'yes']`. */
export function startServer(...settings: readonly string[]): Promise<PrivateServer> {
  return start((port, folder) => {
    return ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder, ...settings]
  })
}

/** Starts a Sentinel on a free port; it is the same program. `lines` say what it watches. */
export function startSentinel(...lines: readonly string[]): Promise<PrivateServer> {
  return start((port, folder) => {
    const file = join(folder, 'sentinel.conf')
    writeFileSync(file, [`port ${port}`, 'bind 127.0.0.1', `dir ${folder}`, ...lines, ''].join('\n'))
    return [file, '--sentinel']
  })
}

type Settings = (port: number, folder: string) => readonly string[]

/** A port that was free may be taken a moment later: then another is tried. */
async function start(settingsFor: Settings, tries = 5): Promise<PrivateServer> {
  const program = findServer()
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'arpeggio-redis-'))
  const settings = settingsFor(port, folder)
  let server: ChildProcess
  let ended: Promise<void>

  async function restart(): Promise<void> {
    server = spawn(program, [...settings], { stdio: 'ignore' })
    ended = new Promise((resolve) => server.once('exit', () => resolve()))
    await answering(port, server)
  }

  async function kill(): Promise<void> {
    server.kill('SIGKILL')
    await ended
  }

  async function stop(): Promise<void> {
    await kill()
    rmSync(folder, { recursive: true, force: true })
  }

  try {
    await restart()
  } catch (error) {
    await stop()
    if (tries === 1) throw error
    return start(settingsFor, tries - 1)
  }
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    folder,
    kill,
    restart,
    pause() {
      server.kill('SIGSTOP')
    },
    resume() {
      server.kill('SIGCONT')
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

let found: string | null = null

/** The server's program, which is Sentinel's as well: on the PATH, or installed now, if that is Debian and we may. */
export function findServer(): string {
  found ??= installedServer() ?? install()
  return found
}

/** A server's program on the PATH, if there is one. */
export function installedServer(): string | null {
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
  const installed = installedServer()
  if (installed === null) throw new Error(advice)
  return installed
}

/** A port nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

const LONGEST_START_MS = 60_000

/** Whatever it says, it is there. */
async function answering(port: number, server: ChildProcess): Promise<void> {
  const until = performance.now() + LONGEST_START_MS
  do {
    await sleep(10)
    if (server.exitCode !== null) throw new Error(`The server at port ${port} has ended: is the port taken?`)
    if (performance.now() > until) throw new Error(`The server at port ${port} answers nobody.`)
  } while (!(await answers(port)))
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
    const end = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('data', () => end(true))
    socket.once('error', () => end(false))
  })
}
