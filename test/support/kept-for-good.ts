/** What a partition keeps for as long as it is used: a few small keys, however much was run. */
const KEPT_FOR_GOOD = [
  /^\{arpeggio:\d+\}:partitions$/, // over how many runs are spread
  /^\{arpeggio:\d+\}:numbers$/, // a counter: no two delayed messages are the same
  /^\{arpeggio:\d+\}:queues$/, // the names of queues
  /^\{arpeggio:\d+\}:priorities:low$/, // which priorities a queue has seen, besides the usual one
]

/** Whether a key is one of the few that nothing takes away. */
export function isKeptForGood(key: string): boolean {
  return KEPT_FOR_GOOD.some((pattern) => pattern.test(key))
}
