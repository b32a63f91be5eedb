import { instance } from '@viz-js/viz'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { arbitraryNode } from '../../../../test/support/arbitrary-node.ts'
import { chain, group } from '../../../../test/support/nodes.ts'
import type { ChordNode, ChordPolicy, Node, NodeOptions, TaskNode } from '../node/node.ts'
import { drawDot } from './dot.ts'
import { drawGraph, type Graph } from './graph.ts'
import { drawMermaid } from './mermaid.ts'

const viz = await instance()

const task = (name: string, args: readonly unknown[] = [], options: NodeOptions = {}): TaskNode => ({
  ...{ kind: 'task', task: name, args, kwargs: {}, options, immutable: false },
})
const chord = (
  header: readonly Node[],
  body: Node,
  policy: ChordPolicy = 'all',
  options: NodeOptions = {},
): ChordNode => ({
  ...{ kind: 'chord', header, body, policy, options, immutable: false },
})
const a = task('a')
const b = task('b')
const c = task('c')
const squares = (count: number): TaskNode[] =>
  Array.from({ length: count }, (_, index) => task('square', [index]))

const HOSTILE = [
  ...[
    '"]-->',
    '</b>',
    '<script>alert(1)</script>',
    '1. list',
    '- x',
    '__bold__ *x*',
    '`code`',
    'back\\slash\\',
    '\\N',
  ],
  ...[
    '&lt; &',
    '#quot; #35;',
    'http://x.y www.a.b m@x.org',
    '[a](b)',
    '$$x$$',
    '%%{init: {}}%%',
    'fa:fa-car',
    'end',
  ],
  ...['two\nlines', '\u0000\u0007', '\ud800', '😀 ünï', '    x ', 'a;b', '];}', "it's"],
]

describe('a picture', () => {
  test('of a chain has its steps in a row', () => {
    expect(arrows(chain([a, b, c]))).toEqual(['a -> b', 'b -> c'])
  })

  test('shows the names that tasks are to be shown by', () => {
    const canvas = chain([task('a', [], { shadow: 'x' }), b, group([a, c])], { shadow: 'y' })
    expect(arrows(canvas)).toEqual(['x -> y', 'y -> y', 'y -> y'])
    expect(drawMermaid(canvas)).toContain('n1["x"]')
    expect(drawDot(canvas)).toContain('label="x"')
    expect(drawMermaid({ kind: 'map', task: a, items: [1], options: { shadow: 'x' } })).toContain('x.map')
  })

  test('of a group is a frame with its members side by side', () => {
    const { root, edges } = drawGraph(group([a, b]))
    expect(root.clusters).toMatchObject([{ title: 'group', boxes: [{ lines: ['a'] }, { lines: ['b'] }] }])
    expect(edges).toEqual([])
  })

  test('of a chord has a point where the members meet, which says when the body runs', () => {
    expect(arrows(chain([a, chord([b, c], a)]))).toEqual([
      'a -> b',
      'a -> c',
      'b -> all',
      'c -> all',
      'all -> a',
    ])
    expect(arrows(chord([b], a, 'settle'))).toEqual(['b -> settle', 'settle -> a'])
    expect(arrows(chord([b], a, 'failFast'))).toEqual(['b -> fail fast', 'fail fast -> a'])
    expect(arrows(chord([b, c], a, { quorum: 1 }))).toContain('1 of 2 -> a')
  })

  test('of an empty header still leads to the body', () => {
    expect(arrows(chain([a, chord([], b)]))).toEqual(['a -> empty', 'empty -> all', 'all -> b'])
  })

  test('has links and errbacks on dashed edges, an errback from the frame it bounds', () => {
    expect(arrows(task('a', [], { link: [b], linkError: [c] }))).toEqual(['a success b', 'a error c'])
    expect(arrows(group([a, b], { link: [c] }))).toEqual(['a -> all', 'b -> all', 'all success c'])
    expect(arrows(chain([a, b], { linkError: [c] }))).toEqual(['a -> b', '[chain] error c'])
    expect(arrows(chord([a], b, 'all', { linkError: [c] }))).toContain('[chord] error c')
  })

  test('shows maps with their items, and marks what takes no previous result', () => {
    const { root } = drawGraph(
      group([
        { kind: 'map', task: a, items: [1, 2], options: {} },
        { kind: 'chunks', task: a, items: squares(1_000), size: 10, options: {} },
        { ...a, immutable: true },
      ]),
    )
    expect(root.clusters[0]?.boxes.map((box) => box.lines)).toEqual([
      ['a.map', '[1, 2]'],
      ['a.chunks', '1,000 items, 10 at a time'],
      ['a!'],
    ])
  })

  test('of a huge canvas is as small as its text, in every direction', { timeout: 60_000 }, () => {
    const long = arrows(chain(squares(100_000)))
    expect(long).toContain('square 4 -> … 99,990 more …')
    expect(long).toHaveLength(10)
    expect(drawGraph(group(squares(1_000_000))).root.clusters[0]?.boxes).toHaveLength(11)
    let deep: Node = a
    for (let level = 0; level < 10_000; level++) deep = level % 2 ? group([deep, b]) : chord([b], deep)
    expect(drawMermaid(deep).length).toBeLessThan(10_000)
    expect(drawDot(deep).length).toBeLessThan(20_000)
  })

  test('stays within what Mermaid draws by default: 500 edges, 50,000 characters', () => {
    let wide: Node = task('"'.repeat(100), ['"'.repeat(100)])
    for (let level = 0; level < 4; level++)
      wide = chord(
        Array.from({ length: 20 }, () => wide),
        wide,
      )
    const text = drawMermaid(wide)
    expect(text.length).toBeLessThan(50_000)
    expect(drawGraph(wide).edges.length).toBeLessThan(500)
  })
})

