import type { Returned, TaskRequest, Tracing } from '@arpeggio/core'
import {
  type Attributes,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'

/**
 * Tells OpenTelemetry of every run that is sent and every attempt at a task: `new App({ tracing: openTelemetry() })`. Where
 * it stands travels in the messages' headers, so that one workflow is one trace, through all processes.
 */
export function openTelemetry(): Tracing {
  const tracer = trace.getTracer('arpeggio')
  return {
    sending(name, send) {
      const attributes = { ...MESSAGING, 'messaging.operation.type': 'send' }
      return tracer.startActiveSpan(`send ${name}`, { kind: SpanKind.PRODUCER, attributes }, async (span) => {
        try {
          const run = await send()
          span.setAttribute('messaging.message.id', run.id)
          return run
        } catch (error) {
          fail(span, error)
          throw error
        } finally {
          span.end()
        }
      })
    },
    carried() {
      const carrier: Record<string, string> = {}
      propagation.inject(context.active(), carrier)
      return carrier
    },
    running(request, run) {
      const parent = propagation.extract(ROOT_CONTEXT, request.headers) // a worker is part of no trace
      const options = { kind: SpanKind.CONSUMER, attributes: attributesOf(request) }
      return tracer.startActiveSpan(`run ${request.task}`, options, parent, async (span) => {
        try {
          tell(span, await run())
        } finally {
          span.end()
        }
      })
    },
  }
}

const MESSAGING = { 'messaging.system': 'arpeggio' }

function attributesOf({ id, rootId, task, retries, deliveries, deliveryInfo }: TaskRequest): Attributes {
  return {
    ...MESSAGING,
    'messaging.operation.type': 'process',
    'messaging.destination.name': deliveryInfo.queue,
    'messaging.message.id': id,
    'messaging.message.conversation_id': rootId,
    'arpeggio.task': task,
    'arpeggio.retries': retries,
    'arpeggio.deliveries': deliveries,
  }
}

function tell(span: Span, returned: Returned): void {
  span.setAttribute('arpeggio.state', returned.state)
  if (returned.state === 'FAILURE') fail(span, returned.error)
  if (returned.state === 'RETRY') span.recordException(asError(returned.error))
}

function fail(span: Span, error: unknown): void {
  span.recordException(asError(error))
  span.setStatus({ code: SpanStatusCode.ERROR, message: asError(error).message })
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
