import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import { App } from './app.ts'
import { group } from './group.ts'

it('what is printed says what it is', async () => {
  await using app = new App({ report: () => {} })
  const add = app.task('add', (a: number, b: number) => a + b)
  const sum = await add.delay(1, 2)
  const both = await group(add.s(1, 2), add.s(3, 4)).delay()
  expect([`${add}`, inspect(add)]).toEqual(['Task<add>', 'Task<add>'])
  expect(inspect({ canvas: add.s(1).pipe(add.s(2)) })).toBe('{ canvas: add(1) | add(2) }')
  expect([`${sum}`, inspect(sum), inspect(both)]).toEqual([
    sum.id,
    `AsyncResult<${sum.id}>`,
    `GroupResult<${both.id}>`,
  ])
})
