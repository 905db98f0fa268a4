// What ops take besides tensors: kinds of their options, and the ranges for which the kernels' arithmetic of indices holds.
import { toNode, type TensorLike } from '../graph/convert'
import type { Node } from '../graph/node'
import { CornusError, showValue } from '../util/errors'
import { choice, flag, integer, nullable, optional, perDimension, positive, type Kind } from '../util/options'
import { copiedList } from '../util/shape'

/** Cells of padding in a dimension: no more than so many. */
const MOST_PADDING = 2 ** 28 - 1
/** Cells that a window reaches over, where its steps cannot be cut. Places are then below 2³⁰ + 2²⁷, and so below 2³¹. */
export const MOST_REACH = 2 ** 26
/** Parts that a tensor is cut into: each is a node of the graph. */
export const MOST_PARTS = 2 ** 16

/** Cells of a window, or from one to the next. */
export const cells: Kind<number> = positive
export const whole: Kind<number> = integer(0)

/** Activations that kernels apply as they write. */
export const fused = optional(choice('linear', 'relu', 'sigmoid', 'tanh'), 'linear')

const tensor: Kind<TensorLike, Node> = {
  takes: 'a tensor',
  save: () => null, // ops are not saved
  read(value, what) {
    try {
      return toNode(value as TensorLike)
    } catch (error) {
      if (error instanceof CornusError) throw new CornusError(error.code, `${what}: ${error.message}`, { cause: error })
      throw error
    }
  },
}

/** A tensor that may be left out. */
export const maybeTensor = optional(nullable(tensor), null)
/** Two tensors that may be left out. */
export const maybePair: Kind<readonly [TensorLike, TensorLike] | null, readonly [Node, Node] | null> & { readonly fallback: null } = {
  takes: 'an array of two tensors, or null',
  fallback: null,
  save: () => null,
  read(value, what) {
    if (value === null) return null
    const list = copiedList(value)
    if (list?.length !== 2) throw new CornusError('BAD_SHAPE', `${what} must be an array of two tensors`)
    return [tensor.read(list[0], `${what}[0]`), tensor.read(list[1], `${what}[1]`)]
  },
}

export const off = optional(flag, false)

type Pair = readonly [before: number, after: number]
/** A pair of numbers for each dimension. */
export function pairsOf(value: unknown, rank: number, width: Kind<number>, what: string): readonly Pair[] {
  const pairs = copiedList(value)?.map(copiedList)
  if (pairs?.length !== rank || !pairs.every((pair) => pair?.length === 2)) {
    throw new CornusError('BAD_ARGUMENT', `${what} must be ${rank} pairs [before, after] of integers from 0, not ${showValue(value)}`)
  }
  return pairs.map((pair, i) => [width.read(pair?.[0], `${what}[${i}][0]`), width.read(pair?.[1], `${what}[${i}][1]`)] as const)
}

/** 'valid', 'same' and what else is named, or cells before and after in each dimension. */
const padding = <const C extends string>(rank: number, ...names: readonly C[]): Kind<C | readonly Pair[], C | readonly Pair[]> => {
  const [named, width] = [choice(...names), integer(0, MOST_PADDING)]
  return {
    takes: `${named.takes}, or ${rank} pairs [before, after]`,
    save: () => null,
    read: (value, what) => (Array.isArray(value) ? pairsOf(value, rank, width, what) : named.read(value, what)),
  }
}

const perWindow = (rank: number) => ({ strides: optional(perDimension(rank, cells), 1), dilation: optional(perDimension(rank, cells), 1) })
const written = { bias: maybeTensor, activation: fused }

/** Options of windows over 0 to 3 dimensions. */
const byRank = <T>(make: (rank: number) => T): readonly [T, T, T, T] => [make(0), make(1), make(2), make(3)]
export const convOptions = byRank((rank) => ({
  ...perWindow(rank),
  padding: optional(padding(rank, 'valid', 'same'), 'valid'),
  groups: optional(integer(1), 1),
  ...written,
}))
export const causalOptions = { ...convOptions[1], padding: optional(padding(1, 'valid', 'same', 'causal'), 'valid') }
export const depthwiseOptions = byRank((rank) => ({
  ...perWindow(rank),
  padding: optional(padding(rank, 'valid', 'same'), 'valid'),
  ...written,
}))
export const transposeOptions = byRank((rank) => ({
  ...perWindow(rank),
  padding: optional(choice('valid', 'same'), 'valid'),
  outputPadding: optional(nullable(perDimension(rank, integer(0, MOST_PADDING))), null),
  ...written,
}))
export const poolOptions = byRank((rank) => ({
  strides: optional(nullable(perDimension(rank, cells)), null),
  padding: optional(choice('valid', 'same'), 'valid'),
}))
