// Matrix products.
import { layout } from '../generated/kernels'
import { toNode, type TensorLike } from '../graph/convert'
import { defineOp, type Lowering, type OpFunction, type Pointer } from '../graph/define'
import type { Node } from '../graph/node'
import { check } from '../util/errors'
import { nth } from '../util/lists'
import { readOptions } from '../util/options'
import { broadcastShapes, showShape, sizeOf, type Shape } from '../util/shape'
import { add, mul } from './binary'
import { sameType } from './operands'
import { cast } from './cast'
import { fusedGradient, type FusedActivation } from './elementwise'
import { fused, off } from './options'
import { sum } from './reduce'
import { broadcastTo, expandDims, reshape, squeeze, transpose } from './shape'

type Transposes = { transposeA?: boolean; transposeB?: boolean }

const transposes = { transposeA: off, transposeB: off }

/** Activations that the product applies as it writes its tiles. */
const ACTIVATION_CODES: Record<FusedActivation, number> = { linear: 0, relu: layout.ACT_RELU, sigmoid: 2, tanh: 3 }

interface Sizes {
  m: number
  n: number
  k: number
  batch: Shape
}

function productSizes(a: Shape, b: Shape, { transposeA = false, transposeB = false }: Transposes): Sizes {
  const [m, ka] = transposeA ? [nth(a, -1), nth(a, -2)] : [nth(a, -2), nth(a, -1)]
  const [kb, n] = transposeB ? [nth(b, -1), nth(b, -2)] : [nth(b, -2), nth(b, -1)]
  const how = (shape: Shape, t: boolean) => `${showShape(shape)}${t ? ' transposed' : ''}`
  check(
    ka === kb,
    'BAD_SHAPE',
    () => `matmul: ${how(a, transposeA)} · ${how(b, transposeB)}: the inner dimensions ${ka} and ${kb} must be equal`,
  )
  return { m, n, k: ka, batch: broadcastShapes(a.slice(0, -2), b.slice(0, -2), 'matmul') }
}

/** Bytes of packing space for one thread. */
function gemmScratch({ m, n, k }: Omit<Sizes, 'batch'>): number {
  const up = (x: number, to: number) => Math.ceil(x / to) * to
  const depth = Math.min(k, layout.GEMM_KC)
  return 4 * depth * (Math.min(up(m, layout.GEMM_MR), layout.GEMM_MC) + Math.min(up(n, layout.GEMM_NR), layout.GEMM_NC)) + 512
}

/** Elements from one matrix of a batch to the next. */
const stepOf = ({ shape }: Pointer): number => (sizeOf(shape.slice(0, -2)) === 1 ? 0 : nth(shape, -2) * nth(shape, -1))

function lowerGemm(
  program: Lowering,
  c: Pointer,
  a: Pointer,
  b: Pointer,
  bias: Pointer | null,
  attrs: Transposes & { activation?: FusedActivation },
): void {
  const sizes = productSizes(a.shape, b.shape, attrs)
  callGemm(program, c, a, b, { ...sizes, ...attrs, bias, aStep: stepOf(a), bStep: stepOf(b) })
}

interface GemmCall extends Transposes, Partial<Sizes> {
  m: number
  n: number
  k: number
  bias?: Pointer | null
  activation?: FusedActivation
  aStep?: number
  bStep?: number
}

/** c[m,n] = act(a[m,k] · b[k,n] + bias[n]), for each matrix of a batch. */
export function callGemm(
  program: Lowering,
  c: Pointer,
  a: Pointer,
  b: Pointer,
  { m, n, k, batch = [], bias = null, transposeA = false, transposeB = false, activation = 'linear', aStep = 0, bStep = 0 }: GemmCall,
): void {
  const bytes = gemmScratch({ m, n, k })
  program.call(
    'gemm',
    {
      c,
      a,
      b,
      bias,
      scratch: program.scratch(bytes),
      m,
      n,
      k,
      transposeA: Number(transposeA),
      transposeB: Number(transposeB),
      batch: sizeOf(batch),
      aStep,
      bStep,
      cStep: m * n,
      activation: ACTIVATION_CODES[activation],
      scratchStep: Math.ceil(bytes / layout.ALIGN) * layout.ALIGN,
    },
    { work: (sizeOf(batch) * m * n * k) / 4 },
  )
}

