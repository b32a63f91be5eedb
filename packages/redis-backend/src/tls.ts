import { type Client, isClusterClient } from './where.ts'

/** What one hears whose TLS is answered by a server that speaks none: nothing, or what is no TLS. */
const NO_TLS = /TIMEDOUT|timeout|said nothing|ECONNRESET|EPROTO|SSL|wrong version|disconnected|closed/i
/** What one hears who speaks none, of a server that does: it hangs up, or answers in TLS. */
const ONLY_TLS = /ECONNRESET|EPIPE|Protocol error|closed/i

/** What to try next where it may be that TLS is spoken on one side only, which neither side says. */
export function tlsHint(client: Client, message: string): string {
  if (!isTls(client))
    return ONLY_TLS.test(message) ? ' If that port speaks TLS, ask for it: rediss://, or the option tls.' : ''
  return NO_TLS.test(message)
    ? ' TLS was asked for: if that port speaks none, leave it out, with redis:// or without the option tls.'
    : ''
}

function isTls(client: Client): boolean {
  const { tls } = isClusterClient(client) ? (client.options.redisOptions ?? {}) : client.options
  return tls !== undefined && tls !== null
}
