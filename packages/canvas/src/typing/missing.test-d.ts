import { expectTypeOf, test } from 'vitest'
import type { Missing, Suffix } from './missing.ts'

interface Info {
  title: string
}
interface Options {
  depth: number
}

test('a partial holds the last parameters, any number of them', () => {
  expectTypeOf<Suffix<[Info, string]>>().toEqualTypeOf<[Info, string] | [string] | []>()
  expectTypeOf<Suffix<[Info, Options?]>>().toEqualTypeOf<[Info, Options?] | [Options?] | []>()
  expectTypeOf<Suffix<number[]>>().toEqualTypeOf<number[]>()
  expectTypeOf<Suffix<[string, ...number[]]>>().toEqualTypeOf<[string, ...number[]] | number[]>()
  expectTypeOf<Suffix<unknown>>().toEqualTypeOf<readonly unknown[]>()
})

test('the first parameters are missing', () => {
  expectTypeOf<Missing<[Info, string], []>>().toEqualTypeOf<[Info, string]>()
  expectTypeOf<Missing<[Info, string], [string]>>().toEqualTypeOf<[Info]>()
  expectTypeOf<Missing<[Info, string], [Info, string]>>().toEqualTypeOf<[]>()
})

test('optional parameters at the end may be left out or given', () => {
  expectTypeOf<Missing<[Info, string, Options?], [string]>>().toEqualTypeOf<[Info]>()
  expectTypeOf<Missing<[Info, string, Options?], [string, Options]>>().toEqualTypeOf<[Info]>()
  expectTypeOf<Missing<[Info, string, Options?], [Options]>>().toEqualTypeOf<[Info, string]>()
})

test('where an argument fits two places, both readings stay open', () => {
  expectTypeOf<Missing<[number, number?], [number]>>().toEqualTypeOf<[] | [number]>()
})

test('rest parameters take any number in front', () => {
  expectTypeOf<Missing<number[], [number, number]>>().toEqualTypeOf<number[]>()
  expectTypeOf<Missing<[string, ...number[]], [number]>>().toEqualTypeOf<[string, ...number[]]>()
  expectTypeOf<Missing<[string, ...number[]], [string, number]>>().toEqualTypeOf<[]>()
})

test('who takes anything still does', () => {
  expectTypeOf<Missing<unknown, [string]>>().toBeUnknown()
  expectTypeOf<Missing<readonly unknown[], [string]>>().toEqualTypeOf<unknown[]>()
})
