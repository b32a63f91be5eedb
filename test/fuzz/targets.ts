import { isDeepStrictEqual } from 'node:util'
import { App, ArpeggioError, signature } from '@arpeggio/canvas'
import { checkRunId, idAt, positionOf, reviveError, runOf } from '@arpeggio/core'
import { begin, fail, resume, succeed } from '../../packages/core/src/machine/machine.ts'
import type { Json } from '../../packages/core/src/model/json.ts'
import type { Call, Plan, Step, StoredItem } from '../../packages/core/src/model/plan.ts'
import { requestOf } from '../../packages/core/src/runtime/tasks/request.ts'
import { readOrder, readReply } from '../../packages/core/src/runtime/worker/command.ts'
import { readChord, readItem, readJson } from '../../packages/redis-backend/src/border.ts'
import { packMessage, unpackMessage } from '../../packages/redis-backend/src/message.ts'
import { spareItem } from '../../packages/redis-backend/src/plans.ts'
import { sealOf } from '../../packages/redis-backend/src/seal.ts'
import { isUntrusted } from '../../packages/redis-backend/src/untrusted.ts'
import {
  packVerdict,
  unpackChanges,
  unpackHalt,
  unpackShape,
  unpackVerdict,
} from '../../packages/redis-backend/src/wire.ts'
import { insist, type Target, unlessRefused } from './target.ts'

const seal = sealOf('fuzz', undefined)
const signed = sealOf('fuzz', ['a-key-that-nobody-else-has-on-earth'])

/** What is refused at the border is an error of its own, never one of the engine's. */
const isPlainRefusal = (error: unknown): boolean => error instanceof Error && error.constructor === Error
/** A signature that is not good is told with a code. */
const isRefusedMessage = (error: unknown): boolean => isPlainRefusal(error) || isUntrusted(error)
const isCoded = (error: unknown): boolean => error instanceof ArpeggioError

const options = { queue: 'q', priority: 3, expires: 2e12, headers: { a: [1] }, stamps: { t: 7 } }
const call: Call = {
  op: 'call',
  at: '1',
  task: 'a',
  args: [1],
  kwargs: {},
  immutable: false,
  options: {},
  link: [],
  errback: [],
}
const fork: Step = {
  op: 'fork',
  at: '2',
  branches: [[call], [{ ...call, at: '3', takes: '' }]],
  size: 2,
  policy: { quorum: 1 },
  keep: true,
  options,
  link: [[call]],
  errback: [],
}
const stored = { op: 'stored', list: '0', from: 1, to: 5, end: '' } as const
const seat = { chord: 'run.4', index: '0' }
const course = { run: 'run', root: 'root', parent: 'root.1', group: seat, seat, aside: false }
const message = {
  ...course,
  kind: 'call',
  id: 'run.1',
  at: '1',
  task: 'a',
  args: [1, 'é\n'],
  kwargs: { k: null },
  options,
  retries: 2,
  countdown: 5,
  eta: 1e12,
  link: [[call]],
  errback: [[call]],
  rest: [fork, stored],
} as const
const spread = {
  ...course,
  kind: 'spread',
  id: 'run.2',
  at: '2',
  branches: { op: 'stored', list: '2', from: 0, to: 9 },
  awaited: true,
  input: [1],
  options: {},
} as const
const chord = {
  ...course,
  id: 'run.4',
  at: '4',
  size: 2,
  policy: 'all',
  keep: false,
  link: [[call]],
  errback: [],
  rest: [call],
} as const
const error = {
  type: 'TypeError',
  message: 'no',
  stack: 'at',
  cause: { type: 'Error', message: '', stack: null, cause: null },
  code: 'x',
  data: { a: 1 },
  members: [{ id: 'a', index: 0, error: { type: 'E', message: '', stack: null, cause: null } }],
}
const failure = {
  id: 'run.1',
  task: 'a',
  error,
  state: 'FAILURE',
  args: [1],
  kwargs: {},
  retries: 0,
  root: 'run',
} as const
const shape = [
  { op: 'call', task: 'a', at: 0 },
  { op: 'fork', at: 1, members: [{ at: 2, count: 3, span: 1, shape: [{ op: 'call', task: 'a', at: 0 }] }] },
]
const app = new App()
const add = app.task('add', (a: number, b: number) => a + b)

/** Whether they say the same: JSON has numbers that nobody can write, such as 1e999. */
/** As JSON has it, in whatever order. */
function isSame(one: unknown, other: unknown): boolean {
  const [text, otherText] = [JSON.stringify(one), JSON.stringify(other)]
  return text === otherText || isDeepStrictEqual(JSON.parse(text), JSON.parse(otherText))
}

/** What goes on with something that was read must not fail. */
function goOn(item: StoredItem): void {
  if (Array.isArray(item)) begin(item as Plan, [1], course)
  else resume(item as Step, stored, [], [1], course)
}

