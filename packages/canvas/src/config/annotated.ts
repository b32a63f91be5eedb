import { checkLimits } from '../node/parse-options.ts'
import { defineTask } from '../tasks/definition.ts'
import type { Config } from './settings.ts'

/** Refuses an annotation that no task can have, also where no task has it yet. */
export function checkAnnotated({ taskAnnotations, ...config }: Config): void {
  for (const [pattern, annotation] of Object.entries(taskAnnotations ?? {})) {
    defineTask(() => {}, { ...annotation, name: pattern }, undefined, { ...config, taskAnnotations })
    checkLimits(annotation.softTimeLimit, annotation.timeLimit, `the annotation of ${pattern}`)
  }
}
