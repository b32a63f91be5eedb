import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A web server of this machine, until it is disposed of. */
export interface Listening extends AsyncDisposable {
  /** Where it is: `http://127.0.0.1:…`. */
  readonly origin: string
}

/** Answers on a free port of 127.0.0.1, for the examples that need somebody to talk to. */
export async function listen(answer: RequestListener): Promise<Listening> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
