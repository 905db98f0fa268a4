// The whole models of scripts/golden/trainings.py, drawn by hand: the same layers, weights, data and steps.
import {
  compile,
  input,
  Layer,
  layers,
  losses,
  Model,
  model,
  ops,
  optimizers,
  regularizers,
  sequential,
  tensor,
  valueAndGrad,
  type AnyLayer,
  type DataTree,
  type Outputs,
  type StepData,
  type Tensor,
} from '../../src/index'

const { dense } = layers
const tanh = (units: number, name: string) => dense({ units, activation: 'tanh', name })
const softmax = (units: number, name: string) => dense({ units, activation: 'softmax', name })
const sigmoid = (units: number, name: string) => dense({ units, activation: 'sigmoid', name })
const linear = (units: number, name: string) => dense({ units, name })
const sgd = (learningRate = 0.05) => optimizers.sgd({ learningRate, momentum: 0.9 })
const adam = (learningRate = 0.005) => optimizers.adam({ learningRate, epsilon: 1e-4 })
const words = (inputDim: number, name = 'words', maskZero = true) => layers.embedding({ inputDim, outputDim: 4, maskZero, name })
const ints = (name: string, ...shape: number[]) => input({ shape, dtype: 'int32', name })
const floats = (name: string, ...shape: number[]) => input({ shape, name })
const conv = (filters: number, kernelSize: number, name: string, activation: 'relu' | 'sigmoid' | 'linear' = 'relu') =>
  layers.conv2d({ filters, kernelSize, padding: 'same', activation, name })

/** n numbers from 0 to before 1: the generator of the script. */
export function stream(seed: number, n: number): Float64Array {
  let state = seed
  return Float64Array.from({ length: n }, () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32)
}

/** Matrices and filters from the generator, by fan in; vectors stay as they begin. */
export function fill<M extends AnyLayer>(net: M, seed = 3): M {
  net.setWeights(
    net.getWeights().map((weight, i) => {
      const { shape, size } = weight
      if (shape.length < 2) return weight
      const limit = Math.sqrt(3 / (size / shape.at(-1)!))
      return tensor(
        Float32Array.from(stream(seed + i, size), (u) => (2 * u - 1) * limit),
        shape,
      )
    }),
  )
  return net
}

/** A step on one batch; its loss. */
export type Step = (x: DataTree, y: DataTree) => Promise<number>

type Compilation = Parameters<Model['compile']>[0]
function trained<Y extends Outputs>(net: Model<Y>, options: Compilation): Step {
  const filled = fill(net)
  filled.compile(options)
  return async (x, y) => (await filled.trainOnBatch(x, y)).loss
}

class Sampling extends Layer {
  override call([mean, logVariance, noise]: readonly [Tensor, Tensor, Tensor]): Tensor {
    const divergence = logVariance.add(1).sub(mean.square()).sub(logVariance.exp()).sum(-1).mean()
    this.addLoss(divergence.mul(-0.05))
    return mean.add(logVariance.mul(0.5).exp().mul(noise))
  }
}

class Tied extends Layer {
  constructor(private readonly table: Layer) {
    super({ name: 'tied' })
  }

  override call(x: Tensor): Tensor {
    return ops.softmax(x.matmul(this.table.weights[0]!.transpose()))
  }
}

class OwnStep extends Model {
  readonly d1 = tanh(8, 'd1')
  readonly d2 = linear(1, 'd2')

  override call(x: Tensor): Tensor {
    return this.d2.apply(this.d1.apply(x))
  }

  override trainStep({ x, y }: StepData) {
    const [inputs, targets] = [x as Tensor, y as Tensor]
    const weights = this.trainableWeights
    const { value, grads } = valueAndGrad(() => {
      const [flat, shifted] = [this.apply(inputs, { training: true }), this.apply(inputs.mul(1.1), { training: true })]
      return flat.sub(targets).square().mean().add(flat.sub(shifted).square().mean().mul(0.5))
    }, weights)
    this.applyGradients(grads)
    return { loss: value }
  }
}

