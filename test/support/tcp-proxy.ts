import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { serveTcp } from './tcp-server.ts'

/** A wire that can be cut: connects whoever comes with a server, as long as it is whole. */
export interface TcpProxy {
  readonly port: number
  readonly url: string
  /** Cuts all connections, and lets nobody in. */
  cut(): void
  /** Nothing gets through any more, and nobody is told. */
  silence(): void
  /** From now on whatever is said takes so long to get through, in order; 0: no time again. */
  delay(ms: number): void
  /** What the clients of today say is held back, until it is let go; even if they have left by then. */
  hold(): Held
  /** Whoever connects from now on gets through; what was broken stays broken. */
  heal(): void
  /** Passes on the next request with this text that is granted, and cuts its connection instead of the reply; done when it has happened. */
  loseReplyTo(text: string): Promise<void>
  close(): Promise<void>
}

/** Requests that are held back. */
export interface Held {
  readonly text: string
  letGo(): void
}

interface Connection {
  readonly client: Socket
  readonly server: Socket
  isSilent: boolean
  /** Requests that are held back. */
  held: Buffer[] | null
}

/** A wire to a server on this machine. */
export async function startProxy(port: number): Promise<TcpProxy> {
  const connections = new Set<Connection>()
  let state: 'whole' | 'cut' | 'silent' = 'whole'
  let delayMs = 0
  let doomed: { readonly text: string; readonly onLost: () => void } | null = null

  function end(connection: Connection): void {
    connection.client.destroy()
    connection.server.destroy()
    connections.delete(connection)
  }

  /** Passes on what comes, late if it has to be, and nothing before what came before it. */
  function inOrder(write: (data: Buffer) => void): (data: Buffer) => void {
    let waiting = 0
    let last = Promise.resolve()
    return (data) => {
      if (waiting === 0 && delayMs === 0) {
        write(data)
        return
      }
      const due = performance.now() + delayMs
      waiting++
      last = last.then(async () => {
        await sleep(due - performance.now())
        waiting--
        write(data)
      })
    }
  }

  const listener = await serveTcp((client) => {
    if (state === 'cut') {
      client.destroy()
      return
    }
    const connection: Connection = {
      client,
      server: connect(port, '127.0.0.1'),
      isSilent: state === 'silent',
      held: null,
    }
    const { server } = connection
    const toServer = inOrder((data) => server.write(data))
    const toClient = inOrder((data) => client.write(data))
    let isWatched = false
    connections.add(connection)
    client.on('data', (data) => {
      if (connection.isSilent) return
      if (connection.held !== null) {
        connection.held.push(data)
        return
      }
      isWatched ||= doomed !== null && data.includes(doomed.text)
      toServer(data)
    })
    server.on('data', (data) => {
      const isRefused = data.toString().startsWith('-') // such as NOSCRIPT: it will be sent again
      if (isWatched && !isRefused && doomed !== null) {
        doomed.onLost()
        doomed = null
        end(connection)
        return
      }
      isWatched = false
      if (!connection.isSilent) toClient(data)
    })
    server.on('error', () => end(connection))
    server.on('close', () => end(connection))
    client.on('close', () => {
      if (connection.held === null) end(connection)
    })
  })

  return {
    port: listener.port,
    url: `redis://127.0.0.1:${listener.port}`,
    cut() {
      state = 'cut'
      for (const connection of connections) end(connection)
    },
    silence() {
      state = 'silent'
      for (const connection of connections) connection.isSilent = true
    },
    delay(ms) {
      delayMs = ms
    },
    hold() {
      const held = [...connections]
      for (const connection of held) connection.held = []
      return {
        get text() {
          return held.map(({ held }) => Buffer.concat(held ?? []).toString()).join('')
        },
        letGo() {
          for (const { held: requests, server } of held) server.write(Buffer.concat(requests ?? []))
        },
      }
    },
    heal() {
      state = 'whole'
    },
    loseReplyTo: (text) =>
      new Promise((resolve) => {
        doomed = { text, onLost: resolve }
      }),
    async close() {
      for (const connection of connections) end(connection)
      await listener.close()
    },
  }
}
