import type { MessagePort } from 'node:worker_threads'

/** Runs the tasks of an app for the worker at the other end. */
export type Serve = (port: MessagePort) => void

/** What thread/entry.mjs puts there before it loads anything. */
const CREW = Symbol.for('arpeggio.thread')

function crew(): Map<object, Serve> | null {
  return (globalThis as { readonly [CREW]?: Map<object, Serve> })[CREW] ?? null
}

/** Whether this is a thread of a worker's pool. */
export function isPoolThread(): boolean {
  return crew() !== null
}

/** In such a thread: says how an app can be served there, should the thread be started for it. */
export function enlist(app: object, serve: Serve): void {
  crew()?.set(app, serve)
}
