/**
 * What a call still needs: the argument lists that may be put in front of `Given` so that all together fit `Params`.
 * Mostly one list; more than one where optional parameters leave a choice. Whoever takes anything (`unknown`) still does.
 * Where `Given` only fits without a last parameter that is an object, that one is left to `kw`.
 */
export type Missing<Params, Given extends readonly unknown[]> = unknown extends Params
  ? Params
  : Given extends readonly []
    ? Params
    : [Front<Params, Given, []>] extends [never]
      ? Params extends readonly [...infer Others, infer Kwargs]
        ? Owing<Front<Others, Given, []>, Kwargs>
        : never
      : Front<Params, Given, []>

/** The argument lists a partial may hold: the last parameters, any number of them. A last object may be left to `kw`. */
export type Suffix<Params> = unknown extends Params
  ? readonly unknown[]
  : Params extends readonly unknown[]
    ? Tail<Params> | Tail<WithoutKwargs<Params>>
    : never

/** The same call in full, but for a last object that may be left to `kw`. */
export type Full<Params extends readonly unknown[]> = Params | WithoutKwargs<Params>

/** What a call takes that misses nothing but keyword arguments: them first, with `kw`, and then `In`. */
export type Owing<In, Kwargs> = [kwargs: Owed<In, Kwargs>]

/** Nobody has one of these: they make a call complain that was not given its keyword arguments. */
export interface Owed<In, Kwargs> {
  readonly 'give these with .kw()': Kwargs
  readonly 'and then': In
}

/** What is missing once keyword arguments were given: they are one last argument if they fit it. Never stands for none. */
export type WithKwargs<In, Kwargs> = [Kwargs] extends [never]
  ? In
  : In extends Owing<infer Then, infer Whole>
    ? Kwargs extends Partial<Whole>
      ? Partial<Whole> extends Omit<Whole, keyof Kwargs>
        ? Then
        : Owing<Then, Omit<Whole, keyof Kwargs>>
      : In
    : [Front<In, [Kwargs], []>] extends [never]
      ? In
      : Front<In, [Kwargs], []>

/** The parameters before a last one that is an object, and so may be keyword arguments. */
type WithoutKwargs<Params> = Params extends readonly [...infer Others, infer Last]
  ? Last extends object
    ? Last extends readonly unknown[] | ((...args: never) => unknown)
      ? never
      : Others
    : never
  : never

type Tail<Params> =
  | Params
  | (Params extends readonly [unknown, ...infer Rest]
      ? Tail<Rest>
      : IsList<Params> extends true
        ? never
        : Params extends readonly [unknown?, ...infer Rest]
          ? Tail<Rest>
          : never)

/** Tries `Given` behind one more parameter each time; `Head` is what it has passed over. */
type Front<Params, Given extends readonly unknown[], Head extends readonly unknown[]> =
  IsList<Params> extends true
    ? Params extends readonly unknown[]
      ? Given extends Params
        ? [...Head, ...Params]
        : never
      : never
    :
        | (Given extends Params ? Head : never)
        | (Params extends readonly [infer First, ...infer Rest]
            ? Front<Rest, Given, [...Head, ...Labelled<Params, First, Rest>]>
            : Params extends readonly [(infer First)?, ...infer Rest]
              ? Front<Rest, Given, [...Head, First]>
              : never)

/** The first parameter as a list of one, with its name where TypeScript lets us keep it: editors show it. */
type Labelled<Params, First, Rest extends readonly unknown[]> = number extends Rest['length']
  ? [First]
  : Params extends readonly [...infer Named, ...Rest]
    ? Named
    : [First]

/** Whether it is nothing more than any number of one type: nothing to pass over. */
type IsList<Params> = Params extends readonly []
  ? true
  : Params extends readonly unknown[]
    ? Params[number][] extends Params
      ? true
      : false
    : false
