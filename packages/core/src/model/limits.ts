/** Every limit of core, with its unit. Passing one is an `ArpeggioError` with code `limit-exceeded`. */
export const LIMITS = {
  /** One argument or result, as JSON text. */
  valueBytes: 1_048_576,
  /** What a message may carry of its future inline; more is stored once per run and carried by reference. */
  inlineFutureBytes: 768,
  /** Branches of a fork started by one commit; wider forks are spread by the workers, chunk by chunk. */
  branchesPerCommit: 512,
  /** Times one message may be delivered before it is set aside as a dead letter. */
  deliveries: 5,
  /** Failed members a ChordError lists; it counts the rest. */
  listedFailures: 1_000,
  /** Priority of a message that asks for none; 0 goes first, 9 last. */
  defaultPriority: 5,
  /** Finished runs the memory backend remembers; the oldest are forgotten first. */
  finishedRunsInMemory: 100_000,
  /** Runs whose outline an app keeps at hand, so that handles made from their ids know their neighbours at once. */
  outlinesAtHand: 1_000,
  /** Characters of an id given by the caller. */
  idCharacters: 200,
} as const
