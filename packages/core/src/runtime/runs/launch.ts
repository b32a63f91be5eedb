import { isDeepStrictEqual } from 'node:util'
import { begin } from '../../machine/machine.ts'
import { ArpeggioError } from '../../model/errors.ts'
import type { Compiled } from '../../model/plan.ts'
import type { Deadline } from '../../model/run.ts'
import type { Backend } from '../../ports/backend.ts'
import { tellSent } from '../events/telling.ts'
import { currentTask } from '../tasks/context.ts'
import { wishesOf } from './perform.ts'
import { cancellation } from './revocation.ts'

/**
 * Starts a compiled canvas as a run, all or nothing; false if a run of that id and drawing is known already, which stays
 * as it is.
 */
export async function launch(
  backend: Backend,
  id: string,
  compiled: Compiled,
  world: Parameters<typeof tellSent>[1] | null = null,
): Promise<boolean> {
  const { plan, shape, span, calls, deadline } = compiled
  const lists = { ...compiled.lists }
  const task = currentTask()
  const parent = task?.request.id ?? null
  const root = task?.request.rootId ?? id
  const course = { run: id, root, parent, group: null, seat: null, aside: false }
  const wishes = await wishesOf(begin(plan, [], course), (_run, list, from, to) => {
    const items = lists[list] ?? []
    if (from === 0 && to === items.length && items.length > 1) delete lists[list] // all of it begins now
    return items.slice(from, to)
  })
  const answer = await backend.deliveries.submit(
    {
      id,
      root,
      parent,
      shape,
      lists,
      span,
      calls,
      deadline: deadline === undefined ? null : deadlineAt(id, deadline),
    },
    wishes,
  )
  if (answer === 'started') {
    if (world !== null) tellSent(wishes, world)
    return true
  }
  const known = await backend.runs.get(id)
  if (known === null || isDeepStrictEqual(known.shape, shape)) return false
  throw new ArpeggioError(
    'id-taken',
    `The taskId ${id} names a run that was drawn otherwise. Give this canvas another taskId, or forget that run first.`,
  )
}

/** A deadline is a cancellation that comes at a moment, and nothing else. */
function deadlineAt(run: string, moment: number): Deadline {
  return { moment, ...cancellation(run, 'its deadline has passed') }
}
