import { describe, expect, it } from 'vitest'
import type { CallMessage } from '../model/message.ts'
import type { Launch } from '../model/run.ts'
import { virtualClock } from './clock.ts'
import { Deadlines } from './deadlines.ts'
import { memoryBackend } from './memory-backend.ts'
import { MemoryRun } from './run.ts'

describe('deadlines', () => {
  it('come in the order of their moments, but for those of runs that are over', () => {
    const deadlines = new Deadlines()
    const runs = [30, 10, 20, 40].map((moment) => {
      const run = new MemoryRun(launch(`at-${moment}`, moment))
      deadlines.add(moment, run)
      return run
    })
    deadlines.drop(runs[1] as MemoryRun)
    expect(deadlines.next).toBe(20)
    expect([taken(deadlines, 30), deadlines.next]).toEqual([['at-20', 'at-30'], 40])
    deadlines.drop(runs[3] as MemoryRun)
    expect([deadlines.next, deadlines.takeDue(99)]).toEqual([null, undefined])
  })

  it('of many runs that come and go leave nothing behind, and those that stay are kept', () => {
    const deadlines = new Deadlines()
    const stays = new MemoryRun(launch('stays', 7))
    deadlines.add(7, stays)
    for (let nth = 0; nth < 5_000; nth++) {
      const run = new MemoryRun(launch(`goes-${nth}`, 5))
      deadlines.add(5, run)
      deadlines.drop(run)
    }
    expect(taken(deadlines, 9)).toEqual(['stays'])
  })
})

describe('whoever waits for messages', () => {
  it('sleeps until the next deadline, and not until one that nobody waits for any more', async () => {
    const clock = virtualClock()
    const backend = memoryBackend({ clock })
    const { deliveries } = backend
    const off = new AbortController()
    void deliveries.receive(['other'], 1, off.signal)
    expect(clock.next()).toBeNull()
    await deliveries.submit(launch('run', 60), [{ do: 'publish', message: call('run') }])
    await turn()
    expect(clock.next()).toBe(60)
    const [delivery] = await deliveries.receive(['default'], 1, AbortSignal.abort())
    if (delivery === undefined) throw new Error('nothing was delivered')
    await deliveries.commit(delivery, [])
    await turn()
    expect([clock.next(), backend.nextDue()]).toEqual([null, null])
    off.abort()
  })
})

function taken(deadlines: Deadlines, now: number): string[] {
  const ids: string[] = []
  for (let run = deadlines.takeDue(now); run !== undefined; run = deadlines.takeDue(now))
    ids.push(run.launch.id)
  return ids
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function launch(id: string, moment: number): Launch {
  const error = { type: 'Error', message: 'late', stack: null, cause: null }
  const failure = {
    id,
    task: 'task',
    error,
    state: 'REVOKED',
    args: [],
    kwargs: {},
    retries: 0,
    root: id,
  } as const
  const deadline = { moment, span: { at: '0', span: 9 }, verdict: { state: 'REVOKED', failure } } as const
  return { id, root: id, parent: null, shape: [], lists: {}, calls: 1, span: 1, deadline }
}

function call(run: string): CallMessage {
  const course = { run, root: run, parent: null, group: null, seat: null, aside: false }
  const told = { task: 'task', args: [], kwargs: {}, options: {}, retries: 0, countdown: 0, eta: null }
  return { kind: 'call', id: run, at: '0', ...course, ...told, link: [], errback: [], rest: [] }
}
