import { ArpeggioError, isPlainObject, JsonRefusal, show, toJson } from '@arpeggio/core'

/** Every list and record without items is one of these two, so that a million calls without arguments share them. */
export const NO_ARGS: readonly unknown[] = Object.freeze([])
export const NO_KWARGS: Readonly<Record<string, unknown>> = Object.freeze({})

/**
 * A frozen copy of what a caller hands in, so that nothing the caller does later reaches the canvas, and nothing the
 * canvas does reaches the caller. Lists, plain objects and dates are copied, however deep they nest. What JSON cannot
 * carry (functions, Maps, instances, cycles) stays what it is: sending it is the moment to complain, with the path.
 */
export function capture<T>(value: T): T
export function capture(value: unknown): unknown {
  if (!isPlain(value)) return isDate(value) ? new Date(value) : value
  const copies = new Map<object, object>()
  const open: Plain[] = []
  const copyOf = (item: unknown): unknown => {
    if (!isPlain(item)) return isDate(item) ? new Date(item) : item
    if (isEmpty(item)) return Array.isArray(item) ? NO_ARGS : NO_KWARGS
    const known = copies.get(item)
    if (known !== undefined) return known
    const copy = Array.isArray(item) ? [] : {}
    copies.set(item, copy)
    open.push(item)
    return copy
  }
  const root = copyOf(value)
  for (let original = open.pop(); original !== undefined; original = open.pop()) {
    const copy = copies.get(original) as Plain
    if (Array.isArray(original)) for (const item of original) (copy as unknown[]).push(copyOf(item))
    else
      for (const key of Object.keys(original))
        put(copy as Record<string, unknown>, key, copyOf(original[key]))
    Object.freeze(copy)
  }
  return root
}

/** A frozen copy of a list of arguments. */
export function captureArgs(args: readonly unknown[]): readonly unknown[] {
  if (!Array.isArray(args)) {
    throw new ArpeggioError(
      'arguments-wrong',
      `Arguments are given as a list, and these are ${show(args)}. Write [argument].`,
    )
  }
  if (args.length === 0) return NO_ARGS
  // The usual call has only texts and numbers, and there may be a million of them: no bookkeeping for those.
  const isUsual = args.every((arg) => typeof arg !== 'object')
  return isUsual ? Object.freeze(args.slice()) : readable(args, 'args', () => capture(args))
}

/** A frozen copy of keyword arguments. */
export function captureKwargs(kwargs: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (!isPlainObject(kwargs)) {
    throw new ArpeggioError(
      'option-invalid',
      `Keyword arguments are an object, and these are ${show(kwargs)}. Write { name: value }.`,
    )
  }
  return readable(kwargs, 'kwargs', () => capture(kwargs))
}

/** What a getter or a proxy throws when it is read is told with the way to it, like all that cannot be sent. */
function readable<T>(value: unknown, whole: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    const json = toJson(value, whole)
    const { path, reason } =
      json instanceof JsonRefusal ? json : new JsonRefusal(whole, `reading it failed with ${show(cause)}`)
    throw new ArpeggioError(
      'value-not-json',
      `${path} ${reason}. Arguments travel as JSON: give plain data.`,
      { cause },
    )
  }
}

/** A plain property, even where the key is `__proto__`: reading a caller's data must not change a prototype. */
function put(copy: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') copy[key] = value
  else Object.defineProperty(copy, key, { value, enumerable: true })
}

type Plain = unknown[] | Record<string, unknown>

function isPlain(value: unknown): value is Plain {
  return Array.isArray(value) || isPlainObject(value)
}

function isDate(value: unknown): value is Date {
  return value instanceof Date && Object.getPrototypeOf(value) === Date.prototype
}

function isEmpty(value: Plain): boolean {
  return Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0
}
