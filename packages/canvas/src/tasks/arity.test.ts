import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mostArguments } from './arity.ts'

const ANY = Number.POSITIVE_INFINITY

/** A function from its source, as a bundler or a user may have written it. */
function written(source: string): (...args: never[]) => unknown {
  return new Function(`return (${source})`)() as (...args: never[]) => unknown
}

function method(source: string, name: string): (...args: never[]) => unknown {
  return new Function(`return ({ ${source} })[${JSON.stringify(name)}]`)() as (...args: never[]) => unknown
}

describe('the most arguments a function names', () => {
  it.each<[string, number]>([
    ['() => 1', 0],
    ['(a) => a', 1],
    ['a => a', 1],
    ['async a => a', 1],
    ['async (a, b) => a', 2],
    ['(a, b) => a', 2],
    ['function () {}', 0],
    ['function named(a, b, c) {}', 3],
    ['async function named(a) {}', 1],
    ['function* named(a, b) {}', 2],
    ['async function* (a) {}', 1],
    ['$ => $', 1],
    ['_ => _', 1],
  ])('%s: %i', (source, count) => {
    expect(mostArguments(written(source))).toBe(count)
  })

  it.each<[string, string, number]>([
    ['run(a, b) {}', 'run', 2],
    ['async run(a) {}', 'run', 1],
    ['*run(a) {}', 'run', 1],
    ['get: (a) => a', 'get', 1],
    ['async(a, b) {}', 'async', 2],
  ])('a method, %s: %i', (source, name, count) => {
    expect(mostArguments(method(source, name))).toBe(count)
  })

  it('counts parameters with defaults, which length does not', () => {
    for (const source of ['(a = 1, b = 2) => a', '(a, b = a) => a', '(a, b = f(a, [1, 2], { c: 3 })) => a']) {
      expect(mostArguments(written(source)), source).toBe(2)
    }
    expect(written('(a, b = 1) => a').length).toBe(1)
  })

  it('counts a destructured parameter once', () => {
    for (const source of ['({ a, b }, [c, d]) => a', '({ a = 1, b: { c } } = {}, [d = [1, 2]] = []) => a']) {
      expect(mostArguments(written(source)), source).toBe(2)
    }
  })

  it('is any number where there is a rest parameter', () => {
    for (const source of [
      '(...all) => all',
      '(a, ...rest) => a',
      '(a, ...[b, c]) => a',
      'function f(a, ...b) {}',
    ]) {
      expect(mostArguments(written(source)), source).toBe(ANY)
    }
  })

  it('is not fooled by rest and spread inside parameters', () => {
    expect(mostArguments(written('({ a, ...others }, [b, ...more]) => a'))).toBe(2)
    expect(mostArguments(written('(a = [...[1]], b = f(...[2])) => a'))).toBe(2)
  })

  it('allows a comma at the end', () => {
    expect(mostArguments(written('(a, b,) => a'))).toBe(2)
    expect(mostArguments(written('function f(a,) {}'))).toBe(1)
  })

  it('is not fooled by comments', () => {
    const sources = [
      '(a /* , not, me */, b) => a',
      '(a, // (not, me\n b) => a',
      '(/* a, b, c */) => 1',
      '(a, b /* = ")" */) => a',
    ]
    expect(sources.map((source) => mostArguments(written(source)))).toEqual([2, 2, 0, 2])
  })

  it('is not fooled by texts', () => {
    const sources = [
      '(a = ",)", b) => a',
      "(a = '\\',(', b) => a",
      '(a = `,)`, b) => a',
      '(a = "/*", b) => a',
    ]
    expect(sources.map((source) => mostArguments(written(source)))).toEqual([2, 2, 2, 2])
  })

  it('is not fooled by functions in defaults', () => {
    expect(mostArguments(written('(a = (x, y) => x, b = function (z, w) { return { z, w } }) => a'))).toBe(2)
  })

  it('reads what a bundler wrote', () => {
    const sources = [
      '(e,t)=>e+t',
      'async(e,{t:n=1}={})=>n',
      'function(e,t=[1,2],n){return e}',
      'async e=>e',
      'e=>({e})',
    ]
    expect(sources.map((source) => mostArguments(written(source)))).toEqual([2, 2, 3, 1, 1])
  })

  it('is any number where the source does not tell', () => {
    expect(mostArguments(written('function () { return arguments.length }'))).toBe(ANY)
    expect(mostArguments(written('(a) => a').bind(null))).toBe(ANY)
    expect(mostArguments(Math.max)).toBe(ANY)
    expect(mostArguments(new Proxy((a: never) => a, {}))).toBe(ANY)
    expect(mostArguments(class Page {} as never)).toBe(ANY)
  })

  it.each<[string, string]>([
    ['"a name"(a, b) {}', 'a name'],
    ["'run(a)'(a, b) {}", 'run(a)'],
    ["['run(a)'](a, b) {}", 'run(a)'],
  ])('is any number where the name is no plain one: %s', (source, name) => {
    expect(mostArguments(method(source, name))).toBe(ANY)
  })

  it('is read from the source, whatever the function says of itself', () => {
    expect(mostArguments(Object.assign((a: never, b: never) => [a, b], { toString: () => '() => 1' }))).toBe(
      2,
    )
  })

  it('is never less than it is, whatever stands in the list', () => {
    const values = [
      ...["',('", '"\\")"', '`,)`', '`$' + '{`)`}`', '`$' + '{","}`', '/[)]/', '/[(]/', '8 / 2 / 1'],
      ...['(x, y) => [x, y]', 'function (x, y) { return ")" }', '{ a: ")", b: [1, 2] }', '[...[1, 2]]'],
    ]
    const parameter = fc.oneof(
      fc.constantFrom('NAME', '[NAME]', '{ a: [NAME], "b,": { ...NAMEs } }', '/* ( */ NAME', 'NAME // )\n'),
      fc.constantFrom(...values).map((value) => `NAME = ${value}`),
    )
    const form = fc.constantFrom(
      '(LIST) => 1',
      'async(LIST)=>1',
      'function named(LIST) {}',
      'function*(LIST){}',
    )
    fc.assert(
      fc.property(fc.array(parameter, { maxLength: 6 }), form, (list, form) => {
        const parameters = list.map((text, i) => text.replaceAll('NAME', `p${i}`)).join(', ')
        const most = mostArguments(written(form.replace('LIST', () => parameters)))
        expect([ANY, list.length]).toContain(most)
      }),
      { numRuns: 1_000 },
    )
  })

  it.each<[string, number]>([
    ['ä => ä.toUpperCase()', 1],
    ['ä => ä', 1],
    ['a /* (a, b) */ => a.toString()', 1],
    ['(a = /\\)/, b) => a', 2],
    ['function /* () */ named(a, b) {}', 2],
  ])('%s: %i', (source, count) => {
    const counted = mostArguments(written(source))
    expect(counted === ANY ? count : counted).toBe(count)
  })
})
