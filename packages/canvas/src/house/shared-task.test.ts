import { describe, expect, it } from 'vitest'
import { App } from '../app.ts'
import { signature } from '../signature-of.ts'
import { sharedTask } from './shared-task.ts'

describe('a shared task', () => {
  it('is taken up by every app, made before it and after it', async () => {
    await using before = new App()
    const double = sharedTask('shared.double', (n: number) => 2 * n)
    await using after = new App()
    expect([before, after].map((app) => app.tasks)).toEqual([
      ['shared.double'],
      expect.arrayContaining(['shared.double']),
    ])
    for (const app of [before, after]) expect(await (await signature(double.s(2), app).apply()).get()).toBe(4)
  })

  it('is sent by the app that was made last', async () => {
    const where = sharedTask({ name: 'shared.where', bind: true }, (self) => self.request.hostname)
    await using _first = new App({ name: 'first' })
    await using last = new App({ name: 'last' })
    await last.worker().start()
    expect(await where.run()).toMatch(/^last@/)
    expect(where()).toMatch(/^last@/)
  })

  it('goes with the app whose tasks it is composed with', async () => {
    await using first = new App({ name: 'first' })
    const mine = first.task('mine', (text: string) => text)
    await using _last = new App({ name: 'last' })
    const where = sharedTask({ name: 'shared.here', bind: true }, (self) => self.request.hostname)
    expect(await (await where.s().pipe(mine.s()).apply()).get()).toMatch(/^first@/)
  })

  it('is sent by nobody when the app that was made last is closed', async () => {
    const lost = sharedTask('shared.lost', () => 1)
    await new App().close()
    await expect(lost.delay()).rejects.toMatchObject({ code: 'app-missing' })
    expect(lost()).toBe(1)
  })

  it('has a name that no other task has', async () => {
    await using app = new App({ name: 'mine' })
    app.task('mine.own', () => 1)
    sharedTask(function sharedNamed() {
      return 1
    })
    expect(() => sharedTask('mine.own', () => 2)).toThrow(/task named "mine\.own" already, in mine/)
    expect(() => sharedTask('sharedNamed', () => 2)).toThrow(
      expect.objectContaining({ code: 'task-duplicate' }),
    )
    expect(() => app.task('sharedNamed', () => 2)).toThrow(
      expect.objectContaining({ code: 'task-duplicate' }),
    )
  })

  it('has a state of its own in each app', async () => {
    let made = 0
    const base = { state: () => ++made }
    const nth = sharedTask({ name: 'shared.nth', bind: true, base }, (self) => self.state)
    await using one = new App()
    await using other = new App()
    const ask = async (app: App) => (await signature(nth.s(), app).apply()).get()
    expect([await ask(one), await ask(other), await ask(one)]).toEqual([1, 2, 1])
  })
})

describe('the names of an app’s tasks', () => {
  it('may follow a rule, where none is given', () => {
    const app = new App({ name: 'shop', taskNaming: (fn, app) => `${app}.${fn}` })
    const sell = app.task(function sell() {
      return 1
    })
    const sent = app.task({ queue: 'slow' }, function send() {})
    const given = app.task('given', () => 1)
    expect([sell.name, sent.name, given.name, app.tasks.filter((name) => name.startsWith('shop.'))]).toEqual([
      'shop.sell',
      'shop.send',
      'given',
      ['shop.sell', 'shop.send'],
    ])
  })
})
