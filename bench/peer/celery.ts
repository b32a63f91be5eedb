import { execFileSync, spawn } from 'node:child_process'
import { join } from 'node:path'
import { within } from '../within.ts'
import type { Measure, Scale } from './measures.ts'

/** The program that has Celery. */
export type Python = string

/** What Celery is asked for: its own canvas, as far as that takes seconds and not minutes. */
export const CELERY_MEASURES: readonly string[] = ['chain-1000', 'chord-100', 'chord-1000']

/** A Python that can import Celery, if there is one. Debian's package belongs to Debian's Python. */
export function pythonWithCelery(): Python | null {
  for (const python of ['python3', '/usr/bin/python3']) {
    try {
      execFileSync(python, ['-c', 'import celery, redis'], { stdio: 'ignore', timeout: 20_000 })
      return python
    } catch {
      // not this one
    }
  }
  return null
}

/** One measurement of Celery: a producer, and a worker it starts itself. */
export async function takeFromCelery(
  python: Python,
  { name, sizes }: Measure,
  scale: Scale,
  url: string,
  longestMs: number,
): Promise<readonly number[]> {
  const warmUp = scale === 'full' ? 'short' : 'tiny'
  const sides = [name, `${sizes[warmUp]}`, `${sizes[scale]}`]
  const child = spawn(python, [join(import.meta.dirname, 'celery_side.py'), ...sides], {
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true, // a group of its own, for its worker's processes to end with it
    env: { ...process.env, BENCH_REDIS: url, PYTHONDONTWRITEBYTECODE: '1' },
  })
  let said = ''
  child.stdout.on('data', (text) => {
    said += text
  })
  try {
    await within(longestMs, new Promise((resolve) => child.once('close', resolve)))
    return [Number(said.trim().split('\n').at(-1))]
  } finally {
    endGroup(child.pid)
  }
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // it has ended by itself
  }
}
