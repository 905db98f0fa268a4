// Gradients of gradients of ops whose gradient is a kernel: where its inputs depend on each other, nothing may count twice.
import { test } from 'vitest'
import * as ops from '../src/ops/index'
import { gradients } from '../src/grad'
import { evaluateSync } from '../src/runtime/session'
import { tensor } from '../src/tensor'
import { within } from './support/numbers'

test('(tanh² x)″', () => {
  const values = [-1.5, -0.3, 0, 0.2, 0.9]
  const x = tensor(Float32Array.from(values))
  const first = gradients(ops.sum(ops.square(ops.tanh(x))), [x])[0]!
  const [second] = evaluateSync(gradients(ops.sum(first), [x]))
  within(
    second!,
    values.map((v) => (2 - 6 * Math.tanh(v) ** 2) * (1 - Math.tanh(v) ** 2)),
    1e-6,
    'second gradient',
  )
})

test('(Σ softmax² x)″', () => {
  const values = [0.3, -0.6, 1.1]
  const x = tensor(Float32Array.from(values))
  const weights = [1, -2, 0.5]
  const first = gradients(ops.sum(ops.square(ops.softmax(x))), [x])[0]!
  const [second] = evaluateSync(gradients(ops.sum(ops.mul(first, weights)), [x]))
  const slope = (at: number[]) => {
    const e = at.map(Math.exp)
    const p = e.map((v) => v / e.reduce((a, b) => a + b))
    const squares = p.reduce((sum, v) => sum + v * v, 0)
    return p.reduce((sum, v, i) => sum + weights[i]! * 2 * v * (v - squares), 0)
  }
  const h = 1e-5
  const moved = (i: number, by: number) => slope(values.map((v, j) => v + (i === j ? by : 0)))
  within(
    second!,
    values.map((_, i) => (moved(i, h) - moved(i, -h)) / (2 * h)),
    1e-6,
    'second gradient',
  )
})
