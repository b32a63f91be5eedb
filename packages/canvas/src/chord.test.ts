import { expect, test } from 'vitest'
import { chord } from './chord.ts'
import { group } from './group.ts'
import { signature } from './signature-of.ts'

const [a, b] = [signature<unknown, unknown>('a'), signature<unknown, unknown>('b')]
const untyped = chord as unknown as (...given: readonly unknown[]) => unknown

test('a chord whose body is missing is refused, and its options are not forgotten', () => {
  expect(() => untyped([a], undefined, { policy: 'settle' })).toThrow(
    expect.objectContaining({
      code: 'signature-invalid',
      message: 'chord takes signatures, and was given undefined. A task makes a signature with .s().',
    }),
  )
  expect(() => untyped([a], { policy: 'settle' }, { policy: 'all' })).toThrow(/was given an object/)
})

test.each([5, null, undefined, 'ab', {}, () => 1])('a header that is no list is refused: %o', (header) => {
  expect(() => untyped(header, b)).toThrow(expect.objectContaining({ code: 'signature-invalid' }))
})

test('without a body and without more, it waits for its body', () => {
  expect(chord([a])(b).node).toEqual(chord([a], b).node)
  expect(chord([a], { policy: 'settle' })(b).node).toEqual(chord([a], b, { policy: 'settle' }).node)
})

test.each<[unknown, string]>([
  [{ quorum: 3 }, 'A chord of 1 member cannot have the policy {"quorum":3}'],
  [{ quorum: 1n }, 'A chord of 1 member cannot have the policy {"quorum":1n}'],
  [{}, 'A chord of 1 member cannot have the policy an object'],
  [5n, 'A chord of 1 member cannot have the policy 5n'],
  [null, 'A chord of 1 member cannot have the policy null'],
  ['setle', 'cannot have the policy "setle". Did you mean "settle"? Give'],
  ['most', 'cannot have the policy "most". Give \'all\''],
])('a policy there is not is shown: %o', (policy, message) => {
  expect(() => untyped([a], b, { policy })).toThrow(message)
})

test('what comes of members that nobody can count is said without a number', () => {
  const late = a.pipe(group(a, b))
  expect(() => untyped(late, b, { policy: { quorum: 0 } })).toThrow(/^A chord cannot have the policy/)
})
