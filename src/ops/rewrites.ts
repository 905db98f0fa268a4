// The list of rewrites: what is looked for, on which condition, and what takes its place. `configure({ rewrites: { name: false } })`
// switches one off.
import { toNode } from '../graph/convert'
import { activatedNode, scaledNode } from '../graph/define'
import type { Node } from '../graph/node'
import { provideRewrites } from '../graph/rewrites'
import { nth } from '../util/lists'
import { add, less, mul, sub } from './binary'
import { scatterAdd } from './gather'
import { where } from './select'
import { concat, reshape } from './shape'

export { rewritten } from '../graph/rewrites'

/** The terms of a sum. */
const addends = (node: Pick<Node, 'op' | 'inputs'>): Pick<Node, 'op' | 'inputs' | 'attrs'>[] =>
  node.op.name === 'add' ? node.inputs.flatMap(addends) : [node as Node]

/** Indices of rows, negative ones replaced by those that they mean. */
const fromFront = (indices: Node, signed: boolean, rows: number): Node =>
  signed ? where(less(indices, 0), add(indices, rows), indices) : indices

export const rewrites = provideRewrites([
  {
    // relu(f(x)) → f(x), where f applies it as it writes
    name: 'activation',
    at: 'plan',
    ops: ['relu', 'sigmoid', 'tanh'],
    when: ({ inputs: [x] }, sole) => sole(x!) && x!.op.activated !== undefined,
    result: ({ op, inputs: [x] }, sole) => activatedNode(x!, op.name, sole),
  },
  {
    // (f(x, w) − mean)·scale + shift → f(x, w·scale) + …, where the weights are smaller than what comes out
    name: 'scaling',
    at: 'plan',
    ops: ['batchNormInference'],
    when: ({ inputs: [x], attrs }, sole) => attrs.activation === 'linear' && sole(x!) && x!.op.scaled !== undefined,
    result: ({ inputs, attrs }, sole) => {
      const [x, mean, scale, shift] = inputs as [Node, Node, Node, Node]
      return scaledNode(x, { axis: attrs.axis as number, scale, shift: sub(shift, mul(mean, scale)) }, sole)
    },
  },
  {
    // reluGrad(g(…), y) → g(…) that leaves zeros where y is not positive
    name: 'rectifiedGradient',
    at: 'plan',
    ops: ['reluGrad'],
    when: ({ inputs: [dy] }, sole) => sole(dy!) && dy!.op.rectified !== undefined,
    result: ({ inputs: [dy, y] }) => dy!.op.rectified!(dy!.inputs, dy!.attrs, y!),
  },
  {
    // loss(softmax(x)) → loss from logits x: faster, and exact where probabilities underflow
    name: 'softmaxLogits',
    at: 'call',
    ops: ['softmax'],
    when: () => true,
    result: ({ inputs: [x] }) => x!,
  },
  {
    // the same for sigmoid(x)
    name: 'sigmoidLogits',
    at: 'call',
    ops: ['sigmoid'],
    when: () => true,
    result: ({ inputs: [x] }) => x!,
  },
  {
    // Σ scatterAdd(dy, indices) → one scatterAdd of all rows: the gradient of a table of which only rows were looked up
    name: 'rowGradient',
    at: 'call',
    ops: ['scatterAdd', 'add'],
    when: (node) => addends(node).every(({ op, attrs }) => op.name === 'scatterAdd' && attrs.axis === 0),
    result: (node) => {
      const parts = addends(node)
      const shape = nth(parts, 0).attrs.shape as readonly number[]
      const indices = concat(parts.map(({ inputs, attrs }) => fromFront(nth(inputs, 1), attrs.signed === true, nth(shape, 0))))
      const dy = concat(parts.map(({ inputs }) => reshape(nth(inputs, 0), [nth(inputs, 1).size, ...shape.slice(1)])))
      return scatterAdd(dy, indices, { axis: 0, signed: false, shape })
    },
  },
  {
    // zeros spread over a shape → 0: what no gradient comes from need not be in memory
    name: 'zeroGradient',
    at: 'call',
    ops: ['broadcastTo'],
    when: ({ inputs: [x] }) => x!.value?.length === 1 && x!.value[0] === 0,
    result: () => toNode(0),
  },
])
