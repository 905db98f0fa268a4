// What is fused before planning: batch normalization into the weights before it, activations into what makes their input; and what is not.
import { describe, expect, test } from 'vitest'
import { gradients } from '../src/grad'
import { recordTrace } from '../src/graph/trace'
import { configure, layers, sequential, tensor, type Layer, type Tensor } from '../src/index'
import { mean, sum } from '../src/ops/reduce'
import { compileNodes, evaluateSync, runSync } from '../src/runtime/session'
import { makeRandom } from '../src/util/shuffle'
import { expectNear } from './support/golden'
import { withRewrites } from './support/rewrites'

const random = makeRandom(9)
const draw = (shape: readonly number[], low = -1, high = 1) =>
  tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => low + (high - low) * random()),
    shape,
  )

/** A batch normalization that has seen something. */
function trained(options: { axis?: number; center?: boolean; scale?: boolean } = {}): Layer {
  const layer = layers.batchNormalization(options)
  const { ensureBuilt } = layer
  layer.ensureBuilt = (...shapes) => {
    const fresh = !layer.built
    ensureBuilt.apply(layer, shapes)
    if (fresh) layer.setWeights(layer.weights.map(({ name, shape }) => draw(shape, name.includes('variance') ? 0.5 : -1, 2)))
  }
  return layer
}

/** Kernels that work on whole outputs, and the values. */
function run(build: () => Tensor): { kernels: string[]; values: ArrayLike<number> } {
  configure({ threads: 1 })
  const { result } = recordTrace(build)
  const kernels = withRewrites(() => compileNodes([result], []))
    .program.records.filter(({ op, work }) => work >= result.size && op !== 'clone')
    .map(({ kernel }) => kernel)
  return { kernels, values: runSync(compileNodes([result], []), [])[0]! }
}

/** The layers one by one: each output is known before the next layer sees it, so nothing can be fused. */
const separately = (stack: readonly Layer[], x: Tensor): ArrayLike<number> =>
  stack
    .reduce<Tensor>((y, layer) => {
      const z = layer.apply(y)
      evaluateSync([z])
      return z
    }, x)
    .dataSync()

const conv = { filters: 6, kernelSize: 3 } as const
describe('batch normalization after linear layers costs no pass', () => {
  test.each<[string, () => Layer[], number[], string[]]>([
    ['conv2d', () => [layers.conv2d(conv), trained()], [8, 9, 8, 3], ['convFew']],
    ['conv2d without bias', () => [layers.conv2d({ ...conv, useBias: false }), trained()], [8, 9, 8, 5], ['conv']],
    ['conv2d, rectified', () => [layers.conv2d({ ...conv, padding: 'same' }), trained(), layers.reLU()], [8, 9, 8, 5], ['conv']],
    [
      'conv2d, activation layer',
      () => [layers.conv2d({ ...conv, padding: 'same' }), trained(), layers.activation({ activation: 'tanh' })],
      [8, 9, 8, 5],
      ['conv'],
    ],
    ['no gamma, no beta', () => [layers.conv2d(conv), trained({ center: false, scale: false })], [8, 9, 8, 5], ['conv']],
    ['groups', () => [layers.conv2d({ ...conv, groups: 2 }), trained(), layers.reLU()], [8, 9, 8, 4], ['conv']],
    ['conv1d', () => [layers.conv1d({ ...conv, padding: 'causal' }), trained(), layers.reLU()], [16, 40, 5], ['conv']],
    ['conv3d', () => [layers.conv3d(conv), trained(), layers.reLU()], [8, 6, 7, 6, 5], ['conv']],
    ['conv2dTranspose', () => [layers.conv2dTranspose({ ...conv, strides: 2 }), trained(), layers.reLU()], [8, 9, 8, 5], ['convGradInput']],
    [
      'conv2dTranspose without bias',
      () => [layers.conv2dTranspose({ ...conv, useBias: false }), trained()],
      [8, 9, 8, 5],
      ['convGradInput'],
    ],
    ['depthwiseConv2d', () => [layers.depthwiseConv2d({ kernelSize: 3 }), trained(), layers.reLU()], [8, 9, 8, 5], ['depthwiseConv2d']],
    [
      'depthwiseConv2d without bias',
      () => [layers.depthwiseConv2d({ kernelSize: 3, useBias: false }), trained()],
      [8, 9, 8, 5],
      ['depthwiseConv2d'],
    ],
    ['depthwiseConv1d', () => [layers.depthwiseConv1d({ kernelSize: 3 }), trained()], [16, 40, 5], ['depthwiseConv2d']],
    [
      'separableConv2d',
      () => [layers.separableConv2d({ ...conv, useBias: false }), trained(), layers.reLU()],
      [8, 9, 8, 5],
      ['depthwiseConv2d', 'gemm'],
    ],
    ['dense', () => [layers.dense({ units: 6 }), trained(), layers.reLU()], [200, 5], ['gemm']],
    ['dense without bias', () => [layers.dense({ units: 6, useBias: false }), trained()], [200, 5], ['gemm']],
    ['dense on sequences', () => [layers.dense({ units: 6 }), trained(), layers.reLU()], [10, 20, 5], ['gemm']],
    ['two in a row', () => [layers.conv2d(conv), trained(), trained(), layers.reLU()], [8, 9, 8, 5], ['conv']],
  ])('%s', (_, build, shape, expected) => {
    const stack = build()
    const x = draw(shape)
    const model = sequential(stack)
    const { kernels, values } = run(() => model.apply(x))
    expect(kernels).toEqual(expected)
    expectNear(values, separately(stack, x), 1e-5, 'values')
  })

  test('channels first: through the change of axes', () => {
    const stack = [layers.conv2d({ ...conv, dataFormat: 'channelsFirst' }), trained({ axis: 1 }), layers.reLU()]
    const x = draw([8, 5, 9, 8])
    const { kernels, values } = run(() => sequential(stack).apply(x))
    expect(kernels).toEqual(['copy', 'conv', 'copy'])
    expectNear(values, separately(stack, x), 1e-5, 'values')
  })

  test('predict and evaluate give what the layers give', async () => {
    const stack = [
      layers.conv2d({ ...conv, inputShape: [9, 8, 3] }),
      trained(),
      layers.reLU(),
      layers.flatten(),
      layers.dense({ units: 2 }),
    ]
    const model = sequential(stack)
    const x = draw([6, 9, 8, 3])
    const expected = separately(stack, x)
    expectNear(await model.predict(x).data(), expected, 1e-5, 'predict')
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
    const { loss } = await model.evaluate(x, tensor(Float32Array.from(expected), [6, 2]))
    expect(loss).toBeLessThan(1e-9)
  })
})

