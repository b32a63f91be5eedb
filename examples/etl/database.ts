// SQLite compiled to WebAssembly. Of the real databases that come from npm as they are, without a build or a download,
// node-sqlite3-wasm is the smallest (1.3 MB; sql.js 30 MB, PGlite 27 MB), and unlike sql.js it works on a file, not on a
// copy in memory: what is stored is stored, and other processes see it.
import sqlite from 'node-sqlite3-wasm'
import type { PageInfo } from './pages.ts'

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS pages    (url TEXT PRIMARY KEY, title TEXT NOT NULL, words INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS links    (source TEXT, target TEXT, PRIMARY KEY (source, target));
  CREATE TABLE IF NOT EXISTS failures (url TEXT PRIMARY KEY, reason TEXT NOT NULL);
`

export interface Totals {
  readonly pages: number
  readonly words: number
  readonly links: number
}

export interface Popular {
  readonly title: string
  readonly links: number
}

export interface Failed {
  readonly url: string
  readonly reason: string
}

/** Where pages are kept. A task may run twice, so every write may be repeated. */
export class Database implements Disposable {
  readonly #sql: sqlite.Database

  constructor(file = ':memory:') {
    this.#sql = new sqlite.Database(file)
    this.#sql.exec(SCHEMA)
  }

  /** A page and its links, both or neither. */
  savePage(url: string, { title, words, links }: PageInfo): void {
    this.#sql.exec('BEGIN')
    try {
      this.#sql.run('REPLACE INTO pages VALUES (?, ?, ?)', [url, title, words])
      for (const target of links) this.#sql.run('REPLACE INTO links VALUES (?, ?)', [url, target])
      this.#sql.exec('COMMIT')
    } catch (error) {
      this.#sql.exec('ROLLBACK')
      throw error
    }
  }

  saveFailure(url: string, reason: string): void {
    this.#sql.run('REPLACE INTO failures VALUES (?, ?)', [url, reason])
  }

  totals(): Totals {
    const row = this.#sql.get(
      'SELECT count(*) pages, total(words) words, (SELECT count(*) FROM links) links FROM pages',
    )
    return row as unknown as Totals
  }

  mostLinked(count: number): Popular[] {
    const rows = this.#sql.all(
      `SELECT title, count(*) links FROM links JOIN pages ON url = target
       GROUP BY target ORDER BY links DESC, title LIMIT ?`,
      count,
    )
    return rows as unknown as Popular[]
  }

  failures(): Failed[] {
    return this.#sql.all('SELECT url, reason FROM failures ORDER BY url') as unknown as Failed[]
  }

  /** Which of these pages were neither stored nor recorded as failed. */
  missing(urls: readonly string[]): string[] {
    const rows = this.#sql.all('SELECT url FROM pages UNION SELECT url FROM failures')
    const known = new Set(rows.map(({ url }) => url))
    return urls.filter((url) => !known.has(url))
  }

  [Symbol.dispose](): void {
    this.#sql.close()
  }
}
