import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { RIGHTS } from './rights.ts'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')

/** What the scripts call, and what is called from here. */
function called(): string[] {
  const scripts = readdirSync(new URL('../lua', import.meta.url), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.lua'))
    .map((file) => read(`../lua/${file}`))
  const here = ['commands', 'link', 'bell', 'ear', 'events'].map((file) => read(`./${file}.ts`))
  const names = [
    ...scripts.flatMap((text) => [...text.matchAll(/redis\.call\((?:front and )?'(\w+)'(?: or '(\w+)')?/g)]),
    ...here.flatMap((text) => [
      ...text.matchAll(/(?:redis|line|node)\)?\.([a-z]+)\(|#connected\(\)\)\.(\w+)\(/g),
    ]),
    ...here.flatMap((text) => [...text.matchAll(/redis\.call\('(\w+)'/g)]),
  ].flatMap(([, ...names]) => names.filter((name) => name !== undefined))
  return [...new Set(names.map((name) => name.toLowerCase()))]
}

test('the rights are those that are used, and no others', () => {
  const ofClients = ['call', 'connect', 'disconnect', 'duplicate', 'on', 'once', 'then']
  const used = called().filter((name) => !ofClients.includes(name))
  expect(RIGHTS).toEqual(used.sort().map((name) => `+${name}`))
})

test('the guide lists them', () => {
  const [, rule = ''] = /```text\n(ACL SETUSER [^`]*)```/.exec(read('../../../docs/redis.md')) ?? []
  expect(rule.match(/\+\w+/g)).toEqual(RIGHTS)
})
