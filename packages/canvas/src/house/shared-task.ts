import { ArpeggioError } from '@arpeggio/core'
import { type AnyFunction, declared, makeTask, type TaskMaker, type TaskOptions } from '../task.ts'
import { currentApp } from './current-app.ts'

/** What takes shared tasks up: an app. */
interface Taker {
  readonly name: string
  knows(task: string): boolean
  /** Gives what a plain call runs. */
  adopt(fn: AnyFunction, options: TaskOptions): AnyFunction
}

/** A shared task, until an app is there. */
interface Shared {
  readonly fn: AnyFunction
  readonly options: TaskOptions & { readonly name: string }
  /** What a plain call runs: in the app that took it up last. */
  direct: AnyFunction
}

const shared = new Map<string, Shared>()
const takers = new Set<WeakRef<Taker>>()

/**
 * A task without an app, for libraries: every app of this process takes it up, whether it was made before or will be. It
 * is sent by the app that was made last; in a canvas with tasks of an app, by that one.
 */
export const sharedTask = ((...given: readonly unknown[]): unknown => {
  const { fn, options } = declared(given)
  const name = options.name ?? fn?.name ?? ''
  const apps = open()
  const owner = shared.has(name) ? 'a library' : apps.find((app) => app.knows(name))?.name
  if (owner !== undefined) throw taken(name, owner)
  const one: Shared = { fn, options: { ...options, name }, direct: options.bind ? homeless(name) : fn }
  for (const app of apps) one.direct = app.adopt(one.fn, one.options)
  shared.set(name, one)
  return makeTask(currentApp, name, one.options, ((...args: never) => one.direct(...args)) as AnyFunction)
}) as TaskMaker

/** Gives an app all shared tasks there are, and will be. */
export function takeUp(app: Taker): void {
  takers.add(new WeakRef(app))
  for (const one of shared.values()) one.direct = app.adopt(one.fn, one.options)
}

/** A bound task needs an app also when it is called as a function. */
function homeless(name: string): AnyFunction {
  return () => {
    throw new ArpeggioError('app-missing', `${name} was called, and there is no app yet. Make an App first.`)
  }
}

function open(): Taker[] {
  return [...takers].flatMap((ref) => {
    const app = ref.deref()
    if (app === undefined) takers.delete(ref)
    return app ?? []
  })
}

function taken(name: string, owner: string): ArpeggioError {
  return new ArpeggioError(
    'task-duplicate',
    `There is a task named ${JSON.stringify(name)} already, in ${owner}. Give the shared one another name: every app takes it up.`,
  )
}
