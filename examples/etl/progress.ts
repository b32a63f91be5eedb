import { styleText } from 'node:util'
import type { Progress, Run } from '@arpeggio/canvas'

/** Where it is shown: a terminal, a pipe, a file, a test. */
export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean
}

const BAR_CELLS = 36
const PLAIN_LINES = 5

/** Shows how far a run is until it is over, callbacks included: a bar on a terminal, now and then a line elsewhere. */
export async function showProgress(run: Run, output: Output): Promise<void> {
  const show = output.isTTY ? bar(output) : lines(output)
  for await (const { progress } of run.watch()) show(progress)
}

function bar(output: Output): (progress: Progress) => void {
  return (progress) => {
    const filled = Math.round((progress.done / progress.total) * BAR_CELLS)
    const cells = styleText('green', '█'.repeat(filled)) + '░'.repeat(BAR_CELLS - filled)
    output.write(`\r  ${cells}  ${inWords(progress)}\x1b[K${progress.over ? '\n' : ''}`)
  }
}

function lines(output: Output): (progress: Progress) => void {
  let shown = 0
  return (progress) => {
    const step = progress.over ? PLAIN_LINES : Math.floor((progress.done / progress.total) * PLAIN_LINES)
    if (step > shown) output.write(`  ${inWords(progress)}\n`)
    shown = step
  }
}

function inWords({ done, total, failed }: Progress): string {
  return `${done} of ${total} tasks${failed > 0 ? `, ${failed} failed` : ''}`
}
