// Random drawn models with their data: branches, several inputs and outputs, shared layers, ops between them, masks, sample weights, frozen
// layers; all from one seed.
import { input, model, ops, setSeed, tensor, type AnyLayer, type Functional, type Tensor } from '../../src/index'
import { build, codeOf, Draw, part, type Options, type Part, type Value } from './draw'
import { randomLayer, type SampleShape } from './randomLayers'
import * as networks from './randomNetworks'
import { product, type Outcome } from './randomNetworks'

/** A layer, one of an earlier step again, or an op with further arguments, on values by their numbers: inputs first, then steps. */
interface Step {
  readonly apply: Part | number | string
  readonly from: readonly number[]
  readonly more?: readonly Value[]
}

interface Output {
  readonly of: number
  readonly shape: SampleShape
  readonly task: networks.Task
}

export interface Graph {
  readonly seed: number
  readonly inputs: readonly { readonly shape: SampleShape; readonly tokens: number }[]
  readonly steps: readonly Step[]
  readonly outputs: readonly Output[]
  /** Steps whose layers do not train. */
  readonly frozen: readonly number[]
  readonly compile: Options
  readonly fit: Options
  readonly samples: number
  readonly weighted: boolean
}

const LARGEST = 1200
const BATCH_VALUES = 16_000
const JOINS = ['add', 'sub', 'mul', 'maximum', 'minimum', 'squaredDifference'] as const
const UNARY = ['tanh', 'sigmoid', 'neg', 'square', 'abs', 'softplus', 'sin'] as const

/** A graph that grows. */
class Growth {
  readonly shapes: SampleShape[]
  readonly steps: Step[] = []
  constructor(
    readonly d: Draw,
    readonly inputs: Graph['inputs'],
  ) {
    this.shapes = inputs.map(({ shape }) => shape)
  }

  add(shape: SampleShape, apply: Step['apply'], from: readonly number[], more: readonly Value[] = []): number {
    this.steps.push({ apply, from, ...(more.length && { more }) })
    return this.shapes.push(shape) - 1
  }

  /** A value, the later ones more often; tokens only go into embeddings. */
  value(): number {
    const open = this.shapes.map((_, i) => i).filter((i) => !this.inputs[i]?.tokens)
    return this.d.chance(0.6) ? open.at(-1)! : this.d.pick(open)
  }

  grow(): void {
    const kind = this.d.real()
    const at = this.value()
    if (kind < 0.5) this.layer(at)
    else if (kind < 0.75) this.join(at)
    else if (kind < 0.88) this.again(at)
    else this.op(at)
  }

  private layer(at: number): void {
    const layer = randomLayer(this.d, this.shapes[at]!, (name) => name !== 'softmax')
    const shape = networks.shapeAfter(layer, this.shapes[at]!)
    if (shape && product(shape) <= LARGEST) this.add(shape, layer, [at])
  }

  private join(at: number): void {
    const { d, shapes } = this
    const own = shapes[at]!
    const like = shapes.flatMap((shape, i) => (i !== at && !this.inputs[i]?.tokens && String(shape) === String(own) ? [i] : []))
    if (like.length && d.chance(0.6)) return void this.add(own, d.pick(JOINS), [at, d.pick(like)])
    const beside = shapes.flatMap((shape, i) =>
      !this.inputs[i]?.tokens && shape.length === own.length && String(shape.slice(0, -1)) === String(own.slice(0, -1)) ? [i] : [],
    )
    const other = d.pick(beside)
    const joined = [...own.slice(0, -1), own.at(-1)! + shapes[other]!.at(-1)!]
    if (product(joined) <= LARGEST) this.add(joined, 'concat', [at, other], [-1])
  }

  /** An earlier layer on another value of the shape that it took; what takes tokens takes nothing else. */
  private again(at: number): void {
    const takes = (value: number): boolean => !this.inputs[value]?.tokens && String(this.shapes[value]) === String(this.shapes[at])
    const before = this.steps.flatMap(({ apply, from }, i) =>
      apply instanceof Object && takes(from[0]!) && !codeOf(apply).includes('stateful') ? [i] : [],
    )
    if (!before.length) return this.layer(at)
    const step = this.d.pick(before)
    this.add(this.shapes[this.inputs.length + step]!, step, [at])
  }

