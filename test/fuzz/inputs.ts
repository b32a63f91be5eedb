import fc from 'fast-check'

/*
 * Texts that are nearly right: samples, changed a few times, as texts and as JSON. What is all wrong is refused at the first
 * look, and finds nothing.
 */

const ODD_TEXTS = [
  '',
  '\n',
  '\0',
  '{',
  '}',
  '[',
  ']',
  '"',
  ',',
  ':',
  '.',
  '*',
  '~',
  '-',
  '=',
  '0',
  '9',
  '1e999',
  'null',
  '\\u0000',
  '\ud800',
  '__proto__',
  'constructor',
  'é',
]
const ODD_VALUES = [
  'null',
  'true',
  '-1',
  '0.5',
  '1e308',
  '""',
  '"x"',
  '"__proto__"',
  '[]',
  '[[]]',
  '[null]',
  '{}',
  '{"__proto__":{"polluted":1}}',
  '{"op":"call"}',
  '{"op":"stored","list":"0","from":0,"to":9}',
  '{"constructor":{"prototype":{"polluted":1}}}',
  `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
]

/** A change: what, where as a part of the whole, and with what. */
type Change = readonly [
  kind: 'cut' | 'drop' | 'put' | 'twice' | 'value' | 'key' | 'line',
  where: number,
  what: number,
  length: number,
]

const change: fc.Arbitrary<Change> = fc.tuple(
  fc.constantFrom('cut', 'drop', 'put', 'twice', 'value', 'value', 'value', 'key', 'line'),
  fc.nat(9_999),
  fc.nat(9_999),
  fc.integer({ min: 1, max: 12 }),
)

/** Samples, and what becomes of them. */
export function arbitraryInput(samples: readonly string[]): fc.Arbitrary<string> {
  const changed = fc
    .tuple(fc.constantFrom(...samples), fc.array(change, { minLength: 1, maxLength: 4 }))
    .map(([sample, changes]) => changes.reduce(apply, sample))
  return fc.oneof(
    { weight: 20, arbitrary: changed },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
    { weight: 1, arbitrary: fc.json() },
  )
}

function apply(text: string, [kind, where, what, length]: Change): string {
  const at = Math.floor((where / 10_000) * (text.length + 1))
  const odd = ODD_TEXTS[what % ODD_TEXTS.length] as string
  switch (kind) {
    case 'cut':
      return text.slice(0, at)
    case 'drop':
      return text.slice(0, at) + text.slice(at + length)
    case 'put':
      return text.slice(0, at) + odd + text.slice(at)
    case 'twice':
      return text.slice(0, at + length) + text.slice(at)
    case 'line': {
      const lines = text.split('\n')
      lines[where % lines.length] = odd
      return lines.join('\n')
    }
    case 'value':
      return replaceOne(
        text,
        /"(?:[^"\\]|\\.)*"(?!:)|-?\d+(?:\.\d+)?|true|false|null|\[\]|\{\}/g,
        where,
        ODD_VALUES[what % ODD_VALUES.length] as string,
      )
    case 'key':
      return replaceOne(text, /"[^"\\]*"(?=:)/g, where, JSON.stringify(odd))
  }
}

/** One of those that match becomes something else. */
function replaceOne(text: string, pattern: RegExp, where: number, by: string): string {
  const found = [...text.slice(0, 20_000).matchAll(pattern)]
  const one = found[where % Math.max(1, found.length)]
  return one === undefined ? text : text.slice(0, one.index) + by + text.slice(one.index + one[0].length)
}
