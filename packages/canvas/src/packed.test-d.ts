import { describe, expectTypeOf, it } from 'vitest'
import { App } from './app.ts'
import type { NotJson } from './typing/wire.ts'

const app = new App()
const RICH = { serializer: 'rich', resultSerializer: 'rich' } as const

describe('a task with a serializer', () => {
  it('takes and gives what that packs, as it is', async () => {
    const count = app.task({ name: 'count', ...RICH }, (words: Set<string>) => new Map([[words, 1n]]))
    expectTypeOf(await count.run(new Set(['a']))).toEqualTypeOf<Map<Set<string>, bigint>>()
    const first = app.task(
      { name: 'first', ...RICH, bind: true },
      (_self, map: Map<Set<string>, bigint>) => new Date(map.size),
    )
    expectTypeOf(
      await count
        .s(new Set(['a']))
        .pipe(first.s())
        .run(),
    ).toEqualTypeOf<Date>()
  })

  it('for its arguments only gives what JSON makes of its value, and the other way round', async () => {
    const year = app.task({ name: 'year', serializer: 'rich' }, (when: Date) => when)
    expectTypeOf(await year.run(new Date())).toEqualTypeOf<string>()
    const index = app.task(
      { name: 'index', resultSerializer: 'rich' },
      (text: string) => new Map([[text, 1]]),
    )
    expectTypeOf(await index.run('a')).toEqualTypeOf<Map<string, number>>()
    const size = app.task('size', (map: Map<string, number>) => map.size)
    // @ts-expect-error a step that takes plain JSON takes no Map
    index.s('a').pipe(size.s())
  })

  it('for JSON is a task like any other', async () => {
    const index = app.task(
      { name: 'plain', resultSerializer: 'json' },
      (text: string) => new Map([[text, 1]]),
    )
    expectTypeOf(await index.run('a')).toEqualTypeOf<NotJson<'a Map'>>()
  })
})
