// One error class for everything that a caller can mend.

export type ErrorCode =
  | 'BAD_ARGUMENT' // an option or argument of the wrong type or range
  | 'BAD_SHAPE' // shapes that do not fit each other
  | 'BAD_DTYPE'
  | 'BAD_DATA' // values that cannot be used (ragged arrays, an index outside its table)
  | 'BAD_FILE'
  | 'UNKNOWN_NAME' // a string that names nothing: activation, loss, layer …
  | 'NOT_BUILT'
  | 'NOT_COMPILED'
  | 'BUSY' // a call that may not overlap with one under way
  | 'OUT_OF_MEMORY'
  | 'UNSUPPORTED' // the runtime lacks what the call needs
  | 'ABORTED'
  | 'INTERNAL'

/** What was given, what was expected, and how to mend it. */
export class CornusError extends Error {
  override readonly name = 'CornusError'
  constructor(readonly code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
  }
}

/** Throws a CornusError unless the condition holds; the message is built only then. */
export function check(condition: unknown, code: ErrorCode, message: () => string): asserts condition {
  if (!condition) throw new CornusError(code, message())
}

/** The nearest of the known names to a misspelt one, as "; did you mean 'relu'?", or nothing. */
export function didYouMean(given: string, known: readonly string[]): string {
  const normal = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '')
  const wanted = normal(given)
  let best = ''
  let least = Math.max(2, wanted.length / 3)
  for (const name of known) {
    const distance = editDistance(wanted, normal(name))
    if (distance < least) [best, least] = [name, distance]
  }
  return best ? `; did you mean '${best}'?` : ''
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= Math.min(a.length, 100); i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length]!
}
