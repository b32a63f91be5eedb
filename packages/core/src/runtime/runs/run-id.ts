import { createHash } from 'node:crypto'
import { v7 } from 'uuid'
import { ArpeggioError } from '../../model/errors.ts'
import { LIMITS } from '../../model/limits.ts'

/** A new run id: time-ordered, so that ids sort as runs were made. The one door to uuid. */
export function newRunId(): string {
  return v7()
}

/** The run id of a key, the same in every process: a digest, so that no key is too long, and none is found twice. */
export function runIdFor(name: string, key: string): string {
  return createHash('sha256')
    .update(JSON.stringify([name, key]))
    .digest('base64url')
}

/** A caller's own id, if it can name a run: dots separate a run from its nodes, braces would name a hash slot, halves of characters all look the same once they were sent. */
export function checkRunId(id: string): string {
  if (id.length > 0 && id.length <= LIMITS.idCharacters && /^[^.{}\s\p{Cc}\p{Cs}]+$/u.test(id)) return id
  throw new ArpeggioError(
    'id-invalid',
    `taskId ${JSON.stringify(id)} cannot name a run. Use 1 to ${LIMITS.idCharacters} characters without dots, braces, spaces, control characters and halves of characters.`,
  )
}
