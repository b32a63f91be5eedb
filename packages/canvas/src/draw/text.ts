import type { ChordPolicy, Node, TaskNode } from '../node/node.ts'
import { previewArguments, previewItems, previewName } from './preview.ts'
import { gapText, isGap, type Part, type Sketch, sketch } from './sketch.ts'

/**
 * A canvas in one line, as it might be written: `fetchPage('u') | parsePage() | store!('u')`, where `!` marks what
 * takes no previous result. Shows what changes the meaning (links, errbacks, a chord's policy), not where or when
 * things run. Large canvases are shortened, see `DRAW_LIMITS`.
 */
export function drawText(node: Node): string {
  return draw(sketch(node))
}

function draw(drawn: Sketch): string {
  const links = [
    ...drawn.link.map((part) => `.link(${drawPart(part)})`),
    ...drawn.linkError.map((part) => `.linkError(${drawPart(part)})`),
  ]
  if (links.length === 0) return drawOwn(drawn)
  return [enclosed(drawn, drawOwn(drawn)), ...links].join('')
}

function drawOwn({ node, shadow, parts, body }: Sketch): string {
  switch (node.kind) {
    case 'task':
      return drawTask(node, shadow)
    case 'chain':
      return isPiped(node) ? drawSteps(parts) : `chain${mark(node)}(${drawList(parts)})`
    case 'group':
      return `group${mark(node)}(${drawList(parts)})`
    case 'chord':
      return `chord${mark(node)}([${drawList(parts)}], ${drawList(body)}${drawPolicy(node.policy)})`
    case 'map':
    case 'starmap':
      return `${drawMapped(node.task, shadow)}.${node.kind}(${previewItems(node.items)})`
    case 'chunks':
      return `${drawMapped(node.task, shadow)}.chunks(${previewItems(node.items)}, ${node.size})`
    default:
      return node satisfies never
  }
}

function drawTask(node: TaskNode, shadow: string | undefined): string {
  return `${previewName(node, shadow)}${mark(node)}(${previewArguments(node.args, node.kwargs)})`
}

/** A task that is mapped is named; only one with arguments of its own is a call. */
function drawMapped(node: TaskNode, shadow: string | undefined): string {
  const isBare = node.args.length === 0 && Object.keys(node.kwargs).length === 0 && !node.immutable
  return isBare ? previewName(node, shadow) : drawTask(node, shadow)
}

function drawSteps(parts: readonly Part[]): string {
  return parts
    .map((part) => {
      if (isGap(part)) return gapText(part)
      const isOpen = part.link.length === 0 && part.linkError.length === 0
      return isOpen ? enclosed(part, draw(part)) : draw(part)
    })
    .join(' | ')
}

function drawList(parts: readonly Part[]): string {
  return parts.map(drawPart).join(', ')
}

function drawPart(part: Part): string {
  return isGap(part) ? gapText(part) : draw(part)
}

function drawPolicy(policy: ChordPolicy): string {
  if (policy === 'all') return ''
  return `, policy=${typeof policy === 'string' ? policy : `quorum(${policy.quorum})`}`
}

/** The mark of what takes no previous result. */
function mark(node: { readonly immutable: boolean }): string {
  return node.immutable ? '!' : ''
}

function enclosed({ node }: Sketch, text: string): string {
  return isPiped(node) ? `(${text})` : text
}

/** Whether a node is drawn as steps with pipes between them. */
function isPiped(node: Node): boolean {
  return node.kind === 'chain' && node.steps.length > 1 && !node.immutable
}
