import { checkOptions } from '../../model/check-options.ts'
import { ArpeggioError } from '../../model/errors.ts'
import { show } from '../../model/show.ts'
import { GET_OPTIONS, SHARED_OPTIONS } from './get-options.ts'
import type { AsyncResult, GetOptions, RevokeOptions, SharedOptions } from './handles.ts'

/** Handles of any runs, to be asked and waited for together. Each node is in it once; their order is the one they came in. */
export class ResultSet<T = unknown> implements Iterable<AsyncResult<T>> {
  readonly #results: Map<string, AsyncResult<T>> = new Map()

  constructor(results: Iterable<AsyncResult<T>> = []) {
    this.update(results)
  }

  get results(): readonly AsyncResult<T>[] {
    return [...this.#results.values()]
  }

  get length(): number {
    return this.#results.size
  }

  [Symbol.iterator](): Iterator<AsyncResult<T>> {
    return this.#results.values()
  }

  /** Adds a handle. One of a node that is there takes its place. */
  add(result: AsyncResult<T>): this {
    checkHandle(result)
    this.#results.set(result.id, result)
    return this
  }

  /** Takes a handle out. It must be there; `discard` does not ask. */
  remove(result: AsyncResult<T>): void {
    checkHandle(result)
    if (this.#results.delete(result.id)) return
    throw new ArpeggioError(
      'result-unknown',
      `${result.id} is not in this set, so it cannot be removed. Use discard() where it does not matter.`,
    )
  }

  /** Takes a handle out, if it is there. */
  discard(result: AsyncResult<T>): void {
    checkHandle(result)
    this.#results.delete(result.id)
  }

  /** Adds several. Waits that have begun wait for those that were there. */
  update(results: Iterable<AsyncResult<T>>): this {
    for (const result of results) this.add(result)
    return this
  }

  clear(): void {
    this.#results.clear()
  }

  /** True once all of them have ended. */
  async ready(): Promise<boolean> {
    return (await this.#count((result) => result.ready())) === this.length
  }

  /** True while any of them has not ended. */
  async waiting(): Promise<boolean> {
    return !(await this.ready())
  }

  /** True once all of them have succeeded. */
  async successful(): Promise<boolean> {
    return (await this.completedCount()) === this.length
  }

  /** True once any of them has failed. */
  async failed(): Promise<boolean> {
    return (await this.#count((result) => result.failed())) > 0
  }

  /** How many have succeeded. */
  completedCount(): Promise<number> {
    return this.#count((result) => result.successful())
  }

  /** Waits for all values, and gives them in order. Throws the first error that it learns of. */
  get(options?: GetOptions & { readonly propagate?: true }): Promise<T[]>
  get(options: GetOptions): Promise<(T | Error)[]>
  async get(options: GetOptions = {}): Promise<(T | Error)[]> {
    checkOptions(options, GET_OPTIONS, 'get of a ResultSet')
    const { callback, ...shared } = options
    const { results } = this
    const values = new Array<T | Error>(results.length)
    for await (const [index, value] of completed(results, shared)) values[index] = value
    if (callback) for (const [index, { id }] of results.entries()) callback(id, values[index])
    return values
  }

  /** Places in the set and values, as they end. Throws the error of one that failed when its turn has come. */
  completed(
    options?: SharedOptions & { readonly propagate?: true },
  ): AsyncGenerator<[index: number, value: T], void>
  completed(options: SharedOptions): AsyncGenerator<[index: number, value: T | Error], void>
  completed(options: SharedOptions = {}): AsyncGenerator<[index: number, value: T | Error], void> {
    checkOptions(options, SHARED_OPTIONS, 'completed of a ResultSet')
    return completed(this.results, options)
  }

  /** Throws the error of the first, in order, that has failed. Never waits. */
  async maybeThrow(): Promise<void> {
    for (const result of this.results) await result.maybeThrow()
  }

  async revoke(options?: RevokeOptions): Promise<void> {
    await Promise.all(this.results.map((result) => result.revoke(options)))
  }

  /** Drops the records of all their runs. */
  async forget(): Promise<void> {
    const ofRuns = new Map(this.results.map((result) => [result.run.id, result]))
    await Promise.all([...ofRuns.values()].map((result) => result.forget()))
  }

  async #count(is: (result: AsyncResult<T>) => Promise<boolean>): Promise<number> {
    const answers = await Promise.all(this.results.map(is))
    return answers.filter(Boolean).length
  }
}

/** Each handle is waited for by itself: they may be of different runs, and live in different places. */
async function* completed<T>(
  results: readonly AsyncResult<T>[],
  options: SharedOptions,
): AsyncGenerator<[number, T | Error], void> {
  const leaving = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, leaving.signal]) : leaving.signal
  let arrived: (() => [number, T | Error])[] = []
  let wake: () => void = () => {}
  function arrive(give: () => [number, T | Error]): void {
    arrived.push(give)
    wake()
  }
  for (const [index, result] of results.entries()) {
    result.get({ ...options, signal }).then(
      (value) => arrive(() => [index, value]),
      (error) =>
        arrive(() => {
          throw error
        }),
    )
  }
  try {
    for (let left = results.length; left > 0; ) {
      if (arrived.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      const batch = arrived
      arrived = []
      for (const give of batch) yield give()
      left -= batch.length
    }
  } finally {
    leaving.abort()
  }
}

function checkHandle(given: unknown): void {
  if (typeof given === 'object' && given !== null && 'id' in given && 'run' in given) return
  throw new ArpeggioError(
    'option-invalid',
    `A ResultSet holds handles, and was given ${show(given)}. Give what delay() or app.result(id) gives.`,
  )
}
