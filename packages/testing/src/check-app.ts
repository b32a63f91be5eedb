import { ArpeggioError, show } from '@arpeggio/core'

/** Refuses what is no app where one belongs; `call` is how it is written, such as `stub(app, stubs)`. */
export function checkApp(given: unknown, call: string): void {
  if (typeof given === 'object' && given !== null && 'twin' in given) return
  const [name] = call.split('(')
  throw new ArpeggioError(
    'option-invalid',
    `${name} was given ${show(given)} where an app belongs. Write ${call}.`,
  )
}
