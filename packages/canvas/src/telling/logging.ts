import { type Logger, type OptionKind, SILENT } from '@arpeggio/core'

/** From which lines on something is written. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent']

export const LOG_LEVEL: OptionKind = {
  is: (value) => LEVELS.includes(value as LogLevel),
  hint: `Give one of ${LEVELS.map((level) => `'${level}'`).join(', ')}.`,
}

export const LOGGER: OptionKind = {
  is: (value) =>
    typeof value === 'object' &&
    value !== null &&
    LEVELS.every((level) => level === 'silent' || typeof Reflect.get(value, level) === 'function'),
  hint: 'Give an object with the methods debug, info, warn and error, such as console or a pino.',
}

/** The logger of those who gave none. It writes to stderr: stdout is the program's own. */
export const toConsole: Logger = {
  debug: (message, ...details) => write('DEBUG', message, details),
  info: (message, ...details) => write('INFO', message, details),
  warn: (message, ...details) => write('WARN', message, details),
  error: (message, ...details) => write('ERROR', message, details),
}

function write(level: string, message: string, details: readonly unknown[]): void {
  console.error(`[${new Date().toISOString()} ${level}] ${message}`, ...details)
}

const nothing = (): void => {}

/** What a logger writes from a level on. */
export function upFrom(level: LogLevel, logger: Logger): Logger {
  const least = LEVELS.indexOf(level)
  if (level === 'silent') return SILENT
  const only = (name: Exclude<LogLevel, 'silent'>): Logger['info'] =>
    LEVELS.indexOf(name) < least ? nothing : (message, ...details) => logger[name](message, ...details)
  return { debug: only('debug'), info: only('info'), warn: only('warn'), error: only('error') }
}
