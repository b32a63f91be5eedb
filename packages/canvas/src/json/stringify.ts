import type { Node } from '../node/node.ts'
import { toCelery } from './to-celery.ts'

/** The same text as `JSON.stringify(toCelery(node))`, also where that would overflow the stack. */
export function stringify(node: Node): string {
  const signature = toCelery(node)
  try {
    return JSON.stringify(signature)
  } catch (error) {
    if (error instanceof RangeError) return writeJson(signature)
    throw error
  }
}

/** `JSON.stringify` for an object of any depth: slower, as it keeps a stack of its own. */
export function writeJson(root: object): string {
  const text: string[] = []
  const open: Frame[] = []
  const above = new Set<object>()
  const begin = (value: object): void => {
    if (above.has(value)) throw new TypeError('Converting circular structure to JSON')
    above.add(value)
    const keys = Array.isArray(value) ? undefined : Object.keys(value)
    const length = keys?.length ?? (value as unknown[]).length
    open.push({ value: value as Frame['value'], keys, length, next: 0, separator: '' })
    text.push(keys ? '{' : '[')
  }
  begin(root)
  for (let frame = open.at(-1); frame; frame = open.at(-1)) {
    if (frame.next === frame.length) {
      text.push(frame.keys ? '}' : ']')
      above.delete(frame.value)
      open.pop()
      continue
    }
    const key = frame.keys?.[frame.next] ?? String(frame.next)
    frame.next++
    const value = unwrap(frame.value[key], key)
    const label = frame.keys ? `${frame.separator}${JSON.stringify(key)}:` : frame.separator
    if (isContainer(value)) {
      text.push(label)
      begin(value)
    } else {
      const json: string | undefined = JSON.stringify(value) ?? (frame.keys ? undefined : 'null')
      if (json === undefined) continue
      text.push(label, json)
    }
    frame.separator = ','
  }
  return text.join('')
}

interface Frame {
  readonly value: Readonly<Record<string, unknown>>
  readonly keys: readonly string[] | undefined
  readonly length: number
  next: number
  separator: '' | ','
}

function unwrap(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return value
  const { toJSON } = value as { toJSON?: unknown }
  return typeof toJSON === 'function' ? toJSON.call(value, key) : value
}

function isContainer(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  return !(value instanceof Number || value instanceof String || value instanceof Boolean)
}
