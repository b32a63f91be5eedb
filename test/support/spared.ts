/**
 * What the laws leave out because the library is known to get it wrong. Who mends one of these takes its line away, and the
 * laws then hold him to it.
 */
export const SPARED = {
  /** Who waits for an empty group is given the empty list at once, also when it will never run. */
  emptyGroupThatCannotRun: true,
  /** A group that could not run because something before it was ignored reads as SUCCESS with a list of nulls. */
  groupBehindIgnored: true,
  /** A second copy of a message that was replaced can outrun the replacement's end, and the links drawn on that are lost. */
  copiedReplacement: true,
  /** The handle of a group and the graph of its run may tell different states; made from an id alone, it reads as IGNORED. */
  groupFromId: true,
  /** A group whose members have all succeeded reads as REVOKED when its run is cancelled while its links still run. */
  groupThatWasCancelledLate: true,
}