describe('Graphviz', () => {
  test('lays out any canvas without a complaint', () => {
    fc.assert(
      fc.property(arbitraryNode(), (node) => {
        expect(complaints(drawDot(node))).toEqual([])
      }),
      { numRuns: 50 },
    )
  })

  test.each(HOSTILE)('shows a task as it is named: %j', (name) => {
    const { objects } = viz.renderJSON(drawDot(group([task(name)]))) as { objects: { label: string }[] }
    const [box] = drawGraph(task(name)).root.boxes
    expect(complaints(drawDot(task(name)))).toEqual([])
    const label = objects
      .at(-1)
      ?.label.replaceAll('&amp;', '&')
      .replaceAll('\\"', '"')
      .replaceAll('\\\\', '\\')
    expect(label).toBe(box?.lines.join('\n'))
  })

  test('draws a small pipeline', () => {
    const node = chain([task('fetchPage', ['u']), task('store', [], { linkError: [task('alert')] })])
    expect(drawDot(node)).toMatchInlineSnapshot(`
      "digraph canvas {
        rankdir=LR compound=true fontname="Helvetica" fontsize=11 nodesep=0.2 ranksep=0.4
        node [shape=box style="rounded,filled" fillcolor="#eef3fb" color="#5b7aa8" fontname="Helvetica" fontsize=11 height=0.35]
        edge [color="#555555" arrowsize=0.7 fontname="Helvetica" fontsize=9 fontcolor="#555555"]
        n1 [label="fetchPage\\n'u'"]
        n2 [label="store"]
        n3 [label="alert"]
        n1 -> n2
        n2 -> n3 [style=dashed label="on error" color="#c0392b" fontcolor="#c0392b"]
      }
      "
    `)
  })
})

describe('Mermaid', () => {
  test('reads any canvas', () => {
    fc.assert(
      fc.property(arbitraryNode(), (node) => {
        expect(readMermaid(drawMermaid(node)).length).toBeGreaterThan(0)
      }),
    )
  })

  test.each(HOSTILE)('shows a task as it is named: %j', (name) => {
    const [box] = drawGraph(task(name)).root.boxes
    expect(readMermaid(drawMermaid(task(name)))).toEqual([box?.lines.join('\n')])
  })

  test('draws a report', () => {
    const load = (region: string): Node => chain([task('load', [region]), task('clean')])
    const node = chain([
      task('listOrders', [2026]),
      chord([load('eu'), load('us')], task('merge'), 'settle', {
        link: [task('mail')],
        linkError: [task('rollback')],
      }),
    ])
    expect(drawMermaid(node)).toMatchInlineSnapshot(`
      "flowchart LR
        n1["listOrders<br/>2026"]
        n8["mail"]
        n9["rollback"]
        subgraph c1["chord"]
          direction LR
          n6(["settle"])
          n7["merge"]
          subgraph c2["group"]
            direction LR
            n2["load<br/>'eu'"]
            n3["clean"]
            n4["load<br/>'us'"]
            n5["clean"]
          end
        end
        n1 --> n2
        n1 --> n4
        n2 --> n3
        n3 --> n6
        n4 --> n5
        n5 --> n6
        n6 --> n7
        n7 -.->|on success| n8
        c1 -.->|on error| n9
        linkStyle 8 stroke:#c0392b
      "
    `)
  })
})

/** What Graphviz says against a text, but for letters whose width this build does not know. */
function complaints(dot: string): string[] {
  const { status, errors } = viz.render(dot)
  const messages = errors
    .map((error) => error.message)
    .filter((message) => !message.includes('no value for width'))
  return status === 'success' ? messages : ['failed', ...messages]
}

/** The edges of a picture in words: `a -> b`, `a success b`, `[group] error c`. */
function arrows(node: Node): string[] {
  const graph = drawGraph(node)
  const names = namesIn(graph.root)
  return graph.edges.map(({ from, to, when, scope }) => {
    const start = scope === undefined ? names.get(from) : `[${names.get(scope)}]`
    return `${start} ${when === 'next' ? '->' : when} ${names.get(to)}`
  })
}

function namesIn(cluster: Graph['root']): Map<string, string> {
  return new Map([
    [cluster.id, cluster.title] as const,
    ...cluster.boxes.map((box) => [box.id, box.lines.join(' ')] as const),
    ...cluster.clusters.flatMap((inner) => [...namesIn(inner)]),
  ])
}

/**
 * A strict reader for the small part of Mermaid's grammar that we write, which gives the labels of the boxes. The real
 * parser needs a DOM and 170 MB of packages; this one was compared with it (mermaid 11.17.2, on random canvases).
 */
function readMermaid(text: string): string[] {
  const labels: string[] = []
  for (const line of text.trimEnd().split('\n').slice(1)) {
    const match =
      /^ +(?:n\d+(?:\[\[|\(\[|\[)"([^"]*)"(?:\]\]|\]\)|\])(?::::gap)?|subgraph c\d+\["\w+"\]|direction LR|end|n\d+ --> n\d+|[nc]\d+ -\.->\|on (?:success|error)\| n\d+|classDef gap stroke-dasharray: 3 3|linkStyle \d+(?:,\d+)* stroke:#c0392b)$/.exec(
        line,
      )
    if (!match) throw new Error(`Mermaid cannot read: ${line}`)
    if (match[1] === undefined) continue
    const label = match[1].replaceAll('<br/>', '\n')
    expect(label.replace(/#\d+;/g, '')).not.toMatch(/["#<>&:@`*~|\\^$%]|\]\(/)
    labels.push(label.replace(/#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code))))
  }
  return labels
}
