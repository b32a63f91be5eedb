import { checkOptions } from '../../model/check-options.ts'
import { milliseconds } from '../../model/duration.ts'
import { ArpeggioError } from '../../model/errors.ts'
import type { RunRecord } from '../../model/run.ts'
import type { Backend } from '../../ports/backend.ts'
import { cancellation } from '../runs/revocation.ts'
import { FINISHED_OPTIONS } from './get-options.ts'
import { graphOf, type RunGraph } from './graph.ts'
import type { FinishedOptions, Run } from './handles.ts'
import { whyItWaits } from './unserved.ts'
import { until } from './until.ts'
import { mayAskAgain } from './view.ts'
import { watchRun } from './watch-run.ts'

/** The handle of a whole run. */
export function runHandle(backend: Backend, id: string, queues: readonly string[]): Run {
  async function record(): Promise<RunRecord> {
    const found = await backend.runs.get(id)
    if (found !== null && !found.progress.over) await mayAskAgain(backend, id)
    if (found !== null) return found
    throw unknownRun(id)
  }
  function waiting(options: FinishedOptions, deed: string) {
    checkOptions(options, FINISHED_OPTIONS, `${deed} of ${id}`)
    const { timeout, allowInTask = false, signal = null } = options
    const timeoutMs = timeout === undefined ? null : milliseconds(timeout, 'timeout')
    return { id, timeoutMs, allowInTask, signal, why: () => whyItWaits(backend, queues) }
  }
  return {
    id,
    async progress() {
      return (await record()).progress
    },
    finished: async (options: FinishedOptions = {}) => {
      return until(backend, {
        ...waiting(options, 'finished'),
        first: 'look',
        onMessage: null,
        hears: [],
        concerns: () => false,
        async look() {
          const { progress } = await record()
          return progress.over ? { value: progress } : null
        },
      })
    },
    watch(options: FinishedOptions = {}) {
      return watchRun(backend, waiting(options, 'watch'), async () => (await record()).progress)
    },
    async cancel() {
      if ((await record()).progress.over) return
      const { span, verdict } = cancellation(id)
      await backend.runs.halt(id, span, verdict)
    },
    async retryFailed() {
      const reopened = await backend.runs.reopen(id)
      switch (reopened.kind) {
        case 'reopened':
          return reopened.calls
        case 'underway':
          throw underway(id)
        case 'unknown':
          throw unknownRun(id)
      }
    },
    async graph(): Promise<RunGraph> {
      return graphOf(await record(), backend)
    },
  }
}

function unknownRun(id: string): ArpeggioError {
  return new ArpeggioError(
    'result-unknown',
    `No run ${id} is known here: it was never sent, or its time to be kept is over. Check the id, or keep results longer.`,
  )
}

function underway(id: string): ArpeggioError {
  return new ArpeggioError(
    'run-underway',
    `${id} is not over yet, so nothing of it can be run again. Wait for run.finished() first, or cancel it.`,
  )
}
