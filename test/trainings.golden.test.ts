// Whole models: the losses of 50 training steps, from the same weights and batches as Keras (scripts/golden/trainings.py). Within 1e-4 of
// Keras's; 1e-3 where ReLU, a pooling tie or |x| may fall to the other side in float32 (the case says so by its tolerance).
import { describe, expect, test } from 'vitest'
import { tensor, type DataTree, type Tensor } from '../src/index'
import { golden } from './support/golden'
import { stream, wholeModels } from './support/wholeModels'

type Kind = { readonly kind: 'values' | 'bits' | 'ints' | 'tokens'; readonly shape: number[]; readonly below: number }
type Spec = Kind | { readonly [name: string]: Spec }
type Data = Tensor | { readonly [name: string]: Data }
interface Case {
  name: string
  seed: number
  x: Spec
  y: Spec
  tolerance: number
  losses: number[]
}
const { cases, steps, batches, batch } = golden<Case, { steps: number; batches: number; batch: number }>('trainings')

const isKind = (spec: Spec): spec is Kind => typeof spec.kind === 'string'

/** The data that a case speaks of, as the script makes them. */
function dataOf(spec: Spec, seed: number): Data {
  if (!isKind(spec)) return Object.fromEntries(Object.entries(spec).map(([name, each], i) => [name, dataOf(each, seed + 17 * (i + 1))]))
  const { kind, below } = spec
  const shape = [batch * batches, ...spec.shape]
  const length = shape[1]!
  const drawn = Array.from(
    stream(
      seed,
      shape.reduce((n, d) => n * d, 1),
    ),
    (u, i) => {
      if (kind === 'values') return 2 * u - 1
      if (kind === 'bits') return Number(u < 0.5)
      if (kind === 'ints') return Math.floor(u * below)
      const row = Math.floor(i / length)
      return i % length < 1 + (row % length) ? 1 + Math.floor(u * (below - 1)) : 0
    },
  )
  return tensor(drawn, shape, kind === 'ints' || kind === 'tokens' ? 'int32' : 'float32')
}

const isTensor = (data: Data): data is Tensor => Array.isArray((data as Tensor).shape)
const partOf = (data: Data, step: number): DataTree =>
  isTensor(data)
    ? data.slice((step % batches) * batch, batch)
    : Object.fromEntries(Object.entries(data).map(([name, each]) => [name, partOf(each, step)]))

test('the script and the test have the same models', () => {
  expect(cases.map(({ name }) => name)).toEqual(Object.keys(wholeModels))
  expect(cases.length).toBeGreaterThanOrEqual(20)
})

describe(`${steps} steps as Keras`, () => {
  test.each(cases)('$name', async ({ name, seed, x, y, tolerance, losses }) => {
    const step = wholeModels[name]!()
    const [inputs, targets] = [dataOf(x, seed), dataOf(y, seed + 500)]
    for (let i = 0; i < steps; i++) {
      const loss = await step(partOf(inputs, i), partOf(targets, i))
      expect(Math.abs(loss / losses[i]! - 1), `step ${i}: ${loss}, Keras ${losses[i]}`).toBeLessThan(tolerance)
    }
  })
})
