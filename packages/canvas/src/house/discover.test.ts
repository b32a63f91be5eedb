import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { App } from '../app.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'arpeggio-tasks-'))
  Object.assign(globalThis, { found: [] })
})
afterEach(() => rmSync(folder, { recursive: true }))

function file(...path: readonly string[]): string {
  const whole = join(folder, ...path)
  mkdirSync(join(whole, '..'), { recursive: true })
  writeFileSync(whole, `globalThis.found.push(${JSON.stringify(path.join('/'))})`)
  return whole
}

const found = (): unknown => Reflect.get(globalThis, 'found')

describe('discovering tasks', () => {
  it('in a directory imports what is named so, in order, and nothing of packages', async () => {
    file('b', 'mail-tasks.mjs')
    file('a', 'tasks.mjs')
    file('a', 'other.mjs')
    file('node_modules', 'x', 'tasks.mjs')
    await new App().autodiscover(folder)
    expect(found()).toEqual(['a/tasks.mjs', 'b/mail-tasks.mjs'])
  })

  it('goes by another ending, if one is given', async () => {
    file('jobs.mjs')
    file('tasks.mjs')
    await new App().autodiscover(pathToFileURL(folder), { suffix: 'jobs.mjs' })
    expect(found()).toEqual(['jobs.mjs'])
  })

  it('imports single modules by path and by URL, each once', async () => {
    const [one, two] = [file('one.mjs'), file('two.mjs')]
    await new App().autodiscover([one, pathToFileURL(two), pathToFileURL(one).href])
    expect(found()).toEqual(['one.mjs', 'two.mjs'])
  })

  it('gives the names of the tasks that are new', async () => {
    const app = new App()
    app.task('old', () => 1)
    Object.assign(globalThis, { found: { push: () => app.task('new', () => 2) } })
    expect(await app.autodiscover([file('tasks.mjs')])).toEqual(['new'])
  })

  it('says what is not there', async () => {
    await expect(new App().autodiscover(join(folder, 'nowhere'))).rejects.toThrow(
      /found nothing at .*nowhere/,
    )
    await expect(new App().autodiscover('no-such-package')).rejects.toThrow(/no-such-package/)
    await expect(new App().autodiscover(folder, { sufix: 'x' } as never)).rejects.toThrow(
      /Did you mean suffix/,
    )
  })
})
