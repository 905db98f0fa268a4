// The networks of rows/models.mjs and the bench's convolutions as ONNX models, with random weights, in ONNX's channels-first layouts.
import { random } from '../data.mjs'
import { int64 } from './ort.mjs'
import { tensor } from './onnx.mjs'

const weights = (shape) => random(shape, shape.length, 0.05)
const DENSE = ['Gemm', ['h', 'w', 'b'], ['logits']]
const SOFTMAX = ['Softmax', ['logits'], ['y'], { axis: -1 }]

/** A recurrent layer [T, batch, input] → last output → dense 10. */
function recurrent(op, gates, attributes = {}) {
  return {
    inputs: { x: [50, 32, 32] },
    outputs: ['y'],
    initializers: {
      wi: weights([1, gates * 64, 32]),
      wr: weights([1, gates * 64, 64]),
      br: weights([1, 2 * gates * 64]),
      axis: int64([0]),
      w: weights([64, 10]),
      b: weights([10]),
    },
    nodes: [
      [op, ['x', 'wi', 'wr', 'br'], ['all', 'last'], { hidden_size: 64, ...attributes }],
      ['Squeeze', ['last', 'axis'], ['h']],
      DENSE,
      SOFTMAX,
    ],
  }
}

/** A table's rows at 50 indices → flatten → dense 10. */
const lookUp = (rows) => ({
  inputs: { x: { int64: [32, 50] } },
  outputs: ['y'],
  initializers: { table: weights([rows, 32]), w: weights([1600, 10]), b: weights([10]) },
  nodes: [['Gather', ['table', 'x'], ['e']], ['Flatten', ['e'], ['h']], DENSE, SOFTMAX],
})

export const models = {
  mlp: () => ({
    inputs: { x: [128, 784] },
    outputs: ['y'],
    initializers: { w1: weights([784, 512]), b1: weights([512]), w: weights([512, 10]), b: weights([10]) },
    nodes: [['Gemm', ['x', 'w1', 'b1'], ['h1']], ['Relu', ['h1'], ['h']], DENSE, SOFTMAX],
  }),
  cnn: () => ({
    inputs: { x: [64, 1, 28, 28] },
    outputs: ['y'],
    initializers: {
      k1: weights([32, 1, 3, 3]),
      c1: weights([32]),
      k2: weights([64, 32, 3, 3]),
      c2: weights([64]),
      w1: weights([1600, 64]),
      b1: weights([64]),
      w: weights([64, 10]),
      b: weights([10]),
    },
    nodes: [
      ['Conv', ['x', 'k1', 'c1'], ['a1']],
      ['Relu', ['a1'], ['r1']],
      ['MaxPool', ['r1'], ['p1'], { kernel_shape: [2, 2], strides: [2, 2] }],
      ['Conv', ['p1', 'k2', 'c2'], ['a2']],
      ['Relu', ['a2'], ['r2']],
      ['MaxPool', ['r2'], ['p2'], { kernel_shape: [2, 2], strides: [2, 2] }],
      ['Flatten', ['p2'], ['f']],
      ['Gemm', ['f', 'w1', 'b1'], ['d']],
      ['Relu', ['d'], ['h']],
      DENSE,
      SOFTMAX,
    ],
  }),
  lenet: () => ({
    inputs: { x: [64, 1, 28, 28] },
    outputs: ['y'],
    initializers: {
      k1: weights([6, 1, 5, 5]),
      c1: weights([6]),
      k2: weights([16, 6, 5, 5]),
      c2: weights([16]),
      w1: weights([400, 120]),
      b1: weights([120]),
      w2: weights([120, 84]),
      b2: weights([84]),
      w: weights([84, 10]),
      b: weights([10]),
    },
    nodes: [
      ['Conv', ['x', 'k1', 'c1'], ['a1'], { pads: [2, 2, 2, 2] }],
      ['Tanh', ['a1'], ['t1']],
      ['AveragePool', ['t1'], ['p1'], { kernel_shape: [2, 2], strides: [2, 2] }],
      ['Conv', ['p1', 'k2', 'c2'], ['a2']],
      ['Tanh', ['a2'], ['t2']],
      ['AveragePool', ['t2'], ['p2'], { kernel_shape: [2, 2], strides: [2, 2] }],
      ['Flatten', ['p2'], ['f']],
      ['Gemm', ['f', 'w1', 'b1'], ['d1']],
      ['Tanh', ['d1'], ['h1']],
      ['Gemm', ['h1', 'w2', 'b2'], ['d2']],
      ['Tanh', ['d2'], ['h']],
      DENSE,
      SOFTMAX,
    ],
  }),
  lstm: () => recurrent('LSTM', 4),
  gru: () => recurrent('GRU', 3, { linear_before_reset: 1 }),
  conv1d: () => ({
    inputs: { x: [32, 32, 200] },
    outputs: ['y'],
    initializers: { k: weights([32, 32, 7]), c: weights([32]), w: weights([32, 10]), b: weights([10]) },
    nodes: [
      ['Conv', ['x', 'k', 'c'], ['a']],
      ['Relu', ['a'], ['r']],
      ['GlobalMaxPool', ['r'], ['p']],
      ['Flatten', ['p'], ['h']],
      DENSE,
      SOFTMAX,
    ],
  }),
  embedding: () => lookUp(1000),
  table: () => lookUp(50_000),
  /** The model's input: the same values in ONNX's shape. */
  feed(name, { data, shape }) {
    if (name === 'embedding' || name === 'table') return tensor(BigInt64Array.from(data, BigInt), shape)
    const shapes = { cnn: [64, 1, 28, 28], lenet: [64, 1, 28, 28], conv1d: [32, 32, 200], lstm: [50, 32, 32], gru: [50, 32, 32] }
    return tensor(data, shapes[name] ?? shape)
  },
}

/** One convolution, 'same' padding, on an initializer; a single element comes out. */
export const convolution = ({ batch, height, width, channels, filters, kernel, groups = 1 }) => ({
  outputs: ['end'],
  initializers: {
    x: random([batch, channels, height, width]),
    k: weights([filters, channels / groups, kernel, kernel]),
    from: int64([0, 0, 0, 0]),
    to: int64([1, 1, 1, 1]),
  },
  nodes: [
    ['Conv', ['x', 'k'], ['y'], { group: groups, pads: Array(4).fill(kernel >> 1) }],
    ['Slice', ['y', 'from', 'to'], ['end']],
  ],
})