/** c[b,m,n] = a[b,m,k] · b[b,k,n]; batch dimensions are equal, or all 1 on one side. */
const matmulOp = defineOp<readonly ['a', 'b'], Transposes>('matmul', {
  inputs: ['a', 'b'],
  shape: ({ a, b }, attrs) => {
    const { m, n, batch } = productSizes(a.shape, b.shape, attrs)
    return { shape: [...batch, m, n], dtype: 'float32' }
  },
  lower: (program, { a, b, y }, attrs) => lowerGemm(program, y, a, b, null, attrs),
  grad: ({ a, b, dy }, { transposeA = false, transposeB = false }) => {
    const da = transposeA ? matmul(b, dy, { transposeA: transposeB, transposeB: true }) : matmul(dy, b, { transposeB: !transposeB })
    const db = transposeB ? matmul(dy, a, { transposeA: true, transposeB: transposeA }) : matmul(a, dy, { transposeA: !transposeA })
    return [sumBatch(da, a.shape), sumBatch(db, b.shape)]
  },
  scaled: ({ a, b }, { transposeA, transposeB }, { axis, scale, shift }) =>
    a.rank === 2 && b.rank === 2 && axis === 1 && !transposeA && !transposeB && nth(b.shape, 0) < nth(a.shape, 0)
      ? denseOp(a, mul(b, scale), shift, { activation: 'linear' })
      : null,
})

/** The same of int32, exact but for what passes 32 bits. */
const matmulIntOp = defineOp('matmulInt', {
  inputs: ['a', 'b'],
  shape: ({ a, b }) => {
    const { m, n, batch } = productSizes(a.shape, b.shape, {})
    return { shape: [...batch, m, n], dtype: 'int32' }
  },
  lower: (program, { a, b, y }) => {
    const { m, n, k, batch } = productSizes(a.shape, b.shape, {})
    const size = sizeOf(batch)
    program.call('gemmInt', { c: y, a, b, m, n, k, batch: size, aStep: stepOf(a), bStep: stepOf(b) }, { work: size * m * n * k })
  },
})

/** Product of matrices whose batches are equal, or all 1 on one side. */
function product(a: Node, b: Node, { transposeA = false, transposeB = false }: Transposes): Node {
  if (a.dtype === 'float32') return matmulOp(a, b, { transposeA, transposeB })
  const turned = (x: Node) => transpose(x, [...x.shape.slice(2).keys(), x.rank - 1, x.rank - 2])
  return matmulIntOp(transposeA ? turned(a) : a, transposeB ? turned(b) : b)
}

/** Sums over batch dimensions that the operand did not have. */
function sumBatch(x: Node, shape: Shape): Node {
  const axes = x.shape.slice(0, -2).flatMap((d, i) => {
    const own = shape[i - (x.rank - shape.length)]
    return own === undefined || (own === 1 && d !== 1) ? [i] : []
  })
  return axes.length ? reshape(sum(x, axes, true), shape) : reshape(x, shape)
}

/**
 * Matrix product over the last two axes; the axes before are batches and broadcast. Vectors count as one row (left) or one column (right),
 * as in NumPy.
 * `transposeA`, `transposeB` take an operand's last two axes the other way round, at no cost. int32 gives int32, and bool bool.
 */
export function matmul(a: TensorLike, b: TensorLike, options?: Transposes): Node {
  const { transposeA, transposeB } = readOptions(transposes, options, 'matmul')
  const [given, other] = [toNode(a), toNode(b)]
  const [x, y] = sameType(given, other)
  const c = multiply(x, y, { transposeA, transposeB })
  return given.dtype === 'bool' && other.dtype === 'bool' ? cast(c, 'bool') : c
}

