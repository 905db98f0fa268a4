// The fused walks over time and their gradients. Inputs come as z [batch · time, gates · u], their products with the kernel.
import { layout, type KernelArgs } from '../generated/kernels'
import { toNode } from '../graph/convert'
import { defineOp, type Gradients, type Lowering, type Pointer } from '../graph/define'
import type { Node, Spec } from '../graph/node'
import type { Shape } from '../util/shape'
import { add } from './binary'
import { callGemm } from './matmul'
import { unrolledLstm, type Walk, type Walked } from './recurrentUnrolled'
import { broadcastTo, reshape } from './shape'

/** A walk over so many samples and steps. */
export type WalkAttrs = Walk & { readonly batch: number; readonly time: number }

const float = (...shape: number[]): Spec => ({ shape, dtype: 'float32' })

/** What stands for a mask, or a gradient, that is not there. */
const NONE: Shape = []
const orNull = (pointer: Pointer): Pointer | null => (pointer.shape.length === NONE.length ? null : pointer)
export const noMask = (): Node => toNode(true)

/** A gradient that is known to be zero need not be in memory. */
const orNothing = (dy: Node): Node => (dy.op.name === 'broadcastTo' && dy.inputs[0]!.value?.length === 1 && dy.inputs[0]!.value[0] === 0 ? toNode(0) : dy)

/** [batch · time, n] as the sequence that it is. */
const asSequence = (z: Node, { batch, time, timeMajor }: WalkAttrs): Node => reshape(z, [...(timeMajor ? [time, batch] : [batch, time]), z.shape[1]!])
const outputSpec = ({ batch, time, timeMajor }: WalkAttrs, units: number): Spec => (timeMajor ? float(time, batch, units) : float(batch, time, units))

/** A buffer for the length of this op, shared by all threads. */
const temporary = (program: Lowering, elements: number): Pointer => program.scratch(Math.ceil((4 * elements) / program.threads))

interface Weights {
  n: number
  k: number
  /** Elements from row to row. */
  stride: number
  transpose?: boolean
}

/** Weights in the order in which the products of all steps read them. */
function pack(program: Lowering, from: Pointer, { n, k, stride, transpose = false }: Weights): Pointer {
  const elements = Math.ceil(n / 8) * 8 * Math.ceil(k / 4) * 4
  const to = temporary(program, elements)
  program.call('packWeights', { to, from, n, k, stride, transpose: Number(transpose) }, { work: 2 * elements })
  return to
}

/** Few rows stream the weights as they lie. */
const worthPacking = ({ batch, time }: WalkAttrs): boolean => batch > 3 && batch * time >= 32

/** Sizes and flags as the kernels take them, and their scratch memory: two states a sample, and `columns` numbers. */
function walkArgs(program: Lowering, { batch, time, reverse, timeMajor, zeroOutputForMask }: WalkAttrs, units: number, columns: number) {
  const rows = Math.min(Math.ceil(batch / program.threads), layout.RECURRENT_ROWS)
  const bytes = layout.RECURRENT_HEAD + 4 * rows * (2 * Math.ceil(units / 4) * 4 + columns) + layout.ALIGN
  return {
    batch, time, units, activation: 0, reverse: Number(reverse), timeMajor: Number(timeMajor), zeroOutput: Number(zeroOutputForMask),
    scratch: program.scratch(bytes), scratchStep: Math.ceil(bytes / layout.ALIGN) * layout.ALIGN,
  }
}

/** Element steps of a walk whose gates have so many columns. */
const workOf = ({ batch, time }: WalkAttrs, units: number, columns: number): number => batch * time * columns * (units / 4 + 8)

const unusedForward = { c: null, packedLast: null, bias: null, c0: null } satisfies Partial<KernelArgs<null>['lstm']>
const unusedBackward = { dinner: null, dc0: null, dc: null, packedLast: null } satisfies Partial<KernelArgs<null>['lstmGrad']>

