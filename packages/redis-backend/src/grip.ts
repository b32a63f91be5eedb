import type { Redis } from 'ioredis'

/**
 * Keeps a process alive for a connection while something is asked on it, and no longer: a program that only sends ends when
 * it is done, also where it forgets to close. Why not on clusters: docs/decisions/0026-who-keeps-a-process-alive.md.
 */
export class Grip {
  #asked = 0
  readonly #client: Redis

  constructor(client: Redis) {
    this.#client = client
    client.on('ready', () => this.#fit()) // each time on another socket
  }

  /** Somebody asks. */
  take(): void {
    if (this.#asked++ === 0) this.#fit()
  }

  /** He was answered, or gave up. */
  leave(): void {
    if (--this.#asked === 0) this.#fit()
  }

  #fit(): void {
    keepAliveIf(this.#asked > 0, this.#client)
  }
}

/** Whether a process has to live for a connection, if there is one. */
export function keepAliveIf(isNeeded: boolean, { stream }: Pick<Redis, 'stream'>): void {
  if (isNeeded) stream?.ref()
  else stream?.unref()
}
