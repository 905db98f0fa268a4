// Arrays of Keras 1, and of the layers for graphics cards of Keras 2, as those of the layers that took their place.
import type { HostData } from '../graph/dtypes'
import type { Variable } from '../graph/variable'
import type { AnyLayer } from '../layers/layer'
import { sameShape } from '../util/shape'

/** An array of such a file. */
export interface LegacyArray {
  readonly name: string
  readonly shape: readonly number[]
  read(): Promise<HostData>
}

/** The gates in the order of one matrix, as places in the order of Keras 1's arrays. */
const GATES: { readonly [className: string]: readonly number[] } = { LSTM: [0, 2, 1, 3], GRU: [0, 1, 2] }

/** The arrays for a layer's weights, in their order; as they are where they fit. */
export function olderWeights(layer: AnyLayer, weights: readonly Variable[], arrays: readonly LegacyArray[]): readonly LegacyArray[] {
  const gates = Object.hasOwn(GATES, layer.className) ? GATES[layer.className] : undefined
  if (gates && arrays.length === 3 * gates.length)
    return [0, 1, 2].map((part) => joined(gates.flatMap((gate) => arrays.slice(3 * gate + part, 3 * gate + part + 1))))
  return arrays.map((array, i) => {
    const weight = weights[i]
    if (!weight || sameShape(array.shape, weight.shape)) return array
    const squeezed = array.shape.filter((_, axis) => !(axis === 1 && array.shape.length === 4)) // Conv1D as [k, 1, c, f]
    if (array.shape[1] === 1 && sameShape(squeezed, weight.shape)) return { ...array, shape: squeezed }
    const [f, c, h, w] = array.shape as [number, number, number, number] // Conv2D of Theano: [f, c, h, w], turned round
    return array.shape.length === 4 && sameShape([h, w, c, f], weight.shape) ? turned(array, weight.shape) : array
  })
}

/** Matrices side by side, or vectors behind each other. */
function joined(parts: readonly LegacyArray[]): LegacyArray {
  const [{ name, shape }] = parts as [LegacyArray]
  const width = shape.at(-1) ?? 1
  const total = parts.reduce((sum, part) => sum + (part.shape.at(-1) ?? 1), 0)
  const rows = shape.slice(0, -1).reduce((n, d) => n * d, 1)
  const read = async (): Promise<HostData> => {
    const whole = new Float32Array(rows * total)
    let from = 0
    for (const part of parts) {
      const values = await part.read()
      for (let row = 0; row < rows; row++) whole.set(values.subarray(row * width, (row + 1) * width), row * total + from)
      from += width
    }
    return whole
  }
  return { name, shape: [...shape.slice(0, -1), total], read }
}

function turned(array: LegacyArray, shape: readonly number[]): LegacyArray {
  const [h, w, c, f] = shape as [number, number, number, number]
  const read = async (): Promise<HostData> => {
    const values = await array.read()
    return Float32Array.from({ length: values.length }, (_, to) => {
      const [filter, channel] = [to % f, Math.floor(to / f) % c]
      const [column, row] = [Math.floor(to / (f * c)) % w, Math.floor(to / (f * c * w))]
      return values[((filter * c + channel) * h + (h - 1 - row)) * w + (w - 1 - column)]!
    })
  }
  return { name: array.name, shape, read }
}