/** Gradients of a walk to xs, from those to its output and states: what `composed` of a gradient op returns. */
function gradientsOf({ output, states }: Walked, xs: readonly Node[], dys: readonly Node[], gradients: Gradients): Node[] {
  const each = [output, ...states].map((y, i) => gradients(y, xs, broadcastTo(dys[i]!, y.shape)))
  return each.reduce((sums, next) => sums.map((total, i) => add(total, next[i]!)))
}

// ── lstm ──

const lstmOp = defineOp<readonly ['z', 'r', 'h0', 'c0', 'mask'], WalkAttrs, readonly ['gates', 'y', 'h', 'c', 'states', 'inner']>('lstm', {
  inputs: ['z', 'r', 'h0', 'c0', 'mask'],
  outputs: ['gates', 'y', 'h', 'c', 'states', 'inner'],
  inplace: [0],
  shape: ({ z, h0 }, attrs) => {
    const [rows, units] = [z.shape[0]!, h0.shape[1]!]
    return [z, outputSpec(attrs, units), h0, h0, float(rows, units), float(rows, units)]
  },
  lower: (program, { z, r, h0, c0, mask, ...outputs }, attrs) => {
    const units = h0.shape[1]!
    const packed = worthPacking(attrs) ? pack(program, r, { n: 4 * units, k: units, stride: 4 * units }) : null
    program.call('lstm', {
      ...unusedForward, ...outputs, z, recurrent: r, packed, h0, c0, mask: orNull(mask), ...walkArgs(program, attrs, units, 4 * units),
    }, { work: workOf(attrs, units, 4 * units) })
  },
  grad: ({ z, r, h0, c0, mask, gates, states, inner, dy, dh, dc }, attrs) =>
    [...lstmGradOp(z, r, h0, c0, mask, gates, states, inner, orNothing(dy), orNothing(dh), orNothing(dc), attrs), null],
})

const lstmGradOp = defineOp<readonly ['z', 'r', 'h0', 'c0', 'mask', 'gates', 'states', 'inner', 'dy', 'dh', 'dc'], WalkAttrs, readonly ['dz', 'dr', 'dh0', 'dc0']>('lstmGrad', {
  inputs: ['z', 'r', 'h0', 'c0', 'mask', 'gates', 'states', 'inner', 'dy', 'dh', 'dc'],
  outputs: ['dz', 'dr', 'dh0', 'dc0'],
  inplace: [5],
  unread: [0, 2, 3],
  shape: ({ z, r, h0, c0 }) => [z, r, h0, c0],
  lower: (program, { r, h0, mask, gates, states, inner, dy, dh, dc, dz, dr, dh0, dc0 }, attrs) => {
    const units = h0.shape[1]!
    const rows = attrs.batch * attrs.time
    const packed = pack(program, r, { n: units, k: 4 * units, stride: 4 * units, transpose: true })
    const into = dz ?? temporary(program, rows * 4 * units)
    program.call('lstmGrad', {
      ...unusedBackward, dz: into, dh0, dc0, gates, states, inner, dy: orNull(dy), dh: orNull(dh), dc: orNull(dc), packed, mask: orNull(mask),
      ...walkArgs(program, attrs, units, 0),
    }, { work: workOf(attrs, units, 4 * units) })
    if (dr) callGemm(program, dr, states, into, { m: units, n: 4 * units, k: rows, transposeA: true })
  },
  composed: ({ z, r, h0, c0, mask, dy, dh, dc }, attrs, gradients) =>
    gradientsOf(unrolledLstm(asSequence(z, attrs), r, [h0, c0], maskOf(mask, attrs), attrs), [z, r, h0, c0], [dy, dh, dc], gradients),
})

const maskOf = (mask: Node, { batch, time, timeMajor }: WalkAttrs): Node | null => (mask.rank === NONE.length ? null : reshape(mask, timeMajor ? [time, batch] : [batch, time]))

/** Output and states h, c of z [batch · time, 4u]. */
export function lstmWalk(z: Node, r: Node, h0: Node, c0: Node, mask: Node | null, attrs: WalkAttrs): { output: Node; h: Node; c: Node } {
  const [, output, h, c] = lstmOp(z, r, h0, c0, mask ?? noMask(), attrs)
  return { output, h, c }
}
