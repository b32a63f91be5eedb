/** Where lines are written to. `console` is one, and so is a pino. */
export interface Logger {
  debug(message: string, ...details: readonly unknown[]): void
  info(message: string, ...details: readonly unknown[]): void
  warn(message: string, ...details: readonly unknown[]): void
  error(message: string, ...details: readonly unknown[]): void
}

/** A logger that begins each line with who writes it. */
export function speaking(logger: Logger, who: string): Logger {
  return {
    debug: (message, ...details) => logger.debug(`${who}: ${message}`, ...details),
    info: (message, ...details) => logger.info(`${who}: ${message}`, ...details),
    warn: (message, ...details) => logger.warn(`${who}: ${message}`, ...details),
    error: (message, ...details) => logger.error(`${who}: ${message}`, ...details),
  }
}

const nothing = (): void => {}

/** Writes nothing. */
export const SILENT: Logger = Object.freeze({ debug: nothing, info: nothing, warn: nothing, error: nothing })
