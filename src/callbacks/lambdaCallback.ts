// LambdaCallback: a callback of functions.
import { check, CornusError, didYouMean, reading, showValue } from '../util/errors'
import { Callback, HOOKS, type CallbackHooks } from './callback'

/** See keras.callbacks.LambdaCallback; the functions find the model as `callback.model`. */
export class LambdaCallback extends Callback {
  constructor(hooks: CallbackHooks) {
    super()
    if (typeof hooks !== 'object' || hooks === null)
      throw new CornusError(
        'BAD_ARGUMENT',
        `lambdaCallback: expected an object of hooks, { onEpochEnd(epoch, logs) {} }, not ${showValue(hooks)}`,
      )
    for (const [name, hook] of reading('lambdaCallback: the hooks', () => Object.entries(hooks))) {
      check(
        (HOOKS as readonly string[]).includes(name),
        'BAD_ARGUMENT',
        () => `lambdaCallback: there is no hook '${name}'${didYouMean(name, HOOKS)}; the hooks are ${HOOKS.join(', ')}`,
      )
      const right = hook === undefined || typeof hook === 'function'
      check(right, 'BAD_ARGUMENT', () => `lambdaCallback: ${name} must be a function, not ${showValue(hook)}`)
      if (hook !== undefined) Object.defineProperty(this, name, { value: hook, writable: true, enumerable: true, configurable: true })
    }
  }
}
