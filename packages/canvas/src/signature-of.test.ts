import { expect, test } from 'vitest'
import { signature } from './signature-of.ts'

test.each(['null', 'true', ' 5 ', '-1.5e3', '[1]', '"x"', '[]'])(
  'the text %s is JSON, but no signature, and no name either',
  (text) => {
    expect(() => signature(text)).toThrow(
      expect.objectContaining({
        code: 'signature-invalid',
        message: expect.stringMatching(/^Cannot read the signature: \$ is .*, expected a signature/),
      }),
    )
  },
)

test.each(['{"task":', '[', '"x', ' { '])('the text %s begins like JSON, and is refused as such', (text) => {
  expect(() => signature(text)).toThrow(/the text is not JSON/)
})

test.each(['add', 'reports.render', 'nullify', '5th', '007', 'true-ish', '-', 'a-b c', 'übersetze', '5,5'])(
  'any other text is the name of a task: %s',
  (name) => {
    expect(signature(name).node).toMatchObject({ kind: 'task', task: name })
  },
)

test.each([
  ['celery.chain', /Write chain\(\.\.\.steps\), or give its whole JSON form/],
  ['celery.group', /celery\.group is a canvas.*Write group\(members\)/],
  ['celery.chord', /Write chord\(header, body\)/],
  ['celery.map', /Write task\.map\(items\)/],
  ['celery.starmap', /Write task\.starmap\(items\)/],
  ['celery.chunks', /Write task\.chunks\(items, size\)/],
])('%s is no task to be called by its name: what is written could not be read back', (name, message) => {
  expect(() => signature(name, { args: [1] })).toThrow(
    expect.objectContaining({ code: 'signature-invalid', message: expect.stringMatching(message) }),
  )
})

test.each<[string, readonly unknown[]]>([
  ['no app with JSON', [{ task: 'add' }, 5]],
  ['null with JSON', [{ task: 'add' }, null]],
  ['details with JSON, which has its own', [{ task: 'add' }, { args: [1] }]],
  ['details with a signature', [signature('add'), { args: [1] }]],
  ['no app with details', ['add', {}, 5]],
])('%s is refused, and what to write instead is said', (_what, given) => {
  expect(() => (signature as (...given: readonly unknown[]) => unknown)(...given)).toThrow(
    expect.objectContaining({
      code: 'option-invalid',
      message: expect.stringMatching(
        /^signature was given .* where an app belongs\. Write signature\(json, app\)/,
      ),
    }),
  )
})

test.each([5, null, 'x'])('what is no details is refused by its name: %o', (details) => {
  expect(() => signature('add', details as never)).toThrow(
    /^The options of the signature of add are .*\. Give an object\./,
  )
})

test('celery.accumulate is a task like any other', () => {
  const sig = signature('celery.accumulate', { args: [1, 2] })
  expect(signature(sig.stringify()).equals(sig)).toBe(true)
})
