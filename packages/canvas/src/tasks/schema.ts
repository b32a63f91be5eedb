import { ArpeggioError, checkOptions, cut, LIMITS } from '@arpeggio/core'
import type { Problem } from '../compile/arguments.ts'

/** Any Standard Schema (standardschema.dev), such as those of zod, valibot and arktype. This much of it is asked for. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => Checked<Output> | Promise<Checked<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

/** What a schema made of a value, or what it has against it. */
type Checked<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly Issue[] }

interface Issue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** What a task's arguments and its value must be: a schema for each argument, or one for the list of them. */
export interface TaskSchema<
  Args extends StandardSchema | readonly StandardSchema[] = StandardSchema | readonly StandardSchema[],
  Value extends StandardSchema | undefined = StandardSchema | undefined,
> {
  readonly args?: Args
  readonly result?: Value
}

/** What a schema takes. */
export type TakenBy<Schema extends StandardSchema> = NonNullable<Schema['~standard']['types']>['input']

/** What a schema makes of it. */
export type MadeBy<Schema extends StandardSchema> = NonNullable<Schema['~standard']['types']>['output']

/** What a list of schemas takes, and what it makes of it. */
export type AllTaken<Schemas extends readonly StandardSchema[]> = {
  -readonly [I in keyof Schemas]: TakenBy<Schemas[I]>
}
export type AllMade<Schemas extends readonly StandardSchema[]> = {
  -readonly [I in keyof Schemas]: MadeBy<Schemas[I]>
}

/** Refuses what is no schema. */
export function checkSchema(schema: unknown, task: string): void {
  const isOne = (value: unknown): boolean =>
    ['object', 'function'].includes(typeof value) && value !== null && '~standard' in (value as object)
  const hint = 'Give a Standard Schema, such as one of zod, valibot or arktype.'
  const args = { is: (value: unknown) => isOne(value) || (Array.isArray(value) && value.every(isOne)), hint }
  checkOptions(schema, { args, result: { is: isOne, hint } }, `the schema of the task ${task}`)
}

/** What the schemas make of a task's arguments; throws what they have against them. At once, if the schemas answer at once. */
export function argumentsBy(
  { args: schema }: TaskSchema,
  task: string,
  given: readonly unknown[],
): readonly unknown[] | Promise<readonly unknown[]> {
  if (schema === undefined) return given
  const what = `The arguments of ${task}`
  if (!isList(schema)) {
    return next(ask(schema, given), (checked) => taken(checked, what, ['args']) as readonly unknown[])
  }
  const count = Math.max(schema.length, given.length)
  const answers = Array.from({ length: count }, (_, i) =>
    schema[i] === undefined ? { value: given[i] } : ask(schema[i], given[i]),
  )
  const all = answers.some(isPromise) ? Promise.all(answers) : (answers as Checked<unknown>[])
  return next(all, (checked) => checked.map((one, i) => taken(one, what, ['args', i])))
}

/** What the schema makes of a task's value; throws what it has against it. */
export function resultBy({ result: schema }: TaskSchema, task: string, value: unknown): unknown {
  if (schema === undefined) return value
  return next(ask(schema, value), (checked) => taken(checked, `The result of ${task}`, ['result']))
}

/** Why a call will not be taken, if its schemas can tell at once. */
export function refusalBy(schema: TaskSchema, task: string, given: readonly unknown[]): Problem | null {
  try {
    const parsed = argumentsBy(schema, task, given)
    if (isPromise(parsed)) parsed.catch(() => {}) // it is asked again when the task runs
    return null
  } catch (error) {
    if (!isRefusal(error)) return null // a schema that fails, fails the task
    return { code: error.code, path: 'args', message: error.message }
  }
}

/** Goes on when there is something: at once, if it is there already. */
export function next<T, U>(value: T | Promise<T>, then: (value: T) => U): U | Promise<Awaited<U>> {
  return isPromise(value) ? (value.then(then) as Promise<Awaited<U>>) : then(value)
}

function isRefusal(error: unknown): error is ArpeggioError {
  return error instanceof ArpeggioError && error.code === 'value-refused'
}

function ask(schema: StandardSchema, value: unknown): Checked<unknown> | Promise<Checked<unknown>> {
  return schema['~standard'].validate(value)
}

function taken(checked: Checked<unknown>, what: string, place: readonly PropertyKey[]): unknown {
  if (checked.issues === undefined) return checked.value
  const said = checked.issues.map(({ message, path = [] }) => `${pathOf([...place, ...path])}: ${message}`)
  const list = cut(said.join('; '), LIMITS.errorTextCharacters)
  throw new ArpeggioError('value-refused', `${what} cannot be: ${list}. Its schema says so.`)
}

function pathOf(path: readonly (PropertyKey | { readonly key: PropertyKey })[]): string {
  const keys = path.map((part) => (typeof part === 'object' ? part.key : part))
  return keys.reduce<string>(
    (text, key, i) =>
      typeof key === 'number' ? `${text}[${key}]` : i === 0 ? String(key) : `${text}.${String(key)}`,
    '',
  )
}

function isList(schema: StandardSchema | readonly StandardSchema[]): schema is readonly StandardSchema[] {
  return Array.isArray(schema)
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return value instanceof Promise
}
