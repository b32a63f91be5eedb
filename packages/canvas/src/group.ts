import { groupOf } from './node/compose.ts'
import { type AnySignature, type Group, nodesOf, Signature } from './signature.ts'
import type { Gives, Needs, Takes, Values } from './typing/edges.ts'

/**
 * Members side by side; the value is the list of theirs, in this order. `group(a, b)`, `group([a, b])` and a group of
 * anything iterable. A group of one gives a list of one, an empty group the empty list.
 */
export function group<const Members extends readonly AnySignature[]>(
  members: Members,
): Group<Values<Members>, Needs<Members>>
export function group<Member extends AnySignature>(
  members: Iterable<Member>,
): Group<Gives<Member>[], Takes<Member>>
export function group<const Members extends readonly AnySignature[]>(
  ...members: Members
): Group<Values<Members>, Needs<Members>>
export function group(...given: readonly (AnySignature | Iterable<AnySignature>)[]): unknown {
  const members = listed(given)
  return Signature.join(groupOf(nodesOf(members, 'group')), members)
}

/** The signatures among the arguments of a canvas function, given one by one or as one list. */
export function listed(given: readonly (AnySignature | Iterable<AnySignature>)[]): readonly AnySignature[] {
  const [first] = given
  if (given.length === 1 && isIterable(first)) return [...first]
  return given as readonly AnySignature[]
}

function isIterable(
  value: AnySignature | Iterable<AnySignature> | undefined,
): value is Iterable<AnySignature> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value
}
