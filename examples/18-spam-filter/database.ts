import sqlite from 'node-sqlite3-wasm'

const SCHEMA = `
  CREATE TABLE article  (room INTEGER NOT NULL CHECK (room >= 0));
  CREATE TABLE comments (id INTEGER PRIMARY KEY, text TEXT NOT NULL, verdict TEXT);
`

/** What the spam service says of a comment; null as long as it was not asked. */
export type Verdict = 'fine' | 'spam'

export interface Comment {
  readonly id: number
  readonly text: string
  readonly verdict: Verdict | null
}

/** An article that has room for so many comments, and the comments. */
export class Database implements Disposable {
  readonly #sql: sqlite.Database = new sqlite.Database(':memory:')

  constructor(room: number) {
    this.#sql.exec(SCHEMA)
    this.#sql.run('INSERT INTO article VALUES (?)', room)
  }

  /** All that is done in it, or nothing. */
  transaction<T>(work: () => T): T {
    this.#sql.exec('BEGIN')
    try {
      const value = work()
      this.#sql.exec('COMMIT')
      return value
    } catch (error) {
      this.#sql.exec('ROLLBACK')
      throw error
    }
  }

  /** Gives its id. */
  addComment(text: string): number {
    return Number(this.#sql.run('INSERT INTO comments (text) VALUES (?)', text).lastInsertRowid)
  }

  /** Throws if there is none left. */
  takeRoom(): void {
    this.#sql.run('UPDATE article SET room = room - 1')
  }

  /** What was said of the old text does not count for the new one. */
  editComment(id: number, text: string): void {
    this.#sql.run('UPDATE comments SET text = ?, verdict = NULL WHERE id = ?', [text, id])
  }

  /** Counts only if the comment still is what was judged. */
  judge({ id, text }: Comment, verdict: Verdict): void {
    this.#sql.run('UPDATE comments SET verdict = ? WHERE id = ? AND text = ?', [verdict, id, text])
  }

  comment(id: number): Comment | null {
    return this.#sql.get('SELECT * FROM comments WHERE id = ?', id) as unknown as Comment | null
  }

  /** The texts of those that readers see. */
  shown(): string[] {
    return this.#sql.all("SELECT text FROM comments WHERE verdict = 'fine'").map(({ text }) => String(text))
  }

  /** The ids of those that were not judged yet. */
  unchecked(): number[] {
    return this.#sql.all('SELECT id FROM comments WHERE verdict IS NULL').map(({ id }) => Number(id))
  }

  [Symbol.dispose](): void {
    this.#sql.close()
  }
}
