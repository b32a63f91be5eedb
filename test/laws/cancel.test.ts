import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { endsInGroup } from '../../packages/canvas/src/compose.ts'
import type { Node } from '../../packages/canvas/src/node.ts'
import { arbitraryCanvas, type Canvas } from '../support/arbitrary-canvas.ts'
import { type Misdelivered, misdeliver, publishing, repeated } from '../support/misdelivery.ts'
import { expectSettled } from '../support/outcome.ts'
import { replay } from '../support/replay.ts'
import { SPARED } from '../support/spared.ts'

describe('a run may be cancelled at any moment', { timeout: 120_000 }, () => {
  const canvas = fc.oneof(arbitraryCanvas(2, 2), arbitraryCanvas())
  const choices = fc.array(fc.nat(9_999), { minLength: 1, maxLength: 100 })

  test('then everything ends, and what succeeded is linked on, and only what did not is told as failed', async () => {
    await fc.assert(
      fc.asyncProperty(canvas, choices, fc.nat(60), async (canvas, choices, moment) => {
        let cancelled = false
        const played = await misdeliver(
          canvas,
          choices,
          () => 1,
          async ({ run }, step, closing) => {
            if (cancelled || step < moment || (SPARED.haltBetweenCommits && closing)) return
            cancelled = true
            await run.cancel()
          },
        )
        await expectSettled(played.result)
        await played.result.get().catch(() => null)
        await expectHonestCallbacks(canvas, played)
        expect(repeated(played.published.map(publishing))).toEqual([])
        const told = wholeErrbacks(canvas).filter((label) =>
          played.seen.some(({ attempt }) => attempt.label === label),
        )
        expect(told).toEqual(isBad(await played.result.state()) ? wholeErrbacks(canvas) : [])
      }),
      replay(600),
    )
  })
})

/** No errback runs for a call that succeeded, and no link for one that did not. */
async function expectHonestCallbacks(
  { node, table }: Canvas,
  { backend, seen }: Misdelivered,
): Promise<void> {
  const ran = new Map(seen.map(({ id, attempt }) => [attempt.label, id]))
  for (const { args, options } of callsIn([node, ...table.values()])) {
    const id = ran.get(args[0] as string)
    const [standing] = id === undefined ? [] : await backend.results.get([id])
    const state = standing?.kind === 'ended' ? standing.verdict.state : 'never begun'
    const forbidden = state === 'SUCCESS' ? options.linkError : state === 'IGNORED' ? [] : options.link
    const called = callsIn(forbidden).filter((callback) => ran.has(callback.args[0] as string))
    expect(called).toEqual([])
  }
}

/** The labels of errbacks of the whole canvas that are calls which run as soon as they are sent. */
function wholeErrbacks({ node }: Canvas): string[] {
  if (SPARED.groupThatWasCancelledLate && endsInGroup(node)) return []
  const errbacks = node.options.linkError ?? []
  return errbacks.flatMap((errback) => {
    return errback.kind === 'task' && !['expire', 'nobody'].includes(errback.task)
      ? (errback.args[0] as string)
      : []
  })
}

function isBad(state: string): boolean {
  return state === 'FAILURE' || state === 'REVOKED'
}

/** Every call in a drawing, callbacks and all. */
function callsIn(drawing: unknown): Extract<Node, { kind: 'task' }>[] {
  if (typeof drawing !== 'object' || drawing === null) return []
  const inner = Object.values(drawing).flatMap(callsIn)
  return 'kind' in drawing && drawing.kind === 'task'
    ? [drawing as Extract<Node, { kind: 'task' }>, ...inner]
    : inner
}
