import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as canvas from '@arpeggio/canvas'
import { redisBackend } from '@arpeggio/redis-backend'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CELERY_NAMES } from '../support/celery-names.ts'

/*
 * The page for those who come from Celery names hundreds of things, there and here. What it says is here is looked up in
 * the real objects; what is here and can be used is looked up in the page. In the column "here" stand names in backticks:
 *
 * - `app.control.revoke()`: a member of an object, with `()` if it is a function. ROOTS are the objects there are.
 * - `app.task({ maxRetries, queue: 'low' })`: options of what takes options. TAKERS are those that do.
 * - `taskRoutes`, `chain()`, `LIMITS.deliveries`: a setting, or what the package exports.
 * - `'SUCCESS'`, `'task-sent'`, `code: 'timeout'`, `app.on('task-sent')`: a state, an event, the code of an error, a hook.
 *
 * Where there is nothing to name stands one of ABSENT, and the last column says why.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PAGE = 'docs/from-celery.md'

/** What stands in the column "here" where nothing is. */
const ABSENT = ['always so', 'not built', 'not needed', 'not possible', 'not yet']

interface Row {
  readonly line: number
  /** The chapter that its table stands in. */
  readonly chapter: string
  /** Names in backticks in the column "Celery". */
  readonly celery: readonly string[]
  readonly here: string
  readonly says: string
}

/** All rows of tables that have a column "here". */
function readRows(): Row[] {
  const rows: Row[] = []
  let chapter = ''
  let columns: readonly string[] | null = null
  let isCode = false
  for (const [i, text] of read(PAGE).split('\n').entries()) {
    if (text.startsWith('```')) isCode = !isCode
    const heading = isCode ? null : /^## (.*)$/.exec(text)
    if (heading !== null) chapter = heading[1] as string
    if (isCode || !text.startsWith('|')) columns = null
    else if (columns === null) columns = cellsOf(text)
    else if (!text.startsWith('|---') && columns.includes('here')) {
      const cells = cellsOf(text)
      expect(cells.length, `cells in line ${i + 1}`).toBe(columns.length)
      const cell = (name: string): string => cells[columns?.indexOf(name) ?? -1] ?? ''
      const here = cell('here')
      rows.push({ line: i + 1, chapter, celery: namesIn(cell('Celery')), here, says: cells.at(-1) as string })
    }
  }
  return rows
}

function cellsOf(text: string): string[] {
  return text
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'))
}

