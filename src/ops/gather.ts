// Looking up by index. An index outside its table is an error; nothing is ever read or written beside it.
import { toNode, type TensorLike } from '../graph/convert'
import { defineOp, type DataCheck, type OpFunction } from '../graph/define'
import type { Node } from '../graph/node'
import { check, showValue } from '../util/errors'
import { number } from '../util/options'
import { at, checkShape, normalizeAxis, sizeOf, type Shape } from '../util/shape'
import { cast } from './cast'
import { whole } from './options'
import { bitsOf, reshape } from './shape'

/** `signed`: negative indices count from the end. */
type Along = { axis: number; signed: boolean }
const blocksOf = (shape: Shape, axis: number) => ({
  outer: sizeOf(shape.slice(0, axis)),
  rows: at(shape, axis),
  inner: sizeOf(shape.slice(axis + 1)),
})

/** Indices of a table's rows. */
export function withinRows(of: Node, op: string, rows: number, signed: boolean): DataCheck {
  const low = signed ? -rows : 0
  return {
    of,
    op,
    what: 'index',
    low,
    high: rows - 1,
    hint: `the table has ${rows} rows, and indices must be whole numbers from ${low} to ${rows - 1}`,
  }
}

/** y[outer, count, inner] = x[outer, indices[count], inner] */
const gatherOp: OpFunction<readonly ['x', 'indices'], Along> = defineOp('gather', {
  inputs: ['x', 'indices'],
  shape: ({ x, indices }, { axis }) => ({ shape: [...x.shape.slice(0, axis), indices.size, ...x.shape.slice(axis + 1)], dtype: x.dtype }),
  checks: ({ x, indices }, { axis, signed }) => [withinRows(indices, 'gather', at(x.shape, axis), signed)],
  lower: (program, { x, indices, y }, { axis }) =>
    program.call('gather', { y, x, indices, ...blocksOf(x.shape, axis), count: sizeOf(indices.shape) }, { work: 2 * sizeOf(y.shape) }),
  grad: ({ x, indices, dy }, along) => [scatterAdd(dy, indices, { ...along, shape: x.shape }), null],
})

/** Zeros with dy added at the indices, in their order. */
export const scatterAdd: OpFunction<readonly ['dy', 'indices'], Along & { shape: Shape }> = defineOp('scatterAdd', {
  inputs: ['dy', 'indices'],
  shape: (_, { shape }) => ({ shape, dtype: 'float32' }),
  checks: ({ indices }, { axis, shape, signed }) => [withinRows(indices, 'segmentSum', at(shape, axis), signed)],
  lower: (program, { dy, indices, y }, { axis, shape }) => {
    program.call('fill', { y, n: sizeOf(shape), value: bitsOf(0, true) })
    program.call('scatterAdd', { y, dy, indices, ...blocksOf(shape, axis), count: sizeOf(indices.shape) }, { work: 3 * sizeOf(dy.shape) })
  },
  grad: ({ indices, dy }, { axis, signed }) => [gatherOp(dy, indices, { axis, signed }), null],
})

function slicesAt(x: TensorLike, indices: TensorLike, axis: number, signed: boolean): Node {
  const node = toNode(x)
  const places = integers(indices, 'gather')
  const along = normalizeAxis(axis, node.rank, 'gather')
  const y = gatherOp(node, reshape(places, [places.size]), { axis: along, signed })
  return reshape(y, [...node.shape.slice(0, along), ...places.shape, ...node.shape.slice(along + 1)])
}

/**
 * Slices of x along an axis at integer indices of any shape, negative ones counted from the end: the result has their shape in place of the
 * axis.
 */
export const gather = (x: TensorLike, indices: TensorLike, axis = 0): Node => slicesAt(x, indices, axis, true)

/** Rows of a table whose indices are names, not places: a negative one is an error. */
export const lookUpRows = (table: TensorLike, indices: TensorLike): Node => slicesAt(table, indices, 0, false)

/** Sums of x's rows by group: row i is added to row groups[i] of a result of `count` rows. */
export const segmentSum = (x: TensorLike, groups: TensorLike, count: number): Node => {
  const node = cast(x, 'float32')
  return scatterAdd(node, integers(groups, 'segmentSum'), { axis: 0, signed: false, shape: [count, ...node.shape.slice(1)] })
}

/** float32 as int32, if all of it is whole. */
const wholeOp = defineOp<readonly ['x'], { op: string }>('toWhole', {
  inputs: ['x'],
  inplace: [0],
  shape: ({ x }) => ({ shape: x.shape, dtype: 'int32' }),
  checks: ({ x }, { op }) => [{ of: x, op, what: 'value', hint: 'indices and class labels must be whole numbers' }],
  lower: (program, { x, y }) => {
    const n = sizeOf(y.shape)
    program.call('castToInt', { y, x, n, alpha: 0, beta: 0, gamma: 0 }, { elementwise: n })
  },
})

/** Indices or labels as int32; others than whole numbers are an error. */
export function integers(indices: TensorLike, op: string): Node {
  const node = toNode(indices)
  if (node.dtype !== 'float32') return cast(node, 'int32')
  const wrong = node.value?.find((v) => !Number.isInteger(v))
  check(
    wrong === undefined,
    'BAD_DATA',
    () => `${op}: indices must be integers, not ${wrong}; make whole numbers of them first, as x.round() does`,
  )
  return wholeOp(node, { op })
}

