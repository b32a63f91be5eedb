const SHOWN_CHARACTERS = 240

/** The way to something, for an error: a very long one, as deep canvases and cyclic values have, loses its middle. */
export function shorten(path: string): string {
  if (path.length <= SHOWN_CHARACTERS) return path
  return `${path.slice(0, SHOWN_CHARACTERS / 2)} … ${path.slice(-SHOWN_CHARACTERS / 2)}`
}
