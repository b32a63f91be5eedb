import { ArpeggioError, idAt, show } from '@arpeggio/core'
import { isOfWrongType } from './insist.ts'

/** What something is, and where it belongs. The place of a message is its head, without the first line. */
export type About = readonly [kind: 'message' | 'item' | 'chord' | 'letter', ...place: string[]]

/** What is wrong with a signature. */
export type Fault = 'missing' | 'foreign' | 'keyless'

const CODE = 'message-untrusted'

/** Something that is not to be gone on from, because nobody has signed it whose key is known here. */
export function untrusted(about: About, fault: Fault): ArpeggioError {
  return new ArpeggioError(CODE, `${inWords(about)} ${REMEDIES[fault]}`)
}

const REMEDIES: Readonly<Record<Fault, string>> = {
  missing:
    'is not signed, and only what is signed is run here. Give whoever sends the keys that workers have (signWith of redisBackend). If nobody of yours has sent it, somebody else writes to this Redis.',
  foreign:
    'is signed by somebody else, or was changed. Give whoever sends and whoever works the same keys (signWith of redisBackend), and while a key is being changed both of them. If nobody of yours has sent it, somebody else writes to this Redis.',
  keyless:
    'is signed, and this backend was given no keys (signWith). Give redisBackend the keys of whoever sends: nobody can tell without them who that was.',
}

/** What it is, as far as it says so itself. */
function inWords([kind, ...place]: About): string {
  const [first = '', second = '', third = ''] = place
  switch (kind) {
    case 'message': {
      const [queue = '', , run = '', position = ''] = first.split('\n')
      return `The message ${show(idAt(run, position))} in the queue ${show(queue)}`
    }
    case 'item':
      return `Step ${third} of the list ${show(second)} of the run ${show(first)}`
    case 'chord':
      return `The chord ${show(idAt(first, second))}`
    case 'letter':
      return `The dead letter ${show(first)}`
  }
}

/** Why something is set aside, in one line that goes on. */
export function reasonOf(error: unknown): string {
  const { message } = error as Error
  return isUntrusted(error) ? `${CODE}: ${message.replace(/\.$/, '')}` : message
}

/** Whether something was refused for the sake of its signature. */
export function isUntrusted(error: unknown): error is ArpeggioError {
  return error instanceof ArpeggioError && error.code === CODE
}

/** The same of a reason that was kept. */
export function tellsOfDistrust(reason: string): boolean {
  return reason.startsWith(`${CODE}: `)
}

/** Whether something was found that is none of ours; whatever else is thrown says that nothing was found out. */
export function isNoneOfOurs(error: unknown): boolean {
  if (!(error instanceof ArpeggioError)) return true
  return error.code === CODE || error.code === 'value-unreadable' || isOfWrongType(error.cause)
}
