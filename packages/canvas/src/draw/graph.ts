import type { ChordPolicy, Node } from '../node/node.ts'
import { cut, previewArguments, previewItems, previewName } from './preview.ts'
import { DRAW_LIMITS, gapText, isGap, type Part, type Sketch, sketch } from './sketch.ts'

/** A canvas as a picture: boxes in clusters, with edges between them. Small, see `DRAW_LIMITS`; texts are not yet escaped. */
export interface Graph {
  readonly root: Cluster
  readonly edges: readonly Edge[]
}

/** A part of the picture with a frame and a title. The root has neither. */
export interface Cluster {
  readonly id: string
  readonly title: string
  readonly boxes: Box[]
  readonly clusters: Cluster[]
}

/** A task, many calls of a task, a point where branches join, or the place of what is not shown. */
export interface Box {
  readonly id: string
  readonly kind: 'task' | 'many' | 'join' | 'gap'
  readonly lines: readonly string[]
}

/** From box to box; with a `scope`, from the frame of that cluster, in which `from` is. */
export interface Edge {
  readonly from: string
  readonly to: string
  readonly when: 'next' | 'success' | 'error'
  readonly scope: string | undefined
}

/** The picture of a canvas, for whatever language draws it. */
export function drawGraph(node: Node): Graph {
  const picture = new Picture()
  picture.draw(sketch(node), picture.root)
  picture.edges.sort(byOrigin)
  return picture
}

/** What was drawn for a part: where it begins, where its values come out, and the frame around it, if it has one. */
interface Span {
  readonly entries: readonly string[]
  readonly exits: readonly string[]
  readonly frame?: string
}

class Picture implements Graph {
  readonly root: Cluster = { id: 'root', title: '', boxes: [], clusters: [] }
  readonly edges: Edge[] = []
  #boxes = 0
  #clusters = 0

  /** Draws a part, then its callbacks beside it: what follows a link's scope follows the same point as the link. */
  draw(part: Part, into: Cluster): Span {
    if (isGap(part)) return this.#box(into, 'gap', [gapText(part)])
    const own = this.#own(part, into)
    const span = part.link.length > 0 ? this.#one(own, into) : own
    for (const link of part.link) this.#connect(span, this.draw(link, into), 'success')
    for (const errback of part.linkError) this.#connect(own, this.draw(errback, into), 'error')
    return span
  }

  #own(part: Sketch, into: Cluster): Span {
    const { node, parts, shadow } = part
    switch (node.kind) {
      case 'task':
        return this.#box(into, 'task', [
          `${previewName(node, shadow)}${node.immutable ? '!' : ''}`,
          cut(previewArguments(node.args, node.kwargs), DRAW_LIMITS.lineCharacters),
        ])
      case 'chain':
        return this.#bounded(part, into, (frame) => this.#steps(parts, frame))
      case 'group':
        return this.#members(parts, into)
      case 'chord':
        return this.#bounded(part, into, (frame) =>
          this.#chord(part, policyText(node.policy, node.header.length), frame),
        )
      case 'map':
      case 'starmap':
        return this.#box(into, 'many', [
          `${previewName(node.task, shadow)}.${node.kind}`,
          cut(previewItems(node.items), DRAW_LIMITS.lineCharacters),
        ])
      case 'chunks':
        return this.#box(into, 'many', [
          `${previewName(node.task, shadow)}.chunks`,
          `${count(node.items.length)} items, ${count(node.size)} at a time`,
        ])
      default:
        return node satisfies never
    }
  }

  #steps(parts: readonly Part[], into: Cluster): Span {
    const [first, ...rest] = parts.map((part) => this.draw(part, into)) as [Span, ...Span[]]
    let last = first
    for (const next of rest) {
      this.#connect(this.#one(last, into), next, 'next')
      last = next
    }
    return { entries: first.entries, exits: last.exits }
  }

  #members(parts: readonly Part[], into: Cluster): Span {
    const frame = this.#cluster(into, 'group')
    const spans =
      parts.length === 0 ? [this.#box(frame, 'gap', ['empty'])] : parts.map((part) => this.draw(part, frame))
    return {
      entries: spans.flatMap((span) => span.entries),
      exits: spans.flatMap((span) => span.exits),
      frame: frame.id,
    }
  }

  #chord({ parts, body }: Sketch, policy: string, into: Cluster): Span {
    const header = this.#members(parts, into)
    const join = this.#joined(header, into, policy)
    const bodies = body.map((part) => this.draw(part, into))
    for (const span of bodies) this.#connect(join, span, 'next')
    return { entries: header.entries, exits: bodies.flatMap((span) => span.exits) }
  }

  /** A frame shows how far errbacks reach. Without errbacks, a chain or chord needs none. */
  #bounded({ node, linkError }: Sketch, into: Cluster, draw: (frame: Cluster) => Span): Span {
    if (linkError.length === 0) return draw(into)
    const frame = this.#cluster(into, node.kind)
    return { ...draw(frame), frame: frame.id }
  }

  /** What has several ends comes to one before it goes on; what has one goes on as it is. */
  #one(span: Span, into: Cluster): Span {
    return span.exits.length > 1 ? this.#joined(span, into, 'all') : span
  }

  /** A point that all branches reach before anything goes on. */
  #joined(span: Span, into: Cluster, text: string): Span {
    const join = this.#box(into, 'join', [text])
    this.#connect(span, join, 'next')
    return { entries: span.entries, exits: join.exits }
  }

  #connect(from: Span, to: Span, when: Edge['when']): void {
    const exits = when === 'error' ? from.exits.slice(-1) : from.exits
    const scope = when === 'error' ? from.frame : undefined
    for (const exit of exits)
      for (const entry of to.entries) this.edges.push({ from: exit, to: entry, when, scope })
  }

  #box(into: Cluster, kind: Box['kind'], lines: readonly string[]): Span {
    const id = `n${++this.#boxes}`
    into.boxes.push({ id, kind, lines: lines.filter((line) => line !== '') })
    return { entries: [id], exits: [id] }
  }

  #cluster(into: Cluster, title: string): Cluster {
    const cluster: Cluster = { id: `c${++this.#clusters}`, title, boxes: [], clusters: [] }
    into.clusters.push(cluster)
    return cluster
  }
}

/** Boxes are numbered in the order of definition, and layouts keep to it better when edges do. */
function byOrigin(a: Edge, b: Edge): number {
  return numberOf(a.from) - numberOf(b.from) || numberOf(a.to) - numberOf(b.to)
}

function numberOf(id: string): number {
  return Number(id.slice(1))
}

function policyText(policy: ChordPolicy, size: number): string {
  switch (policy) {
    case 'all':
      return 'all'
    case 'failFast':
      return 'fail fast'
    case 'settle':
      return 'settle'
    default:
      return `${count(policy.quorum)} of ${count(size)}`
  }
}

function count(number: number): string {
  return number.toLocaleString('en-US')
}
