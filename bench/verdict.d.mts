export interface Verdict {
  readonly theirs: number
  readonly ours: number
  readonly ratio: number
  readonly noise: number
  readonly verdict: 'same' | 'slower' | 'faster'
}

/** Of the lowest times of each side's rounds. */
export function verdict(sides: readonly (readonly number[])[]): Verdict