  private op(at: number): void {
    const { d } = this
    const shape = this.shapes[at]!
    if (shape.length > 1 && d.chance(0.5)) return void this.add([shape[0]!, ...shape.slice(2)], d.pick(['mean', 'max', 'sum']), [at], [2])
    if (shape.length > 1 && d.chance(0.3)) return void this.add([product(shape)], part('layers.flatten'), [at])
    if (d.chance(0.3)) return void this.add(shape, 'mul', [at], [d.pick([0.5, -2, 1.25] as const)])
    this.add(shape, d.pick(UNARY), [at])
  }

  /** All values that nothing took, flat and side by side. */
  gather(): number {
    const taken = new Set(this.steps.flatMap(({ from }) => from))
    const open = this.shapes.flatMap((_, i) => (taken.has(i) ? [] : [i]))
    const flat = open.map((i) => (this.shapes[i]!.length === 1 ? i : this.add([product(this.shapes[i]!)], part('layers.flatten'), [i])))
    if (flat.length === 1) return flat[0]!
    return this.add([flat.reduce((sum, i) => sum + this.shapes[i]![0]!, 0)], 'concat', flat, [-1])
  }
}

/** Inputs, and the steps that lead from tokens to vectors. */
function begin(d: Draw): Growth {
  const first = d.pick(networks.INPUTS)(d)
  const others = [first, [d.int(2, 20)], [d.int(2, 6), d.int(1, 8)]].slice(0, d.int(0, 2))
  const shapes = [first, ...others].filter((shape) => product(shape) <= LARGEST)
  const inputs = shapes.map((shape) => ({ shape, tokens: 0 }))
  if (!inputs.length || d.chance(0.25)) inputs.push({ shape: [d.int(3, 9)], tokens: d.int(5, 40) })
  const growth = new Growth(d, inputs)
  inputs.forEach(({ shape, tokens }, i) => {
    if (!tokens) return
    const start = networks.tokenStart(d, shape[0]!, tokens)
    growth.add(start.shape, start.layers[0]!, [i])
  })
  return growth
}

/** The graph of a seed. */
export function randomGraph(seed: number): Graph {
  const d = new Draw(seed + 40_000)
  const growth = begin(d)
  for (let n = d.int(3, 9); n > 0; n--) growth.grow()
  const joined = growth.gather()
  const outputs = Array.from({ length: d.pick([1, 1, 2, 3]) }, (): Output => {
    const task = d.pick(['regression', 'sparse', 'categorical', 'binary'] as const)
    const head = networks.HEADS[task](d) ?? part('layers.dense', { units: d.int(1, 4) })
    const shape = [(head.args[0] as { units: number }).units]
    return { of: growth.add(shape, head, [joined]), shape, task }
  })
  const { steps, inputs, shapes } = growth
  const whole = networks.isStateful(steps.flatMap(({ apply }) => (apply instanceof Object ? [apply] : [])))
  const batchSize = Math.max(4, Math.min(48, Math.ceil(BATCH_VALUES / Math.max(...shapes.map(product)))))
  const several = outputs.length > 1
  const lossWeights = several ? d.maybe(0.4, () => ({ lossWeights: outputs.map((_, i) => 1 + i / 2) })) : {}
  const metrics = outputs.map(({ task }) => networks.METRICS[task].filter(() => d.chance(0.25)))
  return {
    seed,
    inputs,
    steps,
    outputs,
    frozen: steps.flatMap(({ apply }, i) => (apply instanceof Object && d.chance(0.12) ? [i] : [])),
    compile: {
      optimizer: networks.optimizer(d),
      loss: several ? outputs.map(({ task }) => networks.LOSSES[task](d)) : networks.LOSSES[outputs[0]!.task](d),
      [d.chance(0.3) ? 'weightedMetrics' : 'metrics']: several ? metrics : metrics[0]!,
      ...lossWeights,
    },
    fit: { epochs: 1, batchSize, verbose: 0, ...(whole ? {} : d.maybe(0.15, () => ({ validationSplit: 0.25 }))) },
    samples: batchSize * 2 + (whole || d.chance(0.7) ? 0 : d.int(1, batchSize - 1)),
    weighted: d.chance(0.3),
  }
}

