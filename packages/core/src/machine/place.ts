import type { Span } from '../model/plan.ts'

/** Whether a span covers a place; what hangs below a covered place is covered too. */
export function covers(span: Span, place: string): boolean {
  const lead = span.at.lastIndexOf('.') + 1
  if (lead > 0 && !place.startsWith(span.at.slice(0, lead))) return false
  const dot = place.indexOf('.', lead)
  const number = Number(dot < 0 ? place.slice(lead) : place.slice(lead, dot))
  const first = Number(span.at.slice(lead))
  return place.length > lead && number >= first && number < first + span.span
}
