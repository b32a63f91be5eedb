import type { Json, JsonObject } from '../../model/json.ts'
import type { CallMessage } from '../../model/message.ts'
import type { ErrorRecord } from '../../model/outcome.ts'
import type { Progress } from '../../model/run.ts'

/** Something that has happened, as whoever did it tells it; `attempt` is which delivery of the message it was. */
export type Happening =
  | { readonly kind: 'task-sent'; readonly message: CallMessage }
  | {
      readonly kind: 'task-received' | 'task-started'
      readonly message: CallMessage
      readonly attempt: number
    }
  | {
      readonly kind: 'task-succeeded' | 'task-ignored'
      readonly message: CallMessage
      readonly attempt: number
    }
  | { readonly kind: 'task-replaced'; readonly message: CallMessage; readonly attempt: number }
  | {
      readonly kind: 'task-failed' | 'task-revoked' | 'task-retried'
      readonly message: CallMessage
      readonly attempt: number
      readonly error: ErrorRecord
    }
  | { readonly kind: 'task-rejected'; readonly message: CallMessage; readonly attempt: number }
  | { readonly kind: 'task-progress'; readonly id: string; readonly state: string; readonly meta: Json }
  | {
      readonly kind: 'run-started'
      readonly run: string
      readonly root: string
      readonly parent: string | null
      readonly total: number
    }
  | { readonly kind: 'run-finished'; readonly run: string; readonly progress: Progress | null }
  | { readonly kind: 'worker-online' | 'worker-heartbeat' | 'worker-offline'; readonly about: JsonObject }

/** Hears what happens. It must not throw, and takes no time. */
export type Tell = (happening: Happening) => void
