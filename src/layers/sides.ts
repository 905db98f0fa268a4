// Numbers of cells before and after each dimension, as padding and cropping take them.
import { check, showValue } from '../util/errors'
import { nth } from '../util/lists'
import { GREATEST_INTEGER, type Kind } from '../util/options'

/** Cells before and after. */
export type Sides = readonly [number, number]
type GivenSides = number | readonly (number | readonly number[])[]

/**
 * Sides of `rank` dimensions: one number for all, one for each dimension, or [before, after] for each; in one dimension [before, after]
 * alone.
 */
export function sides(rank: number): Kind<GivenSides, readonly Sides[]> {
  const takes = `an integer from 0${rank > 1 ? `, ${rank} of them,` : ''} or [before, after]${rank > 1 ? ' for each dimension' : ''}`
  const isWidth = (n: unknown) => Number.isInteger(n) && (n as number) >= 0 && (n as number) < GREATEST_INTEGER
  return {
    takes,
    save: (held) => (rank === 1 ? nth(held, 0) : held),
    read: (value, what) => {
      const list: unknown =
        typeof value === 'number'
          ? Array<number>(rank).fill(value)
          : rank === 1 && Array.isArray(value) && value.length === 2
            ? [value]
            : value
      const each = Array.isArray(list) ? Array.from(list, (side: unknown) => (typeof side === 'number' ? [side, side] : side)) : []
      const right = each.length === rank && each.every((side) => Array.isArray(side) && side.length === 2 && side.every(isWidth))
      check(right, 'BAD_ARGUMENT', () => `${what} must be ${takes}, not ${showValue(value)}`)
      return each as Sides[]
    },
  }
}
