// What beginners get wrong about the shapes and values of data, told before a loss meets them: what was given, what was expected, the line
// to write.
import { describeFault, type DataFault } from '../plan/faults'
import { CornusError } from '../util/errors'
import { sizeOf, type Shape } from '../util/shape'
import type { Batch } from './data'

/** An error of a data check in the words of whoever gave the data: the sample's place there, the layer and what to change in it. */
export function ofSample(error: unknown, batch: Batch, lastLayer: string | undefined): unknown {
  const fault = error instanceof CornusError ? (error.fault as DataFault | undefined) : undefined
  if (!fault || fault.shape[0] !== batch.size) return error
  const [row = 0, ...rest] = fault.position
  const { op, what, value, high } = fault
  const beyond = Number.isInteger(value) && value > high && op !== 'binaryCrossentropy'
  const layer = lastLayer === undefined ? 'the last layer' : `layer '${lastLayer}'`
  const mend =
    what === 'label' && beyond
      ? `, or write units: ${value + 1} in ${layer}`
      : what === 'index' && beyond
        ? `, or write inputDim: ${value + 1} in the embedding`
        : ''
  const position = [batch.sampleAt(row), ...rest]
  return new CornusError('BAD_DATA', describeFault({ ...fault, position }) + mend, { fault: { ...fault, position }, cause: error })
}

/** How to bring samples into the shape that a model takes, where that can be told from their sizes. */
export function reshapeAdvice(given: Shape, expected: readonly (number | null)[]): string {
  const sample = expected.slice(1)
  if (sample.some((d) => d === null)) return ''
  const wanted = sizeOf(sample as Shape)
  if (sizeOf(given) === wanted && given[0] !== 1)
    return `; one sample needs an axis of samples in front: write tensor(x).reshape([1, ${sample.join(', ')}])`
  if (sizeOf(given.slice(1)) === wanted) return `; the sizes agree: write tensor(x).reshape([${[given[0], ...sample].join(', ')}])`
  return ''
}
