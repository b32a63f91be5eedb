import { fork } from 'node:child_process'
import { once } from 'node:events'

/** A process of our own that answers questions. It ends when it is stopped, and with us. */
export interface Process extends AsyncDisposable {
  readonly pid: number
  /** Done when it has ended, whoever ended it. */
  readonly ended: Promise<unknown>
  /** Asks by name, as the process lists its answers; they come as JSON. */
  ask(question: string): Promise<unknown>
  stop(): Promise<void>
  /** `kill -9`. */
  kill(): Promise<void>
}

/** Reads packages as source, as tests do. */
export const FROM_SOURCE: string[] = ['--import=tsx', '--conditions=@arpeggio/source']

/** Runs a file that calls `answer`. `nodeOptions` say how it finds and reads TypeScript. */
export function startProcess(
  file: string,
  args: readonly string[],
  nodeOptions: readonly string[] = FROM_SOURCE,
): Process {
  const child = fork(file, [...args], { execArgv: [...nodeOptions] })
  const ended = once(child, 'exit')
  const waiting = new Map<number, (reply: Reply) => void>()
  let asked = 0
  child.on('message', (message) => {
    const reply = message as Reply
    waiting.get(reply.nth)?.(reply)
    waiting.delete(reply.nth)
  })
  child.on('exit', () => {
    for (const [nth, resolve] of waiting) resolve({ nth, error: `${file} ended before it had answered` })
    waiting.clear()
  })
  async function stop(): Promise<void> {
    if (child.connected) child.disconnect()
    await ended
  }
  return {
    pid: child.pid as number,
    ended,
    async ask(question) {
      const nth = asked++
      const reply = await new Promise<Reply>((resolve) => {
        waiting.set(nth, resolve)
        child.send({ nth, question } satisfies Question, (error) => {
          if (error !== null) resolve({ nth, error: error.message })
        })
      })
      if (reply.error !== undefined) throw new Error(reply.error)
      return reply.answer
    },
    stop,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
    [Symbol.asyncDispose]: stop,
  }
}

/** In the process: what it answers. It ends at once when nobody can ask any more. */
export function answer(answers: Readonly<Record<string, () => unknown>>): void {
  process.on('message', async (message) => {
    const { nth, question } = message as Question
    process.send?.(await replyTo(nth, answers[question]))
  })
  process.on('disconnect', () => process.exit())
}

async function replyTo(nth: number, deed: (() => unknown) | undefined): Promise<Reply> {
  try {
    if (deed === undefined) throw new Error('nobody here knows that question')
    return { nth, answer: await deed() }
  } catch (error) {
    return { nth, error: String(error) }
  }
}

interface Question {
  readonly nth: number
  readonly question: string
}

interface Reply {
  readonly nth: number
  readonly answer?: unknown
  readonly error?: string
}
