/** A form of the model: what is set in it, in its own names. */
export interface Form {
  readonly name: string
  readonly defines: readonly string[]
}

/** A law is broken, and a promise with it. */
export interface Broken extends Form {
  readonly breaks: string
}

/** What is built, in sizes that take a second. */
export const BUILT: readonly Form[] = [
  { name: '2 members, 2 workers', defines: [] },
  { name: '3 members, 3 workers', defines: ['MEMBERS=3', 'WORKERS=3', 'ZOMBIES=1'] },
  { name: 'a quorum of 2 in 3', defines: ['MEMBERS=3', 'NEED=2', 'ZOMBIES=1'] },
  { name: 'a run that is cancelled', defines: ['HALTS=1'] },
]

/** The same, with more of everything that may happen: minutes, and most of a gigabyte. */
export const LARGE: readonly Form[] = [
  { name: '3 members, 3 workers, more', defines: ['MEMBERS=3', 'WORKERS=3'] },
  { name: 'cancelled, and more', defines: ['HALTS=1', 'CRASHES=3', 'ZOMBIES=3', 'RETRIES=2'] },
  { name: 'a quorum that is cancelled', defines: ['MEMBERS=3', 'NEED=2', 'HALTS=1'] },
]

const NOTHING_HAPPENS = ['CRASHES=0', 'ZOMBIES=0', 'RETRIES=0']
const ONE_CRASH = ['CRASHES=1', 'ZOMBIES=0', 'RETRIES=0']
const ONE_ZOMBIE = ['CRASHES=0', 'ZOMBIES=1', 'RETRIES=0']

/** What is not built, and as little as must happen to see why. */
export const BROKEN: readonly Broken[] = [
  { name: 'a counter, no seats', defines: ['COUNTER', ...ONE_CRASH], breaks: 'the chord is never launched' },
  {
    name: 'closed is told once',
    defines: ['TOLD_ONCE', ...ONE_CRASH],
    breaks: 'the chord is never launched',
  },
  {
    name: 'the last verdict stays',
    defines: ['LAST_STAYS', ...ONE_CRASH],
    breaks: 'a chord that is closed gives another list than before',
  },
  {
    name: 'published, then stored',
    defines: ['PUBLISH_FIRST', ...ONE_CRASH],
    breaks: 'the body is published twice',
  },
  {
    name: 'acknowledged, then published',
    defines: ['ACK_FIRST', ...ONE_CRASH],
    breaks: 'the chord is never launched',
  },
  {
    name: 'size after the members',
    defines: ['SIZE_LAST', ...NOTHING_HAPPENS],
    breaks: 'the chord is never launched',
  },
  {
    name: 'no fencing',
    defines: ['NO_FENCING', ...ONE_ZOMBIE],
    breaks: 'who no longer holds a delivery changes something',
  },
]
