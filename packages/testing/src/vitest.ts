import { inspect } from 'node:util'
import type { AsyncResult } from '@arpeggio/canvas'
import { ArpeggioError, show } from '@arpeggio/core'
import type {} from 'vitest'
import type { Recorder } from './record.ts'
import { isTerminal } from './simulate/end.ts'

/** What a matcher is told by vitest. */
interface Asked {
  readonly isNot: boolean
  equals(a: unknown, b: unknown): boolean
}

/** What a matcher says. */
interface Said {
  readonly pass: boolean
  message(): string
}

/** What an error may be expected to be: a part of its text, or its class. */
type Why = string | RegExp | (new (...args: never) => Error)

/** What can be expected of a recorder, and of a handle. */
interface Expectations {
  /** That a task was run, with these arguments if any are given. */
  toHaveRun(task: string, args?: readonly unknown[]): void
  /** That a task was run so often, each attempt counted. */
  toHaveRunTimes(task: string, times: number): void
  /** That these tasks were begun in this order, whatever was run between them. */
  toHaveRunInOrder(...tasks: readonly string[]): void
  /** That it has ended well, with this value if one is given; to be awaited. */
  toHaveSucceeded(value?: unknown): Promise<void>
  /** That it has failed, with an error that has this text in it or is of this class, if one is given; to be awaited. */
  toHaveFailed(why?: Why): Promise<void>
}

/** What vitest is taught: `expect.extend(matchers)`. */
export const matchers: {
  toHaveRun(this: Asked, recorder: Recorder, task: string, args?: readonly unknown[]): Said
  toHaveRunTimes(this: Asked, recorder: Recorder, task: string, times: number): Said
  toHaveRunInOrder(this: Asked, recorder: Recorder, ...tasks: readonly string[]): Said
  toHaveSucceeded(this: Asked, result: AsyncResult<unknown>, ...value: readonly unknown[]): Promise<Said>
  toHaveFailed(this: Asked, result: AsyncResult<unknown>, why?: Why): Promise<Said>
} = {
  toHaveRun(recorder, task, args) {
    checkRecorder(recorder, 'toHaveRun')
    const runs = recorder.of(task)
    const pass = runs.some((ran) => args === undefined || this.equals(ran.args, args))
    const wanted = args === undefined ? task : `${task} with ${shown(args)}`
    return said(this, pass, `to have run ${wanted}`, shownRuns(recorder))
  },
  toHaveRunTimes(recorder, task, times) {
    checkRecorder(recorder, 'toHaveRunTimes')
    const pass = recorder.of(task).length === times
    return said(this, pass, `to have run ${task} ${times} times`, shownRuns(recorder))
  },
  toHaveRunInOrder(recorder, ...tasks) {
    checkRecorder(recorder, 'toHaveRunInOrder')
    for (const task of tasks) recorder.of(task) // a name that is not known is no order
    let met = 0
    for (const name of recorder.names) if (name === tasks[met]) met++
    return said(
      this,
      met === tasks.length,
      `to have run ${tasks.join(', ')} in this order`,
      shownRuns(recorder),
    )
  },
  async toHaveSucceeded(result, ...wanted) {
    checkHandle(result, 'toHaveSucceeded')
    const { state, value, error } = await stateOf(result)
    const pass = state === 'SUCCESS' && (wanted.length === 0 || this.equals(value, wanted[0]))
    const what = wanted.length === 0 ? '' : ` with ${shown(wanted[0])}`
    return said(this, pass, `to have succeeded${what}`, shownState({ state, value, error }))
  },
  async toHaveFailed(result, why) {
    checkHandle(result, 'toHaveFailed')
    const seen = await stateOf(result)
    const pass = (seen.state === 'FAILURE' || seen.state === 'REVOKED') && fits(seen.error, why)
    const what = why === undefined ? '' : ` with ${typeof why === 'function' ? why.name : String(why)}`
    return said(this, pass, `to have failed${what}`, shownState(seen))
  },
}

function checkRecorder(given: unknown, matcher: string): void {
  check(given, 'of', matcher, 'a recorder', 'Give it what record(app) returns')
}

function checkHandle(given: unknown, matcher: string): void {
  check(given, 'state', matcher, 'a handle', 'Give it what delay(), apply() or time.send() comes back with')
}

/** Refuses what cannot do what a matcher asks of it. */
function check(given: unknown, ability: string, matcher: string, wanted: string, advice: string): void {
  const can = (name: string): boolean =>
    typeof given === 'object' && given !== null && typeof Reflect.get(given, name) === 'function'
  if (can(ability)) return
  const [what, remedy] = can('then')
    ? ['a Promise', 'Await it first']
    : can('state')
      ? ['a handle', advice]
      : can('of')
        ? ['a recorder', advice]
        : [show(given), advice]
  throw new ArpeggioError(
    'option-invalid',
    `${matcher} was given ${what} where ${wanted} belongs. ${remedy}.`,
  )
}

interface Seen {
  readonly state: string
  readonly value: unknown
  readonly error: unknown
}

/** How it stands now: nobody waits for what is not over. */
async function stateOf(result: AsyncResult<unknown>): Promise<Seen> {
  const state = await result.state()
  if (!isTerminal(state)) return { state, value: null, error: null }
  try {
    return { state, value: await result.get(), error: null }
  } catch (error) {
    return { state, value: null, error }
  }
}

function fits(error: unknown, why: Why | undefined): boolean {
  if (why === undefined) return true
  if (typeof why === 'function') return error instanceof why
  const text = String(error)
  return typeof why === 'string' ? text.includes(why) : why.test(text)
}

function said({ isNot }: Asked, pass: boolean, wanted: string, seen: string): Said {
  return { pass, message: () => `expected it ${isNot ? 'not ' : ''}${wanted}, ${seen}` }
}

function shown(value: unknown): string {
  return inspect(value, { breakLength: Number.POSITIVE_INFINITY })
}

function shownRuns({ ran }: Recorder): string {
  if (ran.length === 0) return 'and nothing has run'
  const lines = ran.map(({ task, args, attempt }) => {
    const again = attempt > 1 ? `, attempt ${attempt}` : ''
    return `  ${task} with ${shown(args)}${again}`
  })
  return `and this has run:\n${lines.join('\n')}`
}

function shownState({ state, value, error }: Seen): string {
  if (error !== null) return `and it is ${state}: ${String(error)}`
  return state === 'SUCCESS' ? `and its value is ${shown(value)}` : `and it is ${state}`
}

declare module 'vitest' {
  interface Matchers<T> extends Expectations {}
}
