import { ArpeggioError, type ErrorCode } from '@arpeggio/canvas'

/** Why a program cannot do what it was asked for, in one line. */
export class Complaint extends Error {
  /** 2 if it was called in a wrong way, or else 1. */
  readonly exitCode: 1 | 2

  constructor(exitCode: 1 | 2, message: string) {
    super(message)
    this.exitCode = exitCode
  }
}

/**
 * Runs a program that somebody called by hand. Where the call is wrong, or no Redis is there, a line tells what to do. All
 * else that is thrown is a defect, and keeps its stack.
 */
export async function command(usage: string, program: () => Promise<unknown>): Promise<void> {
  try {
    await program()
  } catch (error) {
    const complaint = complaintOf(error)
    if (complaint === null) throw error
    console.error(complaint.exitCode === 2 ? `${complaint.message} Usage: ${usage}` : complaint.message)
    process.exitCode = complaint.exitCode
  }
}

const NO_BACKEND: readonly ErrorCode[] = ['backend-refused', 'backend-unreachable']

function complaintOf(error: unknown): Complaint | null {
  if (error instanceof Complaint) return error
  if (error instanceof ArpeggioError && NO_BACKEND.includes(error.code))
    return new Complaint(1, error.message)
  return isOfParseArgs(error) ? new Complaint(2, `${error.message.split('. ')[0]}.`) : null
}

function isOfParseArgs(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_')
}
