import type { App } from '@arpeggio/canvas'
import { ArpeggioError, memoryBackend, show } from '@arpeggio/core'
import { checkApp } from './check-app.ts'

/** What runs in place of tasks, by their names. It is given what the task would be given, `self` too if that is bound. */
export type Stubs = Readonly<Record<string, (...args: never) => unknown>>

/**
 * An app like this one, in a memory of its own, in which some tasks do something else: `stub(app, { pay: () => 'receipt' })`.
 * The app itself stays as it is. Say where a canvas is to run: `signature(canvas, stubbed).apply()`.
 */
export function stub(app: App, stubs: Stubs): App {
  checkApp(app, 'stub(app, { task: () => 42 })')
  for (const [name, does] of Object.entries(stubs)) {
    if (typeof does === 'function') continue
    throw new ArpeggioError('option-invalid', `The stub of ${name} is ${show(does)}. Give a function.`)
  }
  return app.twin({ backend: memoryBackend() }, stubs)
}
