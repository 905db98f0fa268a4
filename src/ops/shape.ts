// Ops that move values without changing them: views, and strided copies.
import { toNode, type TensorLike } from '../graph/convert'
import { activatedNode, defineOp, scaledNode, type Lowering, type OpFunction, type Pointer } from '../graph/define'
import type { Node } from '../graph/node'
import { check, CornusError, showValue } from '../util/errors'
import { nth } from '../util/lists'
import { integer, nullable } from '../util/options'
import {
  at,
  broadcastShapes,
  broadcastStrides,
  checkShape,
  collapse,
  copiedList,
  isIntegers,
  normalizeAxes,
  normalizeAxis,
  sameShape,
  showShape,
  sizeOf,
  stridesOf,
  type Shape,
} from '../util/shape'
import { add } from './binary'
import { cast } from './cast'
import { MOST_PARTS, pairsOf, whole } from './options'

/** Copies `shape` elements from x to y, each walked with its own strides (in elements). */
export function copyStrided(
  program: Lowering,
  y: Pointer,
  x: Pointer,
  shape: Shape,
  yStrides: readonly number[],
  xStrides: readonly number[],
): void {
  const {
    dims,
    strides: [to, from],
  } = collapse(shape, [yStrides, xStrides])
  program.call('copy', { y, x, dims, yStrides: to!, xStrides: from! }, { work: 2 * sizeOf(shape) })
}

const reshapeOp = defineOp<readonly ['x'], { shape: Shape }>('reshape', {
  inputs: ['x'],
  alias: () => 0,
  shape: ({ x }, { shape }) => ({ shape, dtype: x.dtype }),
  grad: ({ x, dy }) => [reshape(dy, x.shape)],
  activated: ({ x }, { shape }, activation, sole) => mapNode(activatedNode(x, activation, sole), (y) => reshape(y, shape)),
  scaled: ({ x }, { shape }, by, sole) =>
    by.axis === shape.length - 1 && x.shape.at(-1) === shape.at(-1)
      ? mapNode(scaledNode(x, { ...by, axis: x.rank - 1 }, sole), (y) => reshape(y, shape))
      : null,
})

const mapNode = (x: Node | null, f: (x: Node) => Node): Node | null => x && f(x)

/** The same values in another shape; one dimension may be −1 and is worked out. A view: nothing is copied. */
export function reshape(x: TensorLike, shape: Shape): Node {
  const node = toNode(x)
  const to = resolveShape(node, shape)
  return sameShape(node.shape, to) ? node : reshapeOp(node, { shape: to })
}

function resolveShape(x: Node, given: Shape): Shape {
  const shape = copiedList(given)
  check(isIntegers(shape), 'BAD_SHAPE', () => `reshape: shape must be an array of integers, not ${showValue(given)}`)
  const unknown = shape.indexOf(-1)
  check(
    unknown < 0 || shape.indexOf(-1, unknown + 1) < 0,
    'BAD_SHAPE',
    () => `reshape: only one dimension of ${showShape(shape)} may be -1`,
  )
  const rest = shape.filter((_, i) => i !== unknown)
  const to = unknown < 0 ? shape : shape.map((d, i) => (i === unknown ? x.size / Math.max(1, sizeOf(rest)) : d))
  const fits = to.every((d) => Number.isInteger(d)) && sizeOf(to) === x.size
  check(fits, 'BAD_SHAPE', () => `reshape: ${x.size} values of shape ${showShape(x.shape)} do not fit into ${showShape(shape)}`)
  return checkShape(to, 'reshape: shape')
}

const copyOp = defineOp('clone', {
  inputs: ['x'],
  unique: true,
  shape: ({ x }) => ({ shape: x.shape, dtype: x.dtype }),
  lower: (program, { x, y }) => copyStrided(program, y, x, y.shape, stridesOf(y.shape), stridesOf(x.shape)),
  grad: ({ dy }) => [dy],
})
/** A copy with memory of its own. */
export const clone = (x: TensorLike): Node => copyOp(x)

const broadcastOp = defineOp<readonly ['x'], { shape: Shape }>('broadcastTo', {
  inputs: ['x'],
  repeats: true,
  shape: ({ x }, { shape }) => ({ shape, dtype: x.dtype }),
  lower: (program, { x, y }) => copyStrided(program, y, x, y.shape, stridesOf(y.shape), broadcastStrides(x.shape, y.shape)),
  broadcasts: true,
  grad: ({ dy }) => [dy],
})
/** Repeats dimensions of one (and leading ones) until the shape is reached. */
export function broadcastTo(x: TensorLike, shape: Shape): Node {
  const node = toNode(x)
  const to = checkShape(shape, 'broadcastTo: shape')
  check(
    sameShape(broadcastShapes(node.shape, to, 'broadcastTo'), to),
    'BAD_SHAPE',
    () => `broadcastTo: ${showShape(node.shape)} does not broadcast to ${showShape(to)}`,
  )
  return sameShape(node.shape, to) ? node : broadcastOp(node, { shape: to })
}

