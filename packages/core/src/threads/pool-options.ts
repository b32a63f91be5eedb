import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ResourceLimits } from 'node:worker_threads'
import { checkOptions, isPlainObject, KINDS, type OptionKind } from '../model/check-options.ts'
import { ArpeggioError } from '../model/errors.ts'
import { WORKER_OPTIONS, type WorkerOptions } from '../runtime/worker/worker.ts'

/** Where a worker runs its tasks: in the event loop of its process (the default), or each in a thread of its own. */
export type PoolOptions = InTheLoop | InThreads

/** Tasks that wait for others, such as servers and disks, share one thread. */
interface InTheLoop {
  readonly pool?: 'async'
}

/** Tasks that compute have a thread each while they run. */
export interface InThreads {
  readonly pool: 'threads'
  /**
   * The module that makes the app, which each thread loads: a URL, such as `new URL('./app.js', import.meta.url)`, or a path.
   * It exports the app as `app`, or by default.
   */
  readonly module: string | URL
  /** How many tasks a thread runs before another one takes its place. Default: no limit. */
  readonly maxTasksPerChild?: number
  /** Node's options for the threads, such as how TypeScript is read. Default: those of this process. */
  readonly execArgv?: readonly string[]
  /** How much memory each thread may take, as Node has it: `{ maxOldGenerationSizeMb: 512 }`. One that takes more dies. */
  readonly resourceLimits?: ResourceLimits
}

const OPTIONS: Record<keyof InThreads, OptionKind> = {
  pool: { is: (value) => value === 'async' || value === 'threads', hint: "Give 'async' or 'threads'." },
  module: {
    is: (value) => value instanceof URL || KINDS.text.is(value),
    hint: "Give a URL or a path, such as new URL('./app.js', import.meta.url).",
  },
  maxTasksPerChild: KINDS.count,
  execArgv: {
    is: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
    hint: 'Give a list of texts.',
  },
  resourceLimits: { is: isPlainObject, hint: 'Give an object such as { maxOldGenerationSizeMb: 512 }.' },
}

/** What a worker was told, checked, and told apart: how it runs tasks in threads, if it does, and all else. */
export function readPool(given: WorkerOptions & PoolOptions): {
  readonly threads: (InThreads & { readonly module: string }) | null
  readonly others: WorkerOptions
} {
  checkOptions(given, { ...WORKER_OPTIONS, ...OPTIONS }, 'a worker', 'worker')
  const { pool, module, maxTasksPerChild, execArgv, resourceLimits, ...others } = given as WorkerOptions &
    Partial<InThreads>
  const said = { module, maxTasksPerChild, execArgv, resourceLimits }
  if (pool !== 'threads') {
    const odd = Object.entries(said).find(([, value]) => value !== undefined)
    if (odd !== undefined) {
      throw new ArpeggioError(
        'option-invalid',
        `A worker was given ${odd[0]}, which is for threads, and no pool of them. Add pool: 'threads', or leave it out.`,
      )
    }
    return { threads: null, others }
  }
  if (module === undefined) {
    throw new ArpeggioError(
      'option-invalid',
      "A worker with a pool of threads needs the module that makes its app, for each thread to load. Add module: new URL('./app.js', import.meta.url).",
    )
  }
  const known = Object.entries({ ...said, module: urlOf(module) }).filter(([, value]) => value !== undefined)
  return {
    threads: { pool, ...Object.fromEntries(known) } as InThreads & { readonly module: string },
    others,
  }
}

function urlOf(module: string | URL): string {
  return module instanceof URL || /^\w{2,}:/.test(module)
    ? String(module)
    : pathToFileURL(resolve(module)).href
}
