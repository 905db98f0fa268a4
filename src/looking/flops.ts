// What a node of the graph costs: operations on numbers, a multiplication and an addition counting two, as TensorFlow's profiler counts.
import type { Node } from '../graph/node'
import { nth } from '../util/lists'
import { sizeOf } from '../util/shape'

type Cost = (node: Node) => number
const of = (node: Node, place: number): Node => nth(node.inputs, place)
const out = (node: Node): number => (node.outputs ? Math.max(...node.outputs.map(({ shape }) => sizeOf(shape))) : node.size)
/** A fused bias and activation. */
const finish = (node: Node): number =>
  out(node) * (Number(node.inputs.length > 2) + Number(Boolean(node.attrs.activation) && node.attrs.activation !== 'linear'))

/** Sums over the shared axis. */
const product: Cost = (node) => {
  const { shape } = of(node, 0)
  const shared = shape.at(node.attrs.transposeA ? -2 : -1) ?? 1
  return 2 * node.size * shared + finish(node)
}
const convolution: Cost = (node) => (2 * node.size * of(node, 1).size) / of(node, 1).shape.at(-1)! + finish(node)
/** Every input number goes into as many outputs as the filter has places and channels. */
const transposed: Cost = (node) => (2 * of(node, 0).size * of(node, 1).size) / of(node, 0).shape.at(-1)! + finish(node)
const depthwise: Cost = (node) =>
  (2 * node.size * of(node, 1).size) / (of(node, 1).shape.at(-1)! * of(node, 1).shape.at(-2)!) + finish(node)
const pool: Cost = (node) => node.size * sizeOf((node.attrs.pool as readonly number[] | undefined) ?? [1])
/** At every step the input and the state times their kernels, and the gates. */
const recurrent: Cost = (node) => {
  const [x, kernel, state] = [of(node, 0), of(node, 1), of(node, 3)]
  const steps = x.size / nth(x.shape, -1)
  return steps * (2 * (kernel.size + state.size) + 3 * nth(kernel.shape, -1))
}
const perElement =
  (each: number): Cost =>
  (node) =>
    each * out(node)
const reduction: Cost = (node) => of(node, 0).size

const costs: { readonly [op: string]: Cost } = {
  matmul: product,
  matmulInt: product,
  dense: product,
  conv: convolution,
  convBias: convolution,
  convGradInput: transposed,
  convTransposeBias: transposed,
  depthwiseConv2d: depthwise,
  depthwiseConv2dBias: depthwise,
  maxPool: pool,
  averagePool: pool,
  softmax: perElement(5),
  logSoftmax: perElement(5),
  standardize: perElement(2),
  affine: perElement(2),
  lstm: recurrent,
  gru: recurrent,
  rnn: recurrent,
  moments: (node) => 4 * of(node, 0).size,
}
/** What moves numbers and computes none. */
const MOVES = new Set(
  (
    'clone stopGradient reshape slice concat stack pad tile gather transpose reverse broadcastTo cast constant variable ' +
    'placeholder pick takeAlongAxis'
  ).split(' '),
)

const isAlias = ({ op, inputs, attrs }: Node): boolean => op.alias !== undefined && op.alias(inputs, attrs) !== null

const REDUCES = /^(sum|mean|max|min|prod|all|any|variance|argM|logSumExp)/
export function flopsOf(node: Node): number {
  const { name } = node.op
  if (node.inputs.length === 0 || MOVES.has(name) || isAlias(node)) return 0
  if (REDUCES.test(name) && node.size < (node.inputs[0]?.size ?? 0)) return reduction(node)
  return (costs[name] ?? perElement(1))(node)
}
