import { Audience, type Listener, positionOf } from '@arpeggio/core'
import type { Redis } from 'ioredis'
import type { Commands } from './commands.ts'
import { insist } from './insist.ts'
import type { Link } from './link.ts'
import type { Partition } from './partition.ts'
import { runScript } from './scripts.ts'
import { unpackChanges } from './wire.ts'

/** What is told to everybody: changes in runs that are watched, and halts. One subscription for each channel, however many listen. */
export class News {
  readonly #link: Link
  readonly #ears: Map<string, Ear> = new Map()
  readonly #watched: Map<string, Watched> = new Map()

  constructor(link: Link) {
    this.#link = link
  }

  /** However many listen to a run, it is told once here. */
  async watch(
    partition: Partition,
    run: string,
    listener: Listener,
    ids: readonly string[] | null,
  ): Promise<() => void> {
    const watched = this.#watched.get(run) ?? this.#begin(partition, run)
    const leave = watched.audience.add(listener, ids)
    const stop = (): void => {
      leave()
      if (!watched.audience.isEmpty || this.#watched.get(run) !== watched) return
      this.#watched.delete(run)
      watched.listening.then((end) => end()).catch(() => {}) // it never began
    }
    try {
      await watched.listening
      await watched.announce(ids?.every(isOwn) ? 'end' : 'all')
    } catch (error) {
      stop()
      throw error
    }
    return stop
  }

  #begin({ redis, keys, deadlines }: Partition, run: string): Watched {
    const audience = new Audience()
    const channel = keys.news(run)
    /** What was let be known, or is about to be. */
    const announced = new Map<Breadth, Promise<void>>()
    const say = async (asked: Commands, breadth: Breadth): Promise<void> => {
      deadlines.expect((await runScript(asked, 'watch', keys.prefix, [run, breadth])) as string)
    }
    const watched: Watched = {
      audience,
      listening: this.#earFor(channel).listen(channel, {
        hear(text) {
          for (const change of unpackChanges(run, text)) audience.tell(change)
        },
        // Where the news are made it may have been forgotten that somebody listens.
        async missed() {
          await say(redis.patient, announced.has('all') ? 'all' : 'end')
          audience.tell(null)
        },
      }),
      announce(breadth) {
        const known = announced.get('all') ?? announced.get(breadth)
        if (known !== undefined) return known
        const said = say(redis, breadth)
        announced.set(breadth, said)
        said.catch(() => announced.delete(breadth)) // whoever comes next says it again
        return said
      },
    }
    this.#watched.set(run, watched)
    return watched
  }

  /** What is told on a channel; what nobody heard is gone. */
  hear(channel: string, hear: (text: string) => void): Promise<() => void> {
    return this.#earFor(channel).listen(channel, { hear, async missed() {} })
  }

  /** On a cluster each partition may live on another node, so each has an ear of its own. */
  #earFor(channel: string): Ear {
    const place = this.#link.isCluster ? channel.slice(0, channel.indexOf('}')) : ''
    const ear = this.#ears.get(place) ?? new Ear(this.#link, channel)
    this.#ears.set(place, ear)
    return ear
  }
}

/** What is told of a run: all that changes, or what becomes of its own node, and when much has changed. */
type Breadth = 'all' | 'end'

/** Whether a node is the one that its run was begun for. */
function isOwn(id: string): boolean {
  return positionOf(id) === ''
}

/** A run that somebody listens to. */
interface Watched {
  readonly audience: Audience
  /** Calls it off again. */
  readonly listening: Promise<() => void>
  /** Lets it be known where the news are made, unless as much is known there. */
  announce(breadth: Breadth): Promise<void>
}

interface Hearing {
  hear(text: string): void
  /** Something may have been told that it did not hear. */
  missed(): Promise<void>
}

/** One line, and all that is heard on it. When it breaks, there is another, and everybody is told that he may have missed something. */
class Ear {
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
    return line
  }

  /** A line on which nothing is said may be dead: what is asked shows it, here and where the slot has moved away. */
  #feel(line: Redis): void {
    const [channel] = this.#channels.keys()
    if (channel !== undefined) line.ssubscribe(channel).catch(() => line.disconnect())
  }

  #recover(): void {
    this.#line = null
    if (this.#channels.size === 0) return
    insist(() => this.#connected(), { ...this.#link.patience, limitMs: null })
      .then(() => {
        const hearings = [...this.#channels.values()].flatMap((hearings) => [...hearings])
        return Promise.all(hearings.map(({ missed }) => missed()))
      })
      .catch(() => {}) // it was closed
  }
}
