import type { Message } from '@arpeggio/core'

/** A line of what happened in a world. */
export interface Happened {
  readonly step: number
  readonly ms: number
  readonly who: string
  readonly what: string
}

/** What happened in a world, and what was published in it. */
export class History {
  readonly #begin: number
  readonly lines: Happened[] = []
  readonly #published: Set<Message> = new Set()
  /** Those that were published once more on purpose. */
  readonly #copies: Set<string> = new Set()

  constructor(begin: number) {
    this.#begin = begin
  }

  note(step: number, now: number, who: string, what: string): void {
    this.lines.push({ step, ms: now - this.#begin, who, what })
  }

  received(messages: readonly Message[]): void {
    for (const message of messages) this.#published.add(message)
  }

  copied(messages: readonly Message[]): void {
    for (const message of messages) this.#copies.add(publishing(message))
  }

  /** What was published more than once, though nobody meant to. */
  publishedTwice(): readonly string[] {
    const names = [...this.#published].map(publishing)
    return names.filter((name, nth) => names.indexOf(name) !== nth && !this.#copies.has(name))
  }
}

/** What tells one publishing from another: the node, and which attempt or which part of a wide fork it is. */
function publishing(message: Message): string {
  const which =
    message.kind === 'call' ? `${message.task}, attempt ${message.retries}` : `from ${message.branches.from}`
  return `${message.id} (${which})`
}
