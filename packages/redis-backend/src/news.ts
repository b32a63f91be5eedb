import { randomBytes } from 'node:crypto'
import type { Listener } from '@arpeggio/core'
import { Ear } from './ear.ts'
import type { Link } from './link.ts'
import { Notices } from './notices.ts'
import type { Partition } from './partition.ts'

/** What is told to everybody: changes in runs that are watched, and halts. */
export class News {
  readonly #link: Link
  /** By which the scripts know this process among those who listen. */
  readonly #name: string = randomBytes(9).toString('base64url')
  readonly #ears: Map<string, Ear> = new Map()
  readonly #notices: Map<Partition, Notices> = new Map()

  constructor(link: Link) {
    this.#link = link
  }

  /** However many listen to a run, it is told once here. */
  watch(
    partition: Partition,
    run: string,
    listener: Listener,
    ids: readonly string[] | null,
  ): Promise<() => void> {
    return this.#noticesOf(partition).watch(run, listener, ids)
  }

  /** What is told on a channel; what nobody heard is gone. */
  hear(channel: string, hear: (text: string) => void): Promise<() => void> {
    return this.#earFor(channel).listen(channel, { hear, async missed() {}, isAwaited: () => true })
  }

  #noticesOf(partition: Partition): Notices {
    const known = this.#notices.get(partition)
    if (known !== undefined) return known
    const notices = new Notices(partition, this.#name, this.#earFor(partition.keys.news(this.#name)))
    this.#notices.set(partition, notices)
    return notices
  }

  /** On a cluster each partition may live on another node, so each has an ear of its own. */
  #earFor(channel: string): Ear {
    const place = this.#link.isCluster ? channel.slice(0, channel.indexOf('}')) : ''
    const ear = this.#ears.get(place) ?? new Ear(this.#link, channel)
    this.#ears.set(place, ear)
    return ear
  }
}