describe('not fused', () => {
  const x = draw([8, 9, 8, 5])
  const kernelsOf = (build: () => Tensor) => run(build).kernels
  test('where somebody else reads the convolution', () => {
    const [first, second] = [layers.conv2d(conv), trained()]
    const { kernels } = run(() => {
      const y = first.apply(x)
      return sum(second.apply(y), [1, 2]).add(mean(y, [1, 2]))
    })
    expect(kernels).toContain('normalize')
    expect(kernels.filter((name) => name === 'conv').length).toBe(1)
  })
  test('behind another activation', () =>
    expect(kernelsOf(() => sequential([layers.conv2d({ ...conv, activation: 'relu' }), trained()]).apply(x))).toEqual([
      'conv',
      'normalize',
    ]))
  test('where the weights are larger than what comes out', () =>
    expect(kernelsOf(() => sequential([layers.dense({ units: 60 }), trained(), layers.reLU()]).apply(draw([20, 70])))).toEqual([
      'gemm',
      'normalize',
    ]))
  test("in training: statistics are the batch's; only the rectifier is applied on the way", () => {
    const { kernels } = run(() =>
      sequential([layers.conv2d(conv), layers.batchNormalization(), layers.reLU()]).apply(x, { training: true }),
    )
    expect(kernels).toEqual(['conv', 'moments', 'normalize'])
  })
})

test('gradients are the same where an activation is fused', () => {
  const layer = layers.conv2d(conv)
  const x = draw([8, 9, 8, 5])
  layer.apply(x)
  const values = [layers.reLU(), layers.activation({ activation: 'tanh' }), layers.activation({ activation: 'sigmoid' })].map(
    (activation) => {
      const gradient = () => {
        const reads = layer.trainableWeights.map((weight) => weight.read())
        return gradients(sum(activation.apply(layer.apply(x)).square()), reads)[0]!
      }
      const { kernels, values } = run(gradient)
      expect(kernels.filter((name) => ['relu', 'tanh', 'sigmoid'].includes(name))).toEqual([])
      const separate = layer.apply(x)
      const reads = layer.trainableWeights.map((weight) => weight.read())
      const [known] = evaluateSync([separate])
      const z = tensor(known as Float32Array, separate.shape)
      const [dz] = gradients(sum(activation.apply(z).square()), [z])
      expectNear(values, evaluateSync(gradients(layer.apply(x), reads, dz!))[0]!, 1e-5, activation.name)
      return values
    },
  )
  expect(values.length).toBe(3)
})
