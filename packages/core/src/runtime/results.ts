import {
  before,
  endOf,
  find,
  following,
  membersOf,
  positionAt,
  type Spot,
  widthOf,
} from '../machine/outline.ts'
import { milliseconds } from '../model/duration.ts'
import { ArpeggioError } from '../model/errors.ts'
import type { Json } from '../model/json.ts'
import { idAt, positionOf, runOf } from '../model/message.ts'
import type { Verdict } from '../model/outcome.ts'
import type { Shape } from '../model/shape.ts'
import type { Backend, Standing } from '../ports/backend.ts'
import { currentTask } from './context.ts'
import { type ErrorClass, reviveError } from './error-record.ts'
import { Gathering, leavesOf, MemberFailure, PAGE } from './gathering.ts'
import type { AsyncResult, GetOptions, GroupResult, Run, State } from './handles.ts'
import { revocation } from './revocation.ts'
import { runHandle } from './run-handle.ts'
import { until, type Wait } from './until.ts'

/** What handles ask: a backend, and the classes errors come back as. */
export interface Desk {
  readonly backend: Backend
  readonly errors: ReadonlyMap<string, ErrorClass>
}

/** The handle of a whole run that was just launched: of its last step, or of the group it ends in. */
export function resultOfRun(desk: Desk, run: string, shape: Shape): AsyncResult<unknown> {
  return resultAt(desk, run, endOf(shape))
}

/** The handle of an id. Where it stands in its run is looked up when that is first asked, unless the outline is at hand. */
export function resultOfId(desk: Desk, id: string, shape: Shape | null = null): AsyncResult<unknown> {
  const spot = shape && find(shape, {}, positionOf(id))
  return spot === null ? new NodeResult(desk, id, null) : resultAt(desk, runOf(id), spot)
}

/** The handle of an id with its neighbours looked up, or null if nothing is known of it. */
export async function restoreResult(desk: Desk, id: string): Promise<AsyncResult<unknown> | null> {
  const record = await desk.backend.runs.get(runOf(id))
  const spot = record && find(record.shape, record.grafts, positionOf(id))
  return spot && resultAt(desk, runOf(id), spot)
}

function resultAt(desk: Desk, run: string, spot: Spot): AsyncResult<unknown> {
  const id = idAt(run, positionAt(spot))
  return spot.step.op === 'fork' ? new GroupNodeResult(desk, id, spot) : new NodeResult(desk, id, spot)
}

class NodeResult<T> implements AsyncResult<T> {
  readonly id: string
  protected readonly desk: Desk
  protected spot: Spot | null

  constructor(desk: Desk, id: string, spot: Spot | null) {
    this.desk = desk
    this.id = id
    this.spot = spot
  }

  get run(): Run {
    return runHandle(this.desk.backend, runOf(this.id))
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
    return stateOf(await this.standing())
  }

  async ready(): Promise<boolean> {
    return (await this.standing()).kind === 'ended'
  }

  async successful(): Promise<boolean> {
    return (await this.state()) === 'SUCCESS'
  }

  async failed(): Promise<boolean> {
    return (await this.state()) === 'FAILURE'
  }

  get(options: GetOptions & { readonly propagate: false }): Promise<T | Error>
  get(options?: GetOptions): Promise<T>
  async get(options: GetOptions = {}): Promise<T | Error> {
    const task = currentTask()
    if (task !== null && options.allowInTask !== true) {
      throw new ArpeggioError(
        'wait-in-task',
        `${task.request.task} waits for ${this.id}. A task that waits for another holds a worker's slot, and enough of them wait for ever: chain them instead, or pass { allowInTask: true }.`,
      )
    }
    const wait = this.outcome(options)
    const outcome = await (task === null ? wait : task.world.waiting(wait))
    if (outcome instanceof MemberFailure && options.propagate !== false) throw outcome.error
    return (outcome instanceof MemberFailure ? outcome.error : outcome) as T
  }

  async info(): Promise<unknown> {
    const standing = await this.standing()
    switch (standing.kind) {
      case 'unknown':
        return null
      case 'underway':
        return standing.meta
      case 'ended': {
        const value = this.valueOf(standing.verdict)
        return value instanceof MemberFailure ? value.error : value
      }
    }
  }

  async traceback(): Promise<string | null> {
    const standing = await this.standing()
    if (standing.kind !== 'ended' || !('failure' in standing.verdict)) return null
    return standing.verdict.failure.error.stack
  }

  async forget(): Promise<void> {
    await this.desk.backend.runs.forget(runOf(this.id))
  }

  async revoke(): Promise<void> {
    const spot = await this.located()
    if (spot === null) throw unknown(this.id)
    if (await this.ready()) return
    const { span, verdict } = revocation(this.id, spot)
    await this.desk.backend.runs.halt(runOf(this.id), [span], verdict)
  }

  toJSON(): string {
    return this.id
  }

  /** How it stands now. */
  protected async standing(): Promise<Standing> {
    const [standing] = await this.desk.backend.results.get([this.id])
    return standing ?? { kind: 'unknown' }
  }

