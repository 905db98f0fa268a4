// The fused walks over time and their gradients. Sequences are [time · batch, …] inside: a step's rows lie side by side.
import { layout, type KernelArgs } from '../generated/kernels'
import { toNode } from '../graph/convert'
import { defineOp, type Gradients, type Lowering, type Pointer } from '../graph/define'
import type { Node, Spec } from '../graph/node'
import { nth } from '../util/lists'
import type { Shape } from '../util/shape'
import { add } from './binary'
import { callGemm, dense, matmul } from './matmul'
import { sum } from './reduce'
import { rewritten } from './rewrites'
import { unrolledGru, unrolledLstm, unrolledRnn, type RecurrentActivation, type Walk, type Unrolled } from './recurrentUnrolled'
import { broadcastTo, copyStrided } from './shape'

const float = (...shape: number[]): Spec => ({ shape, dtype: 'float32' })

/** What stands for a mask, or a gradient, that is not there. */
const NONE: Shape = []
const none = (): Node => toNode(0)
const orNull = (pointer: Pointer): Pointer | null => (pointer.shape.length === NONE.length ? null : pointer)

/** A gradient that is known to be zero need not be in memory. */
const orNothing = (dy: Node): Node => rewritten('zeroGradient', dy) ?? dy

const outputSpec = ({ batch, time, timeMajor }: Walk, units: number): Spec =>
  timeMajor ? float(time, batch, units) : float(batch, time, units)

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
  const to = program.temporary(elements)
  program.call('packWeights', { to, from, n, k, stride, transpose: Number(transpose) }, { work: 2 * elements })
  return to
}

/** Few rows stream the weights as they lie. */
const worthPacking = ({ batch, time }: Walk): boolean => batch > 3 && batch * time >= 32

/** Sizes and flags as the kernels take them, and their scratch memory: two states a sample, and `columns` numbers. */
function walkArgs(program: Lowering, { batch, time, reverse, timeMajor, zeroOutputForMask }: Walk, units: number, columns: number) {
  const rows = Math.min(Math.ceil(batch / program.threads), layout.RECURRENT_ROWS)
  const bytes = layout.RECURRENT_HEAD + 4 * rows * (2 * Math.ceil(units / 4) * 4 + columns) + layout.ALIGN
  return {
    batch,
    time,
    units,
    activation: 0,
    reverse: Number(reverse),
    timeMajor: Number(timeMajor),
    zeroOutput: Number(zeroOutputForMask),
    scratch: program.scratch(bytes),
    scratchStep: Math.ceil(bytes / layout.ALIGN) * layout.ALIGN,
  }
}

/** Where the products of inputs and kernel come from: of many samples step by step, of few in one product before. */
function inputArgs(program: Lowering, x: Pointer, w: Pointer, b: Pointer, attrs: Walk) {
  const [features, n] = w.shape as [number, number]
  const inputBias = orNull(b)
  if (worthPacking(attrs)) return { z: null, x, features, inputBias, packedKernel: pack(program, w, { n, k: features, stride: n }) }
  const rows = attrs.batch * attrs.time
  const z = program.temporary(rows * n)
  callGemm(program, z, x, w, { m: rows, n, k: features, bias: inputBias })
  return { z, x: null, features, inputBias: null, packedKernel: null }
}

/** Element steps of a walk whose products have so many columns. */
const workOf = ({ batch, time }: Walk, depth: number, columns: number): number => batch * time * columns * (depth / 4 + 8)

const unusedForward = { c: null, packedLast: null, bias: null, c0: null } satisfies Partial<KernelArgs<null>['lstm']>
const unusedBackward = { dinner: null, dc0: null, dc: null, packedLast: null } satisfies Partial<KernelArgs<null>['lstmGrad']>

/** [time · batch, columns]: what a walk sees of its inputs, for `composed`. */
const project = (x: Node, w: Node, b: Node): Node => (b.rank === NONE.length ? matmul(x, w) : dense(x, w, b))

/** Gradients to x, w and b from dz. */
const inputGradients = (x: Node, w: Node, b: Node, dz: Node): (Node | null)[] => [
  matmul(dz, w, { transposeB: true }),
  matmul(x, dz, { transposeA: true }),
  b.rank === NONE.length ? null : sum(dz, 0),
]

const maskOf = (mask: Node): Node | null => (mask.rank === NONE.length ? null : mask)

/** Gradients of a walk to xs, from those to its output and states: what `composed` of a gradient op returns. */
function gradientsOf({ output, states }: Unrolled, xs: readonly Node[], dys: readonly Node[], gradients: Gradients): Node[] {
  const each = [output, ...states].map((y, i) => gradients(y, xs, broadcastTo(nth(dys, i), y.shape)))
  return each.reduce((sums, next) => sums.map((total, i) => add(total, nth(next, i))))
}

