import { type ErrorClass, recordError, reviveError } from '../runtime/tasks/error-record.ts'
import type { Thrown } from './talk.ts'

/** What was thrown, whatever it was, as data. */
export function packThrown(thrown: unknown): Thrown {
  return { record: recordError(thrown), classes: classesOf(thrown) }
}

/**
 * The same once more, at the other end: of the nearest of its classes that is known there, so that it is among the errors it
 * was among where it was thrown.
 */
export function unpackThrown({ record, classes }: Thrown, known: ReadonlyMap<string, ErrorClass>): Error {
  const nearest = classes.map((name) => known.get(name)).find((one) => one !== undefined)
  if (nearest === undefined || known.get(record.type) === nearest) return reviveError(record, known)
  return reviveError(record, new Map([...known, [record.type, nearest]]))
}

function classesOf(thrown: unknown): string[] {
  const names: string[] = []
  try {
    for (let at: unknown = thrown; at instanceof Error; at = Object.getPrototypeOf(at)) {
      const { name } = at.constructor
      if (names.at(-1) !== name) names.push(name)
    }
  } catch {
    // a proxy, or another thing that cannot be asked: then it is of no class
  }
  return names
}
