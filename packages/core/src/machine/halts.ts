import type { Failed } from '../model/outcome.ts'
import type { Span } from '../model/plan.ts'

interface Halt {
  readonly nth: number
  readonly first: number
  readonly end: number
  readonly verdict: Failed
}

/** The parts of a run that were halted, and how they end. The first halt of a place counts. */
export class Halts {
  /** By what stands in front of the last number of their place. */
  readonly #below: Map<string, Halt[]> = new Map()
  readonly #taken: Map<string, Failed> = new Map()
  #count = 0

  add({ at, span, takes }: Span, verdict: Failed): void {
    const lead = at.slice(0, at.lastIndexOf('.') + 1)
    const first = Number(at.slice(lead.length))
    const halts = this.#below.get(lead) ?? []
    halts.push({ nth: this.#count++, first, end: first + span, verdict })
    this.#below.set(lead, halts)
    if (takes !== undefined && !this.#taken.has(takes)) this.#taken.set(takes, verdict)
  }

  /** The verdict for a place; what hangs below a halted place is halted too. */
  at(place: string): Failed | null {
    let earliest: Halt | null = null
    for (let start = 0; start <= place.length; ) {
      const dot = place.indexOf('.', start)
      const stop = dot < 0 ? place.length : dot
      const halts = this.#below.get(place.slice(0, start))
      if (halts !== undefined) {
        const number = Number(place.slice(start, stop))
        const found = halts.find(({ first, end }) => number >= first && number < end)
        if (found !== undefined && (earliest === null || found.nth < earliest.nth)) earliest = found
      }
      start = stop + 1
    }
    return earliest?.verdict ?? null
  }

  /** The verdict for the node whose id stands at this position. */
  of(position: string): Failed | null {
    return this.#taken.get(position) ?? (position === '' ? null : this.at(position))
  }
}
