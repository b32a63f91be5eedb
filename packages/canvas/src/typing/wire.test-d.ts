import type { AsyncResult, Json } from '@arpeggio/core'
import { expectTypeOf, test } from 'vitest'
import type { Nothing, NotJson, Sent, Wire } from './wire.ts'

interface Page {
  url: string
  links: string[]
  kids: Page[]
  note?: string
}
type Tree = { leaf: number; branches: Tree[] }
type Deep = Date | Deep[]
interface DatedTree {
  when: Date
  kids: DatedTree[]
  up?: DatedTree | undefined
}
class Point {
  x = 1
  y: string | undefined = undefined
  distance(): number {
    return this.x
  }
}
interface Crawl {
  depth: number
  seen: Set<string>
  by?: { id: bigint }
}
type Nested = Map<string, 1> | Nested[]
class Money {
  cents = 1
  toJSON(): string {
    return `${this.cents}`
  }
}

test('what is plain JSON is itself, recursive types included', () => {
  expectTypeOf<Wire<Page>>().toEqualTypeOf<Page>()
  expectTypeOf<Wire<Page[]>>().toEqualTypeOf<Page[]>()
  expectTypeOf<Wire<Tree>>().toEqualTypeOf<Tree>()
  expectTypeOf<Wire<Json>>().toEqualTypeOf<Json>()
  expectTypeOf<Wire<'a' | 'b' | 1 | null>>().toEqualTypeOf<'a' | 'b' | 1 | null>()
  expectTypeOf<Wire<boolean>>().toEqualTypeOf<boolean>()
  expectTypeOf<Wire<string & { readonly brand: 'Url' }>>().toEqualTypeOf<string & { readonly brand: 'Url' }>()
  expectTypeOf<Wire<{ a?: string }>>().toEqualTypeOf<{ a?: string }>()
  expectTypeOf<Wire<{ a: string | undefined }>>().toEqualTypeOf<{ a: string | undefined }>()
  expectTypeOf<Wire<Record<string, unknown>>>().toEqualTypeOf<Record<string, unknown>>()
  expectTypeOf<Wire<{ ok: true; value: Page } | { ok: false }>>().toEqualTypeOf<
    { ok: true; value: Page } | { ok: false }
  >()
})

test('lists and tuples keep their shape, read-only or not', () => {
  expectTypeOf<Wire<readonly [Page, 1]>>().toEqualTypeOf<readonly [Page, 1]>()
  expectTypeOf<Wire<readonly string[]>>().toEqualTypeOf<readonly string[]>()
  expectTypeOf<Wire<[Date, number]>>().toEqualTypeOf<[string, number]>()
  expectTypeOf<Wire<Date[]>>().toEqualTypeOf<string[]>()
})

test('what says nothing passes', () => {
  expectTypeOf<Wire<ReturnType<typeof JSON.parse>>>().toBeAny()
  expectTypeOf<Wire<unknown>>().toBeUnknown()
  expectTypeOf<Wire<never>>().toBeNever()
  expectTypeOf<Wire<void>>().toBeVoid()
})

test('what changes on the way is what it arrives as', () => {
  expectTypeOf<Wire<Date>>().toEqualTypeOf<string>()
  expectTypeOf<Wire<Money | null>>().toEqualTypeOf<string | null>()
  expectTypeOf<Wire<undefined>>().toEqualTypeOf<null>()
  expectTypeOf<Wire<string | undefined>>().toEqualTypeOf<string | null>()
  expectTypeOf<Wire<Point>>().toEqualTypeOf<{ x: number; y: string | undefined }>()
  expectTypeOf<Wire<{ at?: Date }>>().toEqualTypeOf<{ at?: string }>()
  expectTypeOf<Wire<AsyncResult<Page>>>().toEqualTypeOf<string>()
  expectTypeOf<Wire<DatedTree>['kids'][0]['kids'][0]['when']>().toEqualTypeOf<string>()
  expectTypeOf<Extract<Wire<Deep>, string>>().toEqualTypeOf<string>()
})

test('what JSON refuses never arrives, and says so', () => {
  expectTypeOf<Wire<bigint>>().toEqualTypeOf<NotJson<'a bigint'>>()
  expectTypeOf<Wire<symbol>>().toEqualTypeOf<NotJson<'a symbol'>>()
  expectTypeOf<Wire<() => void>>().toEqualTypeOf<NotJson<'a function'>>()
  expectTypeOf<Wire<Map<string, number>>>().toEqualTypeOf<NotJson<'a Map'>>()
  expectTypeOf<Wire<ReadonlySet<string>>>().toEqualTypeOf<NotJson<'a Set'>>()
  expectTypeOf<Wire<Uint8Array>>().toEqualTypeOf<NotJson<'binary data'>>()
  expectTypeOf<Wire<bigint>['this cannot travel as JSON']>().toEqualTypeOf<'a bigint'>()
})

test('a part that JSON refuses makes it refuse the whole, and stands where it was found', () => {
  expectTypeOf<Wire<{ n: 1; m: Set<string> }>>().toEqualTypeOf<NotJson<{ m: 'a Set' }>>()
  expectTypeOf<Wire<Crawl>>().toEqualTypeOf<NotJson<{ seen: 'a Set'; by?: { id: 'a bigint' } }>>()
  expectTypeOf<Wire<Promise<Page>[]>>().toEqualTypeOf<NotJson<'a Promise: await it first'[]>>()
  expectTypeOf<Wire<number | bigint>>().toEqualTypeOf<NotJson<'a bigint'>>()
  expectTypeOf<Wire<[Date, Map<string, 1>]>>().toEqualTypeOf<NotJson<[never, 'a Map']>>()
  expectTypeOf<keyof Wire<Nested>>().toEqualTypeOf<'this cannot travel as JSON'>()
})

test('undefined is refused in a list, and nowhere else', () => {
  expectTypeOf<Wire<(string | undefined)[]>>().toEqualTypeOf<NotJson<'undefined'[]>>()
  expectTypeOf<Wire<Nothing[]>>().toEqualTypeOf<NotJson<'undefined'[]>>()
  expectTypeOf<Wire<[Date, string?]>>().toEqualTypeOf<[string, (string | null)?]>()
  expectTypeOf<Wire<unknown[]>>().toEqualTypeOf<unknown[]>()
})

test('parameters stay as they are, but for what JSON refuses', () => {
  expectTypeOf<Sent<[page: Page, when: Date, tree?: Tree]>>().toEqualTypeOf<
    [page: Page, when: Date, tree?: Tree]
  >()
  expectTypeOf<Sent<[Json, unknown, Point, DatedTree]>>().toEqualTypeOf<[Json, unknown, Point, DatedTree]>()
  expectTypeOf<Sent<[]>>().toEqualTypeOf<[]>()
  expectTypeOf<Sent<readonly unknown[]>>().toEqualTypeOf<readonly unknown[]>()
  expectTypeOf<Sent<[m: Map<string, 1>, ...rest: Date[]]>>().toEqualTypeOf<
    [m: NotJson<'a Map'>, ...rest: Date[]]
  >()
  expectTypeOf<Sent<[done?: () => void]>>().toEqualTypeOf<[done?: NotJson<'a function'>]>()
  expectTypeOf<Sent<[bigint | number]>>().toEqualTypeOf<[NotJson<'a bigint'> | number]>()
  expectTypeOf<Sent<[Crawl]>>().toEqualTypeOf<
    [{ depth: number; seen: NotJson<'a Set'>; by?: { id: NotJson<'a bigint'> } }]
  >()
  expectTypeOf<Sent<[Nested]>[0]>().not.toExtend<Nested>()
})
