import { type AnySignature, type App, type Signature, signature, validate } from '@arpeggio/canvas'
import { ArpeggioError } from '@arpeggio/core'
import { checkApp } from '../check-app.ts'
import { explore, type Simulated } from './explore.ts'
import { checkSimulateOptions, type SimulateOptions } from './options.ts'

/**
 * Plays a canvas in many worlds, in each of which other things go wrong, and in another order: a producer and some workers,
 * with every step chosen by a seed. If something does not hold in one of them, that is thrown, with the shortest way there
 * as a timeline.
 */
export async function simulate(
  app: App,
  canvas: Signature<unknown, []>,
  options: SimulateOptions = {},
): Promise<Simulated> {
  checkSimulateOptions(options)
  checkApp(app, 'simulate(app, canvas)')
  checkTasks(app, canvas)
  return explore(app, canvas, options)
}

/** In a world all tasks are run, and so each has to be known. */
function checkTasks(app: App, canvas: AnySignature): void {
  const problem = validate(signature(canvas, app)).find(({ code }) => code === 'task-unknown')
  if (problem === undefined) return
  throw new ArpeggioError(
    problem.code,
    `${problem.message} To simulate it, make it in this app as well: a function in its place will do (the canvas has it at ${problem.path}).`,
  )
}
