import { ArpeggioError } from '@arpeggio/core'
import type { Node } from '../node/node.ts'
import { type Cursor, cursorAt, path } from './cursor.ts'
import { type Opened, openSignature } from './read-node.ts'

/** What a JSON signature may be at most. */
export const JSON_LIMITS = {
  /** Characters of a text: room for a group of a million small tasks. */
  textCharacters: 268_435_456,
  /** Signatures inside one another. Arguments have the limit of every value, `MAX_VALUE_DEPTH`. */
  depth: 20_000,
} as const

/**
 * Reads a signature in Celery's JSON form, given as a value or as text. Nothing is lost in silence: what has no
 * meaning here is kept in `options.foreign`, or refused with the way to it. `fromCelery(toCelery(node))` equals the
 * node if its arguments are JSON.
 *
 * - A chord's header is a list or a group. If that group has options of its own (Celery would lose them), what is
 *   read is a chain of the group and the body, which means the same.
 * - Arguments on a canvas are refused. Celery writes none, and would lose them when it reads.
 * - Links may be one signature or a list. Options and sections that are null count as absent.
 */
export function fromCelery(value: unknown): Node {
  const root = openSignature(cursorAt(typeof value === 'string' ? parse(value) : value))
  const reading: Reading[] = [{ ...root, nodes: [] }]
  for (;;) {
    const here = reading.at(-1) as Reading
    const next = here.under[here.nodes.length]
    if (next === undefined) {
      const node = here.close(here.nodes)
      reading.pop()
      const above = reading.at(-1)
      if (above === undefined) return node
      above.nodes.push(node)
    } else {
      const opened = openSignature(next)
      if (opened.under.length === 0) here.nodes.push(opened.close([]))
      else if (reading.length < JSON_LIMITS.depth) reading.push({ ...opened, nodes: [] })
      else throw tooDeep(next)
    }
  }
}

interface Reading extends Opened {
  readonly nodes: Node[]
}

function parse(text: string): unknown {
  if (text.length > JSON_LIMITS.textCharacters) {
    throw new ArpeggioError(
      'limit-exceeded',
      `The text of a signature has ${text.length} characters, more than the ${JSON_LIMITS.textCharacters} it may have. Send it in parts.`,
    )
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ArpeggioError(
      'signature-invalid',
      `Cannot read the signature: the text is not JSON (${reason}). Give what JSON.stringify(signature) wrote.`,
      { cause },
    )
  }
}

function tooDeep(cursor: Cursor): ArpeggioError {
  return new ArpeggioError(
    'limit-exceeded',
    `Cannot read the signature: ${path(cursor)} is inside more than ${JSON_LIMITS.depth} others, or the value is cyclic. Nest less.`,
  )
}
