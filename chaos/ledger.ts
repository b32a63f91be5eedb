import { appendFileSync, closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'
import type { Json } from '@arpeggio/core'
import type { End } from '../test/support/reference.ts'

/*
 * What has happened, written down where no death can undo it: a file for each process, to which only it appends.
 * `worker-…` holds a line for each call that was begun, `producer-…` what became of each workflow for its sender.
 */

/** A line of a producer. */
export type Deed = { readonly n: number } & (
  | { readonly did: 'send' } // it is about to
  | { readonly did: 'sent' }
  | { readonly did: 'wait again'; readonly why: string } // a question was not answered in time
  | { readonly did: 'give up'; readonly why: string } // he was told what nobody should be told
  | { readonly did: 'return'; readonly heard: Heard; readonly end: End } // who waited was told, and looked again
)

/** Whether this was the last word on a workflow. */
export function isOver({ did }: Deed): boolean {
  return did === 'return' || did === 'give up'
}

/** What who waits is told. A group that fails tells of the member that did so first, before he could know of others. */
export type Heard = { readonly value: Json } | { readonly error: string; readonly ofGroup: boolean }

/** The file of a process. */
export function fileOf(folder: string, role: 'worker' | 'producer', place: number): string {
  return join(folder, `${role}-${place}-${process.pid}.jsonl`)
}

/** Writes one line; it is there when this is done. */
export function append(file: string, line: unknown): void {
  appendFileSync(file, `${JSON.stringify(line)}\n`)
}

/** The lines of many files, as they grow: each is read once. */
export class Ledger<Line> {
  readonly #folder: string
  readonly #prefix: string
  readonly #files: Map<string, { from: number; rest: string }> = new Map()

  /** Of all files whose names begin so. */
  constructor(folder: string, prefix: string) {
    this.#folder = folder
    this.#prefix = prefix
  }

  /** What has been written since this was asked last. A line that its writer did not finish does not count. */
  news(): Line[] {
    const names = readdirSync(this.#folder).filter((name) => name.startsWith(this.#prefix))
    return names.flatMap((name) => this.#newsOf(name))
  }

  #newsOf(name: string): Line[] {
    const read = this.#files.get(name) ?? { from: 0, rest: '' }
    this.#files.set(name, read)
    const file = openSync(join(this.#folder, name), 'r')
    const bytes = Buffer.alloc(fstatSync(file).size - read.from)
    readSync(file, bytes, 0, bytes.length, read.from)
    closeSync(file)
    read.from += bytes.length
    const lines = `${read.rest}${bytes.toString('latin1')}`.split('\n')
    read.rest = lines.pop() as string
    return lines.map((line) => JSON.parse(Buffer.from(line, 'latin1').toString()))
  }
}
