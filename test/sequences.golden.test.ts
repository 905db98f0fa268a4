import { describe, expect, test } from 'vitest'
import { gradients } from '../src/grad'
import { configure, layers, tensor, type AnyLayer, type Tensor } from '../src/index'
import { recordTrace } from '../src/graph/trace'
import { evaluateSync } from '../src/runtime/session'
import { sizeOf, type Shape } from '../src/util/shape'
import { expectNear, golden } from './support/golden'

interface Spec {
  layer: string
  options: Record<string, unknown>
}

interface Case extends Spec {
  seed: number
  /** Shape of the input. */
  x: number[]
  /** The input is indices below this. */
  indices?: number
  /** Steps and features that are set to this value. */
  fill?: number
  mask?: string[]
  /** Given initial states. */
  states?: number
  /** The layer is a cell with so many states. */
  cell?: number
  shapes: number[][]
  y: string
  grads: string
}

const factories = layers as unknown as Record<string, (options: object) => AnyLayer>
const { cases } = golden<Case>('sequences')
const isSpec = (value: unknown): value is Spec => typeof value === 'object' && value !== null && 'layer' in value && 'options' in value

/** Layers out of specs, anywhere in options. */
function build(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(build)
  if (!isSpec(value)) return value
  const options = Object.fromEntries(Object.entries(value.options).map(([key, option]) => [key, build(option)]))
  return value.layer === 'sequential' ? options['layers'] : factories[value.layer]!(options)
}

/** The numbers that scripts/golden/recurrent.py draws. */
function draws(seed: number): (shape: Shape, scale?: number) => Float32Array {
  let arrays = 0
  return (shape, scale = 1) => {
    let s = (seed * 7919 + ++arrays * 104729) >>> 0
    const next = () => (s = (Math.imul(1664525, s) + 1013904223) >>> 0) / 2 ** 31 - 1
    for (let i = 0; i < 3; i++) next()
    return Float32Array.from({ length: sizeOf(shape) }, () => next() * scale)
  }
}

function inputOf({ x: shape, indices, fill }: Case, draw: ReturnType<typeof draws>): Tensor {
  const x = draw(shape)
  if (indices)
    return tensor(
      Int32Array.from(x, (v) => Math.min(Math.floor(((v + 1) / 2) * indices), indices - 1)),
      shape,
    )
  if (fill !== undefined) {
    const [, time, features] = shape as [number, number, number]
    for (let i = 0; i < features; i++) for (const row of [1, 2, time]) x[row * features + i] = fill
    x[(time + 2) * features] = fill
  }
  return tensor(x, shape)
}

const floats = (text: string) => new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer)
const flat = (y: unknown): Tensor[] => (Array.isArray(y) ? y.flatMap(flat) : [y as Tensor])

function run(given: Case): { outputs: Tensor[]; grads: Tensor[] } {
  const { seed, indices, mask, states: count = 0, cell = 0, x: shape } = given
  const draw = draws(seed)
  const input = inputOf(given, draw)
  const chain = [build(given)].flat() as AnyLayer[]
  const [first] = chain as [AnyLayer]
  const size = ([first, ...first.sublayers].find((layer) => 'units' in layer) as { units?: number } | undefined)?.units ?? 0
  const states = Array.from({ length: cell || count }, () => tensor(draw([shape[0]!, size]), [shape[0]!, size]))
  const options = {
    ...(states.length && (cell ? { states } : { initialState: states })),
    ...(mask && { mask: tensor(mask.map((row) => [...row].map((c) => c === '1'))) }),
  }
  const call = () => flat(chain.reduce<unknown>((y, layer, i) => layer.apply(y as Tensor, i === 0 ? options : {}), input))
  recordTrace(call) // builds
  const variables = chain.flatMap(({ weights }) => [...weights])
  for (const layer of chain) layer.setWeights(layer.weights.map((weight) => tensor(draw(weight.shape, 0.6), weight.shape)))
  const outputs = call()
  const dys = outputs.map((y) => tensor(draw(y.shape), y.shape))
  const loss = outputs.map((y, i) => y.mul(dys[i]!).sum()).reduce((a, b) => a.add(b))
  return { outputs, grads: gradients(loss, [...(indices ? [] : [input]), ...states, ...variables.map((variable) => variable.read())]) }
}

const label = ({ layer, options, x, mask, states }: Case) =>
  `${layer} ${JSON.stringify(options)} ` +
  `${JSON.stringify(x)}${mask ? ` mask ${mask.map((row) => row.slice(0, 8)).join(' ')}` : ''}${states ? ' from states' : ''}`

describe(`${cases.length} recurrent configurations against Keras`, () => {
  configure({ threads: 1 })
  test.each(cases.map((each) => [label(each), each] as const))('%s', (what, each) => {
    const { outputs, grads } = recordTrace(() => run(each)).result
    const values = evaluateSync([...outputs, ...grads])
    expect(
      outputs.map(({ shape }) => shape),
      what,
    ).toEqual(each.shapes)
    const tolerance = each.x[1]! >= 200 ? 2e-5 : 1e-5
    compare(values.slice(0, outputs.length), floats(each.y), tolerance, `${what}: outputs`)
    compare(values.slice(outputs.length), floats(each.grads), tolerance, `${what}: gradients`)
  })
})

/** Arrays against the numbers of all of them, each on the scale of its own largest or a tenth of the largest of all. */
function compare(actual: ArrayLike<number>[], expected: Float32Array, tolerance: number, what: string): void {
  const largest = expected.reduce((most, v) => Math.max(most, Math.abs(v)), 0)
  let at = 0
  actual.forEach((values, i) => {
    const part = expected.subarray(at, (at += values.length))
    const own = part.reduce((most, v) => Math.max(most, Math.abs(v)), 1e-3)
    expectNear(values, part, (tolerance * Math.max(own, largest / 10)) / own, `${what} ${i}`)
  })
  expect(at, what).toBe(expected.length)
}
