import {
  ArpeggioError,
  type Change,
  type Failed,
  type Graft,
  idAt,
  type Json,
  runOf,
  type Shape,
  type Span,
  type Verdict,
} from '@arpeggio/core'
import { readFailure, readGraft, readJson, readNote, readShape } from './border.ts'
import { isUntrusted } from './untrusted.ts'

/*
 * How things look on their way to the scripts, which take lists of texts, and how they come back. A script never looks
 * into JSON: what it must know stands beside it.
 */

/** One argument of a script. */
export type Argument = string | number

/** How many characters they have in all. */
export function sizeOf(args: readonly Argument[]): number {
  let size = 0
  for (const arg of args) size += typeof arg === 'string' ? arg.length : 1
  return size
}

/** Letters of verdicts; what follows is JSON. M is a list that its members have already. */
const STATES = { S: 'SUCCESS', M: 'SUCCESS', F: 'FAILURE', R: 'REVOKED', I: 'IGNORED' } as const
type Letter = keyof typeof STATES
/** A state that is not the end. */
const NOTED = 'N'

/** The letter of a verdict. */
export function letterOf(verdict: Verdict): Letter {
  switch (verdict.state) {
    case 'SUCCESS':
      return verdict.of === 'members' ? 'M' : 'S'
    case 'FAILURE':
      return 'F'
    case 'REVOKED':
      return 'R'
    case 'IGNORED':
      return 'I'
  }
}

/** A verdict as a text. */
export function packVerdict(verdict: Verdict): string {
  const letter = letterOf(verdict)
  if ('failure' in verdict) return letter + packJson(verdict.failure)
  return letter === 'S' && 'value' in verdict ? letter + packJson(verdict.value) : letter
}

/** A text as a verdict. */
export function unpackVerdict(text: string): Verdict {
  const letter = text[0] as Letter
  switch (letter) {
    case 'S':
      return { state: 'SUCCESS', value: told(() => readJson(text.slice(1))) as Json }
    case 'M':
      return { state: 'SUCCESS', value: null, of: 'members' }
    case 'F':
    case 'R':
      return unpackFailed(text)
    case 'I':
      return { state: 'IGNORED' }
    default:
      letter satisfies never
      return told(() => {
        throw new Error('it is of no kind')
      })
  }
}

/** A text as the verdict of what failed or was halted. */
export function unpackFailed(text: string): Failed {
  const failure = told(() => readFailure(readJson(text.slice(1))))
  return { state: text[0] === 'R' ? 'REVOKED' : 'FAILURE', failure }
}

/** What the server told of a node or a run; where that is nothing we have written, who asked is told so. */
export function told<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new ArpeggioError(
      'value-unreadable',
      `What Redis keeps of this node or run cannot be read: ${(cause as Error).message}. Somebody else has written there; forget the run, and send it again.`,
      { cause },
    )
  }
}

/** How a node ends of which something cannot be read, or not be trusted. */
export function unreadable(id: string, why: unknown): Failed {
  const { message } = why as Error
  const told = isUntrusted(why)
    ? { type: why.name, code: why.code, message }
    : {
        type: 'UnreadableMessage',
        message: `It cannot be read: ${message}. A message that cannot is among the dead letters.`,
      }
  const error = { ...told, stack: null, cause: null }
  const node = { id, task: 'unreadable', args: [], kwargs: {}, retries: 0, root: runOf(id) }
  return { state: 'FAILURE', failure: { ...node, error, state: 'FAILURE' } }
}

/** JSON text of what is known to be JSON, without what can be spared. What is nested too deep for the engine is refused. */
export function packJson<T>(value: T, spare: (value: T) => unknown = (it) => it): string {
  try {
    return JSON.stringify(spare(value))
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new ArpeggioError(
      'limit-exceeded',
      'This canvas is nested too deep to be written as JSON, so Redis cannot hold it. Nest less, or run it in memory.',
      { cause: error },
    )
  }
}

/** What was told of a run: a letter and the position of what ended, or N, a position and a state; an empty line stands for "look for yourself". */
export function unpackChanges(run: string, text: string): (Change | null)[] {
  return text.split('\n').map((line) => {
    if (line === '') return null
    const space = line.indexOf(' ')
    const id = idAt(run, space < 0 ? line.slice(1) : line.slice(1, space))
    const more = space < 0 ? null : line.slice(space + 1)
    try {
      return line[0] === NOTED ? noted(id, more ?? '') : ended(id, line[0] as Letter, more)
    } catch {
      return null // nothing that we have said: whoever listens looks for himself
    }
  })
}

function noted(id: string, note: string): Change {
  const [state, meta] = unpackNote(note)
  return { id, state, meta }
}

/** A short verdict comes along, behind its letter; that of a list says nothing that its members have not said. */
function ended(id: string, letter: Letter, more: string | null): Change | null {
  if (!Object.hasOwn(STATES, letter)) return null
  const change = { id, state: STATES[letter], meta: null }
  return more === null || letter === 'M' ? change : { ...change, verdict: unpackVerdict(letter + more) }
}

/** What ends, and how. */
interface Halting {
  readonly span: Span
  readonly verdict: Failed
}

/** A halt as the scripts keep it: what stands in front of its number, the first, the end, the id it takes, the verdict. */
export function packHalt({ span: { at, span, takes }, verdict }: Halting): string {
  const lead = at.slice(0, at.lastIndexOf('.') + 1)
  const first = Number(at.slice(lead.length))
  const end = Math.min(first + span, Number.MAX_SAFE_INTEGER)
  return `${lead}\n${first}\n${end}\n${takes === undefined ? '-' : `=${takes}`}\n${packVerdict(verdict)}`
}

/** A halt as it was kept, with its verdict. */
export function unpackHalt(text: string): Halting {
  const [lead, first, end, takes, ...verdict] = text.split('\n') as [string, string, string, string, string]
  const span = { at: lead + first, span: Number(end) - Number(first) }
  return {
    span: takes === '-' ? span : { ...span, takes: takes.slice(1) },
    verdict: unpackFailed(verdict.join('\n')),
  }
}

/** A state that is not the end, and what was told with it. */
export function packNote(state: string, meta: unknown): string {
  return packJson([state, meta])
}

/** The same, as it was kept. */
export function unpackNote(text: string): readonly [state: string, meta: Json] {
  return told(() => readNote(readJson(text)))
}

/** A part that was grafted on, as it is kept. */
export function unpackGraft(text: string): Graft {
  return told(() => readGraft(readJson(text)))
}

/** Most runs are one call: then its task says all. */
const LONE = '='

/** The outline of a run as a text. */
export function packShape(shape: Shape): string {
  const [step] = shape
  const isLone = shape.length === 1 && step?.op === 'call' && step.at === 0 && step.link === undefined
  return isLone ? LONE + step.task : packJson(shape)
}

/** The outline of a run, as it is kept. */
export function unpackShape(text: string): Shape {
  return told(() =>
    text[0] === LONE ? [{ op: 'call', task: text.slice(1), at: 0 }] : readShape(readJson(text)),
  )
}
