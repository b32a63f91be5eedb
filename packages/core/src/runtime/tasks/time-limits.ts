/** How long a task may run, in milliseconds; null: as long as it takes. */
export interface TimeLimits {
  readonly timeLimit: number | null
  readonly softTimeLimit: number | null
}
