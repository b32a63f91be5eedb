import type { Turn, Turns } from './line.ts'
import type { Process } from './process.ts'

interface Waiting extends Turn {
  go(how: 'goes on' | 'answer lost'): void
}

/** Who waits for his turn, in the order in which they came. */
export class Queue implements Turns {
  #waiting: Waiting[] = []
  /** How many ever came. */
  arrived = 0

  await(turn: Turn): Promise<'goes on' | 'answer lost'> {
    this.arrived++
    return new Promise((resolve) => {
      if (turn.process.isAlive) this.#waiting.push({ ...turn, go: resolve })
    })
  }

  /** Those who may have their turn now. */
  ready(now: number): readonly Turn[] {
    return this.#waiting.filter(({ process }) => process.frozenUntil <= now)
  }

  /** When the next of those who stand still goes on. */
  nextThaw(now: number): number | null {
    const thaws = this.#waiting.flatMap(({ process }) =>
      process.frozenUntil > now ? [process.frozenUntil] : [],
    )
    return thaws.length === 0 ? null : Math.min(...thaws)
  }

  let(turn: Turn, how: 'goes on' | 'answer lost'): void {
    const waiting = turn as Waiting
    this.#waiting = this.#waiting.filter((other) => other !== waiting)
    waiting.go(how)
  }

  /** The dead wait for nothing. */
  forget(process: Process): void {
    this.#waiting = this.#waiting.filter((waiting) => waiting.process !== process)
  }
}
