import { listed } from './group.ts'
import { line } from './node/compose.ts'
import { type AnySignature, nodesOf, type Rebuilt, Signature } from './signature.ts'
import type { Edges, Last, Takes } from './typing/edges.ts'

/**
 * Steps, one after another: each takes what the one before gives, and the compiler checks every edge.
 * `pipe(a, b, c)`, `pipe([a, b, c])`, `chain(a, b, c)` and `a.pipe(b, c)` mean the same.
 */
export function pipe<const Steps extends readonly AnySignature[]>(...steps: Edges<Steps>): Line<Steps>
export function pipe<const Steps extends readonly AnySignature[]>(steps: Edges<Steps>): Line<Steps>
export function pipe(...given: readonly (AnySignature | readonly AnySignature[])[]): unknown {
  return joined(given, 'pipe')
}

/** The line of what was given to `taker`, one by one or as a list. */
export function joined(
  given: readonly (AnySignature | readonly AnySignature[])[],
  taker: string,
): Signature<never, unknown> {
  const steps = listed(given)
  return Signature.join(line(nodesOf(steps, taker)), steps)
}

/** A line gives what its last step gives, and takes what its first step takes. */
export type Line<Steps extends readonly AnySignature[]> = Rebuilt<Last<Steps, never>, Takes<Steps[0]>>
