import type { Canvas } from './arbitrary-canvas.ts'

/** How long is waited, in milliseconds, where a drawing says seconds or days. */
export const SHORTLY = 10

/** The same canvas for a backend on which time really passes: what waits, waits a moment. */
export function hurried({ node, table }: Canvas): Canvas {
  return { node: soon(node), table: new Map([...table].map(([label, act]) => [label, soon(act)])) }
}

function soon<T>(drawing: T): T {
  return JSON.parse(JSON.stringify(drawing), (key, value) => (key === 'countdown' ? SHORTLY : value))
}
