import type { Backend } from '@arpeggio/core'

/** How many open apps live on a backend. */
const tenants = new WeakMap<Backend, number>()

/** One more app lives here. */
export function moveIn(backend: Backend): void {
  tenants.set(backend, (tenants.get(backend) ?? 0) + 1)
}

/** One app less. The last to leave closes the door. */
export async function moveOut(backend: Backend): Promise<void> {
  const left = (tenants.get(backend) ?? 1) - 1
  tenants.set(backend, left)
  if (left === 0) await backend.close()
}
