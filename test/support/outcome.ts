import { deepStrictEqual } from 'node:assert'
import type { AsyncResult, Json } from '@arpeggio/core'
import type { Canvas } from './arbitrary-canvas.ts'
import { bottomLine, type ErrorLike, plain } from './brief.ts'
import { bottomOf, type End, interpret } from './reference.ts'
import type { Attempt, Witness } from './task-table.ts'

/** What became of a run, as far as it must be the same everywhere. */
export interface Outcome {
  readonly end: End
  readonly attempts: readonly Attempt[]
}

/** How a run that is over ended, as its caller sees it. */
export async function endOf(result: AsyncResult<unknown>): Promise<End> {
  const state = await result.state()
  try {
    const value = plain((await result.get()) as Json)
    return state === 'IGNORED' && value === null ? { state: 'IGNORED' } : { state: state as 'SUCCESS', value }
  } catch (error) {
    return { state: state as 'FAILURE', error: bottomLine(error as ErrorLike) }
  }
}

/** How far a run has come, and where each of its nodes stands: what nothing that goes wrong on the way may change. */
export async function pictureOf(result: AsyncResult<unknown>): Promise<unknown> {
  const { nodes } = await result.run.graph()
  return { ...(await result.run.progress()), states: nodes.map(({ id, state }) => `${id} ${state}`).sort() }
}

/** Everything has ended: the run is over, and no node of it waits for anything. */
export async function expectSettled(result: AsyncResult<unknown>): Promise<void> {
  const { total, done, over } = await result.run.progress()
  deepStrictEqual({ over, done }, { over: true, done: total })
  const { nodes } = await result.run.graph()
  deepStrictEqual(
    nodes.filter(({ state }) => !TERMINAL.includes(state)),
    [],
  )
}

const TERMINAL = ['SUCCESS', 'FAILURE', 'REVOKED', 'IGNORED']

/** Attempts by node: what was run twice counts once. */
export function distinct(seen: readonly Witness[]): Attempt[] {
  const byNode = new Map<string, Attempt>()
  for (const { id, attempt } of seen) byNode.set(`${id} ${told(attempt)}`, attempt)
  return [...byNode.values()]
}

/** Every call ran as the drawing says, and the end is the one the drawing means. */
export function expectAsDrawn(canvas: Canvas, { end, attempts }: Outcome): void {
  const drawn = interpret(canvas.node, canvas.table)
  const certain = attempts.filter(({ label }) => !drawn.cutOff.has(label))
  deepStrictEqual(counted(certain), counted(drawn.attempts))
  deepStrictEqual(asTold(end), asTold(drawn.end))
}

/** What is compared of an end. A group's handle tells of the first member that failed, a chord of all; both name one cause. */
export function asTold(end: End): End {
  return 'error' in end ? { ...end, error: bottomOf(end.error) } : end
}

/** A multiset, in one order. */
export function counted(attempts: readonly Attempt[]): string[] {
  return attempts.map(told).sort()
}

function told({ label, given, retries }: Attempt): string {
  return `${label}#${retries}${given}`
}
