import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Warnings } from './warnings.ts'

let console_: ReturnType<typeof vi.spyOn>
beforeEach(() => {
  console_ = vi.spyOn(console, 'warn').mockImplementation(() => {})
})
afterEach(() => vi.restoreAllMocks())

it('a warning goes to the console where nobody listens, and else to who came first', () => {
  const warnings = new Warnings(undefined)
  warnings.tell('it is slow')
  expect(console_.mock.calls).toEqual([['arpeggio: it is slow.']])
  const [first, second] = [vi.fn(), vi.fn()]
  const leave = warnings.listen(first)
  warnings.listen(second)
  warnings.tell('it is slower')
  leave()
  warnings.tell('it stands still')
  expect([first.mock.calls, second.mock.calls]).toEqual([[['it is slower']], [['it stands still']]])
  expect(console_).toHaveBeenCalledOnce()
})

it('who was named when the backend was made hears it, whoever else listens', () => {
  const [named, other] = [vi.fn(), vi.fn()]
  const warnings = new Warnings(named)
  warnings.listen(other)
  warnings.tell('it is slow')
  expect([named, other].map((one) => one.mock.calls.length)).toEqual([1, 0])
})

it('what a server is by itself is told once in a process, of each server, and to everybody who was named', () => {
  const heard = vi.fn()
  const listener = (): Warnings => {
    const warnings = new Warnings(undefined)
    warnings.listen(heard)
    return warnings
  }
  for (const server of ['one', 'one', 'two', undefined, undefined]) listener().tellOnce(server, 'it forgets')
  listener().tellOnce('one', 'it is slow')
  expect(heard.mock.calls.flat()).toEqual([...Array(4).fill('it forgets'), 'it is slow'])
  const named = vi.fn()
  new Warnings(named).tellOnce('one', 'it forgets')
  expect(named.mock.calls).toEqual([['it forgets']])
})