function ganStep(): Step {
  const make = fill(sequential([dense({ units: 8, activation: 'tanh', inputShape: [3] }), linear(5, 'g2')]), 3)
  const judge = fill(sequential([dense({ units: 8, inputShape: [5] }), layers.leakyReLU({ negativeSlope: 0.2 }), linear(1, 'j2')]), 30)
  const bce = losses.binaryCrossentropy({ fromLogits: true })
  const [ofJudge, ofMake] = [adam(0.01), sgd(0.05)]
  const step = compile((noise: Tensor, real: Tensor) => {
    const d = valueAndGrad(() => {
      const [fake, truth] = [judge.apply(make.apply(noise)), judge.apply(real)]
      return bce.call(truth.mul(0).add(1), truth).add(bce.call(fake.mul(0), fake))
    }, judge.trainableWeights)
    ofJudge.apply(d.grads, judge.trainableWeights)
    const g = valueAndGrad(() => {
      const fake = judge.apply(make.apply(noise))
      return bce.call(fake.mul(0).add(1), fake)
    }, make.trainableWeights)
    ofMake.apply(g.grads, make.trainableWeights)
    return d.value.add(g.value)
  })
  return async (x, y) => (await step(x as Tensor, y as Tensor)).item()
}

function fineTuned(): Step {
  const base = sequential([linear(8, 'b1'), layers.batchNormalization({ name: 'bn' }), layers.activation('tanh')])
  const net = sequential([layers.inputLayer({ shape: [6] }), base, linear(2, 'head')])
  fill(net)
  base.trainable = false
  net.compile({ optimizer: sgd(), loss: 'mse' })
  let at = 0
  return async (x, y) => {
    if (at++ === 25) {
      base.trainable = true
      net.compile({ optimizer: sgd(0.01), loss: 'mse' })
    }
    return (await net.trainOnBatch(x, y)).loss
  }
}

function unet(): Step {
  const x = floats('x', 8, 8, 1)
  const pool = (h: Tensor) => layers.maxPooling2d({ poolSize: 2 }).apply(h)
  const up = (filters: number, name: string, h: Tensor) =>
    layers.conv2dTranspose({ filters, kernelSize: 2, strides: 2, padding: 'same', name }).apply(h)
  const d1 = conv(3, 3, 'd1').apply(x)
  const d2 = conv(5, 3, 'd2').apply(pool(d1))
  const middle = conv(6, 3, 'mid').apply(pool(d2))
  const e2 = conv(5, 3, 'e2').apply(ops.concat([up(5, 'u2', middle), d2], -1))
  const e1 = conv(3, 3, 'e1').apply(ops.concat([up(3, 'u1', e2), d1], -1))
  return trained(model({ inputs: x, outputs: conv(1, 1, 'mask', 'sigmoid').apply(e1) }), {
    optimizer: adam(),
    loss: 'binaryCrossentropy',
  })
}

function residual(): Step {
  const x = floats('x', 6, 6, 3)
  let h = conv(4, 3, 'stem').apply(x)
  const block = (name: string, input: Tensor) =>
    layers.batchNormalization({ name: `bn${name}` }).apply(conv(4, 3, `c${name}`, 'linear').apply(input))
  for (const i of [1, 2]) h = h.add(block(`${i}b`, block(`${i}a`, h).relu())).relu()
  h = layers.globalAveragePooling2d().apply(h)
  return trained(model({ inputs: x, outputs: softmax(3, 'out').apply(h) }), {
    optimizer: sgd(0.02),
    loss: 'sparseCategoricalCrossentropy',
  })
}

function inception(): Step {
  const x = floats('x', 8, 8, 3)
  const pooled = layers.maxPooling2d({ poolSize: 3, strides: 1, padding: 'same' }).apply(x)
  const towers = [
    conv(4, 1, 'one').apply(x),
    conv(4, 3, 'three').apply(conv(3, 1, 'reduce3').apply(x)),
    conv(2, 5, 'five').apply(conv(2, 1, 'reduce5').apply(x)),
    conv(2, 1, 'pooled').apply(pooled),
  ]
  const h = layers.globalAveragePooling2d().apply(ops.concat(towers, -1))
  return trained(model({ inputs: x, outputs: softmax(4, 'out').apply(h) }), {
    optimizer: sgd(),
    loss: 'sparseCategoricalCrossentropy',
  })
}

const crossentropy = { loss: 'sparseCategoricalCrossentropy' } as const

