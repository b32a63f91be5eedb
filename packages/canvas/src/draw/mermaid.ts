import type { Node } from '../node/node.ts'
import { type Box, type Cluster, drawGraph, type Edge } from './graph.ts'

/**
 * A canvas as a Mermaid flowchart: tasks are boxes, groups are frames, the members of a group that goes on meet in a
 * point that says when (`all`, or the policy of the chord). Links are dashed edges "on success", errbacks "on error",
 * from the frame they bound. Large canvases are shortened, see `DRAW_LIMITS`.
 */
export function drawMermaid(node: Node): string {
  const { root, edges } = drawGraph(node)
  return [
    'flowchart LR',
    ...drawContents(root, '  '),
    ...edges.map(drawEdge),
    ...drawStyles(root, edges),
    '',
  ].join('\n')
}

function drawContents({ boxes, clusters }: Cluster, indent: string): string[] {
  return [
    ...boxes.map((box) => indent + drawBox(box)),
    ...clusters.flatMap((cluster) => [
      `${indent}subgraph ${cluster.id}[${quote([cluster.title])}]`,
      `${indent}  direction LR`,
      ...drawContents(cluster, `${indent}  `),
      `${indent}end`,
    ]),
  ]
}

function drawBox({ id, kind, lines }: Box): string {
  switch (kind) {
    case 'task':
      return `${id}[${quote(lines)}]`
    case 'many':
      return `${id}[[${quote(lines)}]]`
    case 'join':
      return `${id}([${quote(lines)}])`
    case 'gap':
      return `${id}[${quote(lines)}]:::gap`
    default:
      return kind satisfies never
  }
}

function drawEdge({ from, to, when, scope }: Edge): string {
  switch (when) {
    case 'next':
      return `  ${from} --> ${to}`
    case 'success':
      return `  ${from} -.->|on success| ${to}`
    case 'error':
      return `  ${scope ?? from} -.->|on error| ${to}`
    default:
      return when satisfies never
  }
}

/** Only what is used is styled, so that a small picture has a small source. */
function drawStyles(root: Cluster, edges: readonly Edge[]): string[] {
  const errors = edges.flatMap((edge, index) => (edge.when === 'error' ? [index] : []))
  return [
    ...(hasGap(root) ? ['  classDef gap stroke-dasharray: 3 3'] : []),
    ...(errors.length > 0 ? [`  linkStyle ${errors.join(',')} stroke:#c0392b`] : []),
  ]
}

function hasGap({ boxes, clusters }: Cluster): boolean {
  return boxes.some((box) => box.kind === 'gap') || clusters.some(hasGap)
}

function quote(lines: readonly string[]): string {
  return `"${lines.map(encode).join('<br/>')}"`
}

/**
 * Text that Mermaid shows unchanged. It reads a label as its own language, then as Markdown, then as HTML, so what
 * means something to one of them, always or in that place, is written as a code.
 */
function encode(line: string): string {
  return line.replace(SPECIAL, (character) => `#${character.codePointAt(0)};`)
}

const SPECIAL: RegExp = new RegExp(
  [
    /["#<>&:@`*~|\\^$%]/u,
    /^[-+ ]| $|(?<=^\d+)[.)]/u, // lists and code blocks
    /(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/u, // emphasis
    /\](?=[([])|(?<=www)\./u, // links
  ]
    .map((part) => part.source)
    .join('|'),
  'gu',
)
