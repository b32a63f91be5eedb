import { describe, expect, it } from 'vitest'
import { check } from '../../model/spin.ts'
import { BROKEN, BUILT } from '../../model/variants.ts'

/*
 * The chord and lease protocol, in every order in which its steps can happen. That each broken form is found shows that
 * the promises would notice.
 */

const PATIENCE_MS = 300_000

describe.concurrent('the model of a chord', () => {
  it.each(BUILT)(
    'keeps every promise: $name',
    async ({ name, defines }) => {
      const { states, history } = await check(defines, 'everything')
      console.log(`${name}: ${states} states`)
      expect(history).toBeNull()
      expect(states).toBeGreaterThan(10_000)
    },
    PATIENCE_MS,
  )

  it(
    'has no history that never ends',
    async () => {
      expect(await check([], 'endless')).toMatchObject({ history: null })
    },
    PATIENCE_MS,
  )

  it(
    'has no line at which no history comes by, but for those that tell of a broken promise',
    async () => {
      const { unreached } = await check(['HALTS=1', 'CRASHES=1', 'ZOMBIES=1'], 'everything')
      expect(unreached.filter((line) => !/BROKEN|-end-/.test(line))).toEqual([])
    },
    PATIENCE_MS,
  )
})

describe.concurrent('the model notices a broken law', () => {
  it.each(BROKEN)(
    '$name: $breaks',
    async ({ defines, breaks }) => {
      const { history } = await check(defines, 'shortest')
      expect(history?.at(-1)).toBe(`BROKEN: ${breaks}`)
    },
    PATIENCE_MS,
  )
})
