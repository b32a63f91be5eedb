import { App, chord, memoryBackend, type Self } from '@arpeggio/canvas'
import type { Backend } from '@arpeggio/core'
import { openTelemetry } from '@arpeggio/opentelemetry'
import { redisBackend } from '@arpeggio/redis-backend'
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { redisHere } from '../support/redis-here.ts'

/* One workflow is one trace, whoever runs its tasks. */

const exporter = new InMemorySpanExporter()
const here = redisHere()
let stores = 0

const homes: readonly (readonly [string, () => Backend])[] = [
  ['in memory', () => memoryBackend()],
  ['on Redis', () => redisBackend(here.server.url, { prefix: `trace-${stores++}`, warn: () => {} })],
]

beforeAll(() => {
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  trace.setGlobalTracerProvider(provider)
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
})
afterEach(() => exporter.reset())
afterAll(() => {
  trace.disable()
  context.disable()
  propagation.disable()
})

/** Somebody who sends, and somebody else who runs. */
function build(backend: Backend) {
  const tracing = openTelemetry()
  const client = new App({ backend, tracing, logLevel: 'silent' })
  const server = new App({ backend, tracing, logLevel: 'silent' })
  let fails = 1
  const add = server.task('add', (a: number, b: number) => a + b)
  const total = server.task('total', (values: number[]) => values.reduce((sum, value) => sum + value, 0))
  const note = server.task('note', (_failure: unknown) => null)
  const flaky = server.task({ name: 'flaky', autoretryFor: [RangeError], defaultRetryDelay: 1 }, () => {
    if (fails-- > 0) throw new RangeError('not yet')
    return 1
  })
  const broken = server.task('broken', () => {
    throw new TypeError('no')
  })
  const calls = server.task('calls', async () => (await add.s(1, 2).delay()).get({ allowInTask: true }))
  const swapped = server.task({ name: 'swapped', bind: true }, (self: Self) => self.replace(add.s(2, 2)))
  return { client, server, add, total, note, flaky, broken, calls, swapped }
}

/** The spans, by what they are called: those that belong together, and who is whose child. */
function told(): string[] {
  const spans = exporter.getFinishedSpans()
  const byId = new Map(spans.map((span) => [span.spanContext().spanId, span]))
  const nameOf = (span: ReadableSpan): string => {
    const parent = span.parentSpanContext && byId.get(span.parentSpanContext.spanId)
    return parent === undefined ? span.name : `${nameOf(parent)} > ${span.name}`
  }
  return spans.map(nameOf).sort()
}

function named(name: string): ReadableSpan[] {
  return exporter.getFinishedSpans().filter((span) => span.name === name)
}

describe.each(homes)('%s, a workflow', (_, home) => {
  it('is one trace: what it was sent from, its sending, and every task of it', async () => {
    const { client, server, add, total, note, flaky } = build(home())
    await server.worker().start()
    const canvas = chord([add.s(1, 2), flaky.s()], total.s())
      .pipe(add.s(10))
      .link(note.s())
    await trace.getTracer('test').startActiveSpan('page', async (page) => {
      const result = await client.signature(JSON.parse(canvas.stringify())).delay()
      await result.run.finished()
      page.end()
    })
    expect(told()).toEqual([
      'page',
      'page > send chord',
      'page > send chord > run add',
      'page > send chord > run add',
      'page > send chord > run flaky',
      'page > send chord > run flaky',
      'page > send chord > run note',
      'page > send chord > run total',
    ])
    expect(new Set(exporter.getFinishedSpans().map((span) => span.spanContext().traceId)).size).toBe(1)
    expect(named('send chord')[0]?.kind).toBe(SpanKind.PRODUCER)
    expect(named('run flaky').map(({ attributes }) => attributes['arpeggio.state'])).toEqual([
      'RETRY',
      'SUCCESS',
    ])
    await Promise.all([client.close(), server.close()])
  })

  it('goes on in what its tasks send, and in what takes their place', async () => {
    const { client, server, calls, swapped } = build(home())
    await server.worker().start()
    await calls.run()
    await swapped.run()
    expect(told()).toEqual([
      'send calls',
      'send calls > run calls',
      'send calls > run calls > send add',
      'send calls > run calls > send add > run add',
      'send swapped',
      'send swapped > run swapped',
      'send swapped > run swapped > run add',
    ])
    await Promise.all([client.close(), server.close()])
  })

  it('tells what failed', async () => {
    const { client, server, broken } = build(home())
    await server.worker().start()
    await (
      await broken
        .s()
        .set({ headers: { tenant: 7 } })
        .delay()
    ).run.finished()
    const [span] = named('run broken')
    expect(span).toMatchObject({
      status: { code: SpanStatusCode.ERROR, message: 'no' },
      events: [{ name: 'exception', attributes: { 'exception.type': 'TypeError' } }],
      attributes: { 'messaging.system': 'arpeggio', 'arpeggio.task': 'broken', 'arpeggio.state': 'FAILURE' },
    })
    await Promise.all([client.close(), server.close()])
  })

  it('is traced eagerly as well', async () => {
    const { client, server, add } = build(home())
    await (await add.s(1, 2).pipe(add.s(3)).apply()).get()
    expect(told()).toEqual(['send chain', 'send chain > run add', 'send chain > run add'])
    await Promise.all([client.close(), server.close()])
  })
})

it('a tracer that fails changes nothing', async () => {
  const reported: string[] = []
  const tracing = {
    ...openTelemetry(),
    running: () => Promise.reject(new Error('no exporter')),
  }
  const app = new App({ tracing, report: (problem) => reported.push(problem) })
  const add = app.task('add', (a: number, b: number) => a + b)
  await app.worker().start()
  expect(await add.s(1, 2).run()).toBe(3)
  expect(reported).toEqual(['The attempt at add could not be traced'])
  await app.close()
})
