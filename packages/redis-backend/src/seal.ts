import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import { ArpeggioError } from '@arpeggio/core'
import { type About, untrusted } from './untrusted.ts'

/*
 * What decides which tasks run can be signed: messages, the steps and branches that are kept beside them, chords, and dead
 * letters. A signature stands in front of the JSON it is for, so that a message still ends with a brace, as the scripts
 * expect, and is made of the keys' HMAC-SHA256 over what it is, where it belongs, and the JSON. So nothing that was
 * signed once counts anywhere else.
 */

/** Signs what is sent, and refuses what was not sent by who has a key. */
export interface Seal {
  /** The text, with a signature in front. */
  sign(about: About, json: string): string
  /** The text without its signature. Throws `message-untrusted` when that is missing, or of something else. */
  open(about: About, text: string): string
}

/** What keys may be given as. */
export type SigningKey = string | Uint8Array

/** JSON never begins like this. */
const MARK = '~'
/** SHA-256 as base64url. */
const LENGTH = 43
/** Shorter keys can be guessed. */
const LEAST_BYTES = 32
const MOST_KEYS = 8

/** The first key signs, all are good to verify with. Without keys nothing is signed. */
export function sealOf(prefix: string, signWith: unknown): Seal {
  if (signWith === undefined) return NO_SEAL
  const keys = keysIn(signWith)
  const [first] = keys as [KeyObject, ...KeyObject[]]
  const signature = (key: KeyObject, about: About, json: string): string =>
    createHmac('sha256', key)
      .update(`${prefix}\n${about.join('\n')}\n${json}`)
      .digest('base64url')
  return {
    sign: (about, json) => MARK + signature(first, about, json) + json,
    open(about, text) {
      if (text[0] !== MARK) throw untrusted(about, 'missing')
      const told = text.slice(1, LENGTH + 1)
      const json = text.slice(LENGTH + 1)
      const isGood = (key: KeyObject): boolean => isEqual(signature(key, about, json), told)
      if (keys.some(isGood)) return json
      throw untrusted(about, 'foreign')
    },
  }
}

const NO_SEAL: Seal = {
  sign: (_about, json) => json,
  open(about, text) {
    if (text[0] !== MARK) return text
    throw untrusted(about, 'keyless')
  },
}

/** As texts: base64 has several for the same bytes, and only one is ours. */
function isEqual(a: string, b: string): boolean {
  const [ours, theirs] = [Buffer.from(a), Buffer.from(b)]
  return ours.length === theirs.length && timingSafeEqual(ours, theirs)
}

/** They are not shown, whatever is wrong with them. */
function keysIn(signWith: unknown): KeyObject[] {
  const isFew = Array.isArray(signWith) && signWith.length > 0 && signWith.length <= MOST_KEYS
  if (!isFew) throw refused(`is no list of 1 to ${MOST_KEYS} keys`)
  return signWith.map((key: unknown, index) => {
    const bytes = typeof key === 'string' ? Buffer.from(key) : key
    if (bytes instanceof Uint8Array && bytes.length >= LEAST_BYTES) return createSecretKey(bytes)
    throw refused(`has a key, number ${index + 1}, that is no text or bytes of at least ${LEAST_BYTES} bytes`)
  })
}

function refused(what: string): ArpeggioError {
  return new ArpeggioError(
    'option-invalid',
    `The option signWith of redisBackend ${what}. Give a list such as [process.env.SIGNING_KEY], made by: openssl rand -base64 32.`,
  )
}
