import { expect, test } from 'vitest'
import { packArguments } from './arguments.ts'

test('all that is short travels in one text, numbers as texts', () => {
  expect(packArguments(['run', 12, '', '{"a":"b"}'])).toEqual(['["run","12","","{\\"a\\":\\"b\\"}"]'])
})

test('what is long stands behind it, and its number says where', () => {
  const [one, two] = ['1'.repeat(1_001), '2'.repeat(2_000)] as [string, string]
  expect(packArguments(['a', one, 'b', two])).toEqual(['["a",2,"b",3]', one, two])
})

test('half a character becomes a sign that it was one, as everywhere on its way to a server', () => {
  expect(packArguments(['a\ud800b'])).toEqual(['["a\ufffdb"]'])
  expect(packArguments([JSON.stringify('\ud800')])).toEqual([JSON.stringify([JSON.stringify('\ud800')])])
})
