// Metric: a number gathered over many batches.
import { newArray, toNode, type TensorLike } from '../graph/convert'
import { constantNode } from '../graph/leaves'
import type { Tensor } from '../graph/node'
import { Variable } from '../graph/variable'
import { add } from '../ops/binary'
import { fill } from '../tensor'
import { performEffects } from '../transform'
import type { Config, Part } from '../util/parts'
import type { Shape } from '../util/shape'

export interface MetricOptions {
  name?: string
}

/** Extend it with `record`, which adds a batch to the variables, and `result`. */
export abstract class Metric implements Part {
  /** Keras's class name. */
  abstract readonly className: string
  /** Whether more is better; null where that is not known. */
  readonly direction: 'up' | 'down' | null = null
  /** What was counted so far. */
  readonly variables: Variable[] = []

  /** The name is its key in logs and History. */
  constructor(public name: string) {}

  /** Adds what one batch shows to the variables. */
  protected abstract record(yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor, mask?: Tensor): void

  /** The value over all batches since the last reset; lazy. */
  abstract result(): Tensor

  /** Adds a batch: in a traced function as part of the Program, else at once. */
  update(yTrue: TensorLike, yPred: TensorLike, sampleWeight?: TensorLike, mask?: TensorLike): void {
    const optional = (x: TensorLike | undefined) => (x === undefined ? undefined : toNode(x))
    performEffects(() => this.record(toNode(yTrue), toNode(yPred), optional(sampleWeight), optional(mask)))
  }

  /** Starts from the beginning. */
  reset(): void {
    for (const variable of this.variables) variable.assign(constantNode(newArray(variable.dtype, variable.size), variable))
  }

  getConfig(): Config {
    return { name: this.name, dtype: 'float32' }
  }

  /** A variable that starts at 0. */
  protected addVariable(name: string, shape: Shape = []): Variable {
    const variable = new Variable(fill(shape, 0), { name: `${this.name}/${name}`, trainable: false })
    this.variables.push(variable)
    return variable
  }

  /** variable += x, element by element. */
  protected addTo(variable: Variable, x: Tensor): void {
    variable.assign(add(variable, x))
  }
}
