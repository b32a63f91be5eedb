import { ArpeggioError } from '@arpeggio/core'
import type { Home } from './home.ts'

/** The app that was made last, as long as it is open. */
let current: Home | null = null

/** From now on what belongs to no app alone is sent by this one. */
export function makeCurrent(app: Home): void {
  current = app
}

/** It sends nothing any more. */
export function retire(app: Home): void {
  if (current === app) current = null
}

function theCurrent(): Home {
  if (current !== null) return current
  throw new ArpeggioError(
    'app-missing',
    'A shared task was to be sent, and there is no app: none was made, or the one that was made last is closed. Make an App, or say which one: signature(task.s(), app).',
  )
}

/** Where shared tasks are at home: in the app that was made last. */
export const currentApp: Home = {
  launch: async (node) => theCurrent().launch(node),
  apply: async (node) => theCurrent().apply(node),
  compile: (node, site) => theCurrent().compile(node, site),
  taskProblem: (task) => theCurrent().taskProblem(task),
  mostArguments: (task) => theCurrent().mostArguments(task),
  readArguments: (node, said) => theCurrent().readArguments(node, said),
  queueProblem: (queue) => theCurrent().queueProblem(queue),
}
