/** Hears what is wrong with a server, but not so wrong that it cannot be used. */
export type Warn = (problem: string) => void

/** What this process was told of which server already: several backends may find the same. */
const known = new Set<string>()

/** Tells what is wrong to who hears of it: whom the backend was made with, or who lives on it, or the console. */
export class Warnings {
  readonly #own: Warn | undefined
  readonly #listeners: Set<{ readonly warn: Warn }> = new Set()

  constructor(own: Warn | undefined) {
    this.#own = own
  }

  /** Of those who live on it, who came first hears it for all: they are one process. */
  readonly tell: Warn = (problem) => {
    const [first] = this.#listeners
    const warn = this.#own ?? first?.warn ?? toConsole
    warn(problem)
  }

  /** The same, of what a server is by itself: once in this process, but to each that was given. One that does not say which it is is always told of. */
  tellOnce(server: string | undefined, problem: string): void {
    const what = `${server} ${problem}`
    if (this.#own === undefined && server !== undefined && known.has(what)) return
    known.add(what)
    this.tell(problem)
  }

  listen(warn: Warn): () => void {
    const listener = { warn }
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}

function toConsole(problem: string): void {
  console.warn(`arpeggio: ${problem}.`)
}
