/**
 * What a call still needs: the argument lists that may be put in front of `Given` so that all together fit `Params`.
 * Mostly one list; more than one where optional parameters leave a choice. Whoever takes anything (`unknown`) still does.
 */
export type Missing<Params, Given extends readonly unknown[]> = unknown extends Params
  ? Params
  : Given extends readonly []
    ? Params
    : Front<Params, Given, []>

/** The argument lists a partial may hold: the last parameters, any number of them. */
export type Suffix<Params> = unknown extends Params
  ? readonly unknown[]
  : Params extends readonly unknown[]
    ? Params | Shorter<Params>
    : never

type Shorter<Params> = Params extends readonly [unknown, ...infer Rest]
  ? Suffix<Rest>
  : IsList<Params> extends true
    ? never
    : Params extends readonly [unknown?, ...infer Rest]
      ? Suffix<Rest>
      : never

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
