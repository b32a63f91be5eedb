import {
  type AsyncResult,
  type Failure,
  type GroupResult,
  ResultSet,
  type ResultTuple,
  type RunUpdate,
} from '@arpeggio/core'
import { expectTypeOf, test } from 'vitest'
import type { App } from './app.ts'
import { resultFromTuple } from './result-from-tuple.ts'

declare const one: AsyncResult<number>
declare const other: AsyncResult<string>
declare const list: GroupResult<number[]>
declare const pair: GroupResult<[number, string]>
declare const app: App

test('a value is of the type that the last step gives; what is not thrown may be an error', () => {
  expectTypeOf(one.get()).toEqualTypeOf<Promise<number>>()
  expectTypeOf(one.get({ timeout: '1s', signal: AbortSignal.abort() })).toEqualTypeOf<Promise<number>>()
  expectTypeOf(one.get({ propagate: false })).toEqualTypeOf<Promise<number | Error>>()
  expectTypeOf(one.failure()).toEqualTypeOf<Promise<Failure | null>>()
  // @ts-expect-error: nothing is asked in intervals
  one.get({ interval: 5 })
  // @ts-expect-error: a revoke kills nobody, so it needs no signal
  one.revoke({ signal: 'SIGKILL' })
})

test('members come with their places and values', async () => {
  for await (const [index, value] of list.completed()) {
    expectTypeOf(index).toEqualTypeOf<number>()
    expectTypeOf(value).toEqualTypeOf<number>()
  }
  for await (const [, value] of pair.completed()) expectTypeOf(value).toEqualTypeOf<number | string>()
  for await (const [, value] of list.completed({ propagate: false })) {
    expectTypeOf(value).toEqualTypeOf<number | Error>()
  }
})

test('a set of results gives a list of what they give', async () => {
  const numbers = new ResultSet([one, one])
  expectTypeOf(numbers).toEqualTypeOf<ResultSet<number>>()
  expectTypeOf(numbers.get()).toEqualTypeOf<Promise<number[]>>()
  expectTypeOf(numbers.get({ propagate: false })).toEqualTypeOf<Promise<(number | Error)[]>>()
  expectTypeOf(new ResultSet(list).get()).toEqualTypeOf<Promise<number[]>>()
  const both = new ResultSet<number | string>([one, other])
  for await (const [, value] of both.completed()) expectTypeOf(value).toEqualTypeOf<number | string>()
  // @ts-expect-error: it holds numbers
  numbers.add(other)
})

test('a run is watched as updates, and a result collected as pairs', async () => {
  for await (const update of one.run.watch()) expectTypeOf(update).toEqualTypeOf<RunUpdate>()
  for await (const [result, value] of one.collect()) {
    expectTypeOf(result).toEqualTypeOf<AsyncResult<unknown>>()
    expectTypeOf(value).toEqualTypeOf<unknown>()
  }
})

test('a tuple is written and read', () => {
  expectTypeOf(list.asTuple()).toEqualTypeOf<ResultTuple>()
  expectTypeOf(resultFromTuple<number>(one.asTuple(), app)).toEqualTypeOf<
    Promise<AsyncResult<number> | null>
  >()
})
