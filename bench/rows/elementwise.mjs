// Element-wise ops, reductions and softmax, against the speed of a plain copy.
import { int64 } from '../peers/ort.mjs'
import { random } from '../data.mjs'

const onnxName = { add: 'Add', mul: 'Mul', relu: 'Relu', exp: 'Exp', tanh: 'Tanh', sigmoid: 'Sigmoid' }
/** Measured on many elements only. */
const others = { sin: 'Sin', erf: 'Erf', silu: undefined, mod: undefined }

const elementwise = [1e4, 1e6].flatMap((n) =>
  Object.entries(n > 1e4 ? { ...onnxName, ...others } : onnxName).map(([name, onnx]) => {
    const binary = ['add', 'mul', 'mod'].includes(name)
    const inputs = [random([n]), random([n], 2)].slice(0, binary ? 2 : 1)
    return {
      family: 'elementwise',
      name: `${name} 1e${Math.log10(n)}`,
      unit: 'GB/s',
      work: 4 * n * (inputs.length + 1),
      copies: n,
      cornus: (c) => c.op(inputs, (ops, ...xs) => ops[name](...xs)),
      tfjs: name === 'silu' ? undefined : (t) => t.op(inputs, (tf, ...xs) => tf[name](...xs)),
      ort: onnx && ((o) => o.chain(onnx, [n], { others: binary ? [[n]] : [] })),
      torch: { kind: 'elementwise', name, shape: [n] },
    }
  }),
)

const x = random([1000, 1000])
const axis = (value) => ({ axes: int64([value]) })
const reductions = [
  {
    name: 'sum',
    to: 1,
    cornus: (ops, x) => ops.sum(x),
    tfjs: (tf, x) => tf.sum(x),
    onnx: ['ReduceSum', { inputs: { axes: int64([0, 1]) } }],
  },
  { name: 'rowSum', to: 1000, cornus: (ops, x) => ops.sum(x, 1), tfjs: (tf, x) => tf.sum(x, 1), onnx: ['ReduceSum', { inputs: axis(1) }] },
  {
    name: 'columnSum',
    to: 1000,
    cornus: (ops, x) => ops.sum(x, 0),
    tfjs: (tf, x) => tf.sum(x, 0),
    onnx: ['ReduceSum', { inputs: axis(0) }],
  },
  {
    name: 'argMax',
    to: 1000,
    cornus: (ops, x) => ops.argMax(x, 1),
    tfjs: (tf, x) => tf.argMax(x, 1),
    onnx: ['ArgMax', { attributes: { axis: 1 }, integers: true }],
  },
].map(({ name, to, cornus, tfjs, onnx: [op, settings] }) => ({
  family: 'reduction',
  name: `${name} 1000×1000`,
  unit: 'GB/s',
  work: 4 * (1e6 + to),
  copies: 1e6,
  cornus: (c) => c.op([x], cornus),
  tfjs: (t) => t.op([x], tfjs),
  ort: (o) => o.repeat(op, [1000, 1000], settings),
  torch: { kind: 'elementwise', name, shape: [1000, 1000] },
}))

const softmax = [
  [1000, 1000],
  [128, 10],
].map((shape) => ({
  family: 'reduction',
  name: `softmax ${shape.join('×')}`,
  unit: 'GB/s',
  work: 8 * shape[0] * shape[1],
  copies: shape[0] * shape[1],
  cornus: (c) => c.op([random(shape)], (ops, x) => ops.softmax(x)),
  tfjs: (t) => t.op([random(shape)], (tf, x) => tf.softmax(x)),
  ort: (o) => o.chain('Softmax', shape, { attributes: { axis: -1 } }),
  torch: { kind: 'elementwise', name: 'softmax', shape },
}))

export const rows = [...elementwise, ...reductions, ...softmax]
