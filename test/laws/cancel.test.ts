import { type ArpeggioError, type AsyncResult, type Backend, type RunNode, resultOfId } from '@arpeggio/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Node } from '../../packages/canvas/src/node/node.ts'
import { arbitraryCanvas, type Canvas } from '../support/arbitrary-canvas.ts'
import { type Misdelivered, misdeliver, publishing, repeated } from '../support/misdelivery.ts'
import { expectSettled } from '../support/outcome.ts'
import { replay } from '../support/replay.ts'
import { NOW } from '../support/stage.ts'

describe('what is under way may be stopped at any moment', { timeout: 120_000 }, () => {
  const canvas = fc.oneof(arbitraryCanvas(2, 2), arbitraryCanvas())
  const choices = fc.array(fc.nat(9_999), { minLength: 1, maxLength: 100 })
  const moment = fc.nat(60)

  test('a run that is cancelled ends, and its errbacks are called unless it had succeeded', async () => {
    await fc.assert(
      fc.asyncProperty(canvas, choices, moment, async (canvas, choices, moment) => {
        const played = await playAndStop(canvas, choices, moment, ({ run }) => run.cancel())
        const told = wholeErrbacks(canvas).filter((label) =>
          played.seen.some(({ attempt }) => attempt.label === label),
        )
        expect(told).toEqual(isBad(await played.result.state()) ? wholeErrbacks(canvas) : [])
      }),
      replay(500),
    )
  })

  test('a run ends that has a deadline, whatever it does when that passes', async () => {
    const never = 1_000_000 // steps: it is stopped by nobody else
    await fc.assert(
      fc.asyncProperty(canvas, choices, fc.nat(300_000), async ({ node, table }, choices, ms) => {
        const deadline = new Date(NOW + ms).toISOString()
        const late = { ...node, options: { ...node.options, deadline } }
        await playAndStop({ node: late, table }, choices, never, async () => {})
      }),
      replay(500),
    )
  })

  test('a run of which one node is revoked ends', async () => {
    await fc.assert(
      fc.asyncProperty(canvas, choices, moment, fc.nat(), async (canvas, choices, moment, which) => {
        await playAndStop(canvas, choices, moment, async ({ run }, backend) => {
          const { nodes } = await run.graph()
          const { id } = nodes[which % nodes.length] as RunNode
          await resultOfId({ backend, errors: new Map() }, id).revoke().catch(unlessErrback)
        })
      }),
      replay(500),
    )
  })
})

/** What replaced an errback is in the graph, but errbacks have no place in the outline, so they cannot be revoked. */
function unlessErrback(error: ArpeggioError): void {
  if (error.code !== 'result-unknown') throw error
}

/** Plays a canvas and stops something on the way. Everything ends all the same, and nobody is told what is not true. */
async function playAndStop(
  canvas: Canvas,
  choices: readonly number[],
  moment: number,
  stop: (result: AsyncResult<unknown>, backend: Backend) => Promise<void>,
): Promise<Misdelivered> {
  let stopped = false
  const played = await misdeliver(
    canvas,
    choices,
    () => 1,
    async (result, step, backend) => {
      if (stopped || step < moment) return
      stopped = true
      await stop(result, backend)
    },
  )
  await expectSettled(played.result)
  await played.result.get().catch(() => null)
  await expectHonestCallbacks(canvas, played)
  expect(repeated(played.published.map(publishing))).toEqual([])
  return played
}

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
