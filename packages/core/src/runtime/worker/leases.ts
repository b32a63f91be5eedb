import { Slots } from '../../memory/slots.ts'
import type { Delivery, Interruption } from '../../ports/backend.ts'
import type { TaskWorld } from '../tasks/context.ts'
import { ruledBy } from '../tasks/rules.ts'
import type { Registry } from '../tasks/task.ts'
import { waitAfter } from '../waiting/patience.ts'
import { pause } from '../waiting/pause.ts'

/** Whom it concerns that leases go on, or do not. */
interface Concerned {
  /** Once in a while, as long as leases are kept. */
  beat(): void
  interrupt(interruptions: readonly Interruption[]): Promise<void>
}

/** How long a backend may take to be given messages back. */
const RELEASE_MS = 5_000

/** What a worker holds: it keeps the leases, and gives back what it cannot bring to an end. */
export class Leases {
  readonly #held: Slots<Delivery> = new Slots()
  readonly #registry: Registry
  readonly #world: TaskWorld
  readonly #concerned: Concerned
  #callOffBeat: () => void = () => {}
  #heedless: () => void = () => {}

  constructor(registry: Registry, world: TaskWorld, concerned: Concerned) {
    this.#registry = registry
    this.#world = world
    this.#concerned = concerned
  }

  get size(): number {
    return this.#held.size
  }

  /** Holds a delivery; gives the place where it is held. */
  hold(delivery: Delivery): number {
    return this.#held.add(delivery)
  }

  /** Whether it is held there still: what was given back is somebody else's. */
  isHeld(place: number, delivery: Delivery): boolean {
    return this.#held.at(place) === delivery
  }

  /** It has come to its end, or to somebody else. */
  letGo(place: number, delivery: Delivery): void {
    if (this.isHeld(place, delivery)) this.#held.free(place)
  }

  /** Extends what is held from now on, and hears what shall stop. */
  async keep(): Promise<void> {
    const { deliveries } = this.#world.backend
    this.#heedless = await deliveries.heed((run) => void this.#extend(({ message }) => message.run === run))
    this.#beat()
  }

  /** Extends nothing any more. */
  stop(): void {
    this.#callOffBeat()
    this.#heedless()
  }

  /** A delivery whose end could not be told is run again, but not for ever, and not at once, unless all shall end. */
  async giveBack(delivery: Delivery, problem: string, error: unknown, ending: AbortSignal): Promise<void> {
    const { backend, report } = this.#world
    report(problem, error)
    await pause(backend.clock, waitAfter(delivery.count), ending)
    try {
      await backend.deliveries.release([delivery], 'rejected')
    } catch (error) {
      report(`${delivery.message.id} could not be given back`, error)
    }
  }

  /** Gives all back, as if never delivered, but for those that may run only once: they have been. Tells how many. */
  async giveAllBack(): Promise<number> {
    const left = this.#held.empty()
    const mayRunAgain = ({ message }: Delivery): boolean =>
      message.kind !== 'call' || ruledBy(message, this.#registry)?.acksLate !== false
    const unrun = left.filter(mayRunAgain)
    const spent = left.filter((delivery) => !mayRunAgain(delivery))
    await this.release(unrun, 'unrun')
    await this.release(spent, 'rejected')
    return left.length
  }

  /** Gives back, as long as that can be waited for: where a backend is away, leases run out by themselves. */
  async release(given: readonly Delivery[], why: 'unrun' | 'rejected'): Promise<void> {
    if (given.length === 0) return
    const { backend } = this.#world
    const told = new AbortController()
    const released = async (): Promise<void> => backend.deliveries.release(given, why)
    const giving = released().finally(() => told.abort())
    giving.catch(() => {}) // told to who waits, if somebody still does
    await Promise.race([giving, pause(backend.clock, RELEASE_MS, told.signal)])
    if (told.signal.aborted) await giving
  }

  #beat(): void {
    const { deliveries, clock } = this.#world.backend
    if (!Number.isFinite(deliveries.leaseMs)) return
    this.#callOffBeat = clock.at(clock.now() + deliveries.leaseMs / 3, () => {
      void this.#extend(() => true)
      this.#concerned.beat()
      this.#beat()
    })
  }

  /** What has lost its lease, or was halted, is asked to stop. */
  async #extend(which: (delivery: Delivery) => boolean): Promise<void> {
    try {
      const held = [...this.#held].filter(which)
      await this.#concerned.interrupt(await this.#world.backend.deliveries.extend(held))
    } catch (error) {
      this.#world.report('Leases could not be extended; it will be tried again', error)
    }
  }
}
