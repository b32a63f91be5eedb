import { isDeepStrictEqual } from 'node:util'
import { LIMITS } from '../../model/limits.ts'
import type { Progress } from '../../model/run.ts'
import type { Backend, Change } from '../../ports/backend.ts'
import { turn } from '../waiting/turn.ts'
import type { RunUpdate, Update } from './handles.ts'
import { sightings, type Wait } from './sightings.ts'

/** What is waited for, and for how long. */
type Watching = Omit<Wait<never>, 'first' | 'onMessage' | 'hears' | 'concerns' | 'look'>

/**
 * A run as it goes on. What it has to tell is made when it is asked for, so whoever asks seldom is told much at once, and
 * nothing piles up meanwhile but the last change of so many nodes.
 */
export async function* watchRun(
  backend: Backend,
  watching: Watching,
  readProgress: () => Promise<Progress>,
): AsyncGenerator<RunUpdate, void> {
  const changes = new Map<string, Update>()
  let more = false
  /** Whether something changed since it began to look: then it has to look again. */
  let isStale = false
  let told: Progress | null = null

  function keep({ id, state, meta }: Change): void {
    changes.delete(id)
    changes.set(id, { id, state, meta })
    if (changes.size <= LIMITS.changesAtHand) return
    changes.delete(changes.keys().next().value as string)
    more = true
  }

  function tell(progress: Progress): RunUpdate {
    const update = { progress, changes: [...changes.values()], more: more || progress.over }
    changes.clear()
    more = false
    told = progress
    return update
  }

  const updates = sightings<RunUpdate>(backend, {
    ...watching,
    first: 'look',
    onMessage: null,
    hears: null,
    // The first of several is reason enough to look; the others are told with it.
    concerns(change) {
      keep(change)
      const isFirst = !isStale
      isStale = true
      return isFirst
    },
    async look(heard) {
      await turn()
      isStale = false
      const progress = await readProgress()
      if (heard === null) more = true
      const isNews = changes.size > 0 || !isDeepStrictEqual(progress, told)
      return isNews ? { value: tell(progress) } : null
    },
  })
  for await (const update of updates) {
    yield update
    if (update.progress.over) return
  }
}
