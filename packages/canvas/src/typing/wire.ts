/**
 * What a value is after its journey through JSON. What is plain JSON already is itself, name included, so that the
 * result of a task that returns a `Page` is a `Page`. A Date arrives as text, anything with `toJSON()` as what that
 * returns, `undefined` as null; methods are left behind. What JSON refuses, in whole or in part, is `NotJson`.
 */
export type Wire<T> = unknown extends T // any and unknown say nothing, and pass
  ? T
  : [T] extends [Plain<T>]
    ? T
    : [T] extends [Nothing] // void alone stays void: nobody looks at it
      ? Nothing extends T
        ? T
        : null
      : [T] extends [Sendable<T>]
        ? Arrived<T>
        : NotJson<Culprits<T>>

/**
 * What a task takes when its arguments travel as JSON: the same, but for what JSON refuses. Nobody has one of those, so a
 * call that gives one does not compile, and one that leaves it out does. Asked in this way, the compiler says no where a
 * parameter's type is not known yet, as in generic functions, and does not put the question off.
 */
export type Sent<Params extends readonly unknown[]> = { is: true } extends { is: HasCulprits<Params> }
  ? { [I in keyof Params]: Taken<Params[I]> }
  : Params

/** Nobody has one of these: they make the compiler complain, and tell it why. */
export interface NotJson<Culprits> {
  readonly 'this cannot travel as JSON': Culprits
}

/** What of a value, or of the items of a list, is known never to arrive. Of any and unknown nothing is known. */
export type NeverArrives<T> = Refusals<T extends readonly unknown[] ? T[number] : T>

type Refusals<T> = unknown extends T ? never : Extract<T, NotJson<unknown>>

/** T as far as it is plain JSON. Only ever compared with: a T that extends it loses nothing. */
type Plain<T> = unknown extends T
  ? T
  : T extends Scalar
    ? T
    : T extends Lost | HasToJson
      ? never
      : T extends readonly unknown[]
        ? number extends T['length']
          ? readonly Plain<T[number]>[]
          : { [I in keyof T]: Plain<T[I]> }
        : { [K in keyof T]: Plain<T[K]> | Extract<T[K], undefined> }

type HasCulprits<T> = T extends Plain<T> ? false : T extends Sendable<T> ? false : true

/** T as far as JSON can carry it, changed or not. Only ever compared with: a T that extends it is not refused. */
type Sendable<T> = unknown extends T
  ? T
  : T extends Scalar | HasToJson | undefined | Nothing
    ? T
    : T extends Refused
      ? never
      : T extends readonly unknown[]
        ? number extends T['length']
          ? HoldsUndefined<T> extends true
            ? never
            : readonly Sendable<T[number]>[]
          : { [I in keyof T]: Sendable<T[I]> }
        : { [K in keyof T]: IsSkipped<K, T[K]> extends true ? T[K] : Sendable<T[K]> }

/** What of T JSON refuses, by name, where it stands in T. */
type Culprits<T> = T extends Scalar | HasToJson | undefined | Nothing
  ? never
  : T extends Refused
    ? Name<T>
    : T extends readonly unknown[]
      ? number extends T['length']
        ? HoldsUndefined<T> extends true
          ? 'undefined'[]
          : Culprits<T[number]>[]
        : { [I in keyof T]: Culprits<T[I]> }
      : {
          [K in keyof T as T[K] extends Sendable<T[K]>
            ? never
            : IsSkipped<K, T[K]> extends true
              ? never
              : K]: Culprits<T[K]>
        }

type Taken<T> = unknown extends T
  ? T
  : T extends Sendable<T>
    ? T
    : T extends Refused
      ? NotJson<Name<T>>
      : IsList<T> extends true
        ? readonly Taken<T[number & keyof T]>[]
        : { [K in keyof T]: IsSkipped<K, T[K]> extends true ? T[K] : Taken<T[K]> }

/** What arrives of a T that JSON can carry. */
type Arrived<T> = T extends Scalar
  ? T
  : T extends undefined | Nothing
    ? null
    : T extends HasToJson
      ? Wire<ReturnType<T['toJSON']>>
      : T extends readonly unknown[]
        ? number extends T['length'] // a list is written out, so that its items are looked at lazily and may be lists of lists
          ? Wire<T[number]>[]
          : { [I in keyof T]: Wire<T[I]> }
        : // A property that is undefined is left out, and reads as undefined all the same.
          {
            [K in keyof T as IsSkipped<K, T[K]> extends true ? never : K]:
              | Wire<Exclude<T[K], undefined>>
              | Extract<T[K], undefined>
          }

type IsList<T> = T extends readonly unknown[] ? (number extends T['length'] ? true : false) : false
type HoldsUndefined<T extends readonly unknown[]> = unknown extends T[number]
  ? false
  : undefined extends T[number]
    ? true
    : false

/** Whether JSON passes over a property without a word: symbols, methods, and what is never there. */
type IsSkipped<K, V> = K extends symbol ? true : [V] extends [undefined | AnyMethod] ? true : false
type AnyMethod = (...args: never) => unknown
type Scalar = string | number | boolean | null
type Lost = undefined | Nothing | Refused
type Refused =
  | bigint
  | symbol
  | AnyMethod
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  | Promise<unknown>
  | ArrayBufferView
type Name<T> = T extends bigint
  ? 'a bigint'
  : T extends symbol
    ? 'a symbol'
    : T extends AnyMethod
      ? 'a function'
      : T extends ReadonlyMap<unknown, unknown>
        ? 'a Map'
        : T extends ReadonlySet<unknown>
          ? 'a Set'
          : T extends Promise<unknown>
            ? 'a Promise: await it first'
            : 'binary data'
interface HasToJson {
  toJSON(key: never): unknown
}

/** What a task without a result gives. */
export type Nothing = ReturnType<() => void>
