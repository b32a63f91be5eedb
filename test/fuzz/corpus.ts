import { existsSync, readFileSync, writeFileSync } from 'node:fs'

/*
 * Texts that were hard to read once, and some that look as if they were: a list for each target. They are read in every test.
 */

function fileOf(target: string): URL {
  return new URL(`corpus/${target}.json`, import.meta.url)
}

/** The texts of a target. */
export function corpusOf(target: string): readonly string[] {
  const file = fileOf(target)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []
}

/** One text more, if it is new. */
export function addToCorpus(target: string, text: string): void {
  const texts = [...new Set([...corpusOf(target), text])]
  writeFileSync(fileOf(target), `${JSON.stringify(texts, null, 2)}\n`)
}
