// How ops of one operand are made.
import type { KernelName } from '../generated/kernels'
import type { TensorLike } from '../graph/convert'
import { defineOp, type Pointer } from '../graph/define'
import type { DType } from '../graph/dtypes'
import type { Attrs, Node } from '../graph/node'
import { sizeOf } from '../util/shape'
import { cast } from './cast'

/** Parameters of a unary kernel, in its order. */
type Parameters = { readonly alpha?: number; readonly beta?: number; readonly gamma?: number }

interface UnaryOptions {
  kernel?: KernelName
  /** dtype of the result, if not the operand's. */
  result?: DType
  /** Cost of one element, against a plain copy. */
  work?: number
  grad?: (values: { x: Node; y: Node; dy: Node }, attrs: Parameters & Attrs) => Node
}

type UnaryKernel = 'neg' // any kernel with unary arguments

/** y = f(x), flat, in place if x is not needed any more. */
export function unary(name: string, { kernel = name as KernelName, result, work = 1, grad }: UnaryOptions) {
  const op = defineOp<readonly ['x'], Parameters & Attrs>(name, {
    inputs: ['x'],
    inplace: [0],
    shape: ({ x }) => ({ shape: x.shape, dtype: result ?? x.dtype }),
    lower: (program, { x, y }, { alpha = 0, beta = 0, gamma = 0 }) => {
      const n = sizeOf(y.shape)
      program.call(kernel as UnaryKernel, { y, x, n, alpha, beta, gamma }, { elementwise: n, work: n * work * 2 })
    },
    ...(grad && { grad: ({ x, y, dy }, attrs) => [grad({ x, y, dy }, attrs)] }),
  })
  return (x: TensorLike, attrs: Parameters = {}): Node => op(cast(x, 'float32'), attrs as Parameters & Attrs)
}

/** A fused gradient kernel d = f(dy, x), flat; differentiable through the ops it stands for. */
export function gradientOp(name: KernelName, composed: (values: { dy: Node; x: Node }, attrs: Parameters & Attrs) => Node) {
  return defineOp<readonly ['dy', 'x'], Parameters & Attrs>(name, {
    inputs: ['dy', 'x'],
    inplace: [0, 1],
    composed,
    shape: ({ dy }) => dy,
    lower: (program, { dy, x, y }, { alpha = 0, beta = 0, gamma = 0 }) => {
      const n = sizeOf(y.shape)
      program.call(name as 'reluGrad', { dx: y as Pointer, dy, x, n, alpha, beta, gamma }, { elementwise: n, work: n * 4 })
    },
  })
}

/** −x of float32. */
export const negative: (x: TensorLike) => Node = unary('neg', { grad: ({ dy }) => negative(dy) })
