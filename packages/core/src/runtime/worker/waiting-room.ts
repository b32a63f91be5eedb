import { memoryRates } from '../../memory/rates.ts'
import type { Backend, Delivery, Interruption, Rates } from '../../ports/backend.ts'
import type { Rate } from '../tasks/rate-limit.ts'
import { Stir } from '../waiting/stir.ts'

/** A room that makes slots by itself for who would have to wait for one: up to so many, and whom it tells. */
interface Growth {
  readonly most: number
  tell(): void
}

const NO_GROWTH: Growth = { most: 0, tell: () => {} }

/** Where a delivery is run: taken when it comes out, and left once, however often that is said. */
export interface Slot {
  /** To be run, or to be concluded if it was halted meanwhile. */
  readonly delivery: Delivery
  readonly leave: () => void
}

/** A delivery that waits: until when, once that is known, and what becomes of it then. */
interface Guest {
  readonly delivery: Delivery
  until: number | null
  callOff(): void
  go(slot: Slot | null): void
  fail(error: unknown): void
}

/**
 * Who has no turn yet waits here, held, and in nobody's way; who has one, and no slot, waits in line. What is not ours any
 * more comes out without a slot.
 */
export class WaitingRoom {
  readonly #backend: Backend
  readonly #rates: Readonly<Record<Rate['scope'], Rates>>
  readonly #guests: Map<Delivery, Guest> = new Map()
  #line: Guest[] = []
  #running = 0
  /** How many may run at once. */
  slots: number
  readonly #stir: Stir
  readonly #growth: Growth

  /** It stirs whenever others may come in. */
  constructor(backend: Backend, slots: number, stir: Stir = new Stir(), growth: Growth = NO_GROWTH) {
    this.#backend = backend
    this.#rates = { worker: memoryRates(backend.clock), global: backend.rates }
    this.slots = slots
    this.#stir = stir
    this.#growth = growth
  }

  get running(): number {
    return this.#running
  }

  /** How many wait for their turn. */
  get waiting(): number {
    return this.#guests.size - this.#line.length
  }

  /** Slots that nobody has, nor waits for; when all are taken, those that may be made: twice as many as there are, at most. */
  get free(): number {
    const free = this.slots - this.#running - this.#line.length
    return free > 0 ? free : Math.max(0, Math.min(this.#growth.most - this.slots, this.slots))
  }

  /** Who is here, and until when as far as that is known. */
  get guests(): readonly { readonly delivery: Delivery; readonly until: number | null }[] {
    return [...this.#guests.values()]
  }

  /** What ends whatever may still run needs no turn. */
  enter(delivery: Delivery, rate: Rate | null): Slot | Promise<Slot | null> {
    const isDue = rate === null || delivery.verdict !== null
    if (isDue && this.#line.length === 0 && this.#hasSlot()) return this.#take(delivery)
    return new Promise((resolve, reject) => {
      const guest: Guest = { delivery, until: null, callOff: () => {}, go: resolve, fail: reject }
      this.#guests.set(delivery, guest)
      if (isDue) this.#lineUp(guest)
      else void this.#takeTurn(guest, rate)
    })
  }

  #take(delivery: Delivery): Slot {
    let isTaken = true
    this.#running++
    const leave = (): void => {
      if (!isTaken) return
      isTaken = false
      this.#running--
      this.serve()
      this.#stir.happened()
    }
    return { delivery, leave }
  }

  /** Whoever is next in line, as long as there are slots. */
  serve(): void {
    while (this.#line.length > 0 && this.#hasSlot()) {
      const guest = this.#line[0] as Guest
      this.#show(guest, guest.delivery)
    }
  }

  /** Whether there is a slot for one more, now that it is needed. */
  #hasSlot(): boolean {
    if (this.#running < this.slots) return true
    if (this.slots >= this.#growth.most) return false
    this.slots++
    this.#growth.tell()
    return true
  }

  /** A task has another rate now: who waits for it takes a new turn. */
  renew(task: string, rate: Rate | null): void {
    for (const guest of this.#guests.values()) {
      const { message } = guest.delivery
      if (message.kind !== 'call' || message.task !== task || this.#line.includes(guest)) continue
      guest.callOff()
      if (rate === null) this.#lineUp(guest)
      else void this.#takeTurn(guest, rate)
    }
  }

  /** What was lost is somebody else's; what was halted is concluded at once. */
  async interrupt(interruptions: readonly Interruption[]): Promise<void> {
    for (const { delivery, why } of interruptions) {
      const guest = this.#guests.get(delivery)
      if (guest === undefined) continue
      if (why === 'lost') this.#show(guest, null)
      else await this.#conclude(guest)
    }
  }

  /** All must go: they are given back. */
  empty(): readonly Delivery[] {
    const guests = [...this.#guests.values()]
    for (const guest of guests) this.#show(guest, null)
    return guests.map(({ delivery }) => delivery)
  }

  /** Another interval is another name, so that turns that were taken at the old one hold nobody up. */
  async #takeTurn(guest: Guest, { intervalMs, scope }: Rate): Promise<void> {
    const { message } = guest.delivery
    if (message.kind !== 'call') return this.#lineUp(guest)
    const { task, options } = message
    let isCalledOff = false
    guest.callOff = () => {
      isCalledOff = true
    }
    try {
      const turn = await this.#rates[scope].reserve(`${task} ${intervalMs}`, intervalMs)
      if (isCalledOff) return
      // What expires before is told so when it does.
      const until = Math.min(turn, (options.expires ?? Number.POSITIVE_INFINITY) + 1)
      guest.until = until
      const { clock } = this.#backend
      if (until <= clock.now()) this.#lineUp(guest)
      else guest.callOff = clock.at(until, () => this.#lineUp(guest))
    } catch (error) {
      if (isCalledOff) return // it waits for another turn
      this.#forget(guest)
      guest.fail(error)
    }
  }

  #lineUp(guest: Guest): void {
    this.#line.push(guest)
    this.serve()
  }

  async #conclude(guest: Guest): Promise<void> {
    const { id } = guest.delivery.message
    const [standing] = await this.#backend.results.get([id])
    if (!this.#guests.has(guest.delivery)) return
    if (standing?.kind === 'halted' || standing?.kind === 'ended')
      this.#show(guest, { ...guest.delivery, verdict: standing.verdict })
  }

  /** Shows somebody out. */
  #show(guest: Guest, delivery: Delivery | null): void {
    this.#forget(guest)
    guest.go(delivery === null ? null : this.#take(delivery))
  }

  #forget(guest: Guest): void {
    guest.callOff()
    this.#guests.delete(guest.delivery)
    this.#line = this.#line.filter((other) => other !== guest)
    this.#stir.happened()
  }
}
