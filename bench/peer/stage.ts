import { join } from 'node:path'
import { Redis } from 'ioredis'
import { type Process, startProcess } from '../../test/support/process.ts'
import type { Producer } from './side.ts'
import { SIDES, type SideName } from './sides.ts'
import type { Tally } from './worker.ts'

/** Where a measure is taken: a producer in this process, a worker in another, and the server. */
export class Stage {
  readonly producer: Producer
  readonly #side: SideName
  readonly #url: string
  readonly #server: Redis
  #worker: Process | null = null
  #bystander: Process | null = null

  constructor(side: SideName, url: string) {
    this.producer = SIDES[side].produce(url)
    this.#side = side
    this.#url = url
    this.#server = new Redis(url)
  }

  /** Does something while a worker is there. */
  async withWorker<T>(concurrency: 1 | 10 | 100, deed: (worker: Process) => Promise<T>): Promise<T> {
    this.#worker ??= this.#start('worker.ts', this.#side, this.#url)
    await this.#worker.ask(`start-${concurrency}`)
    const value = await deed(this.#worker)
    await this.#worker.ask('stop')
    return value
  }

  /**
   * Has so many no-ops worked off that were sent before, and tells how many a second, by the clock of who works. That is asked
   * for in its own process meanwhile, to leave the server alone.
   */
  async workOff(concurrency: 1 | 10 | 100, count: number): Promise<number> {
    const before = await this.producer.succeeded()
    return this.withWorker(concurrency, async (worker) => {
      const tally = async (): Promise<Tally> => (await worker.ask('tally')) as Tally
      while ((await tally()).ran < count) await pause(POLL_MS)
      while ((await this.producer.succeeded()) < before + count) await pause(POLL_MS)
      const { ran, ms } = await tally()
      return ((ran - 1) / ms) * 1_000
    })
  }

  /** How many bytes the server's data takes, without what its connections take. */
  async bytes(): Promise<number> {
    const told = await this.#server.info('memory')
    const [used, clients] = ['used_memory', 'mem_clients_normal'].map((name) =>
      Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(told)?.[1]),
    )
    return (used ?? Number.NaN) - (clients ?? Number.NaN)
  }

  /** The worst answer that somebody else got, in milliseconds, since this was last asked. */
  async worstPing(): Promise<number> {
    this.#bystander ??= this.#start('../../test/support/bystander.ts', this.#url)
    // Nothing at all says that the one answer is still on its way.
    for (;;) {
      const worst = Number(await this.#bystander.ask('worst'))
      if (worst > 0) return worst
      await pause(POLL_MS)
    }
  }

  #start(file: string, ...args: readonly string[]): Process {
    return startProcess(join(import.meta.dirname, file), args, process.execArgv)
  }
}

/** How often it is asked whether something is over. */
const POLL_MS = 5

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
