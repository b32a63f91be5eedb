import type { ErrorRecord } from '@arpeggio/core'
import type { ChordPolicy } from '../node/node.ts'
import type { NeverArrives, Nothing } from './wire.ts'

/**
 * What the compiler knows of a canvas: what it gives, and what it takes, as the argument lists that may be put in front.
 * `unknown` takes anything at all, which is what immutable signatures do; `[]` takes nothing.
 */
export interface Step<out Out, in In> {
  /** For the compiler only: never there at run time. */
  readonly '~gives': Out
  /** For the compiler only: never there at run time. */
  readonly '~takes': (input: In) => void
}

/** Any step whatever. */
export type AnyStep = Step<unknown, never>

/** What a step gives. */
export type Gives<S extends AnyStep> = S['~gives']

/** What a step takes: a union of argument lists. */
export type Takes<S extends AnyStep> = S['~takes'] extends (input: infer In) => void ? In : never

/** The arguments that launching asks for. What takes anything asks for nothing. */
export type Asked<In> = In extends readonly unknown[] ? In : []

/**
 * The step itself if it can follow a step that gives `Prev`; otherwise what the compiler shall complain about. What JSON
 * refuses never arrives, so nothing can follow that, not even what takes anything.
 */
export type Edge<Prev, S extends AnyStep, Travels = true> = [Travels, Fits<Prev, Takes<S>>] extends [
  true,
  true,
]
  ? S
  : { 'this step takes': Takes<S>; 'the step before gives': Prev }

/**
 * A step takes what the step before gives as one more argument in front. Nothing (void) arrives as null. `any` fits whatever
 * takes one argument, also members so unlike that no other value fits them all.
 */
type Fits<Prev, In> = [Prev] extends In
  ? true
  : [Prev] extends [Nothing]
    ? [null] extends In
      ? true
      : unknown extends Prev
        ? In extends readonly [unknown]
          ? true
          : false
        : false
    : false

/**
 * Steps in a row, every edge checked on its own: each step looks at the one before it, so a long line costs no more than
 * its edges. `Before` is what stands before each; nothing (null) stands before the first, unless it is said. In a list
 * whose length nobody knows no edge can be told.
 */
export type Edges<
  Steps extends readonly AnyStep[],
  Before extends readonly unknown[] = [null, ...Steps],
> = number extends Steps['length']
  ? Steps
  : { [I in keyof Steps]: Behind<Before[I & keyof Before], Steps[I]> }

type Behind<Prev, S extends AnyStep> = Prev extends AnyStep ? Edge<Gives<Prev>, S, Arrives<Prev>> : S

/**
 * Whether what a step gives can travel, or each of some steps. Asked in this way, the compiler says yes where a type is
 * not known yet, as in generic functions, and does not put the question off.
 */
export type Arrives<S> = { is: true } extends { is: IsRefused<S> } ? false : true

type IsRefused<S> = unknown extends S
  ? false
  : S extends AnyStep
    ? IsSome<NeverArrives<Gives<S>>>
    : S extends readonly AnyStep[]
      ? IsSome<NeverArrives<Gives<S[number]>>>
      : false
type IsSome<T> = [T] extends [never] ? false : true

/** Steps that all take the same value, as callbacks do. */
export type Callbacks<Prev, Steps extends readonly AnyStep[]> = { [I in keyof Steps]: Edge<Prev, Steps[I]> }

/** The last of some steps, or `None` of none. */
export type Last<Steps extends readonly unknown[], None> = Steps extends readonly []
  ? None
  : Steps extends readonly [...unknown[], infer S]
    ? S
    : Steps[number]

/** What steps side by side give: a list, in their order. */
export type Values<Members extends readonly AnyStep[]> = { -readonly [I in keyof Members]: Gives<Members[I]> }

/** What steps side by side take: what every one of them takes. */
export type Needs<Members extends readonly AnyStep[]> = [Members[number]] extends [never]
  ? unknown
  : Members[number]['~takes'] extends (input: infer In) => void
    ? In
    : never

/** What a chord's body is given, by policy. */
export type Collected<
  List extends readonly unknown[],
  Policy extends ChordPolicy | undefined,
> = Policy extends 'settle'
  ? { [I in keyof List]: Settled<List[I]> }
  : Policy extends { readonly quorum: number }
    ? { [I in keyof List]: List[I] | null }
    : List

/** How one member of a chord ended, where the policy is `settle`. */
export type Settled<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: ErrorRecord }
