import type { TaskNode } from '../node/node.ts'
import { DRAW_LIMITS, elide, gapText } from './sketch.ts'

/** The name to show for a task, its own if there is no other, as one line of readable text; a long one is cut. */
export function previewName({ task, options }: TaskNode, shadow: string | undefined): string {
  return readable(cut(options.shadow ?? shadow ?? task, DRAW_LIMITS.nameCharacters))
}

/** Arguments as in a call: `'u', 2, depth=3`. Long values are cut, long lists lose their middle. */
export function previewArguments(
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
): string {
  const keywords = Object.keys(kwargs)
  return [
    ...previewList(args, previewValue),
    ...previewList(keywords, (key) => `${previewKey(key)}=${previewValue(kwargs[key])}`),
  ].join(', ')
}

/** A list of items as text: `[1, 2, … 96 more …, 99, 100]`. */
export function previewItems(items: readonly unknown[]): string {
  return `[${previewList(items, previewValue).join(', ')}]`
}

function previewList<T>(items: readonly T[], preview: (item: T) => string): string[] {
  const [head, left, tail] = elide(items)
  const gap = left === 0 ? [] : [gapText({ left, isAll: false })]
  return [...head.map(preview), ...gap, ...tail.map(preview)]
}

/** Any value in a few characters, never failing; cheap, however large it is. */
export function previewValue(value: unknown): string {
  try {
    return literal(value, DRAW_LIMITS.argumentCharacters)
  } catch {
    return '…' // a getter threw
  }
}

function literal(value: unknown, room: number): string {
  switch (typeof value) {
    case 'string':
      return `'${readable(cut(value, room)).replaceAll("'", "\\'")}'`
    case 'bigint':
      return cut(`${value}n`, room)
    case 'function':
      return `function ${cut(readable(value.name), room)}`.trimEnd()
    case 'object':
      if (value === null) return 'null'
      if (Array.isArray(value))
        return sequence('[', value.length, (index, left) => literal(value[index], left), room, ']')
      if (value instanceof Date)
        return `'${Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()}'`
      return record(value as Record<string, unknown>, room)
    default:
      return cut(readable(String(value)), room)
  }
}

function record(value: Record<string, unknown>, room: number): string {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null)
    return `<${cut(readable(className(value)), room)}>`
  const keys = Object.keys(value)
  const entry = (index: number, left: number): string => {
    const key = previewKey(keys[index] as string)
    return `${key}: ${literal(value[keys[index] as string], left - key.length - 2)}`
  }
  return sequence('{', keys.length, entry, room, '}')
}

/** Items until the room is used up. Each level has less of it, so deep and cyclic values end too. */
function sequence(
  open: string,
  length: number,
  item: (index: number, room: number) => string,
  room: number,
  close: string,
): string {
  let text = open
  for (let index = 0; index < length; index++) {
    const left = room - text.length - 2
    if (left <= 0) return `${text}…${close}`
    text += item(index, left)
    if (index < length - 1) text += ', '
  }
  return text + close
}

function className(value: object): string {
  const name: unknown = (value.constructor as { name?: unknown } | undefined)?.name
  return typeof name === 'string' && name !== '' ? name : 'object'
}

function previewKey(key: string): string {
  return /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(key)
    ? cut(key, DRAW_LIMITS.argumentCharacters)
    : literal(key, DRAW_LIMITS.argumentCharacters)
}

/** A text in at most so many characters; never cuts one in two. */
export function cut(text: string, room: number): string {
  if (text.length <= room) return text
  return `${Array.from(text.slice(0, 2 * room))
    .slice(0, Math.max(room - 1, 0))
    .join('')}…`
}

/** Control characters, lone surrogates and whatever turns the direction of text, as escapes. */
function readable(text: string): string {
  return JSON.stringify(text)
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replace(/[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (character) => {
      return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
    })
}
