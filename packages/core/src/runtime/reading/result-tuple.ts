import type { AsyncResult, ResultTuple } from './handles.ts'

/** Celery's form of a handle: ids, and nothing else. Of the members of a group there is no more to say: their run knows the rest. */
export function tupleOf(result: AsyncResult<unknown>): ResultTuple {
  const line: AsyncResult<unknown>[] = []
  for (let at: AsyncResult<unknown> | null = result; at !== null; at = at.parent) line.push(at)
  let tuple: ResultTuple | null = null
  for (const at of line.reverse()) tuple = [[at.id, tuple], membersOf(at)]
  return tuple as unknown as ResultTuple
}

function membersOf(result: AsyncResult<unknown>): ResultTuple[] | null {
  return 'results' in result ? result.children.map(({ id }) => [[id, null], null]) : null
}
