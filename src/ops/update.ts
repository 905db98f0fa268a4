// Ops that write variables: plain assignment, and one fused kernel for each optimizer's step on one weight.
import { defineOp, type Lowering, type OpFunction, type Pointer } from '../graph/define'
import type { Attrs, Node } from '../graph/node'
import type { KernelArgs, KernelName } from '../generated/kernels'
import { currentTrace, recordEffect } from '../graph/trace'
import { check, CornusError } from '../util/errors'
import { nth } from '../util/lists'
import { sameShape, showShape, sizeOf, stridesOf } from '../util/shape'
import { copyStrided } from './shape'

/** variable = value */
const assignOp = defineOp('assign', {
  inputs: ['variable', 'value'],
  writes: [0],
  shape: ({ variable, value }) => {
    check(
      sameShape(variable.shape, value.shape) && variable.dtype === value.dtype,
      'BAD_SHAPE',
      () => `assign: a variable of ${variable.dtype} ${showShape(variable.shape)} cannot take ${value.dtype} ${showShape(value.shape)}`,
    )
    return variable
  },
  lower: (program, { variable, value }) =>
    copyStrided(program, variable, value, variable.shape, stridesOf(variable.shape), stridesOf(value.shape)),
})

/** total[0] += scale · Σ x */
const accumulateOp = defineOp<readonly ['total', 'x'], { scale: number }>('accumulate', {
  inputs: ['total', 'x'],
  writes: [0],
  shape: ({ total }) => total,
  lower: (program, { total, x }, { scale }) => program.call('accumulate', { total, x, n: sizeOf(x.shape), scale }, { work: 1 }),
})

/** counter += 1 */
const incrementOp = defineOp<readonly ['counter'], { by: number }>('increment', {
  inputs: ['counter'],
  writes: [0],
  shape: ({ counter }) => counter,
  lower: (program, { counter }, { by }) => program.call('incrementInt', { y: counter, by }, { work: 1 }),
})

function effect(node: Node): void {
  const trace = currentTrace()
  if (!trace) throw new CornusError('INTERNAL', 'an effect outside of a trace')
  recordEffect(trace, node)
}

export const recordAssign = (variable: Node, value: Node): void => effect(assignOp(variable, value))
export const recordAccumulate = (total: Node, x: Node, scale = 1): void => effect(accumulateOp(total, x, { scale }))
export const recordIncrement = (counter: Node, by = 1): void => effect(incrementOp(counter, { by }))

/** What every optimizer kernel takes besides its own numbers. */
export interface UpdateInputs {
  /** The weight, then the optimizer's own variables for it. */
  state: readonly (Node | null)[]
  gradient: Node
  learningRate: Node
  /** A scalar that the gradient is multiplied with. */
  scale: Node | null
  /** Further scalars that the kernel reads. */
  scalars?: readonly Node[]
  /** Only these rows of the weight and its state are changed, and the gradient is [rows, size of a row]; −1 names none. */
  rows?: Node | undefined
}

type Numbers = { readonly [name: string]: number }
type UpdateAttrs = Attrs & { present: readonly boolean[]; clip: number; weightDecay: number }

/** Names of a kernel's arguments, in the order of UpdateInputs. */
interface UpdateKernel<K extends KernelName> {
  state: readonly (keyof KernelArgs<Pointer>[K])[]
  scalars?: readonly (keyof KernelArgs<Pointer>[K])[]
}

type UpdateOp = OpFunction<readonly ['...x'], UpdateAttrs>
type Arguments = { [name: string]: Pointer | null }

/** An optimizer's step on one weight as an op: kernel arguments by name; absent state is a null pointer. */
export function updateOp<K extends KernelName>(kernel: K, { state, scalars = [] }: UpdateKernel<K>) {
  const names = [...state, 'g', 'lr', 'scale', ...scalars] as string[]
  const define = (written: number, byRows: boolean): UpdateOp =>
    defineOp<readonly ['...x'], UpdateAttrs>(`${kernel}${byRows ? 'Rows' : ''}/${written}`, {
      inputs: ['...x'],
      writes: Array.from({ length: written }, (_, i) => i),
      shape: ({ x }) => nth(x, 0),
      lower: (program: Lowering, { x }, { present, ...numbers }) => {
        let at = 0
        const pointers: Arguments = Object.fromEntries(names.map((name, i) => [name, present[i] ? nth(x, at++) : null]))
        const step = (args: Arguments, n: number, elementwise?: number) =>
          program.call(kernel, { ...args, ...numbers, n } as never, { work: n * 8, ...(elementwise && { elementwise }) })
        if (byRows) onRows(program, pointers, names.slice(0, state.length), nth(x, -1), step)
        else step(pointers, sizeOf(nth(x, 0).shape), sizeOf(nth(x, 0).shape))
      },
    })
  const known = new Map<string, UpdateOp>()
  return (
    { state: values, gradient, learningRate, scale, scalars: given = [], rows }: UpdateInputs,
    { clip = 0, weightDecay = 0, ...numbers }: Numbers,
  ): void => {
    const inputs = [...values, gradient, learningRate, scale, ...given]
    const written = values.filter((x) => x !== null).length
    const key = `${written}${rows ? ' rows' : ''}`
    const op = known.get(key) ?? define(written, rows !== undefined)
    known.set(key, op)
    effect(
      op(
        [...inputs, rows ?? null].filter((x) => x !== null),
        { ...numbers, clip, weightDecay, present: inputs.map((x) => x !== null) },
      ),
    )
  }
}

/** Takes rows of the weight and its state out, steps on them, and puts them back. */
function onRows(
  program: Lowering,
  pointers: Arguments,
  names: readonly string[],
  rows: Pointer,
  step: (args: Arguments, n: number) => void,
): void {
  const { g } = pointers
  const [count, inner] = g!.shape as [number, number]
  const n = count * inner
  const parts = names.filter((name) => pointers[name]).map((name) => ({ name, whole: pointers[name]!, part: program.temporary(n) }))
  for (const { whole, part } of parts) program.call('takeRows', { y: part, x: whole, rows, count, inner }, { work: 2 * n })
  step({ ...pointers, ...Object.fromEntries(parts.map(({ name, part }) => [name, part])) }, n)
  for (const { whole, part } of parts) program.call('putRows', { x: whole, y: part, rows, count, inner }, { work: 2 * n })
}
