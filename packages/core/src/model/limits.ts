const limits = {
  /** One argument or result, as JSON text. */
  valueBytes: 1_048_576,
  /** Items and properties in one argument or result, at all depths; more would not fit into `valueBytes`. */
  valueItems: 1_048_576,
  /** From how many bytes on a value is compressed, where that is asked for; shorter ones gain little. */
  compressedFromBytes: 1_024,
  /** What a message may carry of its future inline; more is stored once per run and carried by reference. */
  inlineFutureBytes: 768,
  /** Branches of a fork started by one commit; wider forks are spread by the workers, chunk by chunk. */
  branchesPerCommit: 512,
  /** How long a thread whose task shall not run may take to tidy up, in milliseconds, before it is killed. */
  threadGraceMs: 2_000,
  /** Times one message may be delivered before it is set aside as a dead letter. */
  deliveries: 5,
  /** Failed members a ChordError lists; it counts the rest. */
  listedFailures: 1_000,
  /** Characters of the message of each of them. */
  listedCharacters: 200,
  /** Priority of a message that asks for none; 0 goes first, 9 last. */
  defaultPriority: 5,
  /** Finished runs the memory backend remembers; the oldest are forgotten first. */
  finishedRunsInMemory: 100_000,
  /** Runs whose outline an app keeps at hand, so that handles made from their ids know their neighbours at once. */
  outlinesAtHand: 1_000,
  /** Tasks whose way an app has at hand once it has found it; of more it starts anew. */
  waysAtHand: 10_000,
  /** Changes that `run.watch()` holds for whoever has not asked for them yet; of more it only says that there were more. */
  changesAtHand: 1_000,
  /** Events that wait to be written, or to be read by one reader. */
  bufferedEvents: 10_000,
  /** Delayed messages that are told of at once. */
  scheduledTold: 1_000,
  /** Characters of an id given by the caller. */
  idCharacters: 200,
  /** A failed task's error as JSON, with its causes and all errors inside it. */
  errorBytes: 262_144,
  /** Errors in one another that are kept: causes, and the errors of an AggregateError. */
  errorsInError: 64,
  /** The message of an error, and its stack, each. */
  errorTextCharacters: 16_384,
  /** An error's own properties as JSON. */
  errorDataBytes: 65_536,
  /** A value, as an error message shows it. */
  shownCharacters: 80,
  /** The path to a value, as an error message shows it. */
  pathCharacters: 240,
} as const

/**
 * Every limit of core, with its unit. Passing one is an `ArpeggioError` with code `limit-exceeded`; what is only told,
 * such as the text of an error, is cut instead, and says so.
 */
export const LIMITS: typeof limits = Object.freeze(limits)