const transposeOp = defineOp<readonly ['x'], { perm: readonly number[] }>('transpose', {
  inputs: ['x'],
  shape: ({ x }, { perm }) => ({ shape: perm.map((axis) => nth(x.shape, axis)), dtype: x.dtype }),
  // A permutation that moves only dimensions of one is a view.
  alias: ({ x }, { perm }) => {
    const moved = perm.filter((axis) => x.shape[axis] !== 1)
    return moved.every((axis, i) => i === 0 || axis > nth(moved, i - 1)) ? 0 : null
  },
  lower: (program, { x, y }, { perm }) => {
    const strides = stridesOf(x.shape)
    copyStrided(
      program,
      y,
      x,
      y.shape,
      stridesOf(y.shape),
      perm.map((axis) => nth(strides, axis)),
    )
  },
  grad: ({ dy }, { perm }) => [
    transpose(
      dy,
      perm.map((_, i) => perm.indexOf(i)),
    ),
  ],
  activated: ({ x }, { perm }, activation, sole) => mapNode(activatedNode(x, activation, sole), (y) => transpose(y, perm)),
  scaled: ({ x }, { perm }, by, sole) => mapNode(scaledNode(x, { ...by, axis: nth(perm, by.axis) }, sole), (y) => transpose(y, perm)),
})
/** Axes in the order of `perm` (default: reversed). */
export function transpose(x: TensorLike, perm?: readonly number[]): Node {
  const node = toNode(x)
  const given = perm === undefined ? node.shape.map((_, i) => node.rank - 1 - i) : copiedList(perm)
  check(given, 'BAD_ARGUMENT', () => `transpose: expected an array of the ${node.rank} axes in their new order, not ${showValue(perm)}`)
  const order = given.map((axis) => normalizeAxis(axis as number, node.rank, 'transpose'))
  check(
    new Set(order).size === node.rank && order.length === node.rank,
    'BAD_ARGUMENT',
    () => `transpose: [${order.join(', ')}] is not a permutation of the ${node.rank} axes`,
  )
  return order.every((axis, i) => axis === i) ? node : transposeOp(node, { perm: order })
}

type SliceAttrs = { begin: readonly number[]; size: readonly number[]; step: readonly number[] }
const sliceOp = defineOp<readonly ['x'], SliceAttrs>('slice', {
  inputs: ['x'],
  shape: ({ x }, { size }) => ({ shape: size, dtype: x.dtype }),
  // A slice of only the leading dimension that has more than one element is a view, if it starts on a kernel's boundary.
  alias: ({ x }, { begin, size, step }) => {
    const first = x.shape.findIndex((d) => d !== 1)
    const whole = first >= 0 && step[first] === 1 && size.every((n, i) => i <= first || (n === x.shape[i] && step[i] === 1))
    const offset = whole ? nth(begin, first) * stridesOf(x.shape)[first]! : -1
    return offset >= 0 && offset % 16 === 0 && sizeOf(size) % 16 === 0 ? offset : null
  },
  lower: (program, { x, y }, { begin, step }) => {
    const strides = stridesOf(x.shape)
    const start = begin.reduce((at, b, i) => at + b * nth(strides, i), 0)
    copyStrided(
      program,
      y,
      x.at(start),
      y.shape,
      stridesOf(y.shape),
      strides.map((s, i) => s * nth(step, i)),
    )
  },
  grad: ({ x, dy }, attrs) => [placeIn(dy, { ...attrs, shape: x.shape })],
})

/** Zeros with x written at begin, begin + step …: the gradient of a slice. */
const placeOp = defineOp<readonly ['x'], SliceAttrs & { shape: Shape; value: number }>('place', {
  inputs: ['x'],
  shape: ({ x }, { shape }) => ({ shape, dtype: x.dtype }),
  lower: (program, { x, y }, { begin, step, value }) => {
    const strides = stridesOf(y.shape)
    const start = begin.reduce((at, b, i) => at + b * nth(strides, i), 0)
    if (x.shape.some((d, i) => d !== y.shape[i]))
      program.call('fill', { y, n: sizeOf(y.shape), value: bitsOf(value, y.dtype === 'float32') })
    copyStrided(
      program,
      y.at(start),
      x,
      x.shape,
      strides.map((s, i) => s * nth(step, i)),
      stridesOf(x.shape),
    )
  },
  grad: ({ x, dy }, { begin, step }) => [sliceOp(dy, { begin, size: x.shape, step })],
})
const placeIn = (x: Node, attrs: SliceAttrs & { shape: Shape }): Node => placeOp(x, { ...attrs, value: 0 })