function namesIn(cell: string): string[] {
  return Array.from(cell.matchAll(/`([^`]+)`/g), ([, name]) => name as string)
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
}

/** What an interface names, where its objects have more than they show. */
function declaredIn(file: string, name: string): string[] {
  const [, body] =
    new RegExp(`\\nexport interface ${name}\\b[^{]*\\{\\n([^]*?)\\n\\}\\n`).exec(read(file)) ?? []
  if (body === undefined) throw new Error(`${file} declares no interface ${name}`)
  return [
    ...new Set(
      Array.from(body.matchAll(/^ {2}(?:readonly )?(\w+)\??[(<:]/gm), ([, member]) => member as string),
    ),
  ]
}

/** The texts in quotes that a union type of a file is made of. */
function textsIn(file: string, name: string): string[] {
  const [, union] = new RegExp(`\\nexport type ${name}\\b([^]*?)\\n\\n`).exec(read(file)) ?? []
  if (union === undefined) throw new Error(`${file} declares no type ${name}`)
  return Array.from(union.matchAll(/\| '([\w-]+)'|: '([\w-]+)'/g), ([, a, b]) => (a ?? b) as string)
}

const HANDLES = 'packages/core/src/runtime/reading/handles.ts'
const STATES = textsIn(HANDLES, 'State')
const EVENTS = textsIn('packages/core/src/runtime/events/event.ts', 'WorkEvent')
const CODES = textsIn('packages/core/src/model/errors.ts', 'ErrorCode')

/** What a signature asks of its app, and a running task of a signature: no business of users. */
const INSIDE = [...declaredIn('packages/canvas/src/house/home.ts', 'Home'), 'toPlan', 'constructor']

const app = new canvas.App({ name: 'page' })
const add = app.task('add', (a: number, b: number) => a + b)
const wait = { countdown: '1d' } as const

/** What users import. */
const exported: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ...Object.entries(canvas),
  ['redisBackend', redisBackend],
])

/** Objects by the names they have on the page. */
const roots: Record<string, object> = {}
/** What of them is there for users. */
const shown: Record<string, readonly string[]> = {}
/** Whose members something has, too. */
const INHERITS: Readonly<Record<string, string>> = { groupResult: 'result' }
/** The names of options, by what takes them. */
const options: Record<string, readonly string[]> = {}

beforeAll(async () => {
  let self: canvas.Self | undefined
  const bound = app.task({ name: 'bound', bind: true }, (running) => {
    self = running
  })
  await (await bound.apply()).get()
  if (self === undefined) throw new Error('the bound task did not run')
  const result = await add.s(1, 1).set(wait).delay()
  const groupResult = await canvas
    .group([add.s(1, 1)])
    .set(wait)
    .delay()
  const worker = app.worker()
  const { run } = result
  const { request } = self
  Object.assign(roots, {
    ...{ app, task: add, signature: add.s(), result, groupResult, run, self, worker },
    ...{ resultSet: new canvas.ResultSet(), events: app.events(), progress: await run.progress() },
  })
  Object.assign(shown, {
    app: membersOf(app).filter((name) => !INSIDE.includes(name) || name === 'task'),
    task: [...Object.keys(add), 'name'],
    signature: membersOf(add.s()).filter((name) => !INSIDE.includes(name) || name === 'apply'),
    result: declaredIn(HANDLES, 'AsyncResult'),
    groupResult: declaredIn(HANDLES, 'GroupResult'),
    run: declaredIn(HANDLES, 'Run'),
    self: declaredIn('packages/canvas/src/self.ts', 'Self'),
    'self.request': Object.keys(request),
    'self.request.deliveryInfo': Object.keys(request.deliveryInfo),
    worker: declaredIn('packages/core/src/runtime/worker/worker.ts', 'Worker'),
    resultSet: membersOf(new canvas.ResultSet()),
    'app.control': Object.keys(app.control),
    'app.inspect': Object.keys(app.inspect),
    'app.backend.deadLetters': Object.keys(app.backend.deadLetters),
    progress: Object.keys(roots['progress'] as object),
  })

  const given = { [NOBODY]: 1 } as object
  const url = 'redis://127.0.0.1:1'
  const takers: Record<string, () => unknown> = {
    'new App': () => new canvas.App(given),
    'app.task': () => app.task(given, () => {}),
    base: () => app.task({ name: 'based', base: given }, () => {}),
    retryKwargs: () => app.task({ name: 'again', retryKwargs: given }, () => {}),
    schema: () =>
      app.task({ name: 'schooled', schema: given as canvas.TaskSchema<canvas.StandardSchema> }, () => {}),
    'app.signature': () => app.signature('add', given),
    'app.autodiscover': () => app.autodiscover([], given),
    route: () => new canvas.App({ taskRoutes: { '*': given } }),
    set: () => add.s().set(given),
    chord: () => canvas.chord([add.s(1, 1)], given),
    get: () => result.get(given),
    completed: () => groupResult.completed(given).next(),
    finished: () => run.finished(given),
    revoke: () => result.revoke(given),
    'self.retry': () => self?.retry(given),
    Reject: () => ({ only: ['requeue'] }),
    'app.worker': () => app.worker(given),
    'worker.stop': () => worker.stop(given),
    'worker.runUntilSignal': () => worker.runUntilSignal(given),
    'app.control.ping': () => app.control.ping(given),
    'app.control.timeLimit': () => app.control.timeLimit('add', given),
    rateLimit: () => ({ only: ['rate', 'scope'] }),
    redisBackend: () => redisBackend(url, given),
    'app.on': () => app.on(NOBODY as 'task-sent', () => {}),
  }
  for (const [taker, take] of Object.entries(takers)) options[taker] = await optionsOf(take)
  for (const [taker, names] of Object.entries(APART)) options[taker] = [...(options[taker] ?? []), ...names]
  options['set'] = options['set']?.filter((name) => !ADDED.includes(name)) ?? []
  options['applyAsync'] = [...ADDED]
})

afterAll(() => app.close())

/** A name that is like no other. */
const NOBODY = 'x'.repeat(24)

/** Options that are read before the others, so that the error which lists those does not name them. */
const APART: Readonly<Record<string, readonly string[]>> = {
  set: ['immutable'],
  'app.worker': ['logLevel'],
}

/** What `applyAsync` takes besides what `set` takes. */
const ADDED: readonly string[] = ['link', 'linkError', 'kwargs']

/** The options that something takes, as it says itself when it is given one that it does not. */
async function optionsOf(take: () => unknown): Promise<readonly string[]> {
  try {
    const { only } = (await take()) as { only?: readonly string[] }
    if (only !== undefined) return only
  } catch (error) {
    const [, list] = /The options are (.*)\.$/.exec(String(error)) ?? []
    if (list !== undefined) return list.split(', ')
    throw error
  }
  throw new Error(`${take} takes any option`)
}

/** What an object has, its own or from its class. */
function membersOf(object: object): string[] {
  const names = new Set<string>()
  for (let at = object; at !== Object.prototype && at !== null; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) if (name !== 'constructor') names.add(name)
  }
  return [...names]
}

interface Meaning {
  /** What it names, as `root.member` or `taker({ option })`, to be ticked off. */
  readonly names: readonly string[]
  readonly problem: string | null
}

/** What a name in the column "here" stands for. */
function meaningOf(code: string): Meaning {
  const [, hook] = /^app\.on\('([\w-]+)'\)$/.exec(code) ?? []
  if (hook !== undefined) return found(`app.on({ ${hook} })`, options['app.on']?.includes(hook))
  const [, errorCode] = /^code: '([\w-]+)'$/.exec(code) ?? []
  if (errorCode !== undefined) return found(code, CODES.includes(errorCode))
  const [, text] = /^'([\w-]+)'$/.exec(code) ?? []
  if (text !== undefined) return found(code, [...STATES, ...EVENTS].includes(text))
  const [, taker, list] = /^(?:new )?([\w.]+)\(\{ (.+) \}\)$/.exec(code) ?? []
  if (taker !== undefined && list !== undefined)
    return optionsIn(code.startsWith('new ') ? `new ${taker}` : taker, list)
  const [, path, call] = /^([\w.]+)(\(\))?$/.exec(code) ?? []
  if (path === undefined) return { names: [], problem: `cannot read ${code}` }
  return memberAt(path, call !== undefined)
}

function found(name: string, isThere: boolean | undefined): Meaning {
  return { names: [name], problem: isThere === true ? null : `there is no ${name}` }
}

function optionsIn(taker: string, list: string): Meaning {
  const name = taker === 'new Reject' ? 'Reject' : taker
  const known = options[name]
  if (known === undefined) return { names: [], problem: `${taker} is not known to take options` }
  const names = Array.from(list.matchAll(/(?:^|, )(\w+)/g), ([, option]) => option as string)
  const missing = names.filter((option) => !known.includes(option))
  return {
    names: names.map((option) => `${name}({ ${option} })`),
    problem: missing.length === 0 ? null : `${taker} has no option ${missing.join(', ')}`,
  }
}

function memberAt(path: string, isCalled: boolean): Meaning {
  const steps = path.split('.')
  const [first = ''] = steps
  const name = `${path}`
  const isSetting = steps.length === 1 && Object.hasOwn(app.config, first)
  if (isSetting && !isCalled) return { names: [`new App({ ${first} })`], problem: null }
  let value: unknown =
    isCalled && steps.length === 1
      ? (exported.get(first) ?? roots[first])
      : (roots[first] ?? exported.get(first))
  if (value === undefined) return { names: [name], problem: `there is no ${first}` }
  for (const [i, step] of steps.entries()) {
    if (i === 0) continue
    const owner = steps.slice(0, i).join('.')
    const members = shown[INHERITS[owner] ?? '']?.concat(shown[owner] ?? []) ?? shown[owner]
    const isShown = members?.includes(step) ?? true
    if (!isShown || !(step in Object(value))) return { names: [name], problem: `${owner} has no ${step}` }
    value = (value as Record<string, unknown>)[step]
  }
  if (isCalled !== (typeof value === 'function') && !isClass(value))
    return { names: [name], problem: `${path} is ${isCalled ? 'no' : 'a'} function` }
  return { names: [name], problem: null }
}

function isClass(value: unknown): boolean {
  return typeof value === 'function' && /^class\b/.test(String(value))
}

const rows = readRows()

describe('the page for those who come from Celery', () => {
  it('has tables', () => {
    expect(rows.length).toBeGreaterThan(300)
  })

  it('names nothing on our side that does not exist', () => {
    const isOurs = (code: string): boolean => {
      const [, root] = /^(\w+)\.[\w.]+(?:\(\))?$/.exec(code) ?? []
      return root !== undefined && Object.hasOwn(roots, root)
    }
    const wrong = rows.flatMap(({ line, here, says }) =>
      [...namesIn(here), ...namesIn(says).filter(isOurs)].flatMap((code) => {
        const { problem } = meaningOf(code)
        return problem === null ? [] : [`${PAGE}:${line}  ${problem}`]
      }),
    )
    expect(wrong).toEqual([])
  })

  it.each([
    ...['app.control.revok()', 'app.control.revoke', 'self.request.retrys', 'result.desk', 'app.launch()'],
    ...['app.task({ maxRetrys })', 'app.task({ maxRetries, qeue })', 'nobody({ queue })', 'taskRoute'],
    ...["'task-send'", "'DONE'", "code: 'timed-out'", "app.on('task-started')", 'ChordErr', 'a b', 'chain'],
  ])('would find out that %s does not exist', (code) => {
    expect(meaningOf(code).problem).not.toBeNull()
  })

  it('says of everything what there is here, or why nothing is', () => {
    const silent = rows.filter(
      ({ here, says }) => namesIn(here).length === 0 && !(ABSENT.includes(here) && says.length > 2),
    )
    expect(silent.map(({ line, here }) => `${PAGE}:${line}  ${here}`)).toEqual([])
  })

  it('names each thing of Celery once in a chapter', () => {
    const seen = new Map<string, number>()
    const twice = rows.flatMap(({ line, chapter, celery }) =>
      celery.flatMap((name) => {
        const before = seen.get(`${chapter}: ${name}`)
        seen.set(`${chapter}: ${name}`, line)
        return before === undefined ? [] : [`${PAGE}:${line}  ${name} stands in line ${before}, too`]
      }),
    )
    expect(twice).toEqual([])
  })

  it.each(Object.entries(CELERY_NAMES))('leaves nothing out of what Celery has: %s', (chapter, names) => {
    const named = rows.filter((row) => row.chapter === chapter).flatMap(({ celery }) => celery)
    const bare = named.map((name) => name.replace(/\(.*$/, ''))
    expect(
      names
        .trim()
        .split(/\s+/)
        .filter((name) => !bare.includes(name)),
    ).toEqual([])
  })

  it('leaves nothing out of what is here', () => {
    const named = new Set(rows.flatMap(({ here }) => namesIn(here).flatMap((code) => meaningOf(code).names)))
    const there = [
      ...Object.entries(shown).flatMap(([root, names]) => names.map((name) => `${root}.${name}`)),
      ...Object.entries(options).flatMap(([taker, names]) => names.map((name) => `${taker}({ ${name} })`)),
      ...[...STATES, ...EVENTS].map((text) => `'${text}'`),
      ...exported.keys(),
    ]
    const isNamed = (name: string): boolean =>
      [...named].some((one) => one === name || one.startsWith(`${name}.`))
    expect(there.filter((name) => !isNamed(name))).toEqual([])
  })
})
