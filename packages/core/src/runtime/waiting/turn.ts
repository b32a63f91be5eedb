/** One turn of the event loop: what changes together is seen together. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