const word = new DataView(new ArrayBuffer(4))
/** The 32 bits of an element. */
export function bitsOf(value: number, float: boolean): number {
  if (float) word.setFloat32(0, value)
  else word.setInt32(0, value)
  return word.getInt32(0)
}

const fromEnd = (place: number, length: number): number => (place < 0 ? place + length : place)

/** One integer, or an array of them, as an array. */
function integersOf(given: number | readonly number[], what: string): readonly number[] {
  const list = copiedList(given) ?? [given]
  check(isIntegers(list), 'BAD_ARGUMENT', () => `${what} must be an integer or an array of them, not ${showValue(given)}`)
  return list
}

/**
 * Elements begin, begin + 1, … of each axis; `size` −1 (or left out) goes to the end. Missing trailing axes are taken whole.
 * A negative begin counts from the end.
 */
export function slice(x: TensorLike, begin: number | readonly number[], size?: number | readonly number[]): Node {
  const node = toNode(x)
  const starts = integersOf(begin, 'slice: begin')
  const sizes = size === undefined ? [] : integersOf(size, 'slice: size')
  check(
    starts.length <= node.rank && sizes.length <= node.rank,
    'BAD_ARGUMENT',
    () => `slice: begin [${starts.join(', ')}] and size [${sizes.join(', ')}] name more axes than ${showShape(node.shape)} has`,
  )
  const from = node.shape.map((d, i) => fromEnd(starts[i] ?? 0, d))
  const count = node.shape.map((d, i) => (sizes[i] === undefined || sizes[i] === -1 ? d - at(from, i) : at(sizes, i)))
  const inside = node.shape.every((d, i) => at(from, i) >= 0 && at(count, i) >= 0 && at(from, i) + at(count, i) <= d)
  check(
    inside,
    'BAD_ARGUMENT',
    () => `slice: begin [${starts.join(', ')}], size [${sizes.join(', ')}] reach outside of ${showShape(node.shape)}`,
  )
  return sameShape(count, node.shape) ? node : sliceOp(node, { begin: from, size: count, step: node.shape.map(() => 1) })
}

/** Every `step`-th element from `start` to before `end` along one axis, as Python's x[start:end:step]; a negative step walks backwards. */
export function stridedSlice(x: TensorLike, axis: number, start: number | null, end: number | null, step = 1): Node {
  const node = toNode(x)
  const along = normalizeAxis(axis, node.rank, 'stridedSlice')
  for (const [name, value] of Object.entries({ start, end })) nullable(integer(-Infinity, Infinity)).read(value, `stridedSlice: ${name}`)
  check(
    Number.isInteger(step) && step !== 0,
    'BAD_ARGUMENT',
    () => `stridedSlice: step must be an integer other than 0, not ${showValue(step)}`,
  )
  const d = nth(node.shape, along)
  const low = step > 0 ? 0 : -1
  const bound = (place: number) => Math.min(Math.max(fromEnd(place, d), low), step > 0 ? d : d - 1)
  const from = start === null ? (step > 0 ? 0 : d - 1) : bound(start)
  const to = end === null ? (step > 0 ? d : -1) : bound(end)
  const count = Math.max(0, Math.ceil((to - from) / step))
  return sliceOp(node, {
    begin: node.shape.map((_, i) => (i === along && count ? from : 0)),
    size: node.shape.map((n, i) => (i === along ? count : n)),
    step: node.shape.map((_, i) => (i === along && count > 1 ? step : 1)),
  })
}

/** The order of elements turned round along the axes. */
export function reverse(x: TensorLike, axes: number | readonly number[]): Node {
  const node = toNode(x)
  return normalizeAxes(axes, node.rank, 'reverse').reduce((y, axis) => turned(y, axis) ?? stridedSlice(y, axis, null, null, -1), node)
}

/** What was turned round along this axis before, if y is that. */
function turned({ op, attrs, inputs }: Node, axis: number): Node | undefined {
  if (op.name !== 'slice') return undefined
  const { step, size } = attrs as SliceAttrs
  const same = step.every((s, i) => s === (i === axis ? -1 : 1)) && size.every((n, i) => n === nth(inputs, 0).shape[i])
  return same ? inputs[0] : undefined
}

