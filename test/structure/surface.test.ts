import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

/*
 * All that users can import, by hand: whoever widens it does so here, where it is seen. A name that is public once is
 * public for a long time.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const PUBLIC: Readonly<Record<string, { readonly values: string; readonly types: string }>> = {
  canvas: {
    values: `
      App currentTask memoryBackend LIMITS
      sharedTask chain chord group pipe signature Signature validate estimate
      ResultSet resultFromTuple
      Ignore Reject Retry
      ArpeggioError ChordError MaxRetriesExceededError SoftTimeLimitExceeded TaskRevokedError TimeLimitExceeded
      WorkerLostError`,
    types: `
      AppOptions Settings Config ConfigSource TaskRoutes Route RouteTable RouteFunction Placement CallOptions TaskAnnotations Annotation
      Home Self Task PackedTask TaskFace TaskMaker TaskOptions IdempotencyKey Serializer Compression TaskRequest DeliveryInfo RetryOptions
      Base Returned Logger LogLevel Repr AppEvents DiscoverOptions StandardSchema TaskSchema
      AnySignature Group SignatureDetails SetOptions LaunchOptions ChordPolicy Settled Node Wire Problem Estimate
      AsyncResult GroupResult ResultTuple GetOptions SharedOptions RevokeOptions State Look Update Run RunGraph RunNode RunUpdate Progress
      Worker WorkerOptions Stopped SignalOptions RateLimit Pace PoolOptions Autoscale AutoscaleOptions
      WorkEvent TaskPlace EventError EventStream Control Inspect AddressOptions Replies Answer NewTimeLimits HeldTask ActiveTask ReservedTask QueriedTask ScheduledTask ScheduledOptions QueueLength WorkerStats WorkerConf
      Duration Json ErrorClass ErrorCode ErrorRecord Failure`,
  },
  core: {
    values: `
      LIMITS MAX_VALUE_DEPTH WHOLE
      ArpeggioError ChordError MaxRetriesExceededError SoftTimeLimitExceeded TaskRevokedError TimeLimitExceeded
      WorkerLostError JsonRefusal toJson sizeOfJson thaw PACKED PLAIN_PACKER packEach shortenEach isDuration milliseconds moment idAt letterId retriesBehind runOf positionOf
      isForbiddenKey checkOptions unknownOption didYouMean isWhole isPlainObject KINDS show cut
      Audience memoryBackend systemClock virtualClock Halts endOfRest
      PLAIN_TASK UNHEARD SILENT TaskContext currentTask rateOf eventLog EventStream carriedBy tracedSending witnessed broadcast purge boundsOf Ignore Reject Retry builtInTasks createExecutor createWorker
      launch applyEagerly eagerWorld newRunId runIdFor checkRunId resultOfId resultOfRun restoreResult queuesOfRun ResultSet recordError reviveError
      enlist isPoolThread poolFor serve standInFor`,
    types: `
      Json JsonFault JsonObject PackedJson Packer Packing Duration ErrorCode OptionKind
      Plan Step Call Fork Stored StoredItem Listed Lists Placed Span CallOptions Policy Compiled Site Plannable
      Shape ShapeStep CallShape ForkShape Bunch Graft Launch Deadline Progress RunRecord
      Message CallMessage SpreadMessage Course Seat Input Chord Closed Taken Effect Wish Read
      Verdict Success Failed Ignored Failure FailedMember ErrorRecord RetryPolicy
      Backend Deliveries Delivery Interruption Bus Events Presence Present Queues QueueLength Scheduled Rates Reply Reopened Runs Results Standing Listener Change DeadLetters DeadLetter Awaitable Clock
      MemoryBackend MemoryOptions VirtualClock
      TaskDefinition Registry TaskRequest TaskWorld Surroundings Declared DeliveryInfo
      Handlers Returned Happenings Hear Logger RetryOptions ErrorClass Desk EagerWorld Executor
      Worker WorkerOptions WorkerPlace Employer SignalOptions Stopped Command Answer WorkEvent TaskPlace EventError EventLog Happening Tell Rate RateLimit Pace Pool PoolOptions Autoscale AutoscaleOptions Lane Tracing
      AsyncResult GroupResult ResultTuple GetOptions SharedOptions RevokeOptions State Look Update Run RunGraph RunNode RunUpdate`,
  },
  'redis-backend': { values: 'redisBackend', types: 'RedisBackendOptions Where ClusterWhere' },
  opentelemetry: { values: 'openTelemetry', types: '' },
  testing: {
    values: 'record stub virtualTime simulate SimulationError',
    types:
      'Ran Recorder Stubs VirtualTime VirtualTimeOptions SimulateOptions Simulated Seen End Fault Invariant',
  },
}

describe.each(Object.keys(PUBLIC))('@arpeggio/%s', (name) => {
  const { values, types } = PUBLIC[name] as { values: string; types: string }

  it('exports these values, and no other', async () => {
    const exported = await import(`@arpeggio/${name}`)
    expect(Object.keys(exported).sort()).toEqual(words(values))
  })

  it('exports these types, and no other', () => {
    expect(typesOf(join(ROOT, 'packages', name, 'src/index.ts')).sort()).toEqual(words(types))
  })

  it('writes each name it exports: nothing comes in by a star', () => {
    expect(readFileSync(join(ROOT, 'packages', name, 'src/index.ts'), 'utf8')).not.toMatch(
      /export \*|export default/,
    )
  })
})

function words(text: string): string[] {
  return text.split(/\s+/).filter(Boolean).sort()
}

/** The names a file exports as types, under the names they are exported as. */
function typesOf(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(/export\s+(type\s+)?\{([^}]*)\}/g)].flatMap(([, all, list]) =>
    (list as string)
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '' && (all !== undefined || item.startsWith('type ')))
      .map((item) => item.replace(/^type\s+/, '').replace(/^.*\sas\s+/, '')),
  )
}
