// What an initializer is.
import type { Tensor } from '../graph/node'
import { optional, seed as seedKind, type Held, type OptionTable } from '../util/options'
import { partFactory, type Part } from '../util/parts'
import { checkShape, type Shape } from '../util/shape'

/** Makes the first values of a weight. */
export interface Initializer extends Part {
  /** Values for a shape; lazy. */
  call(shape: Shape): Tensor
}

/** A factory of initializers from the table of their options. */
export const factory = <const T extends OptionTable>(
  className: string,
  table: T,
  call: (shape: Shape, options: Held<T>) => Tensor,
  agree?: (held: Held<T>, called: string) => void,
) =>
  partFactory(className, table, (shape: Shape, held: Held<T>) => call(checkShape(shape, `${className}: shape`), held), agree && { agree })

/** An initializer made of a function of the user's own. */
export const ownInitializer = (fn: (shape: Shape) => Tensor): Initializer => ({ ...factory(fn.name, {}, fn)(), own: fn })

/** The same numbers each time; default: none, then `setSeed` rules. */
export const seed = optional(seedKind, null)
