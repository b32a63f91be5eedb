import { App, chord } from '@arpeggio/canvas'
import { describe, expect, it } from 'vitest'
import { simulate } from './simulate.ts'

function pages() {
  const app = new App({ logLevel: 'silent' })
  const square = app.task('square', (n: number) => n * n)
  const total = app.task('total', (ns: number[]) => ns.reduce((a, b) => a + b, 0))
  const show = app.task('show', (n: number) => `${n}`)
  return {
    app,
    canvas: chord(
      [1, 2, 3].map((n) => square.s(n)),
      total.s(),
    ).pipe(show.s()),
  }
}

describe('simulate', () => {
  it('plays a workflow in many worlds, and finds it ends the same in all', async () => {
    const { app, canvas } = pages()
    const simulated = await simulate(app, canvas, { runs: 200 })
    expect(simulated).toMatchObject({ runs: 200, end: { state: 'SUCCESS', value: '14' } })
  })

  it('is the same for the same seed', async () => {
    const { app, canvas } = pages()
    const once = await simulate(app, canvas, { runs: 20, seed: 7 })
    expect(await simulate(app, canvas, { runs: 20, seed: 7 })).toEqual(once)
  })
})