function multiply(x: Node, y: Node, { transposeA = false, transposeB = false }: Transposes): Node {
  check(
    x.rank > 0 && y.rank > 0,
    'BAD_SHAPE',
    () => `matmul: expected matrices, got shapes ${showShape(x.shape)} and ${showShape(y.shape)}; use mul for scalars`,
  )
  if (x.rank === 1 || y.rank === 1) return vectorProduct(x, y, { transposeA, transposeB })
  if (y.rank === 2 && x.rank > 2 && !transposeA) {
    // One large product instead of many small ones.
    const flat = product(reshape(x, [sizeOf(x.shape.slice(0, -1)), nth(x.shape, -1)]), y, { transposeA, transposeB })
    return reshape(flat, [...x.shape.slice(0, -1), nth(flat.shape, 1)])
  }
  const { batch } = productSizes(x.shape, y.shape, { transposeA, transposeB })
  const spread = (node: Node) => {
    const own = node.shape.slice(0, -2)
    return sizeOf(own) === 1 || sizeOf(own) === sizeOf(batch) ? node : broadcastTo(node, [...batch, ...node.shape.slice(-2)])
  }
  return product(spread(x), spread(y), { transposeA, transposeB })
}

function vectorProduct(x: Node, y: Node, attrs: Transposes): Node {
  if (x.rank === 1) {
    const row = matmul(expandDims(x, 0), y.rank === 1 ? expandDims(y, 1) : y, y.rank === 1 ? {} : { transposeB: attrs.transposeB ?? false })
    return y.rank === 1 ? reshape(row, []) : squeeze(row, row.rank - 2)
  }
  return squeeze(matmul(x, expandDims(y, 1), { transposeA: attrs.transposeA ?? false }), -1)
}

/** y[m,n] = act(x[m,k] · w[k,n] + b[n]), in one pass over the tiles. */
const denseOp: OpFunction<readonly ['x', 'w', 'b'], { activation: FusedActivation }> = defineOp('dense', {
  inputs: ['x', 'w', 'b'],
  shape: ({ x, w, b }) => {
    const { m, n } = productSizes(x.shape, w.shape, {})
    check(b.rank === 1 && b.size === n, 'BAD_SHAPE', () => `dense: bias ${showShape(b.shape)} does not fit ${n} units; expected [${n}]`)
    return { shape: [m, n], dtype: 'float32' }
  },
  lower: (program, { x, w, b, y }, attrs) => lowerGemm(program, y, x, w, b, attrs),
  grad: ({ x, w, y, dy }, { activation }) => {
    const dz = fusedGradient(activation, y, dy)
    return [matmul(dz, w, { transposeB: true }), matmul(x, dz, { transposeA: true }), sum(dz, 0)]
  },
  activated: ({ x, w, b }, { activation }, next) =>
    activation === 'linear' ? denseOp(x, w, b, { activation: next as FusedActivation }) : null,
  scaled: ({ x, w, b }, { activation }, { axis, scale, shift }) =>
    activation === 'linear' && axis === 1 && nth(w.shape, 0) < nth(x.shape, 0)
      ? denseOp(x, mul(w, scale), add(mul(b, scale), shift), { activation })
      : null,
})

/** Dense layer on the last axis of any rank: act(x · w + b). */
export function dense(x: TensorLike, w: TensorLike, b: TensorLike, given: FusedActivation = 'linear'): Node {
  const activation = fused.read(given, 'dense: activation')
  const [node, weights] = [cast(x, 'float32'), toNode(w)]
  const shapes = () => `${showShape(node.shape)} and ${showShape(weights.shape)}`
  const expected = 'an input [samples, features] and weights [features, units]'
  check(node.rank > 0 && weights.rank === 2, 'BAD_SHAPE', () => `dense: expected ${expected}, not ${shapes()}`)
  const flat = node.rank === 2 ? node : reshape(node, [sizeOf(node.shape.slice(0, -1)), nth(node.shape, -1)])
  const y = denseOp(flat, weights, b, { activation })
  return node.rank === 2 ? y : reshape(y, [...node.shape.slice(0, -1), nth(y.shape, 1)])
}

/** Sum over the last axis of a and the first of b, of any rank; for vectors the scalar product. */
export const dot = (a: TensorLike, b: TensorLike): Node => {
  const y = toNode(b)
  if (y.rank <= 2) return matmul(a, y)
  const x = toNode(a)
  const rows = reshape(x, [x.size / nth(x.shape, -1), nth(x.shape, -1)])
  const axis = y.rank - 2
  const columns = reshape(transpose(y, [axis, ...y.shape.flatMap((_, i) => (i === axis ? [] : [i]))]), [
    nth(y.shape, axis),
    y.size / nth(y.shape, axis),
  ])
  return reshape(matmul(rows, columns), [...x.shape.slice(0, -1), ...y.shape.filter((_, i) => i !== axis)])
}