// ── lstm ──

type LstmInputs = readonly ['x', 'w', 'b', 'r', 'h0', 'c0', 'mask']

const lstmOp = defineOp<LstmInputs, Walk, readonly ['gates', 'y', 'h', 'c', 'states', 'inner']>('lstm', {
  inputs: ['x', 'w', 'b', 'r', 'h0', 'c0', 'mask'],
  outputs: ['gates', 'y', 'h', 'c', 'states', 'inner'],
  shape: ({ x, h0 }, attrs) => {
    const [rows, units] = [nth(x.shape, 0), nth(h0.shape, 1)]
    return [float(rows, 4 * units), outputSpec(attrs, units), h0, h0, float(rows, units), float(rows, units)]
  },
  lower: (program, { x, w, b, r, h0, c0, mask, ...outputs }, attrs) => {
    const units = nth(h0.shape, 1)
    const input = inputArgs(program, x, w, b, attrs)
    const packed = worthPacking(attrs) ? pack(program, r, { n: 4 * units, k: units, stride: 4 * units }) : null
    program.call(
      'lstm',
      {
        ...unusedForward,
        ...outputs,
        ...input,
        recurrent: r,
        packed,
        h0,
        c0,
        mask: orNull(mask),
        ...walkArgs(program, attrs, units, 4 * units),
      },
      { work: workOf(attrs, units + (input.x ? input.features : 0), 4 * units) },
    )
  },
  grad: ({ x, w, b, r, h0, c0, mask, gates, states, inner, dy, dh, dc }, attrs) => {
    const [dz, dr, dh0, dc0] = lstmGradOp(
      x,
      w,
      b,
      r,
      h0,
      c0,
      mask,
      gates,
      states,
      inner,
      orNothing(dy),
      orNothing(dh),
      orNothing(dc),
      attrs,
    )
    return [...inputGradients(x, w, b, dz), dr, dh0, dc0, null]
  },
})

const lstmGradOp = defineOp<
  readonly [...LstmInputs, 'gates', 'states', 'inner', 'dy', 'dh', 'dc'],
  Walk,
  readonly ['dz', 'dr', 'dh0', 'dc0']
>('lstmGrad', {
  inputs: ['x', 'w', 'b', 'r', 'h0', 'c0', 'mask', 'gates', 'states', 'inner', 'dy', 'dh', 'dc'],
  outputs: ['dz', 'dr', 'dh0', 'dc0'],
  inplace: [7],
  unread: [0, 1, 2, 4, 5],
  shape: ({ gates, r, h0, c0 }) => [gates, r, h0, c0],
  lower: (program, { r, h0, mask, gates, states, inner, dy, dh, dc, dz, dr, dh0, dc0 }, attrs) => {
    const units = nth(h0.shape, 1)
    const rows = attrs.batch * attrs.time
    const packed = pack(program, r, { n: units, k: 4 * units, stride: 4 * units, transpose: true })
    const into = dz ?? program.temporary(rows * 4 * units)
    program.call(
      'lstmGrad',
      {
        ...unusedBackward,
        dz: into,
        dh0,
        dc0,
        gates,
        states,
        inner,
        dy: orNull(dy),
        dh: orNull(dh),
        dc: orNull(dc),
        packed,
        mask: orNull(mask),
        ...walkArgs(program, attrs, units, units),
      },
      { work: workOf(attrs, units, 4 * units) },
    )
    if (dr) callGemm(program, dr, states, into, { m: units, n: 4 * units, k: rows, transposeA: true })
  },
  composed: ({ x, w, b, r, h0, c0, mask, dy, dh, dc }, attrs, gradients) => {
    const z = project(x, w, b)
    return gradientsOf(unrolledLstm(z, r, [h0, c0], maskOf(mask), attrs), [z, r, h0, c0], [dy, dh, dc], gradients)
  },
})

// ── gru ──

type GruInputs = readonly ['x', 'w', 'b', 'r', 'rb', 'h0', 'mask']
const gruInputs: GruInputs = ['x', 'w', 'b', 'r', 'rb', 'h0', 'mask']

