import type { Node } from '../node/node.ts'
import { type Box, type Cluster, drawGraph, type Edge } from './graph.ts'

/**
 * A canvas in Graphviz' language: the same picture as `drawMermaid`, for `dot -Tsvg`. Tasks are boxes, groups are
 * frames, joins are ellipses; links are dashed edges "on success", errbacks "on error", from the frame they bound.
 */
export function drawDot(node: Node): string {
  const { root, edges } = drawGraph(node)
  return ['digraph canvas {', ...LOOK, ...drawContents(root, '  '), ...edges.map(drawEdge), '}', ''].join(
    '\n',
  )
}

const LOOK: readonly string[] = [
  '  rankdir=LR compound=true fontname="Helvetica" fontsize=11 nodesep=0.2 ranksep=0.4',
  '  node [shape=box style="rounded,filled" fillcolor="#eef3fb" color="#5b7aa8" fontname="Helvetica" fontsize=11 height=0.35]',
  '  edge [color="#555555" arrowsize=0.7 fontname="Helvetica" fontsize=9 fontcolor="#555555"]',
]

function drawContents({ boxes, clusters }: Cluster, indent: string): string[] {
  return [
    ...boxes.map((box) => indent + drawBox(box)),
    ...clusters.flatMap((cluster) => [
      `${indent}subgraph cluster_${cluster.id} {`,
      `${indent}  label=${quote([cluster.title])} style="rounded" color="#b0b8c4" fontcolor="#6b7480"`,
      ...drawContents(cluster, `${indent}  `),
      `${indent}}`,
    ]),
  ]
}

function drawBox({ id, kind, lines }: Box): string {
  const label = `label=${quote(lines)}`
  switch (kind) {
    case 'task':
      return `${id} [${label}]`
    case 'many':
      return `${id} [${label} peripheries=2]`
    case 'join':
      return `${id} [${label} shape=ellipse fillcolor="#ffffff" fontsize=9 height=0.25 width=0.25]`
    case 'gap':
      return `${id} [${label} style="rounded,dashed"]`
    default:
      return kind satisfies never
  }
}

function drawEdge({ from, to, when, scope }: Edge): string {
  switch (when) {
    case 'next':
      return `  ${from} -> ${to}`
    case 'success':
      return `  ${from} -> ${to} [style=dashed label="on success"]`
    case 'error': {
      const tail = scope === undefined ? '' : ` ltail=cluster_${scope}`
      return `  ${from} -> ${to} [style=dashed label="on error" color="#c0392b" fontcolor="#c0392b"${tail}]`
    }
    default:
      return when satisfies never
  }
}

/** Inside quotes Graphviz reads backslashes, and HTML entities. */
function quote(lines: readonly string[]): string {
  const escaped = lines.map((line) =>
    line.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('&', '&amp;'),
  )
  return `"${escaped.join('\\n')}"`
}
