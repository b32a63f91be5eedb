import type { Schedule } from './schedule.ts'

/** How often it is tried to do with less. */
const MOST_TRIES = 200
/** By how many steps what went wrong before may have held up what did the harm. */
const MOST_BACK = 64

/** The shortest schedule found that goes wrong as well: with fewer faults, and where everybody waits in line as long as that does no harm. */
export async function shortest(
  schedule: Schedule,
  goesWrong: (schedule: Schedule) => Promise<boolean>,
): Promise<Schedule> {
  let best = schedule
  let tries = 0
  async function accept(shorter: Schedule): Promise<boolean> {
    if (tries++ >= MOST_TRIES || !(await goesWrong(shorter))) return false
    best = shorter
    return true
  }

  for (const fault of schedule.faults.toReversed()) {
    await accept({ ...best, faults: best.faults.filter((other) => other !== fault) })
  }
  const last = best.faults.at(-1)
  for (let back = 1; last !== undefined && best.faults.length > 1 && back <= MOST_BACK; back++) {
    const step = last.step - back
    if (step < 0 || (await accept({ ...best, faults: [{ ...last, step }] }))) break
  }
  for (let size = best.turns.length; size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < best.turns.length; from += size) {
      const span = best.turns.slice(from, from + size)
      if (span.every((turn) => turn === 0)) continue
      const turns = [...best.turns.slice(0, from), ...span.map(() => 0), ...best.turns.slice(from + size)]
      await accept({ ...best, turns })
    }
  }
  return best
}
