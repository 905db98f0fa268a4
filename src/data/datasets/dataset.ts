// What a dataset is made of.
import { constantNode } from '../../graph/leaves'
import type { Tensor } from '../../tensor'

/** Samples with their labels, row by row. */
export interface Samples {
  /** float32 */
  readonly x: Tensor
  /** int32, [n] */
  readonly y: Tensor
}

export interface Dataset {
  readonly train: Samples
  readonly test: Samples
  /** Name of each label, where they have names. */
  readonly classNames?: readonly string[]
}

/** The tensors take the arrays over; nobody else may keep them. */
export const samples = (x: Float32Array, shape: readonly number[], y: Int32Array): Samples => ({
  x: constantNode(x, { shape: [y.length, ...shape], dtype: 'float32' }),
  y: constantNode(y, { shape: [y.length], dtype: 'int32' }),
})
