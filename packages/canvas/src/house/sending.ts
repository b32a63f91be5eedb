import {
  ArpeggioError,
  type AsyncResult,
  applyEagerly,
  type Backend,
  type Compiled,
  carriedBy,
  currentTask,
  type Desk,
  launch,
  queuesOfRun,
  restoreResult,
  resultOfId,
  resultOfRun,
  type Shape,
  type Site,
  show,
  tracedSending,
  WHOLE,
} from '@arpeggio/core'
import { compile } from '../compile/compile.ts'
import type { Config } from '../config/settings.ts'
import type { Node } from '../node/node.ts'
import type { Catalog } from './catalog.ts'
import { Outlines } from './outlines.ts'
import type { Premises } from './premises.ts'
import { keyTaken, type RunName, runNameOf } from './run-name.ts'
import { complainAtExit, forgive } from './unserved.ts'

/** Whose canvases are sent. */
interface Sender {
  readonly name: string
  readonly catalog: Catalog
  readonly premises: Premises
  config(): Config
}

/** A canvas that can be sent. */
interface Prepared extends RunName {
  readonly compiled: Compiled
}

/** How an app sends canvases, and runs them here. */
export class Sending {
  readonly #sender: Sender
  readonly #outlines: Outlines = new Outlines()
  /** Whether there ever was a worker. */
  #isServed = false

  constructor(sender: Sender) {
    this.#sender = sender
  }

  async launch(node: Node): Promise<AsyncResult<unknown>> {
    const { premises } = this.#sender
    const { footing, desk } = premises
    const result = await this.#traced(node, () => this.#start(node, desk))
    if (desk === footing.desk && footing.isAlone) complainAtExit(this, () => this.#complain())
    const { eager } = footing
    if (eager === null || currentTask() !== null) return result
    await eager.drain()
    return this.#ended(result)
  }

  async apply(node: Node): Promise<AsyncResult<unknown>> {
    const { catalog, premises } = this.#sender
    const result = await this.#traced(node, async () => {
      const { id, compiled } = this.#prepare(node)
      return applyEagerly(catalog, premises.footing.quiet, id, compiled)
    })
    return this.#ended(result)
  }

  compile(node: Node, site: Site): Compiled {
    const { catalog, premises } = this.#sender
    const { clock } = currentTask()?.world.backend ?? premises.footing.backend
    const { tracing, report } = premises.footing.quiet
    return compile(
      node,
      site,
      catalog.contextAt(clock.now(), tracing === null ? null : carriedBy(tracing, report)),
    )
  }

  /** The outline of a run that was sent a while ago. */
  outlineOf(run: string): Shape | null {
    return this.#outlines.get(run)
  }

  /** There is a worker. */
  serve(): void {
    this.#isServed = true
  }

  /** Nothing is sent any more, and nothing is run. */
  end(): void {
    forgive(this)
    const { name, premises } = this.#sender
    const waiting = this.#waiting()
    if (waiting === null) return
    premises.footing.world.report(
      `${name} was closed while ${waiting}: what waits in memory is lost. Wait for the results before it is closed`,
      null,
    )
  }

  async #start(node: Node, desk: Desk): Promise<AsyncResult<unknown>> {
    const { id, key, compiled } = await this.#prepareFor(node, desk.backend)
    const world = currentTask()?.world ?? this.#sender.premises.footing.world
    const started = await launch(desk.backend, id, compiled, world).catch((error: unknown) => {
      throw key !== null && isTaken(error) ? keyTaken(key, error) : error
    })
    if (!started) return (await restoreResult(desk, id)) ?? resultOfId(desk, id)
    this.#outlines.keep(id, compiled.shape)
    const { footing } = this.#sender.premises
    const hasWorkers = desk === footing.desk && footing.eager === null
    return resultOfRun(desk, id, compiled.shape, hasWorkers ? queuesOfRun(compiled) : undefined)
  }

  /** Under the eyes of whoever traces. */
  #traced<Run extends { readonly id: string }>(node: Node, send: () => Promise<Run>): Promise<Run> {
    const { tracing } = this.#sender.premises.footing.quiet
    if (tracing === null) return send()
    const { report } = this.#sender.premises.footing.quiet
    return tracedSending(tracing, node.kind === 'task' ? node.task : node.kind, send, report)
  }

  /** What expires is counted by the backend's clock, which tells its time only when it is ready; what is wrong is told before. */
  async #prepareFor(node: Node, backend: Backend): Promise<Prepared> {
    const prepared = this.#prepare(node)
    const ready = backend.ready()
    if (ready === undefined) return prepared
    await ready
    return this.#prepare(node)
  }

  #prepare(node: Node): Prepared {
    const compiled = this.compile(node, WHOLE)
    const { catalog } = this.#sender
    return { ...runNameOf(node, compiled.plan, (task) => catalog.keyOf(task)), compiled }
  }

  /** An eager run that is over. If it failed, that is thrown where it is wanted. */
  async #ended(result: AsyncResult<unknown>): Promise<AsyncResult<unknown>> {
    if (this.#sender.config().taskEagerPropagates) await result.maybeThrow()
    return result
  }

  /** In memory nobody else can run what was sent; a process that ends while something waits shall say why. */
  #complain(): void {
    const { name, premises } = this.#sender
    const waiting = this.#waiting()
    if (waiting === null) return
    const advice = this.#isServed
      ? 'no worker serves them: name them among the queues of one, app.worker({ queues: [...] })'
      : 'nobody will run that: start a worker with app.worker().start(), or use apply()'
    premises.footing.world.report(`${name} ends while ${waiting}, and ${advice}`, null)
  }

  /** What waits in which queues of a memory of its own; null if nothing does. */
  #waiting(): string | null {
    const { backend, isAlone } = this.#sender.premises.footing
    const queues = isAlone ? backend.queues.list() : []
    if (queues instanceof Promise || queues.length === 0) return null
    const count = queues.reduce((sum, { waiting, delayed }) => sum + waiting + delayed, 0)
    const names = queues.map(({ name }) => show(name)).join(', ')
    return `${count} ${count === 1 ? 'call waits' : 'calls wait'} in ${names}`
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof ArpeggioError && error.code === 'id-taken'
}