type Line = { axis: number }

const takeAlongOp: OpFunction<readonly ['x', 'indices'], Line> = defineOp('takeAlongAxis', {
  inputs: ['x', 'indices'],
  shape: ({ x, indices }) => ({ shape: indices.shape, dtype: x.dtype }),
  checks: ({ x, indices }, { axis }) => [withinRows(indices, 'takeAlongAxis', at(x.shape, axis), true)],
  lower: (program, { x, indices, y }, { axis }) =>
    program.call('takeAlong', { y, x, indices, ...blocksOf(x.shape, axis), count: at(indices.shape, axis) }, { work: 3 * sizeOf(y.shape) }),
  grad: ({ x, indices, dy }, { axis }) => [takeAlongGrad(dy, indices, { axis, shape: x.shape }), null],
})
const takeAlongGrad: OpFunction<readonly ['dy', 'indices'], Line & { shape: Shape }> = defineOp('takeAlongGrad', {
  inputs: ['dy', 'indices'],
  shape: (_, { shape }) => ({ shape, dtype: 'float32' }),
  checks: ({ indices }, { axis, shape }) => [withinRows(indices, 'takeAlongAxis', at(shape, axis), true)],
  lower: (program, { dy, indices, y }, { axis, shape }) => {
    program.call('fill', { y, n: sizeOf(shape), value: bitsOf(0, true) })
    program.call(
      'takeAlongGrad',
      { y, dy, indices, ...blocksOf(shape, axis), count: at(indices.shape, axis) },
      { work: 3 * sizeOf(dy.shape) },
    )
  },
  grad: ({ indices, dy }, { axis }) => [takeAlongOp(dy, indices, { axis }), null],
})

/** Values along an axis, each line by its own indices, negative ones counted from the end; x and indices agree in the other dimensions. */
export function takeAlongAxis(x: TensorLike, indices: TensorLike, axis = -1): Node {
  const node = toNode(x)
  const places = integers(indices, 'takeAlongAxis')
  const along = normalizeAxis(axis, node.rank, 'takeAlongAxis')
  check(
    places.rank === node.rank && places.shape.every((d, i) => i === along || d === node.shape[i]),
    'BAD_SHAPE',
    () => `takeAlongAxis: indices [${places.shape.join(', ')}] and x [${node.shape.join(', ')}] must agree in every axis but ${along}`,
  )
  return takeAlongOp(node, places, { axis: along })
}

const oneHotOp = defineOp<readonly ['indices'], { depth: number; on: number; off: number }>('oneHot', {
  inputs: ['indices'],
  shape: ({ indices }, { depth }) => ({ shape: [...indices.shape, depth], dtype: 'float32' }),
  lower: (program, { indices, y }, { depth, on, off }) => program.call('oneHot', { y, indices, n: sizeOf(indices.shape), depth, on, off }),
})
/** Rows of `depth` elements: `on` at the index, `off` elsewhere; an index outside gives a row of `off`. */
export function oneHot(indices: TensorLike, depth: number, on = 1, off = 0): Node {
  whole.read(depth, 'oneHot: depth')
  return oneHotOp(integers(indices, 'oneHot'), { depth, on: number().read(on, 'oneHot: on'), off: number().read(off, 'oneHot: off') })
}

const iotaOp = defineOp<readonly [], { n: number; start: number; step: number; integer: boolean }>('arange', {
  inputs: [],
  shape: (_, { n, integer }) => ({ shape: [n], dtype: integer ? 'int32' : 'float32' }),
  lower: (program, { y }, { n, start, step, integer }) => program.call('iota', { y, n, start, step, integer: Number(integer) }),
})
/** start, start + step, … before stop; int32 if all are integers, unless a dtype is given. */
export function arange(start: number, stop: number, step = 1, dtype?: 'int32' | 'float32'): Node {
  for (const [name, value] of Object.entries({ start, stop, step })) number().read(value, `arange: ${name}`)
  check(step !== 0, 'BAD_ARGUMENT', () => 'arange: step must not be 0')
  check(
    dtype === undefined || dtype === 'int32' || dtype === 'float32',
    'BAD_DTYPE',
    () => `arange: dtype must be 'int32' or 'float32', not ${showValue(dtype)}`,
  )
  const integer = dtype ? dtype === 'int32' : [start, stop, step].every(Number.isInteger)
  check(
    !integer || [start, step].every(Number.isInteger),
    'BAD_ARGUMENT',
    () => `arange: int32 takes whole numbers for start and step, not ${start} and ${step}`,
  )
  const n = at(checkShape([Math.max(0, Math.ceil((stop - start) / step))], 'arange: length'), 0)
  const fits = (x: number) => x >= -(2 ** 31) && x < 2 ** 31
  check(
    !integer || n === 0 || (fits(start) && fits(start + (n - 1) * step)),
    'BAD_ARGUMENT',
    () =>
      `arange: int32 ends at ${2 ** 31 - 1}, and this goes from ${start} to ${start + (n - 1) * step}; write arange(${start}, ` +
      `${stop}, ${step}, 'float32')`,
  )
  return iotaOp({ n, start, step: n < 2 ? 0 : step, integer })
}