/** `widths[i]` = [before, after] elements of `value` around axis i. */
export function pad(x: TensorLike, widths: readonly (readonly [number, number])[], value = 0): Node {
  const node = toNode(x)
  const sides = pairsOf(widths, node.rank, whole, `pad: widths for shape ${showShape(node.shape)}`)
  const [fill] = toNode([value], node.dtype).value ?? []
  const shape = checkShape(
    node.shape.map((d, i) => d + at(sides, i)[0] + at(sides, i)[1]),
    'pad: result',
  )
  const step = node.shape.map(() => 1)
  return sameShape(shape, node.shape)
    ? node
    : placeOp(node, { shape, begin: sides.map(([before]) => before), size: node.shape, step, value: fill ?? 0 })
}

/** An array of at least one tensor. */
function tensorsOf(given: readonly TensorLike[], op: string): readonly [TensorLike, ...TensorLike[]] {
  const [first, ...others] = (copiedList(given) ?? []) as readonly TensorLike[]
  if (first === undefined) throw new CornusError('BAD_ARGUMENT', `${op}: expected an array of at least one tensor, not ${showValue(given)}`)
  return [first, ...others]
}

const concatOp = defineOp<readonly ['...x'], { axis: number }>('concat', {
  inputs: ['...x'],
  shape: ({ x }, { axis }) => ({
    shape: nth(x, 0).shape.map((d, i) => (i === axis ? x.reduce((n, { shape }) => n + nth(shape, axis), 0) : d)),
    dtype: nth(x, 0).dtype,
  }),
  lower: (program, { x, y }, { axis }) => {
    const strides = stridesOf(y.shape)
    let at = 0
    for (const part of x) {
      copyStrided(program, y.at(at * nth(strides, axis)), part, part.shape, strides, stridesOf(part.shape))
      at += nth(part.shape, axis)
    }
  },
  grad: ({ x, dy }, { axis }) => {
    let at = 0
    return x.map(({ shape }) => {
      const begin = shape.map((_, i) => (i === axis ? at : 0))
      at += nth(shape, axis)
      return slice(dy, begin, shape)
    })
  },
})
/** Tensors one after the other along an axis; their other dimensions must agree. */
export function concat(tensors: readonly TensorLike[], axis = 0): Node {
  const nodes = unify(tensorsOf(tensors, 'concat'))
  const first = at(nodes, 0)
  const along = normalizeAxis(axis, first.rank, 'concat')
  for (const { shape } of nodes) {
    const fits = shape.length === first.rank && shape.every((d, i) => i === along || d === first.shape[i])
    if (!fits)
      throw new CornusError(
        'BAD_SHAPE',
        `concat: shapes ${nodes.map((node) => showShape(node.shape)).join(', ')} differ in more than axis ${along}`,
      )
  }
  return nodes.length === 1 ? first : concatOp(nodes, { axis: along })
}

function unify(tensors: readonly TensorLike[]): Node[] {
  const nodes = tensors.map((x) => toNode(x))
  const dtype = nodes.every((node) => node.dtype === nth(nodes, 0).dtype)
    ? nth(nodes, 0).dtype
    : nodes.some((node) => node.dtype === 'float32')
      ? 'float32'
      : 'int32'
  return nodes.map((node) => cast(node, dtype))
}

/** Tensors of one shape along a new axis. */
export function stack(tensors: readonly TensorLike[], axis = 0): Node {
  const nodes = tensorsOf(tensors, 'stack').map((x) => toNode(x))
  const { rank } = at(nodes, 0)
  const along = normalizeAxis(axis, rank + 1, 'stack')
  check(
    nodes.every((node) => node.rank === rank),
    'BAD_SHAPE',
    () => `stack: shapes ${nodes.map((node) => showShape(node.shape)).join(', ')} differ; they must be equal`,
  )
  return concat(
    nodes.map((x) => expandDims(x, along)),
    along,
  )
}

/** All parts by one op, so that their gradients are put together in one go. */
const splitOp: OpFunction<readonly ['x'], { axis: number; sizes: readonly number[] }, readonly ['...y']> = defineOp<
  readonly ['x'],
  { axis: number; sizes: readonly number[] },
  readonly ['...y']
