import type { Listener } from '@arpeggio/core'
import type { Client, Link } from './link.ts'
import { unpackChanges } from './wire.ts'

/** Hears of a run of which something was halted. */
export type Heed = (run: string) => void

/** What is told to everybody: changes in runs that are watched, and halts. One subscription for each channel, however many listen. */
export class News {
  readonly #link: Link
  readonly #channels: Map<string, Set<(text: string) => void>> = new Map()
  #client: Client | null = null

  constructor(link: Link) {
    this.#link = link
  }

  watch(channel: string, run: string, listener: Listener): Promise<() => void> {
    return this.#listen(channel, (text) => {
      for (const change of unpackChanges(run, text)) listener(change)
    })
  }

  heed(channel: string, listener: Heed): Promise<() => void> {
    return this.#listen(channel, listener)
  }

  async #listen(channel: string, hear: (text: string) => void): Promise<() => void> {
    const listeners = this.#channels.get(channel) ?? new Set()
    this.#channels.set(channel, listeners)
    listeners.add(hear)
    await this.#subscriber().subscribe(channel)
    return () => {
      listeners.delete(hear)
      if (listeners.size > 0 || this.#channels.get(channel) !== listeners) return
      this.#channels.delete(channel)
      this.#subscriber()
        .unsubscribe(channel)
        .catch(() => {})
    }
  }

  #subscriber(): Client {
    if (this.#client !== null) return this.#client
    this.#client = this.#link.another()
    this.#client.on('message', (channel: string, text: string) => {
      for (const hear of this.#channels.get(channel) ?? []) hear(text)
    })
    return this.#client
  }
}
