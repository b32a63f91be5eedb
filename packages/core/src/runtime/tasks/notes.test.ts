import { expect, it } from 'vitest'
import { virtualClock } from '../../memory/clock.ts'
import { memoryBackend } from '../../memory/memory-backend.ts'
import { turn } from '../waiting/turn.ts'
import { Notes } from './notes.ts'

it('a backend that writes at once is not awaited', () => {
  const { notes, told } = telling(() => undefined)
  expect(notes.write('HALF', 1)).toBeUndefined()
  expect(notes.write('WHOLE', 2)).toBeUndefined()
  expect(told).toEqual(['HALF', 'WHOLE'])
})

it('one note is on its way at a time, and of those that come meanwhile the last is written', async () => {
  const answers: (() => void)[] = []
  const { notes, told } = telling(() => new Promise((resolve) => answers.push(resolve)))
  const done: string[] = []
  for (const state of ['A', 'B', 'C', 'D'])
    Promise.resolve(notes.write(state, null)).then(() => done.push(state))
  await turn()
  expect([told, done]).toEqual([['A'], []])
  answers[0]?.()
  await turn()
  expect([told, done]).toEqual([['A', 'D'], ['A']])
  answers[1]?.()
  await turn()
  expect([told, done]).toEqual([
    ['A', 'D'],
    ['A', 'B', 'C', 'D'],
  ])
})

it('a backend that is away is waited for once and not for long, and hears the last when it is back', async () => {
  const answers: (() => void)[] = []
  const { notes, told, clock } = telling(() => new Promise((resolve) => answers.push(resolve)))
  const done: string[] = []
  for (const state of ['A', 'B']) Promise.resolve(notes.write(state, null)).then(() => done.push(state))
  clock.advanceTo(clock.now() + 60_000)
  await turn()
  expect(done).toEqual(['A', 'B'])
  expect(notes.write('C', null)).toBeUndefined()
  answers[0]?.()
  await turn()
  expect(told).toEqual(['A', 'C'])
  const later = notes.write('D', null)
  expect(later).toBeInstanceOf(Promise)
  answers[1]?.()
  await turn()
  answers[2]?.()
  await later
  expect(told).toEqual(['A', 'C', 'D'])
})

it('who waits behind a slow note waits no longer than the one before', async () => {
  const answers: (() => void)[] = []
  const { notes, told, clock } = telling(() => new Promise((resolve) => answers.push(resolve)))
  void notes.write('A', null)
  clock.advanceTo(clock.now() + 100)
  let isDone = false
  void Promise.resolve(notes.write('B', null)).then(() => {
    isDone = true
  })
  clock.advanceTo(clock.now() + 850)
  answers[0]?.()
  await turn()
  expect([told, isDone]).toEqual([['A', 'B'], false])
  clock.advanceTo(clock.now() + 150)
  await turn()
  expect(isDone).toBe(true)
  expect(notes.write('C', null)).toBeInstanceOf(Promise) // which is its own affair: the backend is slow, and not away
  answers[1]?.()
  await turn()
  expect(told).toEqual(['A', 'B', 'C'])
})

it('when the attempt is over nobody waits, and what is not on its way is not written', async () => {
  const answers: (() => void)[] = []
  const { notes, told, clock } = telling(() => new Promise((resolve) => answers.push(resolve)))
  const waiting = [notes.write('A', null), notes.write('B', null)]
  notes.end()
  await Promise.all(waiting)
  expect(clock.next()).toBeNull()
  answers[0]?.()
  await turn()
  expect(told).toEqual(['A'])
})

it.each<[string, () => Promise<void>]>([
  [
    'at once',
    () => {
      throw new Error('no room')
    },
  ],
  ['later', () => Promise.reject(new Error('no room'))],
])('what is refused %s is reported, and fails nobody', async (_, note) => {
  const { notes, reported } = telling(note)
  await notes.write('HALF', null)
  expect(reported).toEqual([['The state HALF of r could not be told', 'no room']])
})

it('a backend that was closed meanwhile is no problem', async () => {
  const { notes, reported, backend } = telling(() => Promise.reject(new Error('closed')))
  await backend.close()
  await notes.write('HALF', null)
  expect(reported).toEqual([])
})

/** Notes of the task `r`, and what a backend hears of them that takes them so. */
function telling(note: () => Promise<void> | undefined) {
  const clock = virtualClock()
  const backend = memoryBackend({ clock })
  const told: string[] = []
  const reported: [string, string][] = []
  backend.results.note = (_id, state) => {
    told.push(state)
    return note()
  }
  const notes = new Notes('r', {
    backend,
    stopwatch: clock,
    report: (problem, error) => void reported.push([problem, (error as Error).message]),
  })
  return { notes, told, reported, clock, backend }
}
