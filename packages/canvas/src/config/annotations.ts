import { ArpeggioError, isPlainObject, show, unknownOption } from '@arpeggio/core'
import type { TaskOptions } from '../task.ts'
import { TASK_OPTIONS } from '../tasks/task-options.ts'
import { inOrder, patternOf } from './pattern.ts'

/** What an operator can say of a task: all but what it is. */
export type Annotation = Omit<TaskOptions, Fixed>

/** Options of tasks by their names, or by globs such as `pages.*`. They win over what the tasks say themselves. */
export type TaskAnnotations = Readonly<Record<string, Annotation>>

/** What belongs to the function. */
type Fixed = 'name' | 'bind' | 'base' | 'schema'
const FIXED: Record<Fixed, true> = { name: true, bind: true, base: true, schema: true }

const KNOWN: readonly string[] = Object.keys(TASK_OPTIONS).filter((name) => !Object.hasOwn(FIXED, name))

/** Refuses annotations that name no option of a task; what the options can be is checked with the tasks. */
export function checkAnnotations(given: unknown): void {
  if (!isPlainObject(given)) throw noAnnotation('taskAnnotations', given)
  for (const [pattern, annotation] of Object.entries(given)) {
    if (!isPlainObject(annotation)) throw noAnnotation(`The annotation of ${pattern}`, annotation)
    for (const name of Object.keys(annotation)) {
      if (!KNOWN.includes(name)) throw unknownOption(name, KNOWN, `The annotation of ${pattern}`, 'task')
    }
  }
}

/** What annotations say of a task: of all that fit, what stands first in their order wins. */
export function annotationOf(task: string, annotations: TaskAnnotations): Annotation {
  const fitting = inOrder(annotations).filter(([pattern]) => patternOf(pattern)(task))
  return Object.assign({}, ...fitting.map(([, annotation]) => said(annotation)).reverse())
}

/** `undefined` says nothing. */
function said(annotation: Annotation): Annotation {
  return Object.fromEntries(Object.entries(annotation).filter(([, value]) => value !== undefined))
}

function noAnnotation(what: string, value: unknown): ArpeggioError {
  return new ArpeggioError(
    'option-invalid',
    `${what} is ${show(value)}. Give options of tasks by name or glob, such as { 'pages.*': { rateLimit: '10/m' } }.`,
  )
}
