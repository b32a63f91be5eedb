import { type Duration, Ignore, type Json, type Plannable, type TaskContext } from '@arpeggio/core'
import type { Node } from '../../packages/canvas/src/node/node.ts'
import { brief } from './brief.ts'

/** What a call does when it runs, told as data: the reference reads it, the tasks below do it. */
export type Act =
  | { readonly act: 'give' } // a value that tells what it was given
  | { readonly act: 'say'; readonly value: Json }
  | { readonly act: 'fail' }
  | { readonly act: 'retry'; readonly failures: number; readonly maxRetries: number }
  | { readonly act: 'ignore' }
  | { readonly act: 'expire' } // its time was over before it was sent, so it never runs
  | { readonly act: 'nobody' } // no worker knows its task
  | { readonly act: 'replace'; readonly by: Node }
  | { readonly act: 'add'; readonly members: readonly Node[] }

/** The acts of a canvas by label. Every call has a label of its own, as its last argument, so that no two are mixed up. */
export type Table = ReadonlyMap<string, Act>

/** A task for each act, but for the one nobody knows. */
export const ACTS = ['give', 'say', 'fail', 'retry', 'ignore', 'expire', 'replace', 'add'] as const

/** One attempt at a call: whose, with what in front of its label, and which attempt. */
export interface Attempt {
  readonly label: string
  readonly given: string
  readonly retries: number
}

/** What is seen of a call while it runs. */
export interface Witness {
  readonly attempt: Attempt
  readonly id: string
  /** Which delivery of its message it was. */
  readonly deliveries: number
}

/** The value of a call that tells what it was given. */
export function telling(label: string, given: string): string {
  return `${label}${given}`
}

export function failureOf(label: string): string {
  return `${label} failed`
}

/** Does what the table says of a call. What is tried again waits for `patience`. */
export type Play = (context: TaskContext, args: readonly unknown[]) => Json

export function playOf(
  table: Table,
  plannable: (node: Node) => Plannable,
  saw: (witness: Witness) => void,
  patience: Duration = '3m',
): Play {
  return (context, args) => {
    const label = args.at(-1) as string
    const { id, retries, deliveries } = context.request
    const given = brief(args.slice(0, -1) as Json[])
    saw({ id, deliveries, attempt: { label, given, retries } })
    const act = table.get(label) ?? { act: 'fail' }
    switch (act.act) {
      case 'give':
        return telling(label, given)
      case 'say':
        return act.value
      case 'fail':
      case 'expire':
      case 'nobody':
        throw new Error(failureOf(label))
      case 'retry': {
        if (retries >= act.failures) return telling(label, given)
        const error = new Error(failureOf(label))
        return context.retry({ error, maxRetries: act.maxRetries, countdown: patience })
      }
      case 'ignore':
        throw new Ignore()
      case 'replace':
        return context.replace(plannable(act.by))
      case 'add':
        for (const member of act.members) context.addToChord(plannable(member))
        return telling(label, given)
    }
  }
}
