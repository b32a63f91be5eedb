/** What can go wrong in a simulated world, and what it means for the process whose turn it is. */
export const FAULTS = {
  /** Between any two things that it asks of the backend, or before it is told. What it held comes back when the leases run out; another process comes for it a second later. */
  die: 'dies',
  /** As when a new version is rolled out: it gives back what it holds, and another comes for it. A producer is not stopped. */
  stop: 'is told to stop',
  /** That is longer than a lease. It goes on as a zombie: others have taken over what it held, and it does not know. */
  freeze: 'stands still for 45 seconds',
  /** What it asked for was done, and it cannot know: it asks again. */
  'lose-answer': 'does not get the answer',
  /** So does everybody else, for longer than a lease. */
  outage: 'finds the backend away for 45 seconds',
  /** Some of what it waits for is lost. A moment after it hears again it is told so, and may have heard something before. */
  deaf: 'hears no news for a while',
  /** From now on. */
  drift: 'has a clock that is ten minutes fast',
  /** Each of them comes to a worker twice, whoever sends them. */
  repeat: 'the next messages are delivered twice',
  /** They come to workers the other way round, whoever sends them. */
  reorder: 'the next messages are delivered in reverse order',
} as const

/** The name of a fault. */
export type Fault = keyof typeof FAULTS

/** The names of all faults. */
export const FAULT_NAMES: readonly Fault[] = Object.keys(FAULTS) as Fault[]
