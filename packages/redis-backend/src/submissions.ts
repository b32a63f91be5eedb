import type { Launch, Wish } from '@arpeggio/core'
import type { Partition } from './partition.ts'
import { runScript } from './scripts.ts'
import { Stage } from './stage.ts'
import { type Argument, packJson } from './wire.ts'
import { packBeginning, packLists } from './wishes.ts'

interface Submission {
  readonly args: readonly Argument[]
  resolve(answer: 'started' | 'known'): void
  reject(error: unknown): void
}

/** Runs that travel together at most. */
const MOST_TOGETHER = 200

/** Runs that are sent to one partition. Those that come up while others are under way travel together. */
export class Submissions {
  readonly #partition: Partition
  readonly #waiting: Submission[] = []
  #isUnderWay = false

  constructor(partition: Partition) {
    this.#partition = partition
  }

  /** The attempt names this try: asked again, it is told the same. */
  async submit(launch: Launch, wishes: readonly Wish[], attempt: string): Promise<'started' | 'known'> {
    const { redis, keys } = this.#partition
    let stage = new Stage(keys)
    let args = packSubmission(launch, wishes, attempt, stage)
    while (!stage.isEmpty && !(await stage.fill(redis, 'stage'))) {
      stage = new Stage(keys)
      args = packSubmission(launch, wishes, attempt, stage)
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ args, resolve, reject })
      if (!this.#isUnderWay) void this.#send()
    })
  }

  async #send(): Promise<void> {
    this.#isUnderWay = true
    await new Promise((resolve) => setImmediate(resolve)) // what is sent together travels together
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MOST_TOGETHER)
      try {
        const { redis, keys } = this.#partition
        const args = [batch.length, ...batch.flatMap(({ args }) => args)]
        const answers = (await runScript(redis, 'submit', keys.prefix, args)) as string[]
        for (const [i, { resolve }] of batch.entries()) resolve(answers[i] === '1' ? 'started' : 'known')
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    this.#isUnderWay = false
  }
}

function packSubmission(
  { id, root, parent, shape, lists, span, calls }: Launch,
  wishes: readonly Wish[],
  attempt: string,
  stage: Stage,
): readonly Argument[] {
  const origin = { ...(root !== id && { root }), ...(parent !== null && { parent }) }
  const fields = Object.entries({ ...origin, shape: packJson(shape), span, total: calls }).flat()
  return [
    ...[id, attempt, fields.length / 2, ...fields],
    ...packLists(lists, stage),
    ...packBeginning(wishes, stage),
  ]
}
