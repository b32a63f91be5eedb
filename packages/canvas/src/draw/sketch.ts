import type { Node } from '../node/node.ts'

/** How much of a canvas a drawing shows. */
export const DRAW_LIMITS = {
  /** Nodes in one drawing. What is left out is counted. */
  nodes: 120,
  /** Levels of nesting in one drawing. */
  levels: 30,
  /** The longest list of nodes or arguments that is shown whole. */
  wholeList: 20,
  /** What is shown of a longer list at each of its ends. */
  listEnds: 5,
  /** Characters of a task's name. */
  nameCharacters: 60,
  /** Characters of one argument. */
  argumentCharacters: 40,
  /** Characters of all arguments, in a box of a picture. */
  lineCharacters: 48,
} as const

/** A node, and as much of what is under it as a drawing shows: small, so walking a sketch may recurse. */
export interface Sketch {
  readonly node: Node
  /** The name to show for its task, or for each of its steps that has none of its own. */
  readonly shadow: string | undefined
  /** A chain's steps, a group's members, a chord's header. */
  readonly parts: readonly Part[]
  /** Nothing, or the one body of a chord. */
  readonly body: readonly Part[]
  readonly link: readonly Part[]
  readonly linkError: readonly Part[]
}

export type Part = Sketch | Gap

/** This many nodes of one list that are not shown; `isAll` if none of that list is. */
export interface Gap {
  readonly left: number
  readonly isAll: boolean
}

export function isGap(part: Part): part is Gap {
  return 'left' in part
}

/** What a drawing shows of a canvas. Near things come before deep ones; long lists lose their middle. */
export function sketch(root: Node): Sketch {
  const first = blank(root, 1, undefined)
  const begun = [first]
  let room = DRAW_LIMITS.nodes - 1
  const show = (nodes: readonly Node[], level: number, shadow?: string): Part[] => {
    if (nodes.length === 0) return []
    const [head, left, tail] = elide(nodes)
    if (head.length + tail.length > room || level > DRAW_LIMITS.levels)
      return [{ left: nodes.length, isAll: true }]
    room -= head.length + tail.length
    const shown = [...head, ...tail].map((node) => blank(node, level, shadow))
    begun.push(...shown)
    return left === 0
      ? shown
      : [...shown.slice(0, head.length), { left, isAll: false }, ...shown.slice(head.length)]
  }
  for (const draft of begun) {
    const { shadow } = draft
    const level = draft.level + 1
    draft.parts = show(partsOf(draft.node), level, shadow)
    draft.body = draft.node.kind === 'chord' ? show([draft.node.body], level, shadow) : []
    draft.link = show(draft.node.options.link ?? [], level)
    draft.linkError = show(draft.node.options.linkError ?? [], level)
  }
  return first
}

/** A list that is short enough, or its two ends and how many there are between them. */
export function elide<T>(items: readonly T[]): [head: readonly T[], left: number, tail: readonly T[]] {
  if (items.length <= DRAW_LIMITS.wholeList) return [items, 0, []]
  const ends = DRAW_LIMITS.listEnds
  return [items.slice(0, ends), items.length - 2 * ends, items.slice(-ends)]
}

/** How a gap reads: `… 99,990 more …`. */
export function gapText({ left, isAll }: Gap): string {
  return `… ${left.toLocaleString('en-US')}${isAll ? '' : ' more'} …`
}

type Draft = { -readonly [Key in keyof Sketch]: Sketch[Key] } & { readonly level: number }

function blank(node: Node, level: number, around: string | undefined): Draft {
  return { node, shadow: node.options.shadow ?? around, level, parts: [], body: [], link: [], linkError: [] }
}

/** The task of a map is shown with it, so it is not a part. */
function partsOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'chain':
      return node.steps
    case 'group':
      return node.members
    case 'chord':
      return node.header
    case 'task':
    case 'map':
    case 'starmap':
    case 'chunks':
      return []
    default:
      return node satisfies never
  }
}
