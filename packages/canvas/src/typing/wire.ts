/**
 * What a value is after its journey through JSON. What is plain JSON already is itself, name included, so that the
 * result of a task that returns a `Page` is a `Page`. A Date arrives as text, anything with `toJSON()` as what that
 * returns, `undefined` as null; methods and symbols are left behind. What JSON refuses arrives never.
 */
export type Wire<T> = unknown extends T // any and unknown say nothing, and pass
  ? T
  : [T] extends [Plain<T>]
    ? T
    : [T] extends [Nothing] // void alone stays void: nobody looks at it
      ? Nothing extends T
        ? T
        : null
      : Arrived<T>

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

type Arrived<T> = T extends Scalar
  ? T
  : T extends undefined | Nothing
    ? null
    : T extends HasToJson
      ? Wire<ReturnType<T['toJSON']>>
      : T extends Lost
        ? never
        : T extends readonly unknown[]
          ? number extends T['length'] // a list is written out, so that its items are looked at lazily and may be lists of lists
            ? Wire<T[number]>[]
            : { [I in keyof T]: Wire<T[I]> }
          : // A property that is undefined is left out, and reads as undefined all the same.
            { [K in keyof T as Named<K, T[K]>]: Wire<Exclude<T[K], undefined>> | Extract<T[K], undefined> }

type Named<K, V> = K extends symbol ? never : [V] extends [Lost] ? never : K
type Scalar = string | number | boolean | null
type Lost =
  | undefined
  | Nothing
  | bigint
  | symbol
  | ((...args: never) => unknown)
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
interface HasToJson {
  toJSON(key: never): unknown
}

/** What a task without a result gives. */
// biome-ignore lint/suspicious/noConfusingVoidType: this is what must be recognised, and it has no other name
export type Nothing = void
