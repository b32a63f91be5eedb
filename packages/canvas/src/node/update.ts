import { Immer } from 'immer'

/**
 * The one door to immer: a frozen copy with what `recipe` changed, everything else shared with the original.
 *
 * A recipe puts whole properties in place and takes care that what it puts there is frozen: immer stops at frozen
 * values, so neither the width nor the depth of a canvas is ever walked. A recipe that changes nothing gives back the original.
 */
export function update<T extends object>(value: T, recipe: (draft: Open<T>) => void): T {
  return immer.produce(value, (draft) => {
    recipe(draft as Open<T>)
  })
}

/** The same value with properties that may be replaced, but not looked into: a recipe replaces, it does not dig. */
export type Open<T> = T extends unknown ? { -readonly [K in keyof T]: T[K] } : never

// An instance of its own: what a host application sets on immer's global one must not thaw our values.
const immer = new Immer({ autoFreeze: true })
