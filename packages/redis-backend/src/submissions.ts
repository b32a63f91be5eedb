import type { Launch, Wish } from '@arpeggio/core'
import type { Commands, Runner } from './commands.ts'
import { Convoy } from './convoy.ts'
import type { Keys } from './keys.ts'
import { runScriptBy } from './scripts.ts'
import type { Seal } from './seal.ts'
import { Stage } from './stage.ts'
import { namingStrays, queuesIn } from './strays.ts'
import { type Argument, packHalt, packShape, sizeOf } from './wire.ts'
import { type Packing, packBeginning, packLists } from './wishes.ts'

/** What the script says; `unstaged`: what was put on the stage is not there any more. */
type Answer = 'started' | 'known' | 'unstaged'
const ANSWERS: Readonly<Record<string, Answer>> = { '1': 'started', '': 'known', S: 'unstaged' }

/** Runs that travel together at most, and characters of all of them. */
const MOST_TOGETHER = 200
const MOST_CHARACTERS = 1_000_000

/** Runs that are sent to one partition. Those that come up while others are under way travel together. */
export class Submissions {
  readonly #keys: Keys
  readonly #redis: Commands
  readonly #seal: Seal
  readonly #together: Convoy<readonly Argument[], Answer>

  /** `sender` has them sent; what else there is to be asked is asked of `redis`. */
  constructor(keys: Keys, redis: Commands, sender: Runner, seal: Seal) {
    this.#keys = keys
    this.#redis = redis
    this.#seal = seal
    this.#together = new Convoy({
      most: howMany,
      async travel(submissions) {
        const args = [submissions.length, ...submissions.flat()]
        const answers = runScriptBy(sender, 'submit', keys.prefix, args).catch(async (error: unknown) => {
          throw await namingStrays(error, redis, keys, queuesIn(args))
        })
        return ((await answers) as string[]).map((answer) => ANSWERS[answer] ?? 'known')
      },
    })
  }

  /** The attempt names this try: asked again, it is told the same. */
  async submit(launch: Launch, wishes: readonly Wish[], attempt: string): Promise<'started' | 'known'> {
    for (;;) {
      const stage = new Stage(this.#keys)
      const args = packSubmission(launch, wishes, attempt, { stage, seal: this.#seal })
      if (!stage.isEmpty && !(await stage.fill(this.#redis, 'stage'))) continue
      const answer = await this.#together.ask(args)
      if (answer !== 'unstaged') return answer
    }
  }
}

function packSubmission(
  { id, root, parent, shape, lists, span, calls, deadline }: Launch,
  wishes: readonly Wish[],
  attempt: string,
  packing: Packing,
): readonly Argument[] {
  const { stage } = packing
  const origin = { ...(root !== id && { root }), ...(parent !== null && { parent }) }
  const ending = deadline !== null && { deadline: packHalt(deadline) }
  const size = { ...(span !== 1 && { span }), ...(calls !== 1 && { total: calls }) }
  const fields = Object.entries({ ...origin, ...ending, shape: packShape(shape), ...size }).flat()
  const moment = deadline?.moment ?? ''
  const lasting = [
    moment,
    fields.length / 2,
    ...fields,
    ...packLists(id, lists, packing),
    ...packBeginning(wishes, packing),
  ]
  const following = [...stage.told, ...lasting]
  return [id, attempt, following.length, ...following]
}

/** How many of the first may travel together. */
function howMany(submissions: Iterable<readonly Argument[]>): number {
  let size = 0
  let count = 0
  for (const args of submissions) {
    size += sizeOf(args)
    if (count === MOST_TOGETHER || (count > 0 && size > MOST_CHARACTERS)) break
    count++
  }
  return count
}
