// padSequences: sequences of any lengths as one tensor.
import { isHostData, newArray, type NestedArray } from '../graph/convert'
import { dtypeKind, type Contents } from '../graph/dtypes'
import { constantNode } from '../graph/leaves'
import type { HostData, Tensor } from '../graph/node'
import { check, showValue } from '../util/errors'
import { choice, nullable, number, optional, positive, readOptions, type Given } from '../util/options'
import { checkShape, copiedList, MAX_RANK, sameShape, showShape, sizeOf, type Shape } from '../util/shape'

const side = optional(choice('pre', 'post'), 'pre')
const OPTIONS = {
  /** Length of all sequences. Default: that of the longest. */
  maxlen: optional(nullable(positive), null),
  /** Default 'int32'. */
  dtype: optional(dtypeKind, 'int32'),
  /** Where shorter sequences are filled up. Default 'pre'. */
  padding: side,
  /** Where longer sequences are cut. Default 'pre'. */
  truncating: side,
  /** What they are filled up with. Default 0. */
  value: optional(number(), 0),
}
export type PadOptions = Given<typeof OPTIONS>

/** [sequences, maxlen], or [sequences, maxlen, …] where steps have a shape. See keras.utils.pad_sequences. */
export function padSequences(sequences: readonly (NestedArray | HostData)[], options: PadOptions = {}): Tensor {
  const { maxlen, dtype, padding, truncating, value } = readOptions(OPTIONS, options, 'padSequences')
  check(copiedList(sequences) !== undefined, 'BAD_ARGUMENT', () => 'padSequences: expected an array of sequences')
  sequences.forEach((sequence, i) =>
    check(
      copiedList(sequence) !== undefined || isHostData(sequence),
      'BAD_DATA',
      () => `padSequences: sequence ${i} must be an array of numbers, not ${showValue(sequence)}`,
    ),
  )
  const length = maxlen ?? sequences.reduce((most, sequence) => Math.max(most, sequence.length), 0)
  const first = sequences.find((sequence) => sequence.length > 0)
  const stepShape = first ? shapeOf(first[0]) : []
  const each = sizeOf(stepShape)
  const shape = checkShape([sequences.length, length, ...stepShape], 'padSequences: the shape')
  const data = newArray(dtype, sizeOf(shape)).fill(value)
  sequences.forEach((sequence, i) => {
    const kept = Math.min(sequence.length, length)
    const from = truncating === 'pre' ? sequence.length - kept : 0
    let at = (i * length + (padding === 'pre' ? length - kept : 0)) * each
    for (let step = from; step < from + kept; step++) at = write(data, at, sequence[step], stepShape, `sequence ${i}, step ${step}`)
  })
  return constantNode(data, { shape, dtype })
}

function shapeOf(step: unknown): Shape {
  const shape: number[] = []
  for (let level = step; Array.isArray(level) || isHostData(level); level = level[0]) {
    shape.push(level.length)
    check(
      shape.length < MAX_RANK - 1,
      'BAD_DATA',
      () => `padSequences: arrays stand too deep in each other; steps have at most rank ${MAX_RANK - 2}`,
    )
  }
  return shape
}

function write(data: Contents, at: number, step: unknown, shape: Shape, where: string): number {
  const own = shapeOf(step)
  check(
    sameShape(own, shape),
    'BAD_SHAPE',
    () => `padSequences: ${where} has shape ${showShape(own)}; expected ${showShape(shape)} as in the others`,
  )
  const values = shape.length === 0 ? [step] : [step].flat(Infinity).flatMap((part) => (isHostData(part) ? [...part] : [part]))
  check(
    values.length === sizeOf(shape) && values.every((v) => typeof v === 'number' || typeof v === 'boolean'),
    'BAD_DATA',
    () => `padSequences: ${where} must be numbers`,
  )
  values.forEach((v, i) => (data[at + i] = Number(v)))
  return at + values.length
}