/** With a recurrent bias `rb` [3u], the reset comes after the product. */
const gruOp = defineOp<GruInputs, Walk, readonly ['gates', 'y', 'h', 'states', 'inner']>('gru', {
  inputs: gruInputs,
  outputs: ['gates', 'y', 'h', 'states', 'inner'],
  shape: ({ x, h0 }, attrs) => {
    const [rows, units] = [nth(x.shape, 0), nth(h0.shape, 1)]
    return [float(rows, 3 * units), outputSpec(attrs, units), h0, float(rows, units), float(rows, units)]
  },
  lower: (program, { x, w, b, r, rb, h0, mask, ...outputs }, attrs) => {
    const units = nth(h0.shape, 1)
    const input = inputArgs(program, x, w, b, attrs)
    const packed = worthPacking(attrs) && {
      packed: pack(program, r, { n: 2 * units, k: units, stride: 3 * units }),
      packedLast: pack(program, r.at(2 * units), { n: units, k: units, stride: 3 * units }),
    }
    program.call(
      orNull(rb) ? 'gru' : 'gruBefore',
      {
        ...unusedForward,
        packed: null,
        ...packed,
        ...outputs,
        ...input,
        recurrent: r,
        bias: orNull(rb),
        h0,
        mask: orNull(mask),
        ...walkArgs(program, attrs, units, 3 * units),
      },
      { work: workOf(attrs, units + (input.x ? input.features : 0), 3 * units) },
    )
  },
  grad: ({ x, w, b, r, rb, h0, mask, gates, states, inner, dy, dh }, attrs) => {
    const [dz, dr, drb, dh0] = gruGradOp(x, w, b, r, rb, h0, mask, gates, states, inner, orNothing(dy), orNothing(dh), attrs)
    return [...inputGradients(x, w, b, dz), dr, rb.rank === NONE.length ? null : drb, dh0, null]
  },
})

const gruGradOp = defineOp<readonly [...GruInputs, 'gates', 'states', 'inner', 'dy', 'dh'], Walk, readonly ['dz', 'dr', 'drb', 'dh0']>(
  'gruGrad',
  {
    inputs: [...gruInputs, 'gates', 'states', 'inner', 'dy', 'dh'],
    outputs: ['dz', 'dr', 'drb', 'dh0'],
    inplace: [7],
    unread: [0, 1, 2, 5],
    shape: ({ gates, r, rb, h0 }) => [gates, r, rb, h0],
    lower: (program, { r, rb, h0, mask, gates, states, inner, dy, dh, dz, dr, drb, dh0 }, attrs) => {
      const units = nth(h0.shape, 1)
      const [width, rows] = [3 * units, attrs.batch * attrs.time]
      const after = orNull(rb) !== null
      const into = dz ?? program.temporary(rows * width)
      const dinner = after ? program.temporary(rows * width) : null
      const packed = pack(program, r, { n: units, k: after ? width : 2 * units, stride: width, transpose: true })
      const packedLast = after ? null : pack(program, r.at(2 * units), { n: units, k: units, stride: width, transpose: true })
      program.call(
        after ? 'gruGrad' : 'gruBeforeGrad',
        {
          ...unusedBackward,
          dz: into,
          dinner,
          dh0,
          gates,
          states,
          inner,
          dy: orNull(dy),
          dh: orNull(dh),
          packed,
          packedLast,
          mask: orNull(mask),
          ...walkArgs(program, attrs, units, 0),
        },
        { work: workOf(attrs, units, width) },
      )
      if (drb && dinner) program.call('sum', { y: drb, x: dinner, outer: 1, r: rows, inner: width, divisor: 1 }, { work: rows * width })
      if (dr && dinner) callGemm(program, dr, states, dinner, { m: units, n: width, k: rows, transposeA: true })
      else if (dr) weightsBefore(program, dr, states, inner, into, rows, units)
    },
    composed: ({ x, w, b, r, rb, h0, mask, dy, dh }, attrs, gradients) => {
      const z = project(x, w, b)
      return gradientsOf(
        unrolledGru(z, r, rb.rank === NONE.length ? null : rb, h0, maskOf(mask), attrs),
        [z, r, rb, h0],
        [dy, dh],
        gradients,
      )
    },
  },
)

/** With the reset before the product, the candidate's weights see other states than those of the gates: two products, put side by side. */
function weightsBefore(program: Lowering, dr: Pointer, states: Pointer, reset: Pointer, dz: Pointer, rows: number, units: number): void {
  for (const [a, first, n] of [
    [states, 0, 2 * units],
    [reset, 2 * units, units],
  ] as const) {
    const [columns, product] = [program.temporary(rows * n), program.temporary(units * n)]
    copyStrided(program, columns, dz.at(first), [rows, n], [n, 1], [3 * units, 1])
    callGemm(program, product, a, columns, { m: units, n, k: rows, transposeA: true })
    copyStrided(program, dr.at(first), product, [units, n], [3 * units, 1], [n, 1])
  }
}

// ── simple ──

type RnnInputs = readonly ['x', 'w', 'b', 'r', 'h0', 'mask']
type RnnAttrs = Walk & { readonly activation: RecurrentActivation }
const ACTIVATION_CODES = {
  linear: layout.ACT_NONE,
  relu: layout.ACT_RELU,
  sigmoid: layout.ACT_SIGMOID,
  tanh: layout.ACT_TANH,
} satisfies Record<RecurrentActivation, number>

