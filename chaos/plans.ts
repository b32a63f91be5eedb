import { readFileSync, writeFileSync } from 'node:fs'
import { runIdFor } from '@arpeggio/core'
import type { Canvas } from '../test/support/arbitrary-canvas.ts'
import type { Act, Table } from '../test/support/task-table.ts'

/** What is sent: workflow `n` is the nth drawing, over and over. */
export class Plans {
  readonly #canvases: readonly Canvas[]

  constructor(canvases: readonly Canvas[]) {
    this.#canvases = canvases
  }

  canvas(n: number): Canvas {
    return this.#canvases[n % this.#canvases.length] as Canvas
  }

  /** By which workflow `n` is known, whoever sends it: every second one has a key where it can, the others an id. */
  name(n: number): { readonly taskId: string } | { readonly idempotencyKey: string } {
    const isKeyed = n % 2 === 1 && KEYED.includes(this.canvas(n).node.kind)
    return isKeyed ? { idempotencyKey: `order ${n}` } : { taskId: `w${n}` }
  }

  /** The id of its run. */
  run(n: number): string {
    const name = this.name(n)
    return 'taskId' in name
      ? name.taskId
      : runIdFor(`celery.${this.canvas(n).node.kind}`, name.idempotencyKey)
  }

  /** What the calls of each run do. */
  tables(count: number): ReadonlyMap<string, Table> {
    return new Map(Array.from({ length: count }, (_, n) => [this.run(n), this.canvas(n).table]))
  }

  /** For processes, that need not draw again. */
  write(file: string): void {
    writeFileSync(file, JSON.stringify(this.#canvases.map(({ node, table }) => ({ node, acts: [...table] }))))
  }

  static read(file: string): Plans {
    const canvases: readonly Written[] = JSON.parse(readFileSync(file, 'utf8'))
    return new Plans(canvases.map(({ node, acts }) => ({ node, table: new Map(acts) })))
  }
}

interface Written {
  readonly node: Canvas['node']
  readonly acts: readonly (readonly [label: string, act: Act])[]
}

const KEYED: readonly string[] = ['chain', 'group', 'chord']