  /** Its value or failure, once it has one. */
  async outcome(options: GetOptions): Promise<unknown> {
    const spot = await this.located()
    if (spot?.step.op === 'fork') return new GroupNodeResult(this.desk, this.id, spot).outcome(options)
    return this.wait(
      options,
      (change) => change.id === this.id,
      async () => {
        const standing = await this.standing()
        if (standing.kind === 'unknown') throw unknown(this.id)
        return standing.kind === 'ended' ? { value: this.valueOf(standing.verdict) } : null
      },
    )
  }

  protected wait<V>(options: GetOptions, concerns: Wait<V>['concerns'], look: Wait<V>['look']): Promise<V> {
    const timeoutMs = options.timeout === undefined ? null : milliseconds(options.timeout, 'timeout')
    const onMessage = options.onMessage ?? null
    return until(this.desk.backend, { id: this.id, timeoutMs, onMessage, concerns, look })
  }

  protected valueOf(verdict: Verdict): unknown {
    switch (verdict.state) {
      case 'SUCCESS':
        return verdict.value
      case 'IGNORED':
        return null
      case 'FAILURE':
      case 'REVOKED':
        return new MemberFailure(reviveError(verdict.failure.error, this.desk.errors))
    }
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

  async completedCount(): Promise<number> {
    const members = [...membersOf(this.spot)]
    const ids = members
      .filter(({ step }) => step.op === 'call')
      .map((spot) => idAt(runOf(this.id), positionAt(spot)))
    let count = 0
    for (let from = 0; from < ids.length; from += PAGE) {
      const standings = await this.desk.backend.results.get(ids.slice(from, from + PAGE))
      count += standings.filter((standing) => stateOf(standing) === 'SUCCESS').length
    }
    for (const spot of members) {
      if (spot.step.op === 'fork' && (await resultAt(this.desk, runOf(this.id), spot).successful())) count++
    }
    return count
  }

  async save(): Promise<string> {
    const own = await super.standing()
    if (own.kind === 'unknown') throw unknown(this.id)
    return this.id
  }

  /** Its own verdict if it has one, as a failed chord does; else what its members make of it. */
  protected override async standing(): Promise<Standing> {
    const own = await super.standing()
    if (own.kind === 'unknown' || hasVerdict(own)) return own
    const values: Json[] = []
    let failed: Verdict | null = null
    const leaves = [...leavesOf(runOf(this.id), this.spot, values)]
    for (let from = 0; from < leaves.length; from += PAGE) {
      const page = leaves.slice(from, from + PAGE)
      const standings = await this.desk.backend.results.get(page.map(({ id }) => id))
      for (const [i, { list, index }] of page.entries()) {
        const standing = standings[i]
        if (standing?.kind !== 'ended') return { kind: 'underway', state: 'PENDING', meta: null }
        if ('failure' in standing.verdict) failed ??= standing.verdict
        else list[index] = 'value' in standing.verdict ? standing.verdict.value : null
      }
    }
    return { kind: 'ended', verdict: failed ?? { state: 'SUCCESS', value: values } }
  }

  override async outcome(options: GetOptions): Promise<unknown> {
    const gathering = new Gathering(runOf(this.id), this.spot, options.propagate !== false, (ids) =>
      this.settled(ids),
    )
    return this.wait<unknown>(
      options,
      (change) => ENDED.has(change.state) && gathering.awaits(change.id),
      async (changes) => {
        if (changes === null) {
          const own = await super.standing()
          if (own.kind === 'unknown') throw unknown(this.id)
          if (hasVerdict(own)) return { value: this.valueOf(own.verdict) }
          return gathering.look()
        }
        await turn() // what changes together is read together
        return gathering.look(changes.map(({ id }) => id))
      },
    )
  }

  /** The values and failures of those that have ended; undefined for the others. */
  private async settled(ids: readonly string[]): Promise<readonly unknown[]> {
    const standings = await this.desk.backend.results.get(ids)
    return standings.map((standing) => {
      if (standing.kind === 'unknown') throw unknown(this.id)
      return standing.kind === 'ended' ? this.valueOf(standing.verdict) : undefined
    })
  }
}

/** One turn of the event loop. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

const ENDED: ReadonlySet<string> = new Set(['SUCCESS', 'FAILURE', 'REVOKED', 'IGNORED'])

function stateOf(standing: Standing): string {
  switch (standing.kind) {
    case 'unknown':
      return 'UNKNOWN'
    case 'underway':
      return standing.state
    case 'ended':
      return standing.verdict.state
  }
}

/** A group has no verdict of its own unless it was kept or it failed; IGNORED only says that its run is over. */
function hasVerdict(standing: Standing): standing is { kind: 'ended'; verdict: Verdict } {
  return standing.kind === 'ended' && standing.verdict.state !== 'IGNORED'
}

function unknown(id: string): ArpeggioError {
  return new ArpeggioError(
    'result-unknown',
    `Nothing is known of ${id}: no run of that id was sent to this backend, or its time to be kept is over.`,
  )
}