const rnnOp = defineOp<RnnInputs, RnnAttrs, readonly ['gates', 'y', 'h', 'states']>('rnn', {
  inputs: ['x', 'w', 'b', 'r', 'h0', 'mask'],
  outputs: ['gates', 'y', 'h', 'states'],
  shape: ({ x, h0 }, attrs) => {
    const [rows, units] = [nth(x.shape, 0), nth(h0.shape, 1)]
    return [float(rows, units), outputSpec(attrs, units), h0, float(rows, units)]
  },
  lower: (program, { x, w, b, r, h0, mask, ...outputs }, attrs) => {
    const units = nth(h0.shape, 1)
    const input = inputArgs(program, x, w, b, attrs)
    const packed = worthPacking(attrs) ? pack(program, r, { n: units, k: units, stride: units }) : null
    program.call(
      'rnn',
      {
        ...unusedForward,
        inner: null,
        ...outputs,
        ...input,
        recurrent: r,
        packed,
        h0,
        mask: orNull(mask),
        ...walkArgs(program, attrs, units, units),
        activation: ACTIVATION_CODES[attrs.activation],
      },
      { work: workOf(attrs, units + (input.x ? input.features : 0), units) },
    )
  },
  grad: ({ x, w, b, r, h0, mask, gates, states, dy, dh }, attrs) => {
    const [dz, dr, dh0] = rnnGradOp(x, w, b, r, h0, mask, gates, states, orNothing(dy), orNothing(dh), attrs)
    return [...inputGradients(x, w, b, dz), dr, dh0, null]
  },
})

const rnnGradOp = defineOp<readonly [...RnnInputs, 'gates', 'states', 'dy', 'dh'], RnnAttrs, readonly ['dz', 'dr', 'dh0']>('rnnGrad', {
  inputs: ['x', 'w', 'b', 'r', 'h0', 'mask', 'gates', 'states', 'dy', 'dh'],
  outputs: ['dz', 'dr', 'dh0'],
  inplace: [6],
  unread: [0, 1, 2, 4],
  shape: ({ gates, r, h0 }) => [gates, r, h0],
  lower: (program, { r, h0, mask, gates, states, dy, dh, dz, dr, dh0 }, attrs) => {
    const units = nth(h0.shape, 1)
    const rows = attrs.batch * attrs.time
    const packed = pack(program, r, { n: units, k: units, stride: units, transpose: true })
    const into = dz ?? program.temporary(rows * units)
    program.call(
      'rnnGrad',
      {
        ...unusedBackward,
        inner: null,
        dz: into,
        dh0,
        gates,
        states,
        dy: orNull(dy),
        dh: orNull(dh),
        packed,
        mask: orNull(mask),
        ...walkArgs(program, attrs, units, 0),
        activation: ACTIVATION_CODES[attrs.activation],
      },
      { work: workOf(attrs, units, units) },
    )
    if (dr) callGemm(program, dr, states, into, { m: units, n: units, k: rows, transposeA: true })
  },
  composed: ({ x, w, b, r, h0, mask, dy, dh }, attrs, gradients) => {
    const z = project(x, w, b)
    return gradientsOf(unrolledRnn(z, r, h0, maskOf(mask), attrs, attrs.activation), [z, r, h0], [dy, dh], gradients)
  },
})

// ── as functions ──

/** Inputs as the ops take them: x [time · batch, features]; a missing bias or mask is NONE. */
export interface WalkInputs {
  readonly x: Node
  readonly kernel: Node
  readonly bias: Node | null
  readonly recurrent: Node
  readonly mask: Node | null
}

/** Output and states h, c. */
export function lstmWalk(
  { x, kernel, bias, recurrent, mask }: WalkInputs,
  h0: Node,
  c0: Node,
  attrs: Walk,
): { output: Node; h: Node; c: Node } {
  const [, output, h, c] = lstmOp(x, kernel, bias ?? none(), recurrent, h0, c0, mask ?? none(), attrs)
  return { output, h, c }
}

/** Output and state h; with a recurrent bias the reset comes after the product. */
export function gruWalk(
  { x, kernel, bias, recurrent, mask }: WalkInputs,
  recurrentBias: Node | null,
  h0: Node,
  attrs: Walk,
): { output: Node; h: Node } {
  const [, output, h] = gruOp(x, kernel, bias ?? none(), recurrent, recurrentBias ?? none(), h0, mask ?? none(), attrs)
  return { output, h }
}

/** Output and state h. */
export function rnnWalk(
  { x, kernel, bias, recurrent, mask }: WalkInputs,
  h0: Node,
  activation: RecurrentActivation,
  attrs: Walk,
): { output: Node; h: Node } {
  const [, output, h] = rnnOp(x, kernel, bias ?? none(), recurrent, h0, mask ?? none(), { ...attrs, activation })
  return { output, h }
}
