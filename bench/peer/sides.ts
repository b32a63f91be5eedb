import { arpeggio } from './arpeggio.ts'
import { bullmq } from './bullmq.ts'
import type { Side } from './side.ts'

export type SideName = 'arpeggio' | 'bullmq'

/** Ours comes first. */
export const SIDES: Readonly<Record<SideName, Side>> = { arpeggio, bullmq }
