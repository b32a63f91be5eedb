import { type ParseArgsConfig, parseArgs } from 'node:util'

/** What a command may be told: how it is called, and its flags. */
export interface Flags<Options> {
  readonly usage: string
  readonly options: Options
}

/** The flags that this command was called with. What it does not take ends it, with a line that says what it does. */
export function flagsOf<Options extends NonNullable<ParseArgsConfig['options']>>({
  usage,
  options,
}: Flags<Options>) {
  try {
    return parseArgs({ options, strict: true }).values
  } catch (error) {
    return misused(usage, (error as Error).message.split('. ')[0] ?? '')
  }
}

/** A flag that is a whole number. */
export function wholeOf(usage: string, flag: string, text: string, least: number): number {
  const number = Number(text)
  if (text.trim() !== '' && Number.isSafeInteger(number) && number >= least) return number
  return misused(usage, `${flag} takes a whole number from ${least}, and was given '${text}'`)
}

/** Ends this command, which was called in a wrong way. */
export function misused(usage: string, what: string): never {
  console.error(`${what}. Usage: ${usage}`)
  process.exit(2)
}
