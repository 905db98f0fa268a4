// Lambda: a function of the user's own as a layer.
import type { Tensor } from '../graph/node'
import { check, showValue } from '../util/errors'
import { kindOf, optional, type ConfigValue, type Given, type Held, type Kind } from '../util/options'
import { isClass, resolveOwn, savePart, type SavedPart } from '../util/parts'
import { Layer, type LayerOptions } from './layer'

type Body = (x: Tensor) => Tensor

const body: Kind<Body | SavedPart, Body> = {
  takes: 'a function of a tensor',
  save: (fn) => savePart({ className: fn.name, getConfig: () => ({}), own: fn }, '', {}) as ConfigValue,
  read: (value, what) => {
    const fn = resolveOwn(value)
    check(
      typeof fn === 'function' && !isClass(fn),
      'BAD_ARGUMENT',
      () => `${what} must be a function of a tensor, not ${showValue(fn)}; one that was saved is given by its name as customObjects`,
    )
    return fn as Body
  },
}
const noArguments = kindOf<{ readonly [name: string]: never }>(
  'an object without entries',
  (value) => typeof value === 'object' && value !== null && Object.keys(value).length === 0,
)

const options = { function: body, arguments: optional(noArguments, {}) }
export type LambdaOptions = LayerOptions & Given<typeof options>

/** See keras.layers.Lambda; for anything with weights extend Layer. In a file it stands by the function's name. */
export class Lambda extends Layer {
  static override readonly className = 'Lambda'
  static override readonly options = options
  static override readonly positional = 'function'
  declare readonly options: Held<typeof options>

  override call(x: Tensor): Tensor {
    return this.options.function(x)
  }
}

export const lambda = (options: LambdaOptions | LambdaOptions['function']): Lambda => new Lambda(options)
