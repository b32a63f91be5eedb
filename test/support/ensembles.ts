import { App, type AppOptions, type AsyncResult } from '@arpeggio/canvas'
import { type MemoryBackend, memoryBackend, virtualClock } from '@arpeggio/core'
import { onTestFinished } from 'vitest'
import type { Ensemble } from '../conformance/flow.suite.ts'
import { redisEnsemble } from './redis-ensemble.ts'
import type { RedisHere } from './redis-here.ts'
import { NOW, turn } from './stage.ts'

/** Makes an ensemble, of an app of which something more may be said. */
export type Make = (options?: AppOptions) => Promise<Ensemble>

/** Two workers, and a clock that goes on when they have nothing to do. */
export async function twoWorkers(
  options: AppOptions = {},
  reach: (backend: MemoryBackend) => MemoryBackend = (backend) => backend,
): Promise<Ensemble> {
  const clock = virtualClock(NOW)
  const backend = reach(memoryBackend({ clock }))
  const app = new App({ backend, logLevel: 'silent', ...options })
  await Promise.all([app.worker().start(), app.worker({ concurrency: 1 }).start()])
  return {
    app,
    keepsTime: true,
    async passes(ms) {
      await turn()
      clock.advanceTo(clock.now() + ms)
    },
    async finished({ run }) {
      while (!(await run.progress()).over) {
        await turn()
        clock.advanceTo(Math.min(backend.nextDue() ?? Number.POSITIVE_INFINITY, clock.next() ?? clock.now()))
      }
    },
  }
}

/** Nobody but who sends, and all is over when it is sent. */
export async function eagerly(options: AppOptions = {}): Promise<Ensemble> {
  return {
    app: new App({ alwaysEager: true, ...options }),
    keepsTime: true,
    finished: async () => {},
    passes: async () => {},
  }
}

let stores = 0

/** The ways to run a workflow, by what they are called. */
export function everywhere(here: RedisHere): readonly (readonly [string, Make])[] {
  return [...withWorkers(here), ['eagerly', eagerly]]
}

/** Those in which others run what somebody sends. */
export function withWorkers(here: RedisHere): readonly (readonly [string, Make])[] {
  return [
    ['in memory, with two workers', twoWorkers],
    [
      'on Redis, with two workers',
      (options) => redisEnsemble(here.server.url, { prefix: `ensemble-${stores++}` }, here.redis, options),
    ],
  ]
}

/** An ensemble for one test, and a way to send a canvas and wait until all of its run has happened. */
export async function playing(
  make: Make,
  options: AppOptions = {},
): Promise<
  Ensemble & { play<Result extends AsyncResult<unknown>>(canvas: Playable<Result>): Promise<Result> }
> {
  const ensemble = await make(options)
  onTestFinished(() => ensemble.app.close())
  return {
    ...ensemble,
    async play(canvas) {
      const result = await canvas.delay()
      await ensemble.finished(result)
      return result
    },
  }
}

/** A signature that needs no more arguments. */
interface Playable<Result> {
  delay(): Promise<Result>
}
