import { KINDS, type OptionKind } from '../../model/check-options.ts'
import type { FinishedOptions, GetOptions, RevokeOptions, SharedOptions } from './handles.ts'

/** Every option of a wait for a run there is. */
export const FINISHED_OPTIONS: Record<keyof FinishedOptions, OptionKind> = {
  timeout: KINDS.anything,
  allowInTask: KINDS.flag,
  signal: KINDS.signal,
}

/** The same of a wait for several values. */
export const SHARED_OPTIONS: Record<keyof SharedOptions, OptionKind> = {
  ...FINISHED_OPTIONS,
  propagate: KINDS.flag,
  onMessage: KINDS.deed,
}

/** The same of `get`. */
export const GET_OPTIONS: Record<keyof GetOptions, OptionKind> = { ...SHARED_OPTIONS, callback: KINDS.deed }

/** The same of `revoke`. */
export const REVOKE_OPTIONS: Record<keyof RevokeOptions, OptionKind> = { terminate: KINDS.flag }
