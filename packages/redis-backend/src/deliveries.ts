import { randomUUID } from 'node:crypto'
import type { Clock, Deliveries, Delivery, Interruption } from '@arpeggio/core'
import { Bell } from './bell.ts'
import type { Heartbeat } from './heartbeat.ts'
import type { House } from './house.ts'
import type { Partition, Receiver } from './partition.ts'
import { Replicated } from './replicated.ts'
import { runScript } from './scripts.ts'
import type { Seal } from './seal.ts'
import { Submissions } from './submissions.ts'

/** Who receives here. */
interface Self {
  readonly worker: string
  readonly leaseMs: number
  readonly clock: Clock
  readonly heartbeat: Heartbeat | null
  readonly seal: Seal
}

/** What a timer of Node can wait at most. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** What the script says of a token that is not simply held. */
const INTERRUPTIONS: Readonly<Record<string, Interruption['why']>> = { L: 'lost', H: 'halted' }

/** Messages on their way, and how this process takes its leave of them. */
export function deliveriesOf(
  house: House,
  receivers: Set<Receiver>,
  { worker, leaseMs, clock, heartbeat, seal }: Self,
): { readonly port: Deliveries; leave(): Promise<void> } {
  const { link, partitions, closed, news, replicas } = house
  const submissions = new Map(
    partitions.map((partition) => {
      const { keys } = partition
      const sender = replicas === 0 ? link.sending : new Replicated(link, keys, replicas)
      return [partition, new Submissions(keys, link.sending, sender, seal)]
    }),
  )
  const woken = new Set<() => void>()
  let bells: readonly Bell[] | null = null
  let turn = 0
  let next = 0
  /** How often it rang: who was told that there is nothing may not sleep yet. */
  let rings = 0
  /** The queues it was ever asked for. */
  const served = new Set<string>()

  function wakeAll(): void {
    for (const wake of woken) wake()
  }

  function onRing(): void {
    rings++
    wakeAll()
  }

  /** On a cluster each partition may live on another node, so each has a bell of its own. */
  function ringing(): readonly Bell[] {
    if (bells !== null) return bells
    const wakeKeys = partitions.map(({ keys }) => keys.wake(worker))
    const groups = link.isCluster ? wakeKeys.map((key) => [key]) : [wakeKeys]
    bells = groups.map((keys) => new Bell(link, keys, onRing))
    return bells
  }

  /** Until somebody is woken, or there may be something to receive all the same. */
  function sleep(until: number | null, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        woken.delete(wake)
        clearTimeout(timer)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      const timer =
        until === null ? undefined : setTimeout(wake, Math.min(until - Date.now(), LONGEST_TIMER_MS))
      woken.add(wake)
      signal.addEventListener('abort', wake)
      for (const bell of ringing()) bell.listen()
    })
  }

  async function receive(
    queues: readonly string[],
    max: number,
    signal: AbortSignal,
  ): Promise<readonly Delivery[]> {
    await link.ready()
    for (const queue of queues) served.add(queue)
    heartbeat?.start()
    let taken: readonly Delivery[] = []
    let isGone = false
    const first = turn++ % queues.length // so that no queue starves another
    const receiver: Receiver = {
      queues: [...queues.slice(first), ...queues.slice(0, first)],
      want: max,
      asked: null,
      take(deliveries) {
        if (isGone) return giveBack(deliveries)
        taken = deliveries
        receivers.delete(receiver)
        wakeAll()
        for (const partition of partitions) partition.wakeUp(receiver) // he sleeps nowhere else
      },
    }
    receivers.add(receiver)
    try {
      for (;;) {
        const heard = rings
        const start = next++ // others begin elsewhere meanwhile, and each asks all
        for (let i = 0; i < partitions.length && taken.length === 0; i++) {
          const partition = partitions[(start + i) % partitions.length] as Partition
          if (!(await isAnswered(partition.ask(receiver), signal))) return taken
        }
        if (taken.length > 0 || closed.aborted) return taken
        if (signal.aborted) break
        if (heard !== rings) continue
        const chances = partitions.map(({ nextChance }) => nextChance ?? Number.POSITIVE_INFINITY)
        const first = Math.min(...chances)
        await sleep(Number.isFinite(first) ? Date.now() + first - clock.now() : null, signal)
        if (taken.length > 0 || closed.aborted) return taken
        if (signal.aborted) break
      }
      receiver.want = 0 // he is a sleeper no more
      for (const partition of partitions) {
        if (!(await isAnswered(partition.ask(receiver), signal))) return taken
      }
      return taken
    } finally {
      isGone = true
      receivers.delete(receiver)
    }
  }

  /** What came for somebody who did not wait for it any longer. */
  function giveBack(deliveries: readonly Delivery[]): void {
    Promise.resolve(port.release(deliveries, 'unrun')).catch(() => {}) // it was closed
  }

  /** What is held in which partition. */
  function byPartition(deliveries: readonly Delivery[]): Map<Partition, Delivery[]> {
    const groups = new Map<Partition, Delivery[]>()
    for (const delivery of deliveries) {
      const partition = house.of(delivery.message.run)
      const group = groups.get(partition) ?? []
      group.push(delivery)
      groups.set(partition, group)
    }
    return groups
  }

  const port: Deliveries = {
    leaseMs,
    async submit(launch, wishes) {
      await link.ready()
      return (submissions.get(house.of(launch.id)) as Submissions).submit(launch, wishes, newAttempt())
    },
    receive,
    commit: (delivery, wishes) => house.of(delivery.message.run).commit(delivery, wishes),
    async extend(deliveries) {
      const interruptions: Interruption[] = []
      for (const [{ keys }, held] of byPartition(deliveries)) {
        const args = [worker, leaseMs, held.length, ...held.map(({ token }) => token)]
        const standings = await runScript(link.commands, 'extend', keys.prefix, args)
        for (const [i, standing] of (standings as string[]).entries()) {
          const why = INTERRUPTIONS[standing]
          if (why !== undefined) interruptions.push({ delivery: held[i] as Delivery, why })
        }
      }
      return interruptions
    },
    async release(deliveries, why) {
      for (const [partition, held] of byPartition(deliveries)) {
        const { keys } = partition
        const tokens = held.map(({ token }) => token)
        if (why === 'unrun') tokens.reverse() // each is put in front of those before it
        const args = [worker, why, tokens.length, ...tokens]
        await runScript(link.commands, 'release', keys.prefix, args)
        partition.letGo(held)
      }
    },
    async heed(listener) {
      await link.ready()
      const stops = await Promise.all(partitions.map(({ keys }) => news.hear(keys.heed, listener)))
      return () => {
        for (const stop of stops) stop()
      }
    },
  }
  return {
    port,
    async leave() {
      wakeAll()
      if (served.size === 0) return
      for (const { keys } of partitions) {
        await runScript(link.commands, 'leave', keys.prefix, [worker, served.size, ...served]).catch(() => {}) // its lease will run out
      }
    },
  }
}

/** How long the answer of a server may take for those who want nothing any more. */
const GRACE_MS = 1_000

/** Whether there was an answer. None is waited for when nobody wants anything any more and the server is away. */
function isAnswered(answer: Promise<void>, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined
    const leave = (): void => {
      timer = setTimeout(() => resolve(false), GRACE_MS)
    }
    if (signal.aborted) leave()
    else signal.addEventListener('abort', leave)
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', leave)
    }
    answer.finally(end).then(() => resolve(true), reject)
  })
}

/** Tells apart who sends the same id; each run keeps one, so it is short. */
function newAttempt(): string {
  return randomUUID().slice(-12)
}
