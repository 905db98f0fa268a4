// What a check found wrong, in words.
import type { DataCheck } from '../graph/define'
import type { Shape } from '../util/shape'

/** A check as a Program keeps it: all that a message needs. */
export interface PlannedCheck extends Required<Omit<DataCheck, 'of'>> {
  /** Shape of what the user gave, before it was reshaped. */
  readonly shape: Shape
  /** Whether the numbers come as float32, and must be whole. */
  readonly isFloat: boolean
}

/** A number that a check found wrong. */
export interface DataFault extends PlannedCheck {
  readonly value: number
  /** Its place in what the user gave. */
  readonly position: readonly number[]
}

/** What a check that failed noted (its number from 1, the value's bits, the value's place) in words of the caller. */
export function faultOf(checks: readonly PlannedCheck[], [id, bits, place]: readonly [number, number, number]): DataFault {
  const check = checks[id - 1]!
  const value = check.isFloat ? new Float32Array(Int32Array.of(bits).buffer)[0]! : bits
  let rest = place
  const position = [...check.shape]
    .reverse()
    .map((size) => {
      const at = rest % size
      rest = (rest - at) / size
      return at
    })
    .reverse()
  return { ...check, value, position }
}

/** "label 7 of sample 3 is outside 0 to 2", and what was expected. */
export function describeFault({ op, what, value, position: [sample = 0, ...rest], isFloat, low, high, hint }: DataFault): string {
  const where = rest.some((at) => at > 0) ? `at [${[sample, ...rest].join(', ')}]` : `of sample ${sample}`
  return (
    `${op}: ${what} ${isFloat ? Number(value.toPrecision(7)) : value} ${where} is ` +
    `${isFloat ? 'not a whole number' : `outside ${low} to ${high}`}; ${hint}`
  )
}
