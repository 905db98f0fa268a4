// Configs, and the order and paths of weights, as Keras has them (scripts/golden/configs.py).
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { constraints, initializers, layers, losses, metrics, optimizers, regularizers, type Sequential } from '../src/index'
import { toKeras } from '../src/util/keras'

interface Saved {
  class_name: string
  config: { name?: string }
}
interface Golden {
  model: Saved
  weights: { path: string; shape: number[]; trainable: boolean }[]
  trainable: number[]
}
const golden = JSON.parse(readFileSync(new URL('golden/configs.json', import.meta.url), 'utf8')) as { [family: string]: Saved[] } & {
  weights: { [name: string]: Golden }
}

/** Keras holds learning rates and some factors in float32. */
const rounded = (json: unknown): unknown =>
  JSON.parse(JSON.stringify(json), (_, value: unknown) => (typeof value === 'number' ? Math.fround(value) : value))

/** Whether a nested model was compiled is not in a layer's config. */
const plain = (json: unknown): unknown =>
  JSON.parse(JSON.stringify(json), (key, value: unknown) => (key === 'compile_config' ? undefined : value))

const families = {
  layers,
  losses,
  metrics,
  optimizers,
  schedules: optimizers.schedules,
  initializers,
  regularizers,
  constraints,
} as unknown as { [family: string]: { deserialize(saved: Saved): never; serialize(part: never): { config: object; className: string } } }

describe.each(Object.entries(families))('%s', (family, { deserialize, serialize }) => {
  it.each(golden[family]!.map((saved, i) => [`${saved.class_name} ${i}`, saved] as const))('%s', (_, saved) => {
    const again = serialize(deserialize(saved))
    expect(again.className).toBe(saved.class_name)
    expect(rounded(plain(toKeras(again.config)))).toEqual(rounded(plain(saved.config)))
    expect(JSON.parse(JSON.stringify(again))).toEqual(again)
  })
})

describe('weights', () => {
  it.each(Object.entries(golden.weights))('%s', (_, { model: saved, weights, trainable }) => {
    const model = layers.deserialize(saved as never) as Sequential
    expect(model.weights.map(({ shape, path }) => ({ path, shape }))).toEqual(weights.map(({ path, shape }) => ({ path, shape })))
    expect(model.trainableWeights.map((weight) => model.weights.indexOf(weight))).toEqual(trainable)
    expect(new Set(model.weights.map(({ name }) => name)).size).toBe(weights.length)
  })
})
