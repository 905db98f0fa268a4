// Lambda: any function of tensors as a layer. It has no weights and is not saved.
import type { Tensor } from '../graph/node'
import { check } from '../util/errors'
import { Layer, type LayerOptions } from './layer'

export interface LambdaOptions extends LayerOptions {
  function: (x: Tensor) => Tensor
}

/** See keras.layers.Lambda; for anything with weights extend Layer. */
export class Lambda extends Layer {
  static override readonly className = 'Lambda'
  static override readonly optionNames = ['function']
  private readonly body: (x: Tensor) => Tensor

  constructor(options: LambdaOptions) {
    super(options)
    check(typeof options.function === 'function', 'BAD_ARGUMENT', () => `lambda: the option 'function' must be a function of a tensor, not ${typeof options.function}`)
    this.body = options.function
  }

  override call(x: Tensor): Tensor {
    return this.body(x)
  }
}
