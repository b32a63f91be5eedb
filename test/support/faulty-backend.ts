import type { Backend } from '@arpeggio/core'

/** The process died here. */
export class Killed extends Error {}

/** Where a process is killed: before or after the backend has done what it was asked. */
export interface Kill {
  /** Which submit or commit it is, counted from 0 over all processes. */
  readonly nth: number
  readonly when: 'before' | 'after'
}

/** A backend whose callers are killed around the changes they make. `count` tells how many changes were asked for. */
export function faultyBackend(
  backend: Backend,
  kills: readonly Kill[],
): { backend: Backend; count(): number } {
  let asked = 0

  async function change<T>(make: () => T): Promise<Awaited<T>> {
    const nth = asked++
    const kill = kills.find((kill) => kill.nth === nth)
    if (kill?.when === 'before') throw new Killed(`before change ${nth}`)
    const made = await make()
    if (kill?.when === 'after') throw new Killed(`after change ${nth}, before it was told`)
    return made
  }

  const { deliveries } = backend
  return {
    count: () => asked,
    backend: {
      ...backend,
      deliveries: {
        ...deliveries,
        submit: (launch, wishes) => change(() => deliveries.submit(launch, wishes)),
        commit: (delivery, wishes) => change(() => deliveries.commit(delivery, wishes)),
      },
    },
  }
}
