import { cut, type Json, LIMITS, show, type TaskRequest } from '@arpeggio/core'

/** How logs show what a call was given: as a text, or what a function makes of it. */
export type Repr<Given> = string | ((given: Given) => unknown)

/** What may be said of how logs show a task's calls. */
export interface Reprs {
  /** How logs show its arguments: a text in their place, or a function of them. Default: as JSON, cut when long. */
  readonly argsRepr?: Repr<readonly Json[]>
  /** The same for its keyword arguments. */
  readonly kwargsRepr?: Repr<Readonly<Record<string, Json>>>
}

/** A call in one short line. Where its task says how to show something, nothing else of that is seen. */
export function showCall({ task, args, kwargs }: TaskRequest, { argsRepr, kwargsRepr }: Reprs): string {
  const named = Object.entries(kwargs).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  const shown = [
    argsRepr === undefined ? args.map((arg) => JSON.stringify(arg)).join(', ') : shownBy(argsRepr, args),
    kwargsRepr === undefined || named.length === 0 ? named.join(', ') : shownBy(kwargsRepr, kwargs),
  ]
  return `${task}(${cut(shown.filter((part) => part !== '').join(', '), LIMITS.pathCharacters)})`
}

/** What goes wrong must not bring to light what was to be hidden. */
function shownBy<Given>(repr: Repr<Given>, given: Given): string {
  if (typeof repr === 'string') return repr
  try {
    const said = repr(given)
    return typeof said === 'string' ? said : show(said)
  } catch {
    return '…'
  }
}
