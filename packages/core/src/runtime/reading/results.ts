import { inspect } from 'node:util'
import {
  before,
  endOf,
  find,
  following,
  membersOf,
  positionAt,
  type Spot,
  widthOf,
} from '../../machine/outline.ts'
import { checkOptions } from '../../model/check-options.ts'
import { idAt, positionOf, runOf } from '../../model/message.ts'
import type { Failed, Failure, Verdict } from '../../model/outcome.ts'
import type { Shape } from '../../model/shape.ts'
import type { Backend } from '../../ports/backend.ts'
import { revocation } from '../runs/revocation.ts'
import { type ErrorClass, reviveError } from '../tasks/error-record.ts'
import { type Packer, PLAIN_PACKER } from '../tasks/packer.ts'
import { collect } from './collect.ts'
import { GET_OPTIONS, REVOKE_OPTIONS, SHARED_OPTIONS } from './get-options.ts'
import type {
  AsyncResult,
  GetOptions,
  GroupResult,
  Look,
  ResultTuple,
  RevokeOptions,
  Run,
  SharedOptions,
  State,
} from './handles.ts'
import { tupleOf } from './result-tuple.ts'
import { runHandle } from './run-handle.ts'
import type { Wait } from './sightings.ts'
import { readKnown, type Status, stateOf } from './standing.ts'
import { CallView, GroupView, mayAskAgain, unknown, type View } from './view.ts'

/** What handles ask: a backend, and the classes errors come back as. */
export interface Desk {
  readonly backend: Backend
  readonly errors: ReadonlyMap<string, ErrorClass>
  /** How values are opened, where they may be more than plain JSON. */
  readonly packer?: Packer
}

/**
 * The handle of a whole run that was just launched: of its last step, or of the group it ends in. It alone may know to which
 * queues calls of the run go: what is a part of it may wait for none of them.
 */
export function resultOfRun(
  desk: Desk,
  run: string,
  shape: Shape,
  queues: readonly string[] = NONE,
): AsyncResult<unknown> {
  return resultAt(desk, run, endOf(shape), 'listen', queues)
}

/** The handle of an id. Where it stands in its run is looked up when that is first asked, unless the outline is at hand. */
export function resultOfId(desk: Desk, id: string, shape: Shape | null = null): AsyncResult<unknown> {
  const spot = shape && find(shape, {}, positionOf(id))
  return spot === null ? new NodeResult(desk, id, null, 'look', NONE) : resultAt(desk, runOf(id), spot)
}

/** The handle of an id with its neighbours looked up, or null if nothing is known of it. */
export async function restoreResult(desk: Desk, id: string): Promise<AsyncResult<unknown> | null> {
  const record = await desk.backend.runs.get(runOf(id))
  const spot = record && find(record.shape, record.grafts, positionOf(id))
  return spot && resultAt(desk, runOf(id), spot)
}

function resultAt(
  desk: Desk,
  run: string,
  spot: Spot,
  first: First = 'look',
  queues: readonly string[] = NONE,
): AsyncResult<unknown> {
  const id = idAt(run, positionAt(spot))
  return spot.step.op === 'fork'
    ? new GroupNodeResult(desk, id, spot, first, queues)
    : new NodeResult(desk, id, spot, first, queues)
}

const NONE: readonly string[] = []

/** What to do first when somebody waits for its end. */
type First = Wait<unknown>['first']

class NodeResult<T> implements AsyncResult<T> {
  readonly id: string
  protected readonly desk: Desk
  protected spot: Spot | null
  #first: First
  /** To which calls of its run go, if it stands for all of that and knows. */
  readonly #queues: readonly string[]

  constructor(desk: Desk, id: string, spot: Spot | null, first: First, queues: readonly string[]) {
    this.desk = desk
    this.id = id
    this.spot = spot
    this.#first = first
    this.#queues = queues
  }

