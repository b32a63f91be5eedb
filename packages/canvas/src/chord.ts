import { ArpeggioError, checkOptions, didYouMean, KINDS, type OptionKind, show } from '@arpeggio/core'
import { listed } from './group.ts'
import { endsInGroup, follow, groupOf } from './node/compose.ts'
import type { ChordPolicy, Node } from './node/node.ts'
import { type AnyGroup, type AnySignature, nodesOf, type Rebuilt, Signature } from './signature.ts'
import type { Arrives, Collected, Edge, Gives, Needs, Takes, Values } from './typing/edges.ts'

/** A header: members side by side, as a list or as a group. */
export type Header = readonly AnySignature[] | AnyGroup

/** What may be said of a chord. */
export interface ChordOptions<Policy> {
  /**
   * When it is over, and what the body takes. `'all'` (default): waits for every member, fails if one did. `'failFast'`:
   * fails at the first failure and stops the rest. `'settle'`: the body takes how each member ended. `{ quorum: n }`:
   * goes on with the first n values, null in the other places.
   */
  readonly policy?: Chosen<Policy>
}

/** What is no policy is refused where it is written. As a constraint, this would be forgotten, and the body refused for it. */
type Chosen<Policy> = [Policy] extends [ChordPolicy | undefined] ? Policy : ChordPolicy

/**
 * A header and, when all of it is done, a body that takes the list. The same as `group(header).pipe(body)`, with a say in
 * what happens when members fail. `chord(header)(body)` is Celery's other way to write it.
 */
export function chord<const H extends Header, const Policy = 'all'>(
  header: H,
  options?: ChordOptions<Policy>,
): Bodiless<H, Policy>
export function chord<const H extends Header, Body extends AnySignature, const Policy = 'all'>(
  header: H,
  body: BodyOf<H, Policy, Body>,
  options?: ChordOptions<Policy>,
): ChordOf<H, Body>
export function chord(
  header: Header,
  second?: AnySignature | ChordOptions<ChordPolicy>,
  third?: ChordOptions<ChordPolicy>,
): unknown {
  if (second instanceof Signature || third !== undefined) return draw(header, second, policyIn(third))
  const policy = policyIn(second)
  return Object.assign((body: unknown) => draw(header, body, policy), BODILESS)
}

/**
 * A chord that waits for its body. Asked in this way, the compiler does not see that `chord` can make a function. Of a
 * generic call that can, written as an argument, it knows nothing when it first looks at the outer call: a chord in the
 * header of another would leave the outer body nothing to fit.
 */
export type Bodiless<H extends Header, Policy> = [H] extends [Header]
  ? <Body extends AnySignature>(body: BodyOf<H, Policy, Body>) => ChordOf<H, Body>
  : never

/** The body itself, if it can take what the header gives under this policy. */
export type BodyOf<H extends Header, Policy, Body extends AnySignature> = [Policy] extends [
  ChordPolicy | undefined,
]
  ? AnySignature extends Body
    ? BodyOrOptions
    : Edge<Collected<HeaderGives<H>, Policy>, Body, Arrives<H>>
  : Body

/** What is no body was meant as options, most likely: so the compiler speaks of these, and not of what a step takes. */
type BodyOrOptions = ChordOptions<ChordPolicy> & {
  'this is no signature, and these are no options of a chord': never
}

/** A chord gives what its body gives, and takes what its header takes. */
export type ChordOf<H extends Header, Body extends AnySignature> = Rebuilt<Body, HeaderTakes<H>>

type HeaderGives<H extends Header> = H extends AnyGroup
  ? Gives<H>
  : H extends readonly AnySignature[]
    ? Values<H>
    : never
type HeaderTakes<H extends Header> = H extends AnyGroup
  ? Takes<H>
  : H extends readonly AnySignature[]
    ? Needs<H>
    : never

const OPTIONS: Record<keyof ChordOptions<ChordPolicy>, OptionKind> = { policy: KINDS.anything }

function policyIn(options: ChordOptions<ChordPolicy> = {}): ChordPolicy {
  checkOptions(options, OPTIONS, 'a chord')
  return options.policy === undefined ? 'all' : options.policy
}

/** For those whom no compiler tells that a header alone cannot be sent. */
async function bodiless(): Promise<never> {
  throw new ArpeggioError(
    'chord-body-missing',
    'This chord has no body yet. Give it one: chord(header)(body), or send group(header).',
  )
}

const BODILESS = { delay: bodiless, applyAsync: bodiless, apply: bodiless, run: bodiless }

function draw(header: Header, body: unknown, policy: ChordPolicy): Signature<never, unknown> {
  const members = header instanceof Signature ? [header] : listed([header])
  const fork = header instanceof Signature ? header.node : groupOf(nodesOf(members, 'chord'))
  if (!endsInGroup(fork)) {
    throw new ArpeggioError(
      'signature-invalid',
      `A chord's header is a list of signatures or a group, and was given a ${fork.kind}. Write chord([signature], body).`,
    )
  }
  const [next] = nodesOf([body], 'chord')
  const node = follow(fork, next as Node, checked(policy, fork))
  return Signature.join(node, [...members, body as AnySignature])
}

function checked(policy: ChordPolicy, header: Node): ChordPolicy {
  if (policy === 'all' || policy === 'failFast' || policy === 'settle') return policy
  const quorum: unknown = policy?.quorum
  const most = header.kind === 'group' ? header.members.length : Number.POSITIVE_INFINITY
  if (Number.isInteger(quorum) && Number(quorum) >= 1 && Number(quorum) <= most) {
    checkOptions(policy, { quorum: KINDS.anything }, "a chord's policy")
    return Object.freeze({ quorum: Number(quorum) })
  }
  const chord = header.kind === 'group' ? `A chord of ${most} member${most === 1 ? '' : 's'}` : 'A chord'
  const given = quorum === undefined ? show(policy) : `{"quorum":${show(quorum)}}`
  const meant = typeof policy === 'string' ? didYouMean(policy, ['all', 'failFast', 'settle']) : ''
  throw new ArpeggioError(
    'option-invalid',
    `${chord} cannot have the policy ${given}.${meant} ` +
      "Give 'all', 'failFast', 'settle', or { quorum: n } with n from 1 to the number of members.",
  )
}
