import type { Chord } from './chord.ts'
import type { Json } from './json.ts'
import type { Course, Input, Message, Seat, SpreadMessage } from './message.ts'
import type { Failed, Verdict } from './outcome.ts'
import type { Lists, Plan, Stored } from './plan.ts'
import type { Graft } from './shape.ts'

/** What the machine returns: wishes to be granted together, and places where it must read on first. */
export type Effect = Wish | Read

/** A change a backend makes. All wishes of one delivery are granted at once, or none. */
export type Wish =
  /** Keep what became of an id; the first verdict wins. */
  | { readonly do: 'store'; readonly id: string; readonly verdict: Verdict; readonly counts: boolean }
  /** Tell a state that is not the end. */
  | { readonly do: 'note'; readonly id: string; readonly state: string; readonly meta: Json }
  /** Make a chord, before any message that has a seat in it. */
  | { readonly do: 'open'; readonly chord: Chord }
  | { readonly do: 'publish'; readonly message: Message }
  /** Take a seat. Whoever takes the closing one is told so, each time it asks, until the chord is launched. */
  | { readonly do: 'join'; readonly run: string; readonly seat: Seat; readonly verdict: Verdict }
  /** One more seat in a chord that is still open. */
  | { readonly do: 'widen'; readonly run: string; readonly seat: Seat }
  /**
   * What follows the chord is among these wishes; once granted, nobody is told `closed` again. `dismissed`: who sits in it
   * still, or in a chord that sits in it, shall not run, or run on, and ends like this.
   */
  | {
      readonly do: 'launch'
      readonly run: string
      readonly chord: string
      readonly dismissed: Failed | null
    }
  /** The run has grown below `at`. */
  | {
      readonly do: 'graft'
      readonly run: string
      readonly at: string
      readonly graft: Graft
      readonly lists: Lists
      readonly calls: number
    }
  /** What failed for good stays as it was: a message to be sent again, or a chord with its seats. A message that is kept stays as it was kept first. */
  | { readonly do: 'keep'; readonly failed: Message | Chord }
  /** Set a message aside for people to look at. */
  | { readonly do: 'bury'; readonly message: Message; readonly reason: string }

/** A future that is stored: the shell reads it and hands it back to the machine. */
export type Read =
  /** The next step of a long plan, to `resume` with. */
  | {
      readonly do: 'read-step'
      readonly stored: Stored
      readonly rest: Plan
      readonly input: Input
      readonly course: Course
    }
  /** Some branches of a wide fork, to `spread`. */
  | { readonly do: 'read-branches'; readonly spread: SpreadMessage }
