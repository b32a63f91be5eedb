import type { Json } from '../../model/json.ts'
import { LIMITS } from '../../model/limits.ts'
import { type CallMessage, retriesBehind } from '../../model/message.ts'
import type { Plan } from '../../model/plan.ts'

/** What a running task was asked to do. Who sent it, and when, is not written on a message, so it is not told. */
export interface TaskRequest {
  readonly id: string
  readonly task: string
  readonly args: readonly Json[]
  readonly kwargs: Readonly<Record<string, Json>>
  readonly retries: number
  readonly rootId: string
  readonly parentId: string | null
  /** The same as `id`: what Celery calls it on the wire. */
  readonly correlationId: string
  /** The group it is a member of, and its place there. */
  readonly group: string | null
  readonly groupIndex: number | null
  /** The chord that waits for the end of its branch. */
  readonly chord: string | null
  /** The names of the tasks behind it in its line; `celery.group` for a group, `celery.chain` for steps that were too long to travel along. */
  readonly chain: readonly string[]
  /** The names of what its links and errbacks begin with. */
  readonly callbacks: readonly string[]
  readonly errbacks: readonly string[]
  /** The moment it was to wait for, if one was named. */
  readonly eta: Date | null
  /** The moment after which it would not have been run. */
  readonly expires: Date | null
  /** Its limits, in milliseconds. */
  readonly timeLimit: number | null
  readonly softTimeLimit: number | null
  readonly ignoreResult: boolean
  readonly shadow: string | null
  readonly headers: Readonly<Record<string, Json>>
  readonly stamps: Readonly<Record<string, Json>>
  readonly deliveryInfo: DeliveryInfo
  /** How often this message has been delivered, this time included; 0 where it never was. */
  readonly deliveries: number
  /** Who runs it: the app, and the machine it is on. */
  readonly hostname: string
  readonly isEager: boolean
  /** Whether it was called as a plain function. */
  readonly calledDirectly: boolean
}

/** How its message came. */
export interface DeliveryInfo {
  readonly queue: string
  readonly priority: number
  readonly redelivered: boolean
}

/** Where a request is served. */
interface Place {
  readonly hostname: string
  readonly isEager: boolean
}

/** What a message asks for. */
export function requestOf(
  message: CallMessage,
  deliveries: number,
  { hostname, isEager }: Place,
): TaskRequest {
  const { id, task, args, kwargs, root, parent, group, seat, options } = message
  return {
    ...{ id, task, args, kwargs, rootId: root, parentId: parent, correlationId: id },
    retries: retriesBehind(message),
    group: group?.chord ?? null,
    groupIndex: group === null ? null : Number.parseInt(group.index, 10),
    chord: seat?.chord ?? null,
    chain: message.rest.map(nameOf),
    callbacks: message.link.flatMap(firstOf),
    errbacks: message.errback.flatMap(firstOf),
    eta: momentOf(message.eta),
    expires: momentOf(options.expires),
    timeLimit: options.timeLimit ?? null,
    softTimeLimit: options.softTimeLimit ?? null,
    ignoreResult: options.ignoreResult ?? false,
    shadow: options.shadow ?? null,
    headers: options.headers ?? {},
    stamps: options.stamps ?? {},
    deliveryInfo: {
      queue: options.queue ?? 'default',
      priority: options.priority ?? LIMITS.defaultPriority,
      redelivered: deliveries > 1,
    },
    ...{ deliveries, hostname, isEager, calledDirectly: deliveries === 0 },
  }
}

function nameOf(item: Plan[number]): string {
  switch (item.op) {
    case 'call':
      return item.task
    case 'fork':
      return 'celery.group'
    case 'stored':
      return 'celery.chain'
  }
}

function firstOf(plan: Plan): string[] {
  return plan.slice(0, 1).map(nameOf)
}

function momentOf(ms: number | null | undefined): Date | null {
  return ms === null || ms === undefined ? null : new Date(ms)
}
