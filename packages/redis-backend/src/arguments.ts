import type { Argument } from './wire.ts'

/** Texts up to here travel together. */
const MOST_CHARACTERS = 1_000

/**
 * The arguments of a script as it takes them: in one text, which costs a sixth of what many cost, with those that are long
 * behind it, so that they are not written as JSON; a number says which it is. `lua/parts/arguments.lua` reads them.
 */
export function packArguments(args: readonly Argument[]): string[] {
  const long: string[] = []
  const places = args.map((arg) => {
    const text = String(arg)
    if (text.length <= MOST_CHARACTERS) return text
    long.push(text)
    return long.length + 1
  })
  const text = JSON.stringify(places)
  return [LONE_SURROGATE.test(text) ? JSON.stringify(places.map(wellFormed)) : text, ...long]
}

/** Half a character is written so; the server's JSON cannot read it. */
const LONE_SURROGATE = /\\ud[89a-f]/

function wellFormed(place: string | number): string | number {
  return typeof place === 'string' ? Buffer.from(place).toString() : place
}