/** By the names of the golden cases. */
export const wholeModels: { readonly [name: string]: () => Step } = {
  'two branches': () => {
    const [a, b] = [floats('a', 6), floats('b', 4)]
    const right = dense({ units: 5, activation: 'gelu', name: 'right' }).apply(b)
    const h = ops.concat([tanh(8, 'left').apply(a), right], -1)
    return trained(model({ inputs: [a, b], outputs: linear(1, 'out').apply(h) }), { optimizer: adam(), loss: 'mse' })
  },
  'several outputs': () => {
    const x = floats('x', 8)
    const h = tanh(16, 'trunk').apply(x)
    return trained(model({ inputs: x, outputs: { kind: softmax(3, 'kind').apply(h), size: linear(2, 'size').apply(h) } }), {
      optimizer: sgd(),
      loss: { kind: 'sparseCategoricalCrossentropy', size: 'mae' },
      lossWeights: { kind: 1, size: 0.5 },
    })
  },
  siamese: () => {
    const [a, b] = [floats('a', 7), floats('b', 7)]
    const tower = sequential([dense({ units: 10, activation: 'tanh', inputShape: [7] }), linear(4, 't2')])
    const gap = tower.apply(a).sub(tower.apply(b)).square()
    return trained(model({ inputs: [a, b], outputs: sigmoid(1, 'same').apply(gap) }), { optimizer: adam(), loss: 'binaryCrossentropy' })
  },
  inception,
  residual,
  'U-Net': unet,
  'nested twice': () => {
    const [a, b, x] = [floats('a', 5), floats('b', 5), floats('x', 5)]
    const inner = model({ inputs: a, outputs: tanh(5, 'inner_dense').apply(a), name: 'inner' })
    const outputs = inner.apply(inner.apply(b)).add(linear(5, 'middle_dense').apply(b))
    const middle = model({ inputs: b, outputs, name: 'middle' })
    return trained(model({ inputs: x, outputs: linear(2, 'out').apply(middle.apply(middle.apply(x))) }), {
      optimizer: adam(),
      loss: 'mse',
    })
  },
  'shared sequential': () => {
    const xs = ['a', 'b', 'c'].map((name) => floats(name, 6))
    const net = sequential([
      dense({ units: 8, activation: 'silu', inputShape: [6] }),
      layers.layerNormalization({ name: 'ln' }),
      linear(3, 's2'),
    ])
    const [a, b, c] = xs.map((x) => net.apply(x))
    return trained(model({ inputs: xs, outputs: softmax(3, 'out').apply(a!.add(b!).add(c!).div(3)) }), {
      optimizer: sgd(),
      loss: 'categoricalCrossentropy',
    })
  },
  autoencoder: () => {
    const x = floats('x', 10)
    const code = dense({
      units: 3,
      activation: 'tanh',
      activityRegularizer: regularizers.l2({ l2: 0.01 }),
      kernelRegularizer: regularizers.l2({ l2: 0.001 }),
      name: 'code',
    }).apply(x)
    return trained(model({ inputs: x, outputs: linear(10, 'decoded').apply(code) }), { optimizer: adam(0.01), loss: 'mse' })
  },
  'variational autoencoder': () => {
    const [x, noise] = [floats('x', 10), floats('noise', 2)]
    const h = tanh(8, 'h').apply(x)
    const z = new Sampling({ name: 'z' }).apply([linear(2, 'mean').apply(h), linear(2, 'log_var').apply(h), noise])
    return trained(model({ inputs: [x, noise], outputs: linear(10, 'decoded').apply(tanh(8, 'g').apply(z)) }), {
      optimizer: adam(0.01),
      loss: 'mse',
    })
  },
  'GAN step': ganStep,
  'CNN and RNN': () => {
    const x = floats('x', 4, 6, 6, 1)
    const each = layers.conv2d({ filters: 3, kernelSize: 3, activation: 'tanh', name: 'c' })
    let h = layers.timeDistributed({ layer: each, name: 'td' }).apply(x)
    h = layers.timeDistributed({ layer: layers.flatten(), name: 'flat' }).apply(h)
    h = layers.gru({ units: 5, name: 'gru' }).apply(h) as Tensor
    return trained(model({ inputs: x, outputs: softmax(3, 'out').apply(h) }), { optimizer: adam(), ...crossentropy })
  },
  'encoder and decoder': () => {
    const [source, target] = [floats('source', 5, 3), floats('target', 4, 2)]
    const [, h, c] = layers.lstm({ units: 6, returnState: true, name: 'encoder' }).apply(source) as unknown as Tensor[]
    const d = layers.lstm({ units: 6, returnSequences: true, name: 'decoder' }).apply(target, { initialState: [h!, c!] }) as Tensor
    return trained(model({ inputs: [source, target], outputs: softmax(4, 'out').apply(d) }), { optimizer: adam(0.01), ...crossentropy })
  },
  'own step': () => {
    const own = new OwnStep()
    own.apply(tensor([[0, 0, 0, 0, 0, 0]]))
    return trained(own, { optimizer: optimizers.rmsprop({ learningRate: 0.005, epsilon: 1e-4 }), loss: 'mse' })
  },
  'inputs and outputs by name': () => {
    const [title, body] = [ints('title', 4), floats('body', 5)]
    const t = layers.globalAveragePooling1d().apply(words(9, 'words', false).apply(title))
    const h = dense({ units: 8, activation: 'selu', name: 'h' }).apply(ops.concat([t, body], -1))
    return trained(model({ inputs: { title, body }, outputs: { price: linear(1, 'price').apply(h), tag: sigmoid(2, 'tag').apply(h) } }), {
      optimizer: adam(),
      loss: { price: 'huber', tag: 'binaryCrossentropy' },
    })
  },
  'sequence to sequence': () => {
    const x = ints('x', 5)
    const h = layers.gru({ units: 6, name: 'encoder' }).apply(words(8).apply(x)) as Tensor
    const d = layers.gru({ units: 6, returnSequences: true, name: 'decoder' }).apply(layers.repeatVector(3).apply(h)) as Tensor
    const out = layers.timeDistributed({ layer: softmax(5, 'each'), name: 'out' }).apply(d)
    return trained(model({ inputs: x, outputs: out }), { optimizer: adam(0.01), ...crossentropy })
  },
  'wide and deep': () => {
    const [wide, category] = [floats('wide', 6), ints('category', 2)]
    const elu = (units: number, name: string) => dense({ units, activation: 'elu', name })
    const table = layers.embedding({ inputDim: 7, outputDim: 3, name: 'table' })
    const deep = elu(4, 'deep2').apply(elu(8, 'deep1').apply(layers.flatten().apply(table.apply(category))))
    return trained(model({ inputs: [wide, category], outputs: sigmoid(1, 'out').apply(ops.concat([wide, deep], -1)) }), {
      optimizer: optimizers.adagrad({ learningRate: 0.05, epsilon: 1e-4 }),
      loss: 'binaryCrossentropy',
    })
  },
  'frozen, then fine-tuned': fineTuned,
  'masks through a shared LSTM': () => {
    const [a, b] = [ints('a', 5), ints('b', 5)]
    const [table, lstm] = [words(8), layers.lstm({ units: 5, name: 'lstm' })]
    const read = (x: Tensor) => lstm.apply(table.apply(x)) as Tensor
    return trained(model({ inputs: [a, b], outputs: linear(1, 'out').apply(ops.concat([read(a), read(b)], -1)) }), {
      optimizer: adam(0.01),
      loss: 'mse',
    })
  },
  'tied weights': () => {
    const x = ints('x', 5)
    const table = words(7, 'table', false)
    const h = layers.simpleRNN({ units: 4, returnSequences: true, name: 'rnn' }).apply(table.apply(x)) as Tensor
    return trained(model({ inputs: x, outputs: new Tied(table).apply(h) }), { optimizer: sgd(), ...crossentropy })
  },
  'masked steps': () => {
    const x = ints('x', 6)
    const both = layers.bidirectional({ layer: layers.lstm({ units: 4, returnSequences: true }), name: 'both' })
    const h = both.apply(words(8).apply(x)) as Tensor
    return trained(model({ inputs: x, outputs: softmax(3, 'out').apply(h) }), { optimizer: adam(0.01), ...crossentropy })
  },
  'graph of ops': () => {
    const x = floats('x', 4, 6)
    const [left, right] = [x.slice([0, 0, 0], [-1, -1, 3]), x.slice([0, 0, 3], [-1, -1, 3])]
    const h = ops.concat([left.mul(right).tanh(), left.sub(right).square().neg().exp()], -1)
    const d = linear(4, 'd').apply(h.mean(1))
    return trained(model({ inputs: x, outputs: d.mul(d).sum(-1, true) }), { optimizer: sgd(0.02), loss: 'mse' })
  },
}
