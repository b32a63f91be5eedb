import { ArpeggioError, type ErrorClass } from '@arpeggio/core'

/**
 * Adds classes that `who` names to those that an app knows, all or none. Errors come back as the class of their name, so a
 * name is that of one class; a class without one never does.
 */
export function learn(
  app: string,
  known: Map<string, ErrorClass>,
  classes: readonly ErrorClass[],
  who: string,
): void {
  const learnt = new Map(known)
  for (const one of classes) {
    if (one.name === '') continue
    if ((learnt.get(one.name) ?? one) !== one) {
      throw new ArpeggioError(
        'option-invalid',
        `${who} names an error class ${one.name}, and ${app} knows another one of that name. Rename one, or let the task throw an error of its own: errors come back as the class of their name.`,
      )
    }
    learnt.set(one.name, one)
  }
  for (const [name, one] of learnt) known.set(name, one)
}
