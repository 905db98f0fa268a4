// What may stand as a callback.
import { CornusError, didYouMean, reading, showValue } from '../util/errors'
import { isClass } from '../util/parts'
import { Callback, HOOKS, type CallbackHooks } from './callback'

/** A callback of the user's, or an error that says what is wrong with it. */
export function checkCallback(callback: unknown, what: string): CallbackHooks {
  return reading(what, () => readCallback(callback, what))
}

const wrong = (what: string, takes: string, value: unknown): CornusError =>
  new CornusError('BAD_ARGUMENT', `${what} must be ${takes}, not ${showValue(value)}`)

function readCallback(callback: unknown, what: string): CallbackHooks {
  if (typeof callback !== 'object' || callback === null || Array.isArray(callback))
    throw wrong(what, 'a callback, as { onEpochEnd(epoch, logs) {} } or a class that extends Callback', callback)
  const hooks = callback as { readonly [hook: string]: unknown }
  const stray = strayHook(callback)
  if (stray !== undefined)
    throw new CornusError(
      'BAD_ARGUMENT',
      `${what}: there is no hook ${showValue(stray)}${didYouMean(stray, HOOKS)}; the hooks are ${HOOKS.join(', ')}`,
    )
  const broken = HOOKS.find((hook) => hooks[hook] !== undefined && (typeof hooks[hook] !== 'function' || isClass(hooks[hook])))
  if (broken) throw wrong(`${what}.${broken}`, 'a function', hooks[broken])
  const idle = !(callback instanceof Callback) && !HOOKS.some((hook) => hooks[hook])
  if (idle) throw new CornusError('BAD_ARGUMENT', `${what} has none of the hooks ${HOOKS.join(', ')}`)
  return callback as CallbackHooks
}

/** A name like a hook's that is none. Methods of a class may be its own affair, unless they are nearly a hook's. */
function strayHook(callback: object): string | undefined {
  const isStray = (name: string) => /^on[A-Z_]/i.test(name) && !(HOOKS as readonly string[]).includes(name)
  const own = Object.keys(callback).find(isStray)
  const methods: string[] = []
  for (
    let type: unknown = Object.getPrototypeOf(callback);
    type && type !== Object.prototype && type !== Callback.prototype;
    type = Object.getPrototypeOf(type)
  )
    methods.push(...Object.getOwnPropertyNames(type))
  return own ?? methods.find((name) => isStray(name) && didYouMean(name, HOOKS) !== '')
}
