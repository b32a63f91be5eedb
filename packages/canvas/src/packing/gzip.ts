import { gunzipSync, gzipSync } from 'node:zlib'
import { ArpeggioError, type Json, LIMITS, sizeOfJson } from '@arpeggio/core'

/** A value in fewer bytes, as text; null where it is short, or would not become shorter. */
export function gzip(json: Json): string | null {
  if (sizeOfJson(json) < LIMITS.compressedFromBytes) return null
  const text = JSON.stringify(json)
  const bytes = Buffer.byteLength(text)
  if (bytes > LIMITS.valueBytes) return null // so large a one would be refused where it is unpacked
  const short = gzipSync(text).toString('base64')
  return short.length < bytes ? short : null
}

/** The value again. One that grows over the limit was never made here, and is not let grow. */
export function gunzip(short: Json): Json {
  if (typeof short !== 'string') throw new TypeError('it is no text')
  try {
    const bytes = gunzipSync(Buffer.from(short, 'base64'), { maxOutputLength: LIMITS.valueBytes })
    return JSON.parse(bytes.toString())
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') throw cause
    throw new ArpeggioError(
      'limit-exceeded',
      `A value that was compressed has more than the ${LIMITS.valueBytes} bytes it may have, and is not unpacked. Store it elsewhere and send where.`,
      { cause },
    )
  }
}
