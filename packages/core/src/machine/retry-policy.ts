/** When a task is run again after a failure. Durations are milliseconds. */
export interface RetryPolicy {
  /** Retries after the first attempt; Infinity is allowed. */
  readonly maxRetries: number
  readonly defaultRetryDelay: number
  /** The first delay of a doubling series; 0 means `defaultRetryDelay` every time. */
  readonly retryBackoff: number
  readonly retryBackoffMax: number
  readonly retryJitter: boolean
}

/**
 * How long to wait before retry number `retries + 1`. As Celery counts it: a doubling delay, and with jitter a whole number
 * of seconds drawn from 0 … delay (of milliseconds, where the delay is below a second).
 */
export function retryDelay(policy: RetryPolicy, retries: number, random: () => number): number {
  if (policy.retryBackoff === 0) return policy.defaultRetryDelay
  const delay = Math.min(policy.retryBackoffMax, policy.retryBackoff * 2 ** retries)
  if (!policy.retryJitter) return delay
  const unit = delay < 1_000 ? 1 : 1_000
  return Math.floor(random() * (Math.floor(delay / unit) + 1)) * unit
}