  get run(): Run {
    return runHandle(this.desk.backend, runOf(this.id), this.#queues)
  }

  get parent(): AsyncResult<unknown> | null {
    const spot = this.spot && before(this.spot)
    return spot && resultAt(this.desk, runOf(this.id), spot)
  }

  get children(): readonly AsyncResult<unknown>[] {
    if (this.spot === null) return []
    return following(this.spot).map((spot) => resultAt(this.desk, runOf(this.id), spot))
  }

  async state(): Promise<State> {
    return stateOf(await this.status())
  }

  async ready(): Promise<boolean> {
    return (await this.status()).kind === 'ended'
  }

  async successful(): Promise<boolean> {
    return (await this.state()) === 'SUCCESS'
  }

  async failed(): Promise<boolean> {
    return (await this.state()) === 'FAILURE'
  }

  get(options?: GetOptions & { readonly propagate?: true }): Promise<T>
  get(options: GetOptions): Promise<T | Error>
  async get(options: GetOptions = {}): Promise<T | Error> {
    checkOptions(options, GET_OPTIONS, `get of ${this.id}`)
    const first = this.#first
    this.#first = 'look' // a moment later it may be there
    const { verdict, values } = await (await this.view()).end(options, first)
    const error = 'failure' in verdict ? this.errorOf(verdict) : null
    if (error !== null && options.propagate !== false) throw error
    const value = (error === null ? this.worthOf(verdict, values) : (values ?? error)) as T | Error
    if (options.callback) this.tell(options.callback, value)
    return value
  }

  /** A group tells each member's value; one that never ran has only one thing to tell. */
  private tell(callback: NonNullable<GetOptions['callback']>, value: unknown): void {
    if (this.spot?.step.op !== 'fork' || !Array.isArray(value)) {
      callback(this.id, value)
      return
    }
    for (const [i, member] of [...membersOf(this.spot)].entries()) {
      callback(idAt(runOf(this.id), positionAt(member)), value[i])
    }
  }

  async look(): Promise<Look> {
    const status = await this.status()
    return { state: stateOf(status), info: this.infoOf(status) }
  }

  async info(): Promise<unknown> {
    return this.infoOf(await this.status())
  }

  private infoOf(status: Status): unknown {
    switch (status.kind) {
      case 'unknown':
        return null
      case 'underway':
        return status.meta
      case 'ended':
        return this.worthOf(status.verdict, status.values)
    }
  }

  async maybeThrow(): Promise<unknown> {
    const info = await this.info()
    if (info instanceof Error) throw info
    return info
  }

  async traceback(): Promise<string | null> {
    return (await this.failure())?.error.stack ?? null
  }

  async failure(): Promise<Failure | null> {
    const status = await this.status()
    return status.kind === 'ended' && 'failure' in status.verdict ? status.verdict.failure : null
  }

  collect(options: SharedOptions = {}): AsyncGenerator<[AsyncResult<unknown>, unknown], void> {
    checkOptions(options, SHARED_OPTIONS, `collect of ${this.id}`)
    return collect(this, options, this.desk.backend.clock)
  }

  async forget(): Promise<void> {
    await this.desk.backend.runs.forget(runOf(this.id))
  }

  async revoke(options: RevokeOptions = {}): Promise<void> {
    checkOptions(options, REVOKE_OPTIONS, `revoke of ${this.id}`)
    const spot = await this.located()
    if (spot === null) throw unknown(this.id)
    if (await this.ready()) return
    const { span, verdict } = revocation(this.id, spot)
    await this.desk.backend.runs.halt(runOf(this.id), span, verdict)
  }

  asTuple(): ResultTuple {
    return tupleOf(this)
  }

  toJSON(): string {
    return this.id
  }

  toString(): string {
    return this.id
  }

  [inspect.custom](): string {
    return `${this.spot?.step.op === 'fork' ? 'GroupResult' : 'AsyncResult'}<${this.id}>`
  }

  /** How it stands now. */
  protected async status(): Promise<Status> {
    const status = await (await this.view()).status()
    if (status.kind === 'underway') await mayAskAgain(this.desk.backend, this.id)
    return status
  }

  protected readonly errorOf = ({ failure }: Failed): Error => reviveError(failure.error, this.desk.errors)

  /** What a verdict is worth to who asks for the value; that of a group may be worth what its members gave. */
  protected readonly worthOf = (verdict: Verdict, values: readonly unknown[] = []): unknown => {
    switch (verdict.state) {
      case 'SUCCESS':
        if (verdict.of === 'members') return values
        return (this.desk.packer ?? PLAIN_PACKER).open(verdict.value)
      case 'IGNORED':
        return null
      case 'FAILURE':
      case 'REVOKED':
        return this.errorOf(verdict)
    }
  }

  /** What to look at to know how it stands. */
  private async view(): Promise<View> {
    const spot = await this.located()
    return spot?.step.op === 'fork'
      ? this.groupView(spot)
      : new CallView(this.desk.backend, this.id, spot, this.#queues)
  }

  protected groupView(spot: Spot): GroupView {
    return new GroupView(this.desk.backend, this.id, spot, this.worthOf, this.#queues)
  }

  /** Where it stands in its run. A handle made from an id looks it up once. */
  protected async located(): Promise<Spot | null> {
    if (this.spot !== null) return this.spot
    const record = await this.desk.backend.runs.get(runOf(this.id))
    this.spot = record && find(record.shape, record.grafts, positionOf(this.id))
    return this.spot
  }
}

class GroupNodeResult<T extends readonly unknown[]> extends NodeResult<T> implements GroupResult<T> {
  declare protected spot: Spot
  #results: GroupResult<T>['results'] | null = null

  get length(): number {
    return widthOf(this.spot) ?? 0
  }

  get results(): GroupResult<T>['results'] {
    this.#results ??= [...this] as GroupResult<T>['results']
    return this.#results
  }

  override get children(): readonly AsyncResult<unknown>[] {
    return [...this]
  }

  *[Symbol.iterator](): Generator<AsyncResult<T[number]>> {
    for (const spot of membersOf(this.spot)) {
      yield resultAt(this.desk, runOf(this.id), spot) as AsyncResult<T[number]>
    }
  }

  completed(
    options: SharedOptions & { readonly propagate: false },
  ): AsyncGenerator<[number, T[number] | Error], void>
  completed(
    options?: SharedOptions & { readonly propagate?: true },
  ): AsyncGenerator<[number, T[number]], void>
  completed(options: SharedOptions): AsyncGenerator<[number, T[number] | Error], void>
  completed(options: SharedOptions = {}): AsyncGenerator<[number, T[number] | Error], void> {
    checkOptions(options, SHARED_OPTIONS, `completed of ${this.id}`)
    return this.#completed(options)
  }

  async *#completed(options: SharedOptions): AsyncGenerator<[number, T[number] | Error], void> {
    for await (const { index, value, lost } of this.groupView(this.spot).arrivals(options)) {
      if (lost !== null && options.propagate !== false) throw this.errorOf(lost)
      yield [index, value as T[number] | Error]
    }
  }

  async waiting(): Promise<boolean> {
    const isWaiting = await this.groupView(this.spot).isWaiting()
    if (isWaiting) await mayAskAgain(this.desk.backend, this.id)
    return isWaiting
  }

  async completedCount(): Promise<number> {
    const run = runOf(this.id)
    const members = [...membersOf(this.spot)]
    const idOf = (spot: Spot): string => idAt(run, positionAt(spot))
    const calls = members.filter(({ step }) => step.op === 'call').map(idOf)
    const known = await readKnown(this.desk.backend, calls)
    let count = calls.filter((id) => {
      const standing = known(id)
      return standing.kind === 'ended' && standing.verdict.state === 'SUCCESS'
    }).length
    for (const spot of members) {
      if (spot.step.op === 'fork' && (await resultAt(this.desk, run, spot).successful())) count++
    }
    return count
  }

  async save(): Promise<string> {
    if ((await this.status()).kind === 'unknown') throw unknown(this.id)
    return this.id
  }

  delete(): Promise<void> {
    return this.forget()
  }
}
