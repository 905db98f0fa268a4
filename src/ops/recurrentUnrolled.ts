// Recurrent layers as graphs of other ops, step by step: what the fused ops must equal, and what their gradients' gradients are taken of.
import { toNode } from '../graph/convert'
import type { Node } from '../graph/node'
import { nth } from '../util/lists'
import { add, mul, sub } from './binary'
import { relu, sigmoid, tanh } from './elementwise'
import { matmul } from './matmul'
import { where } from './select'
import { reshape, slice, split, stack } from './shape'

/** Activation of a simple recurrent layer. */
export type RecurrentActivation = 'tanh' | 'relu' | 'sigmoid' | 'linear'

/** How a sequence is walked. */
export type Walk = {
  readonly batch: number
  readonly time: number
  /** From the last step to the first. */
  readonly reverse: boolean
  /** Outputs and mask are [time, batch, …] instead of [batch, time, …]. */
  readonly timeMajor: boolean
  /** The output of a masked step is zero instead of the state. */
  readonly zeroOutputForMask: boolean
}

/** From one step's input and the states before it to those after; the first state is the output. */
type Step = (z: Node, states: readonly Node[]) => Node[]

/** Output sequence and last states of a walk over z [time · batch, …], the products of all inputs with the kernel. */
export interface Unrolled {
  readonly output: Node
  readonly states: readonly Node[]
}

function walk(
  z: Node,
  states: readonly Node[],
  mask: Node | null,
  { batch, time, reverse, timeMajor, zeroOutputForMask }: Walk,
  step: Step,
): Unrolled {
  const axis = timeMajor ? 0 : 1
  const maskAt = (t: number) => mask && reshape(slice(mask, timeMajor ? [t] : [0, t], timeMajor ? [1, batch] : [batch, 1]), [batch, 1])
  const outputs: Node[] = []
  let now = states
  for (let s = 0; s < time; s++) {
    const t = reverse ? time - 1 - s : s
    const next = step(slice(z, t * batch, batch), now)
    const counts = maskAt(t)
    now = counts ? next.map((state, i) => where(counts, state, nth(now, i))) : next
    outputs[t] = counts && zeroOutputForMask ? where(counts, nth(next, 0), 0) : nth(now, 0)
  }
  const units = nth(states, 0).shape[1]!
  return {
    output: time ? stack(outputs, axis) : reshape(toNode(new Float32Array(0)), timeMajor ? [0, batch, units] : [batch, 0, units]),
    states: now,
  }
}

/** Gates i f c o in z [time · batch, 4u] and the recurrent kernel [u, 4u]; states h and c. */
export const unrolledLstm = (z: Node, r: Node, [h0, c0]: readonly [Node, Node], mask: Node | null, how: Walk): Unrolled =>
  walk(z, [h0, c0], mask, how, (zt, [h, c]) => {
    const [i, f, g, o] = split(add(zt, matmul(h!, r)), 4, -1)
    const cell = add(mul(sigmoid(f!), c!), mul(sigmoid(i!), tanh(g!)))
    return [mul(sigmoid(o!), tanh(cell)), cell]
  })

/** Gates z r h in z [time · batch, 3u] and the recurrent kernel [u, 3u]; with a recurrent bias [3u] the reset comes after the product. */
export const unrolledGru = (z: Node, r: Node, bias: Node | null, h0: Node, mask: Node | null, how: Walk): Unrolled =>
  walk(z, [h0], mask, how, (zt, [h]) => {
    const u = nth(h0.shape, 1)
    const [xz, xr, xh] = split(zt, 3, -1)
    const gates = bias ? add(matmul(h!, r), bias) : matmul(h!, slice(r, [0, 0], [u, 2 * u]))
    const [hz, hr, hh] = split(gates, bias ? 3 : 2, -1)
    const update = sigmoid(add(xz!, hz!))
    const reset = sigmoid(add(xr!, hr!))
    const inner = bias ? mul(reset, hh!) : matmul(mul(reset, h!), slice(r, [0, 2 * u], [u, u]))
    const candidate = tanh(add(xh!, inner))
    return [add(mul(update, h!), mul(sub(1, update), candidate))]
  })

const activations = { tanh, relu, sigmoid, linear: (x: Node): Node => x }

/** z [time · batch, u], recurrent kernel [u, u]. */
export const unrolledRnn = (z: Node, r: Node, h0: Node, mask: Node | null, how: Walk, activation: RecurrentActivation): Unrolled =>
  walk(z, [h0], mask, how, (zt, [h]) => [activations[activation](add(zt, matmul(h!, r)))])
