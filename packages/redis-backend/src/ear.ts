import type { Redis } from 'ioredis'
import { keepAliveIf } from './grip.ts'
import { insist } from './insist.ts'
import type { Link } from './link.ts'

/** What is done with what is heard. */
export interface Hearing {
  hear(text: string): void
  /** Something may have been told that it did not hear. */
  missed(): Promise<void>
  /** Whether somebody waits for it now. Who has not called it off may want to hear more later. */
  isAwaited(): boolean
}

/** When to try again where a line was refused. */
const REFUSED_PAUSE_MS = 1_000

/** One line, and all that is heard on it. When it breaks, there is another, and everybody is told that he may have missed something. */
export class Ear {
  readonly #link: Link
  /** A channel that is told from where all of them are. */
  readonly #place: string
  readonly #channels: Map<string, Set<Hearing>> = new Map()
  #line: Promise<Redis> | null = null

  constructor(link: Link, place: string) {
    this.#link = link
    this.#place = place
  }

  async listen(channel: string, hearing: Hearing): Promise<() => void> {
    const hearings = this.#channels.get(channel) ?? new Set()
    this.#channels.set(channel, hearings)
    hearings.add(hearing)
    const stop = (): void => this.#stop(channel, hearings, hearing)
    try {
      await insist(async () => {
        const line = await this.#connected()
        // Where the slot has moved away there will be another line; all others are told as well.
        await line.ssubscribe(channel).catch((error: Error) => {
          line.disconnect()
          throw error
        })
      }, this.#link.patience)
      this.fit()
    } catch (error) {
      stop()
      throw error
    }
    return stop
  }

  #stop(channel: string, hearings: Set<Hearing>, hearing: Hearing): void {
    hearings.delete(hearing)
    if (hearings.size > 0 || this.#channels.get(channel) !== hearings) return
    this.#channels.delete(channel)
    this.#line?.then((line) => line.sunsubscribe(channel)).catch(() => {}) // a line that is gone hears nothing
    this.fit()
  }

  /** The process lives for its line as long as somebody waits for what comes on it. */
  fit(): void {
    this.#line?.then((line) => keepAliveIf(this.#isAwaited, line)).catch(() => {}) // there will be another
  }

  get #isAwaited(): boolean {
    return [...this.#channels.values()].some((hearings) => [...hearings].some((one) => one.isAwaited()))
  }

  #connected(): Promise<Redis> {
    this.#line ??= this.#connect().catch((error: unknown) => {
      this.#line = null
      throw error
    })
    return this.#line
  }

  async #connect(): Promise<Redis> {
    const line = await this.#link.line(this.#place)
    let isUp = false
    const pulse = setInterval(() => this.#feel(line), this.#link.silenceMs).unref()
    line.on('smessage', (channel: string, text: string) => {
      for (const { hear } of this.#channels.get(channel) ?? []) hear(text)
    })
    line.once('moved', () => line.disconnect()) // the slot lives on another node now
    line.once('end', () => {
      clearInterval(pulse)
      if (isUp) this.#recover()
    })
    try {
      await Promise.all([...this.#channels.keys()].map((channel) => line.ssubscribe(channel)))
      if (line.status === 'end') throw new Error('Connection is closed.')
    } catch (error) {
      line.disconnect()
      throw error
    }
    isUp = true
    keepAliveIf(this.#isAwaited, line)
    return line
  }

  /** A line on which nothing is said may be dead: what is asked shows it, here and where the slot has moved away. */
  #feel(line: Redis): void {
    const [channel] = this.#channels.keys()
    if (channel !== undefined) line.ssubscribe(channel).catch(() => line.disconnect())
  }

  #recover(): void {
    this.#line = null
    if (this.#channels.size > 0) this.#reconnect()
  }

  #reconnect(): void {
    insist(() => this.#connected(), { ...this.#link.patience, limitMs: null })
      .then(() => {
        const hearings = [...this.#channels.values()].flatMap((hearings) => [...hearings])
        return Promise.all(hearings.map(({ missed }) => missed()))
      })
      .catch(() => {
        if (this.#link.closed.aborted) return
        setTimeout(() => this.#reconnect(), REFUSED_PAUSE_MS).unref() // what was refused may be mended
      })
  }
}
