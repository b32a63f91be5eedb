import { type FlowJob, FlowProducer, type Job, Queue, QueueEvents, Worker } from 'bullmq'
import type { Crew, Producer, Side } from './side.ts'

/*
 * BullMQ's side, as its documentation has it:
 *
 * - many jobs go by `addBulk`, many flows by `FlowProducer.addBulk`;
 * - a value is waited for with `waitUntilFinished` and one `QueueEvents`, which is the only way it has that does not poll;
 * - completed jobs are kept, as they are by default (`removeOnComplete: false`). Keeping them for a day, as we do, would cost it
 *   more: it would have to look for old ones at each completion;
 * - a chord is a parent that reads `getChildrenValues()`, all in one queue and one worker, as ours;
 * - a chain is a flow of parents in parents, the first step innermost. Where each job adds the next instead, a step costs one
 *   call more and nobody can wait for the last one by its job; tried as well, that was no faster.
 */
export const bullmq: Side = { produce, work }

const QUEUE = 'bench'

function connectionTo(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url)
  return { host: hostname, port: Number(port) }
}

function produce(url: string): Producer {
  const connection = connectionTo(url)
  const queue = new Queue(QUEUE, { connection })
  const flows = new FlowProducer({ connection })
  flows.setMaxListeners(0) // each flow of a bulk listens
  // Opened when somebody waits for the first time: who only sends does not pay for hearing of everything.
  let events: QueueEvents | null = null

  async function waitFor(job: Job): Promise<number> {
    // From the beginning: it is "ready" before it reads, and what ends in between would never be heard of.
    events ??= new QueueEvents(QUEUE, { connection, lastEventId: '0' })
    events.setMaxListeners(0) // each that waits listens
    await events.waitUntilReady()
    return job.waitUntilFinished(events)
  }

  async function addBulk(many: number): Promise<void> {
    await queue.addBulk(Array.from({ length: many }, (_, n) => ({ name: 'noop', data: { n } })))
  }

  async function flow(root: FlowJob): Promise<number> {
    return waitFor((await flows.add(root)).job)
  }

  return {
    async send(n) {
      await queue.add('noop', { n })
    },
    sendMany: addBulk,
    sendBulk: addBulk,
    async succeeded() {
      return (await queue.getJobCounts('completed'))['completed'] ?? 0
    },
    async one(n) {
      return waitFor(await queue.add('same', { n }))
    },
    chain(steps) {
      let root = jobOf('next', { n: 0 })
      for (let step = 1; step < steps; step++) root = jobOf('next', {}, [root])
      return flow(root)
    },
    chord: (members) => flow(chordOf(members)),
    async chords(many, members) {
      const roots = await flows.addBulk(Array.from({ length: many }, () => chordOf(members)))
      return Promise.all(roots.map(({ job }) => waitFor(job)))
    },
    nested(width) {
      const times = (make: () => FlowJob): FlowJob[] => Array.from({ length: width }, make)
      const inner = (): FlowJob =>
        jobOf(
          'total',
          {},
          times(() => jobOf('same', { n: 1 })),
        )
      const middle = (): FlowJob => jobOf('total', {}, times(inner))
      return flow(jobOf('total', {}, times(middle)))
    },
    async launch(members) {
      const children = Array.from({ length: members }, (_, n) => jobOf('noop', { n }))
      const { job } = await flows.add(jobOf('count', {}, children))
      return () => waitFor(job)
    },
    async close() {
      await Promise.all([queue.close(), flows.close(), events?.close()])
    },
  }
}

interface Payload {
  readonly n?: number
}

function jobOf(name: string, data: Payload, children: FlowJob[] = []): FlowJob {
  return { name, queueName: QUEUE, data, ...(children.length > 0 && { children }) }
}

function chordOf(members: number): FlowJob {
  return jobOf(
    'total',
    {},
    Array.from({ length: members }, (_, n) => jobOf('same', { n })),
  )
}

function work(url: string, ran: () => void): Crew {
  async function process(job: Job<Payload, number | null>): Promise<number | null> {
    switch (job.name) {
      case 'noop':
        ran()
        return null
      case 'same':
        return job.data.n ?? Number.NaN
      case 'next':
        return (job.data.n ?? (await childrenOf(job))[0] ?? Number.NaN) + 1
      case 'total':
        return (await childrenOf(job)).reduce((a, b) => a + b, 0)
      case 'count':
        return (await childrenOf(job)).length
      default:
        throw new Error(`nobody knows ${job.name}`)
    }
  }
  let worker: Worker | null = null
  return {
    async start(concurrency) {
      worker = new Worker(QUEUE, process, { connection: connectionTo(url), concurrency })
      await worker.waitUntilReady()
    },
    async stop() {
      await worker?.close()
    },
  }
}

async function childrenOf(job: Job): Promise<number[]> {
  return Object.values(await job.getChildrenValues<number>())
}
