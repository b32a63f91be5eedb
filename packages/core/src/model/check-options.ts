import { ArpeggioError } from './errors.ts'
import { FOREIGN_WORDS, type ForeignWord, type OptionsOf } from './foreign-words.ts'
import { nearest } from './nearest.ts'
import { show } from './show.ts'

/** What an option may be, and how to say so. */
export interface OptionKind {
  is(value: unknown): boolean
  readonly hint: string
}

/** Kinds of options that many have; `anything` is checked by whoever reads it. */
export const KINDS: Readonly<
  Record<
    | 'text'
    | 'flag'
    | 'count'
    | 'texts'
    | 'queue'
    | 'queues'
    | 'errorClasses'
    | 'deed'
    | 'signal'
    | 'anything',
    OptionKind
  >
> = Object.freeze({
  text: kind(isText, 'Give a text that is not empty.'),
  flag: kind((value) => typeof value === 'boolean', 'Give true or false.'),
  count: kind((value) => isWhole(value, 1), 'Give a whole number from 1.'),
  texts: kind(
    (value) => Array.isArray(value) && value.length > 0 && value.every(isText),
    'Give a list of texts, at least one.',
  ),
  queue: kind(isQueue, 'Give a text that is not empty, without control characters.'),
  queues: kind(
    (value) => Array.isArray(value) && value.length > 0 && value.every(isQueue),
    'Give a list of texts, at least one, without control characters.',
  ),
  errorClasses: kind(
    (value) => Array.isArray(value) && value.every(isErrorClass),
    'Give a list of error classes, such as [TypeError].',
  ),
  deed: kind((value) => typeof value === 'function', 'Give a function.'),
  signal: kind(isSignal, 'Give the signal of an AbortController.'),
  anything: kind(() => true, ''),
})

function kind(is: (value: unknown) => boolean, hint: string): OptionKind {
  return Object.freeze({ is, hint })
}

/**
 * Refuses options that are none, that have a name nobody knows, or a value they cannot have. `undefined` says nothing. `of` whom
 * they are, where others have words of their own for such options.
 */
export function checkOptions(
  given: unknown,
  known: Readonly<Record<string, OptionKind>>,
  owner: string,
  of: OptionsOf | null = null,
): void {
  if (!isPlainObject(given)) {
    throw new ArpeggioError('option-invalid', `The options of ${owner} are ${show(given)}. Give an object.`)
  }
  for (const [name, value] of Object.entries(given)) {
    const kind = Object.hasOwn(known, name) ? known[name] : undefined
    if (kind === undefined) throw unknownOption(name, Object.keys(known), owner, of)
    if (value === undefined || kind.is(value)) continue
    throw new ArpeggioError(
      'option-invalid',
      `The option ${name} of ${owner} cannot be ${show(value)}. ${kind.hint}`,
    )
  }
}

/** An option that is not known, with the name that was probably meant. */
export function unknownOption(
  name: string,
  names: readonly string[],
  owner: string,
  of: OptionsOf | null = null,
): ArpeggioError {
  const hint = meantBy(name, names, of) ?? `The options are ${names.join(', ')}.`
  return new ArpeggioError('option-invalid', `${owner} has no option ${show(name)}. ${hint}`)
}

/** What to write in its place. What others say is known for certain; what is like it is a guess. */
function meantBy(name: string, names: readonly string[], of: OptionsOf | null): string | null {
  const camel = inCamelCase(name)
  if (names.includes(camel)) return `Its word here is ${camel}.`
  const foreign = of === null ? undefined : FOREIGN_WORDS[of].get(camel)
  if (foreign !== undefined) return translated(foreign, names)
  const close = nearest(name, names) ?? longerFor(camel, names)
  return close === null ? null : `Did you mean ${close}?`
}

/** What an app says of all its tasks or workers, or tells of one, has the name it has there, and whose it is in front. */
function longerFor(name: string, names: readonly string[]): string | null {
  const capital = name.slice(0, 1).toUpperCase() + name.slice(1)
  const longer = [`task${capital}`, `worker${capital}`, `task-${name}`, `worker-${name}`]
  return longer.find((long) => names.includes(long)) ?? null
}

function translated(foreign: ForeignWord, names: readonly string[]): string {
  if ('advice' in foreign) return foreign.advice
  const { ours, of, says } = foreign
  const here = ours.find((word) => names.includes(word))
  return `Its word here is ${here ?? `${ours[0]}, an option of ${of}`}: ${says}.`
}

/** A name as Python has them, as JavaScript has them. */
function inCamelCase(name: string): string {
  return name.replace(/(?<=[^_])_+([a-z\d])/g, (_, letter: string) => letter.toUpperCase())
}

/** Whether it is a whole number, at least so large. */
export function isWhole(value: unknown, least: number): boolean {
  return Number.isInteger(value) && (value as number) >= least
}

/** Whether it is an object as it is written, `{ name: value }`: no list, and no instance of a class. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null // that of some realm
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

/** Backends put it in a line of its own, and halves of characters all look the same once they were sent. */
function isQueue(value: unknown): boolean {
  return isText(value) && !/[\p{Cc}\p{Cs}]/u.test(value as string)
}

function isSignal(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'aborted' in value && 'addEventListener' in value
}

function isErrorClass(value: unknown): boolean {
  return typeof value === 'function' && (value === Error || value.prototype instanceof Error)
}
