// Every op and every function of tensors with tensors of other shapes and types in the place of each argument: a right result with a right
// gradient, or an error that says what is wrong.
import { expect, test } from 'vitest'
import * as cornus from '../src/index'
import { makeRandom } from '../src/util/shuffle'
import { samples } from './support/callSamples'
import { methods } from './support/methodSamples'

const SHAPES = [[], [2], [2, 0], [2, 3, 4], [1, 2, 1, 2, 1, 2]]
const DTYPES = ['float32', 'int32'] as const
type Call = (...args: unknown[]) => unknown

const byName = (name: string): Call => name.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], cornus) as Call
const calls: (readonly [name: string, args: unknown[], call: Call])[] = [
  ...Object.entries(samples)
    .filter(([name]) => /^(ops|activations)\./.test(name))
    .map(([name, args]) => [name, args(makeRandom(77)), byName(name)] as const),
  ...Object.entries(methods)
    .filter(([name]) => /(loss\.call|metric\.update|apply|predict|evaluate|OnBatch|fit)$/.test(name))
    .map(([name, [of, args]]) => {
      const call: Call = (...given) => (of(makeRandom(5)) as Record<string, Call>)[name.slice(name.lastIndexOf('.') + 1)]!(...given)
      return [name, args(makeRandom(77)), call] as const
    }),
]

/** What a call ends in, if not in a result or an error of ours. */
async function faultOf(call: () => unknown): Promise<string | undefined> {
  try {
    const y = await call()
    if (y instanceof cornus.Tensor) y.dataSync()
    return undefined
  } catch (error) {
    const ours = error instanceof cornus.CornusError && error.code !== 'INTERNAL'
    return ours ? undefined : String(error)
  }
}

/** The sum of what it gives, with the gradient to one argument. */
function gradientOf(call: Call, args: readonly unknown[], place: number): cornus.Tensor {
  const v = cornus.variable(args[place] as cornus.Tensor)
  const sum = () => {
    const y = call(...args.map((arg, k) => (k === place ? v.read() : arg)))
    return ([y].flat() as cornus.Tensor[]).map((each) => each.cast('float32').sum()).reduce((a, b) => a.add(b), cornus.tensor(0))
  }
  return cornus.valueAndGrad(sum, [v]).grads[0]!
}

test.each(Object.entries(samples).filter(([name]) => /^layers\.(?!.*serialize)/.test(name)))('%s', async (name, args) => {
  for (const shape of SHAPES) {
    const layer = byName(name)(...args(makeRandom(77))) as cornus.Layer
    const fault = await faultOf(() => [layer.apply(cornus.zeros(shape), { training: true })].flat(3).forEach((y) => y.dataSync()))
    expect(fault, `input of shape [${String(shape)}]`).toBeUndefined()
  }
})

test.each(calls.map(([name, args, call]) => ({ name, args, call })))('$name', async ({ name, args, call }) => {
  for (const [place, arg] of args.entries()) {
    if (!(arg instanceof cornus.Tensor)) continue
    for (const shape of SHAPES) {
      for (const dtype of DTYPES) {
        const given = args.map((each, k) => (k === place ? cornus.zeros(shape, dtype) : each))
        expect(await faultOf(() => call(...given)), `argument ${place} of shape [${String(shape)}] and ${dtype}`).toBeUndefined()
        if (!/^(ops|activations)/.test(name) || dtype !== 'float32') continue
        const gradient = () => gradientOf(call, given, place)
        expect(await faultOf(gradient), `gradient to argument ${place} of shape [${String(shape)}]`).toBeUndefined()
      }
    }
  }
})
