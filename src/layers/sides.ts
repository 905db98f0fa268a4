// Numbers of cells before and after each dimension, as padding and cropping take them.
import { check } from '../util/errors'

/** Cells before and after. */
export type Sides = readonly [number, number]
export type Given = number | readonly (number | readonly number[])[]

/** One number for all, one for each dimension, or [before, after] for each; in one dimension [before, after] alone. */
export function sidesOf(value: Given, rank: number, layer: string, option: string): Sides[] {
  const list = typeof value === 'number' ? Array<number>(rank).fill(value) : rank === 1 && Array.isArray(value) && value.length === 2 ? [value as readonly number[]] : value
  const sides = Array.isArray(list) ? list.map((side: number | readonly number[]) => (typeof side === 'number' ? [side, side] : side)) : []
  const right = sides.length === rank && sides.every((side) => Array.isArray(side) && side.length === 2 && side.every((n: number) => Number.isInteger(n) && n >= 0))
  check(right, 'BAD_ARGUMENT', () => `${layer}: ${option} must be an integer from 0${rank > 1 ? `, ${rank} of them,` : ''} or [before, after]${rank > 1 ? ' for each dimension' : ''}, not ${JSON.stringify(value)}`)
  return sides.map(([before, after]) => [before!, after!])
}
