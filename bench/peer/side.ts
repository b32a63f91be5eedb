/*
 * Two sides are compared, and each does the same things: it sends what it is told to send, and works on it. All that is measured
 * is written once, against these two interfaces, so that no side is measured in a way of its own.
 *
 * Both sides get the same payload, a number; keep every result for at least as long as a run takes; and wait by the mechanism
 * that is meant for it.
 */

/** What a side is made of. */
export interface Side {
  produce(url: string): Producer
  /** `ran` is to be called by each no-op that runs. */
  work(url: string, ran: () => void): Crew
}

/** Who sends, and waits for what comes of it. What gives a value waits for it. */
export interface Producer {
  /** One no-op by one call, and no waiting for its end. */
  send(n: number): Promise<void>
  /** Many no-ops at once that have nothing to do with each other. */
  sendMany(count: number): Promise<void>
  /** Many no-ops by one call. */
  sendBulk(count: number): Promise<void>
  /** How many of those that were sent by now have succeeded. */
  succeeded(): Promise<number>
  /** One task from sending to value. It gives what it is given. */
  one(n: number): Promise<number>
  /** A chain of steps that count, from 0. */
  chain(steps: number): Promise<number>
  /** A chord whose members give their index, and whose body adds them up. */
  chord(members: number): Promise<number>
  /** Many of these, sent at once. */
  chords(count: number, members: number): Promise<readonly number[]>
  /** A chord of chords of chords of ones, so wide at each level. Bodies add up. */
  nested(width: number): Promise<number>
  /** Draws and sends a chord of no-ops. What it gives waits for its body, which counts them. */
  launch(members: number): Promise<() => Promise<number>>
  close(): Promise<void>
}

/** Who works. */
export interface Crew {
  start(concurrency: number): Promise<void>
  stop(): Promise<void>
}
