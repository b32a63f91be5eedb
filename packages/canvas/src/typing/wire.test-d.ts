import type { AsyncResult, Json } from '@arpeggio/core'
import { expectTypeOf, test } from 'vitest'
import type { Wire } from './wire.ts'

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
  // biome-ignore lint/suspicious/noExplicitAny: any is what is tested
  expectTypeOf<Wire<any>>().toBeAny()
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

test('what JSON refuses never arrives', () => {
  expectTypeOf<Wire<bigint>>().toBeNever()
  expectTypeOf<Wire<Map<string, number>>>().toBeNever()
  expectTypeOf<Wire<() => void>>().toBeNever()
  expectTypeOf<Wire<{ n: 1; m: Set<string> }>>().toEqualTypeOf<{ n: 1 }>()
})
