import { Audience, type Listener, positionOf } from '@arpeggio/core'
import type { Commands } from './commands.ts'
import { Convoy } from './convoy.ts'
import type { Ear, Hearing } from './ear.ts'
import type { Partition } from './partition.ts'
import { runScript } from './scripts.ts'
import { unpackChanges } from './wire.ts'

/** What is told of a run: all that changes; what becomes of its own node, and when much has changed; or nothing any more. */
type Breadth = 'all' | 'end' | 'none'
const LETTERS: Readonly<Record<Breadth, string>> = { all: 'a', end: 'e', none: '-' }

/** A run that somebody listens to. */
interface Watched {
  readonly audience: Audience
  /** What was let be known where the news are made, or is about to be. */
  readonly announced: Map<Breadth, Promise<unknown>>
}

interface Announcement {
  readonly run: string
  readonly breadth: Breadth
}

/** Announcements that travel together at most. */
const MOST_TOGETHER = 500

/**
 * What this process is told of the runs of a partition. It listens to one channel for all of them; a run remembers who shall be
 * told of it.
 */
export class Notices {
  readonly #partition: Partition
  readonly #name: string
  readonly #ear: Ear
  readonly #channel: string
  readonly #watched: Map<string, Watched> = new Map()
  readonly #announcing: Convoy<Announcement, string>
  /** Runs of which nothing needs to be told here any more, while that is being said. */
  readonly #leaving: Set<string> = new Set()
  #listening: Promise<unknown> | null = null
  readonly #hearing: Hearing = {
    hear: (text) => this.#hear(text),
    missed: () => this.#missed(),
    isAwaited: () => this.#watched.size > 0,
  }

  constructor(partition: Partition, name: string, ear: Ear) {
    this.#partition = partition
    this.#name = name
    this.#ear = ear
    this.#channel = partition.keys.news(name)
    this.#announcing = new Convoy({
      most: () => MOST_TOGETHER,
      travel: (announcements) => this.#announce(partition.redis, announcements),
    })
  }

  async watch(run: string, listener: Listener, ids: readonly string[] | null): Promise<() => void> {
    const watched = this.#watched.get(run) ?? { audience: new Audience(), announced: new Map() }
    this.#watched.set(run, watched)
    if (this.#watched.size === 1) this.#ear.fit()
    const leave = watched.audience.add(listener, ids)
    const stop = (): void => {
      leave()
      if (!watched.audience.isEmpty || this.#watched.get(run) !== watched) return
      this.#watched.delete(run)
      if (this.#watched.size === 0) this.#ear.fit()
    }
    try {
      await this.#listen()
      await this.#announceOnce(run, watched, ids?.every(isOwn) ? 'end' : 'all')
    } catch (error) {
      stop()
      throw error
    }
    return stop
  }

  /** From the first run on, and for as long as this process is there. */
  #listen(): Promise<unknown> {
    this.#listening ??= this.#ear.listen(this.#channel, this.#hearing).catch((error: unknown) => {
      this.#listening = null
      throw error
    })
    return this.#listening
  }

  #announceOnce(run: string, { announced }: Watched, breadth: Breadth): Promise<unknown> {
    const known = announced.get('all') ?? announced.get(breadth)
    if (known !== undefined) return known
    const said = this.#announcing.ask({ run, breadth })
    announced.set(breadth, said)
    said.catch(() => announced.delete(breadth)) // whoever comes next says it again
    return said
  }

  /** Gives the deadlines of the runs, as the script does. */
  async #announce(asked: Commands, announcements: readonly Announcement[]): Promise<string[]> {
    const { keys, deadlines } = this.#partition
    const said = announcements.flatMap(({ run, breadth }) => [run, LETTERS[breadth]])
    const args = [this.#name, announcements.length, ...said]
    const moments = (await runScript(asked, 'watch', keys.prefix, args)) as string[]
    for (const moment of moments) deadlines.expect(moment)
    return moments
  }

  /** A run, and what changes in it. */
  #hear(text: string): void {
    const end = text.indexOf('\n')
    if (end < 0) return // nobody of ours says so little
    const [run, changes] = [text.slice(0, end), text.slice(end + 1)]
    const audience = this.#watched.get(run)?.audience
    if (audience === undefined) this.#leave(run, changes)
    else for (const change of unpackChanges(run, changes)) audience.tell(change)
  }

  /** Nobody listens to it any more, so it need not be told of. Behind an empty line stands nothing any more: most often it is over. */
  #leave(run: string, changes: string): void {
    if (changes.endsWith('\n') || changes === '' || this.#leaving.has(run)) return
    this.#leaving.add(run)
    this.#announcing
      .ask({ run, breadth: 'none' })
      .catch(() => {}) // it is said again with the next change
      .finally(() => {
        this.#leaving.delete(run)
        if (this.#watched.has(run)) this.#remind([run]).catch(() => {}) // somebody has come meanwhile; it was closed
      })
  }

  /** Where the news are made it may have been forgotten that somebody listens, and something may have been told meanwhile. */
  async #missed(): Promise<void> {
    const runs = [...this.#watched.keys()]
    await this.#remind(runs)
    for (const run of runs) this.#watched.get(run)?.audience.tell(null)
  }

  /** Says once more that somebody listens. */
  async #remind(runs: readonly string[]): Promise<void> {
    for (let from = 0; from < runs.length; from += MOST_TOGETHER) {
      const announcements = runs.slice(from, from + MOST_TOGETHER).map((run): Announcement => {
        return { run, breadth: this.#watched.get(run)?.announced.has('all') ? 'all' : 'end' }
      })
      await this.#announce(this.#partition.redis.patient, announcements)
    }
  }
}

/** Whether a node is the one that its run was begun for. */
function isOwn(id: string): boolean {
  return positionOf(id) === ''
}
