import { line } from './compose.ts'
import type { Edges, Last, Takes } from './edges.ts'
import { listed } from './group.ts'
import { type AnySignature, nodesOf, type Rebuilt, Signature } from './signature.ts'

/**
 * Steps, one after another: each takes what the one before gives, and the compiler checks every edge.
 * `pipe(a, b, c)`, `pipe([a, b, c])`, `chain(a, b, c)` and `a.pipe(b, c)` mean the same.
 */
export function pipe<First extends AnySignature, const Rest extends readonly AnySignature[]>(
  first: First,
  ...rest: Edges<First['~gives'], Rest>
): Rebuilt<Last<Rest, First>, Takes<First>>
export function pipe<First extends AnySignature, const Rest extends readonly AnySignature[]>(
  steps: readonly [First, ...Edges<First['~gives'], Rest>],
): Rebuilt<Last<Rest, First>, Takes<First>>
export function pipe<Each extends AnySignature>(steps: readonly Each[]): Rebuilt<Each, Takes<Each>>
export function pipe(...given: readonly (AnySignature | readonly AnySignature[])[]): unknown {
  const steps = listed(given)
  return Signature.join(line(nodesOf(steps, 'pipe')), steps)
}
