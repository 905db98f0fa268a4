// Pooling over windows of images [n, h, w, c] and sequences [n, steps, c]. Padding does not count: it is never a maximum, nor a cell of a mean.
import { toNode, type TensorLike } from '../graph/convert'
import { defineOp, type OpFunction } from '../graph/define'
import type { Node } from '../graph/node'
import { check } from '../util/errors'
import { showShape, sizeOf } from '../util/shape'
import { cast } from './cast'
import { flatOptions, pairOf, placeWindows, windowArgs, type Pair, type Windows } from './convolution'
import { reshape } from './shape'

type PoolAttrs = Windows & { readonly pool: Pair }

/** Element steps of a call over all cells of all windows. */
const workOf = (n: number, c: number, { pool, out }: PoolAttrs): number => n * c * sizeOf(out) * (1 + sizeOf(pool))

const maxPoolOp = defineOp<readonly ['x'], PoolAttrs>('maxPool2d', {
  inputs: ['x'],
  shape: ({ x }, { out }) => ({ shape: [x.shape[0]!, ...out, x.shape[3]!], dtype: 'float32' }),
  lower: (program, { x, y }, attrs) => program.call('maxPool2d', { y, x, ...windowArgs(x.shape, attrs.pool, attrs) }, { work: workOf(x.shape[0]!, x.shape[3]!, attrs) }),
  grad: ({ x, dy }, attrs) => [maxPoolGradOp(x, dy, attrs)],
})

/** dx: each dy goes to the first maximum of its window. */
const maxPoolGradOp = defineOp<readonly ['x', 'g'], PoolAttrs>('maxPool2dGrad', {
  inputs: ['x', 'g'],
  shape: ({ x }) => ({ shape: x.shape, dtype: 'float32' }),
  lower: (program, { x, g, y: dx }, attrs) => program.call('maxPool2dGrad', { dx, x, dy: g, ...windowArgs(x.shape, attrs.pool, attrs) }, { work: 3 * workOf(x.shape[0]!, x.shape[3]!, attrs) }),
})

const averagePoolOp: OpFunction<readonly ['x'], PoolAttrs> = defineOp('averagePool2d', {
  inputs: ['x'],
  shape: ({ x }, { out }) => ({ shape: [x.shape[0]!, ...out, x.shape[3]!], dtype: 'float32' }),
  lower: (program, { x, y }, attrs) => program.call('averagePool2d', { y, x, ...windowArgs(x.shape, attrs.pool, attrs) }, { work: workOf(x.shape[0]!, x.shape[3]!, attrs) }),
  grad: ({ x, dy }, attrs) => [averagePoolGradOp(dy, { ...attrs, size: [x.shape[1]!, x.shape[2]!] })],
})

const averagePoolGradOp: OpFunction<readonly ['g'], PoolAttrs & { size: Pair }> = defineOp('averagePool2dGrad', {
  inputs: ['g'],
  shape: ({ g }, { size }) => ({ shape: [g.shape[0]!, ...size, g.shape[3]!], dtype: 'float32' }),
  lower: (program, { g, y: dx }, attrs) => program.call('averagePool2dGrad', { dx, x: null, dy: g, ...windowArgs(dx.shape, attrs.pool, attrs) }, { work: 2 * workOf(g.shape[0]!, g.shape[3]!, attrs) }),
  grad: ({ dy }, { size: _, ...attrs }) => [averagePoolOp(dy, attrs)],
})

export interface PoolOptions {
  /** Cells from one window to the next. Default: the window's size. */
  strides?: number | readonly number[] | null
  /** Default 'valid'. */
  padding?: 'valid' | 'same'
}

function pool(name: string, op: typeof maxPoolOp) {
  return (x: TensorLike, size: number | readonly number[] = 2, { strides, padding = 'valid' }: PoolOptions = {}): Node => {
    const image = cast(x, 'float32')
    check(image.rank === 4, 'BAD_SHAPE', () => `${name}: expected images [n, h, w, c], got ${showShape(image.shape)}`)
    check(padding === 'valid' || padding === 'same', 'BAD_ARGUMENT', () => `${name}: padding must be 'valid' or 'same', not ${JSON.stringify(padding)}`)
    const window = pairOf(size, name, 'size')
    return op(image, { ...placeWindows(name, [image.shape[1]!, image.shape[2]!], window, { strides: strides ?? window, padding }), pool: window })
  }
}

type Pool = ReturnType<typeof pool>

/** Maximum of each window of images; the gradient goes to the first one. */
export const maxPool2d: Pool = pool('maxPool2d', maxPoolOp)
/** Mean of each window of images. */
export const averagePool2d: Pool = pool('averagePool2d', averagePoolOp)

/** Pooling of sequences [n, steps, c], as images of height 1. */
function flat(of: Pool, name: string) {
  return (x: TensorLike, size: number | readonly number[] = 2, { strides, padding = 'valid' }: PoolOptions = {}): Node => {
    const { rank, shape } = toNode(x)
    check(rank === 3, 'BAD_SHAPE', () => `${name}: expected sequences [n, steps, c], got ${showShape(shape)}`)
    const [n, ...rest] = shape
    const y = of(reshape(x, [n!, 1, ...rest]), flatOptions({ strides: size }).strides, { strides: flatOptions({ strides: strides ?? size }).strides, padding })
    return reshape(y, [n!, ...y.shape.slice(2)])
  }
}

/** Maximum of each window of sequences. */
export const maxPool1d: Pool = flat(maxPool2d, 'maxPool1d')
/** Mean of each window of sequences. */
export const averagePool1d: Pool = flat(averagePool2d, 'averagePool1d')