/** Everything that reads what others may have written. */
export const TARGETS: Readonly<Record<string, Target>> = {
  /** A message, as its queue holds it. */
  envelope: {
    samples: [
      packMessage(message, seal),
      packMessage(spread, seal),
      packMessage({ ...message, options: {}, seat: null, rest: [], aside: true }, seal),
    ],
    read(text) {
      const read = unlessRefused(() => unpackMessage(text, seal), isRefusedMessage)
      if (read === undefined) return
      const again = unpackMessage(packMessage(read.message, seal), seal).message
      insist(isSame(again, read.message), 'a message that was read is written as itself')
      if (read.message.kind === 'spread') return
      requestOf(read.message, 1, { hostname: 'here', isEager: false })
      succeed(read.message, 1)
      fail(read.message, { type: 'E', message: '', stack: null, cause: null })
    },
  },
  /** The same, signed: whatever is changed, nothing but what was sent is read. */
  signed: {
    samples: [packMessage(message, signed), packMessage(spread, signed)],
    read(text) {
      const read = unlessRefused(() => unpackMessage(text, signed), isRefusedMessage)
      if (read === undefined) return
      const sent = [message, spread].some((one) => isDeepStrictEqual(one, read.message))
      insist(sent, 'only what was signed is read')
    },
  },
  /** A step or a branch, and a chord, as they are kept. */
  item: {
    samples: [
      JSON.stringify(call),
      JSON.stringify(fork),
      JSON.stringify([call, stored]),
      JSON.stringify(chord),
      JSON.stringify(spareItem(fork)),
      JSON.stringify(spareItem([call, stored])),
    ],
    read(text) {
      const item = unlessRefused(() => readItem(readJson(text)), isPlainRefusal)
      if (item !== undefined) goOn(item)
      unlessRefused(() => readChord(readJson(text)), isPlainRefusal)
    },
  },
  /** What became of a node, and what halts one. */
  verdict: {
    samples: [
      packVerdict({ state: 'SUCCESS', value: { a: [1] } }),
      'M',
      'I',
      packVerdict({ state: 'FAILURE', failure }),
      packVerdict({ state: 'REVOKED', failure: { ...failure, state: 'REVOKED' } }),
    ],
    read(text) {
      unlessRefused(() => unpackHalt(`\n0\n5\n-\n${text}`), isCoded)
      const verdict = unlessRefused(() => unpackVerdict(text), isCoded)
      if (verdict === undefined) return
      insist(
        isSame(unpackVerdict(packVerdict(verdict)), verdict),
        'a verdict that was read is written as itself',
      )
      if ('failure' in verdict)
        insist(reviveError(verdict.failure.error, new Map()) instanceof Error, 'a failure is an error')
    },
  },
  /** What is told of a run, and its outline. */
  news: {
    samples: ['S1\nFconstructor\nN1.2 ["PROGRESS",{"a":1}]\n', JSON.stringify(shape)],
    read(text) {
      for (const change of unpackChanges('run', text))
        insist(change === null || typeof change.state === 'string', 'a change has a state')
      unlessRefused(() => unpackShape(text), isCoded)
    },
  },
  /** Orders to workers, and their answers. */
  bus: {
    samples: [
      '{"to":null,"replyTo":"a","command":{"do":"autoscale","min":1,"max":2}}',
      '{"to":["w"],"replyTo":"a","command":{"do":"rate-limit","task":"t","rate":{"intervalMs":5,"scope":"worker"}}}',
      '{"hostname":"w","answer":{"ok":1}}',
    ],
    read(text) {
      const json = unlessRefused(() => readJson(text) as Json, isPlainRefusal)
      if (json === undefined) return
      const order = readOrder(json)
      insist(order === null || typeof order.command.do === 'string', 'an order says what to do')
      const reply = readReply(json)
      insist(reply === null || typeof reply.hostname === 'string', 'a reply says who replies')
    },
  },
  /** Signatures as JSON. */
  signature: {
    samples: [
      JSON.stringify(add.s(1, 2)),
      JSON.stringify(
        add
          .s(1, 2)
          .pipe(add.s(3))
          .set({ queue: 'q', countdown: 5, expires: '1m' })
          .link(add.s(1))
          .stamp({ t: 7 }),
      ),
      '{"task":"celery.chord","args":[],"kwargs":{"header":[{"task":"a"}],"body":{"task":"b"}},"options":{"policy":{"quorum":1}},"subtask_type":"chord"}',
      '{"task":"celery.chunks","kwargs":{"task":{"task":"a"},"it":[[1]],"n":2}}',
    ],
    read(text) {
      const read = unlessRefused(() => signature(text), isCoded)
      if (read === undefined) return
      const json = JSON.stringify(read)
      insist(JSON.stringify(signature(json)) === json, 'a signature that was read is written as itself')
      void String(read)
      void read.toMermaid()
    },
  },
  /** Ids of runs and nodes. */
  id: {
    samples: ['run', 'run.5.3', '0190-a_b:c', 'r.', '.r', 'ünï'],
    read(text) {
      insist(
        idAt(runOf(text), positionOf(text)) === text || text.endsWith('.'),
        'an id is its run and its position',
      )
      const run = unlessRefused(() => checkRunId(text), isCoded)
      insist(
        run === undefined || (runOf(run) === run && !/[{}\n\0]/.test(run)),
        'a run has no position and no hash tag',
      )
      insist(run === undefined || Buffer.from(run).toString() === run, 'a run comes back as it was sent')
      unlessRefused(() => app.result(text), isCoded)
    },
  },
}
