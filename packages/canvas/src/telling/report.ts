import type { Logger, TaskWorld } from '@arpeggio/core'

/** Hears what went wrong outside of any task. */
export type Report = TaskWorld['report']

/** Tells the console. */
export function tellConsole(problem: string, error: unknown): void {
  console.error(`arpeggio: ${problem}.`, error ?? '')
}

/** The report of those who gave none, but perhaps a logger. */
export function tellTo(logger: Logger | undefined): Report {
  if (logger === undefined) return tellConsole
  return (problem, error) => logger.error(`${problem}.`, ...(error === null ? [] : [error]))
}

/** Who hears of problems must not make them worse: when a report throws, at once or later, the console hears of both. */
export function harmless(report: Report): Report {
  return (problem, error) => {
    const told = async (): Promise<void> => report(problem, error)
    told().catch((fault: unknown) => {
      tellConsole(problem, error)
      tellConsole('The report function of the app threw', fault)
    })
  }
}