/** What a graph's steps make. */
function draw({ inputs, steps, outputs, frozen }: Graph): Functional<Tensor[]> {
  const ends = inputs.map(({ shape, tokens }) => input({ shape, ...(tokens && { dtype: 'int32' }) }))
  const values = [...ends]
  const layers: (AnyLayer | undefined)[] = []
  for (const [i, { apply, from, more = [] }] of steps.entries()) {
    const [x, ...others] = from.map((each) => values[each]!) as [Tensor, ...Tensor[]]
    const layer = (typeof apply === 'number' ? layers[apply] : apply instanceof Object ? build(apply) : undefined) as AnyLayer | undefined
    layers.push(layer)
    if (layer && frozen.includes(i)) layer.trainable = false
    values.push(layer ? (layer.apply(x) as Tensor) : callOp(apply as string, [x, ...others], more))
  }
  return model({ inputs: ends, outputs: outputs.map(({ of }) => values[of]!) })
}

const callOp = (name: string, from: readonly Tensor[], more: readonly Value[]): Tensor => {
  const op = ops[name as 'add'] as (...args: unknown[]) => Tensor
  return name === 'concat' ? op(from, ...more) : op(...from, ...more)
}

function dataOf({ seed, samples, inputs, outputs, weighted }: Graph) {
  const d = new Draw(seed ^ 0x2545f49)
  const x = inputs.map(({ shape, tokens }) => {
    const size = samples * product(shape)
    const values = tokens
      ? Int32Array.from({ length: size }, () => d.int(0, tokens - 1))
      : Float32Array.from({ length: size }, () => 2 * d.real() - 1)
    return tensor(values, [samples, ...shape])
  })
  const y = outputs.map((output) => networks.targets(d, samples, output))
  const weights = outputs.map(() => Float32Array.from({ length: samples }, () => (d.chance(0.2) ? 0 : d.real())))
  return { x, y: y.length === 1 ? y[0]! : y, sampleWeight: weighted ? (weights.length === 1 ? weights[0]! : weights) : undefined }
}

/** Builds, trains, evaluates and asks a drawn network. */
export async function runGraph(graph: Graph): Promise<Outcome> {
  setSeed(graph.seed)
  const drawn = draw(graph)
  drawn.compile(build(graph.compile) as Parameters<typeof drawn.compile>[0])
  const { x, y, sampleWeight } = dataOf(graph)
  const { history } = await drawn.fit(x, y, { ...(build(graph.fit) as object), ...(sampleWeight && { sampleWeight }) })
  const batchSize = graph.fit.batchSize as number
  drawn.resetStates()
  const evaluation = await drawn.evaluate(x, y, { batchSize, verbose: 0 })
  drawn.resetStates()
  const predictions = await Promise.all(drawn.predict(x, { batchSize }).map((each) => each.data()))
  const weights = drawn.weights.map((weight, i) => [`weight ${i}`, weight.dataSync()] as const)
  return {
    ...Object.fromEntries(weights),
    ...Object.fromEntries(Object.entries(history).map(([name, values]) => [name, values.flat()])),
    ...Object.fromEntries(Object.entries(evaluation).map(([name, value]) => [`evaluated ${name}`, [value].flat()])),
    ...Object.fromEntries(predictions.map((values, i) => [`prediction ${i}`, values])),
  }
}

/** The drawn network as a program to try. */
export function programOfGraph({ seed, inputs, steps, outputs, frozen, compile, fit, samples, weighted }: Graph): string {
  const name = (i: number) => `v${i}`
  const lines = steps.map(({ apply, from, more = [] }, i) => {
    const args = [...(apply === 'concat' ? [`[${from.map(name).join(', ')}]`] : from.map(name)), ...more.map((each) => codeOf(each))]
    const callee =
      typeof apply === 'number' ? `l${apply}.apply` : apply instanceof Object ? `(l${i} = ${codeOf(apply)}).apply` : `ops.${apply}`
    return `const v${inputs.length + i} = ${callee}(${args.join(', ')})${frozen.includes(i) ? ` // l${i}.trainable = false` : ''}`
  })
  const [ends, outs] = [inputs.map((_, i) => name(i)), outputs.map(({ of }) => name(of))]
  const tasks = outputs.map(({ task }) => task).join(', ')
  return [
    `setSeed(${seed})`,
    ...inputs.map(
      ({ shape, tokens }, i) => `const v${i} = input({ shape: [${shape.join(', ')}] })${tokens ? ` // of ${tokens} tokens` : ''}`,
    ),
    ...lines,
    `const drawn = model({ inputs: [${ends.join(', ')}], outputs: [${outs.join(', ')}] })`,
    `drawn.compile(${codeOf(compile)})`,
    `await drawn.fit(x, y, ${codeOf(fit)}) // ${samples} samples of ${tasks}${weighted ? ', weighted' : ''}`,
  ].join('\n')
}
