import { createServer, type Socket } from 'node:net'

/** Something that listens on a port of this machine, until it is closed. */
export interface TcpServer {
  readonly port: number
  close(): Promise<void>
}

/** Serves each connection that comes in. */
export async function serveTcp(serve: (socket: Socket) => void): Promise<TcpServer> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => {}) // whoever connected may leave as he likes
    serve(socket)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as { port: number }).port,
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
