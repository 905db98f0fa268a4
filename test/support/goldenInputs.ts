// Inputs that a golden file does not hold: drawn by the number of the case, as scripts/golden/oracle_inputs.py draws them.
import { tensor, type Shape, type Tensor } from '../../src/tensor'

/** A kind, a shape, and its bounds or scale. */
export type Drawn = readonly [kind: keyof Inputs & string, shape: number[], ...bounds: number[]]

const sizeOf = (shape: Shape): number => shape.reduce((n, d) => n * d, 1)
const EDGES = [0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 1e-30, -1e-30, 1e-5, 30, -30, 87, -87, 1e4, -1e4, Infinity, -Infinity, NaN]

/** A congruential generator that begins with the number of the case. */
export class Inputs {
  private state: number

  constructor(number: number) {
    this.state = (Math.imul(number, 2654435761) + 12345) >>> 0
  }

  draw([kind, shape, ...bounds]: Drawn): Tensor {
    const values = (this[kind] as (shape: number[], ...bounds: number[]) => number[])(shape, ...bounds)
    const whole = kind === 'ints' || kind === 'bits'
    return tensor(whole ? Int32Array.from(values) : Float32Array.from(values), kind === 'edges' ? [values.length] : shape)
  }

  private fill(shape: Shape, value: (k: number) => number): number[] {
    return Array.from({ length: sizeOf(shape) }, () => {
      this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0
      return value(this.state >>> 8)
    })
  }

  normal(shape: number[], scale = 1): number[] {
    return this.fill(shape, (k) => (k / 2 ** 22 - 2) * scale)
  }

  between(shape: number[], low: number, high: number): number[] {
    return this.fill(shape, (k) => low + (k / 2 ** 24) * (high - low))
  }

  ints(shape: number[], low: number, high: number): number[] {
    return this.fill(shape, (k) => low + Math.floor((k * (high - low)) / 2 ** 24))
  }

  floats(shape: number[], low: number, high: number): number[] {
    return this.ints(shape, low, high)
  }

  bits(shape: number[]): number[] {
    return this.ints(shape, 0, 2)
  }

  signs(shape: number[]): number[] {
    return this.ints(shape, 0, 2).map((bit) => bit * 2 - 1)
  }

  onehot(shape: number[]): number[] {
    const classes = shape.at(-1)!
    return this.ints(shape.slice(0, -1), 0, classes).flatMap((label) => Array.from({ length: classes }, (_, i) => Number(i === label)))
  }

  simplex(shape: number[]): number[] {
    const [values, classes] = [this.between(shape, 0.05, 1), shape.at(-1)!]
    return values.map((value, i) => {
      const row = values.slice(i - (i % classes), i - (i % classes) + classes)
      return value / row.reduce((total, each) => total + each, 0)
    })
  }

  edges(): number[] {
    return EDGES
  }
}
