// Recurrent layers in plain float64 numbers.
import type { Plain } from './checkOp'

export interface Walk {
  mask?: readonly boolean[]
  reverse?: boolean
  timeMajor?: boolean
  zeroOutputForMask?: boolean
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))
export const activations = { tanh: Math.tanh, sigmoid, relu: (x: number) => Math.max(x, 0), linear: (x: number) => x }

/** row[j] + Σ v[k] · w[k, j] for columns from ≤ j < to. */
function times(v: readonly number[], w: Plain, start: readonly number[], from = 0, to = w.shape[1]!): number[] {
  return Array.from({ length: to - from }, (_, j) =>
    v.reduce((sum, value, k) => sum + value * w.data[k * w.shape[1]! + from + j]!, start[j]!),
  )
}

const rowOf = (x: Plain, row: number, length = x.shape.at(-1)!): number[] => Array.from({ length }, (_, i) => x.data[row * length + i]!)

/** Output and last states of each sample, walked one by one, in one flat list: output, h (, c). */
function walk(
  x: Plain,
  kernel: Plain,
  bias: readonly number[],
  start: readonly Plain[],
  how: Walk,
  step: (z: number[], states: number[][]) => number[][],
): Plain {
  const [time, batch] = how.timeMajor ? [x.shape[0]!, x.shape[1]!] : [x.shape[1]!, x.shape[0]!]
  const units = start[0]!.shape[1]!
  const output = new Float64Array(time * batch * units)
  const last = start.map(({ data }) => Float64Array.from(data))
  for (let b = 0; b < batch; b++) {
    let states = start.map((state) => rowOf(state, b))
    for (let s = 0; s < time; s++) {
      const t = how.reverse ? time - 1 - s : s
      const row = how.timeMajor ? t * batch + b : b * time + t
      const masked = how.mask !== undefined && !how.mask[row]!
      if (!masked) states = step(times(rowOf(x, row), kernel, bias), states)
      for (let j = 0; j < units; j++) output[row * units + j] = masked && how.zeroOutputForMask ? 0 : states[0]![j]!
    }
    states.forEach((state, i) => state.forEach((value, j) => (last[i]![b * units + j] = value)))
  }
  const data = Float64Array.from([output, ...last].flatMap((part) => [...part]))
  return { shape: [data.length], data }
}

/** x, kernel, recurrent kernel, bias, h, c. */
export const lstmReference =
  (how: Walk) =>
  (x: Plain, kernel: Plain, recurrent: Plain, bias: Plain, h0: Plain, c0: Plain): Plain =>
    walk(x, kernel, [...bias.data], [h0, c0], how, (z, [h, c]) => {
      const gates = times(h!, recurrent, z)
      const gate = (i: number) => gates.slice(i * h!.length, (i + 1) * h!.length)
      const cell = c!.map((old, j) => sigmoid(gate(1)[j]!) * old + sigmoid(gate(0)[j]!) * Math.tanh(gate(2)[j]!))
      return [cell.map((value, j) => sigmoid(gate(3)[j]!) * Math.tanh(value)), cell]
    })

/** x, kernel, recurrent kernel, bias, h. */
export const gruReference =
  (how: Walk, resetAfter: boolean) =>
  (x: Plain, kernel: Plain, recurrent: Plain, bias: Plain, h0: Plain): Plain =>
    walk(x, kernel, rowOf(bias, 0, kernel.shape[1]!), [h0], how, (z, [h]) => {
      const u = h!.length
      const inner = resetAfter ? times(h!, recurrent, rowOf(bias, 1)) : times(h!, recurrent, new Array<number>(2 * u).fill(0), 0, 2 * u)
      const update = h!.map((_, j) => sigmoid(z[j]! + inner[j]!))
      const reset = h!.map((_, j) => sigmoid(z[u + j]! + inner[u + j]!))
      const candidate = resetAfter
        ? h!.map((_, j) => Math.tanh(z[2 * u + j]! + reset[j]! * inner[2 * u + j]!))
        : times(
            h!.map((value, j) => value * reset[j]!),
            recurrent,
            z.slice(2 * u),
            2 * u,
          ).map(Math.tanh)
      return [h!.map((value, j) => update[j]! * value + (1 - update[j]!) * candidate[j]!)]
    })

/** x, kernel, recurrent kernel, bias, h. */
export const rnnReference =
  (how: Walk, activation: keyof typeof activations) =>
  (x: Plain, kernel: Plain, recurrent: Plain, bias: Plain, h0: Plain): Plain =>
    walk(x, kernel, [...bias.data], [h0], how, (z, [h]) => [times(h!, recurrent, z).map(activations[activation])])