>('split', {
  inputs: ['x'],
  outputs: ['...y'],
  shape: ({ x }, { axis, sizes }) => sizes.map((n) => ({ shape: x.shape.map((d, i) => (i === axis ? n : d)), dtype: x.dtype })),
  lower: (program, { x, y }, { axis, sizes }) => {
    const strides = stridesOf(x.shape)
    let at = 0
    y.forEach((part, i) => {
      if (part) copyStrided(program, part, x.at(at * nth(strides, axis)), part.shape, stridesOf(part.shape), strides)
      at += nth(sizes, i)
    })
  },
  grad: ({ dy }, { axis }) => [concat(dy, axis)],
})
/** Parts along an axis: so many equal ones, or of the given sizes. */
export function split(x: TensorLike, parts: number | readonly number[], axis = 0): Node[] {
  const node = toNode(x)
  const along = normalizeAxis(axis, node.rank, 'split')
  const d = nth(node.shape, along)
  const sizes =
    typeof parts === 'number' ? Array<number>(integer(1, MOST_PARTS).read(parts, 'split: parts')).fill(d / parts) : copiedList(parts)
  const fits = isIntegers(sizes) && sizes.length > 0 && sizes.every((n) => n >= 0) && sizes.reduce((a, b) => a + b, 0) === d
  check(
    fits,
    'BAD_ARGUMENT',
    () =>
      `split: ${d} elements of axis ${along} do not divide into ${typeof parts === 'number' ? `${parts} equal parts` : showValue(parts)}`,
  )
  return [...splitOp(node, { axis: along, sizes })]
}

/** The slices along an axis, which goes. */
export const unstack = (x: TensorLike, axis = 0): Node[] => {
  const node = toNode(x)
  const along = normalizeAxis(axis, node.rank, 'unstack')
  return split(node, at(node.shape, along), along).map((part) => squeeze(part, along))
}

/** The tensor repeated `repeats[i]` times along axis i. */
export function tile(x: TensorLike, repeats: readonly number[]): Node {
  const given = toNode(x)
  const times = copiedList(repeats)
  check(
    times && times.length >= given.rank,
    'BAD_ARGUMENT',
    () => `tile: expected ${given.rank} integers from 0 for shape ${showShape(given.shape)}, got ${showValue(repeats)}`,
  )
  const node = times.length === given.rank ? given : reshape(given, [...times.slice(given.rank).map(() => 1), ...given.shape])
  return times.reduce<Node>((y, n, axis) => again(y, axis, whole.read(n, `tile: repeats[${axis}]`), false), node)
}

/** Each element repeated n times along an axis. */
export function repeat(x: TensorLike, n: number, axis: number): Node {
  const node = toNode(x)
  return again(node, normalizeAxis(axis, node.rank, 'repeat'), whole.read(n, 'repeat: n'), true)
}

/** An axis n times: each of its elements, or the whole of it. */
function again(x: Node, axis: number, n: number, each: boolean): Node {
  if (n === 1) return x
  const [outer, d, inner] = [sizeOf(x.shape.slice(0, axis)), at(x.shape, axis), sizeOf(x.shape.slice(axis + 1))]
  const shape = checkShape(
    x.shape.map((own, i) => (i === axis ? own * n : own)),
    each ? 'repeat: result' : 'tile: result',
  )
  const [from, to] = each
    ? [
        [outer * d, 1, inner],
        [outer * d, n, inner],
      ]
    : [
        [outer, 1, d * inner],
        [outer, n, d * inner],
      ]
  return reshape(broadcastTo(reshape(x, from), to), shape)
}

/** A new axis of one at this place. */
export function expandDims(x: TensorLike, axis = 0): Node {
  const node = toNode(x)
  const at = normalizeAxis(axis, node.rank + 1, 'expandDims')
  return reshape(node, [...node.shape.slice(0, at), 1, ...node.shape.slice(at)])
}

/** Without dimensions of one (all, or the given axes). */
export function squeeze(x: TensorLike, axes: number | readonly number[] | null = null): Node {
  const node = toNode(x)
  const list = axes === null ? node.shape.flatMap((d, i) => (d === 1 ? [i] : [])) : normalizeAxes(axes, node.rank, 'squeeze')
  check(
    list.every((axis) => node.shape[axis] === 1),
    'BAD_SHAPE',
    () => `squeeze: axes [${list.join(', ')}] of ${showShape(node.shape)} are not all 1`,
  )
  return reshape(
    node,
    node.shape.filter((_, i) => !list.includes(i)),
  )
}

const stopOp = defineOp('stopGradient', { inputs: ['x'], alias: () => 0, shape: ({ x }) => ({ shape: x.shape, dtype: x.dtype }) })
/** The same values; gradients do not pass. */
export const stopGradient = (x: TensorLike): Node => stopOp(x)

/** The sum of many tensors. */
export const addAll = (tensors: readonly Node[]): Node => tensors.reduce((a, b) => add(a, b))
