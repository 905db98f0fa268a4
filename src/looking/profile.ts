// model.profile(): operations, bytes and, on request, times of a forward pass, layer by layer.
import { placeholderNode } from '../graph/leaves'
import { topologicalOrder, type HostData, type Node, type Spec } from '../graph/node'
import { recordTrace } from '../graph/trace'
import type { AnyLayer, LayerInput } from '../layers/layer'
import { watched } from '../layers/context'
import { readData } from '../model/data'
import type { Model } from '../model/model'
import { evaluate } from '../runtime/turns'
import type { Tensor } from '../tensor'
import { TracedFunction } from '../transform'
import { check, CornusError } from '../util/errors'
import { nth } from '../util/lists'
import { flag, integer, optional, positive, readOptions, type Given } from '../util/options'
import { showShape, type Shape } from '../util/shape'
import { alignedTable, showsText } from '../util/table'
import { flattenTree } from '../util/tree'
import { flopsOf } from './flops'

const options = {
  /** Samples, where no data are given. Default 1. */
  batchSize: optional(positive, 1),
  /** Layers of models inside, one by one. Default false. */
  expandNested: optional(flag, false),
  /** With data: how often each layer is timed; the shortest counts. Default 10. */
  runs: optional(integer(1, 1000), 10),
}
export type ProfileOptions = Given<typeof options>

/** One layer, or the ops between layers, of a forward pass. */
export interface ProfileRow {
  readonly name: string
  readonly className: string
  readonly outputShape: Shape
  readonly params: number
  /** Operations on numbers; a multiplication and an addition count two. */
  readonly flops: number
  /** Of weights, and of what goes in and comes out. */
  readonly bytes: number
  /** Of the layer alone, in ms; where data were given. */
  readonly ms?: number
}

export interface Profile {
  readonly rows: readonly ProfileRow[]
  readonly flops: number
  readonly bytes: number
  readonly params: number
  /** Of the whole forward pass, in ms; where data were given. Less than the sum: the whole is fused. */
  readonly ms?: number
  /** All of it as a table for people. */
  readonly text: string
}

type AnyModel = Model<never> | Model
interface CallSeen {
  readonly layer: AnyLayer
  readonly inputs: readonly Node[]
  readonly outputs: readonly Node[]
}

/** A forward pass that was traced: its leaves, what came out, and the calls of layers on the way. */
interface Pass {
  readonly leaves: readonly Node[]
  readonly ends: readonly Node[]
  readonly calls: readonly CallSeen[]
}

const isTensor = (x: unknown): x is Tensor => typeof x === 'object' && x !== null && 'op' in x && 'dtype' in x

function forward(model: AnyModel, specs: readonly Spec[], rebuild: Rebuild, nested: boolean): Pass {
  const leaves = specs.map((spec) => placeholderNode(spec))
  let ends: readonly Node[] = []
  const { result: calls } = recordTrace(() => callsIn(model, leaves, rebuild, shownLayers(model, nested), (found) => (ends = found)))
  return { leaves, ends, calls }
}

type Rebuild = (leaves: readonly Tensor[]) => unknown

/** Calls of these layers in a forward pass. */
function callsIn(
  model: AnyModel,
  leaves: readonly Tensor[],
  rebuild: Rebuild,
  wanted: ReadonlySet<AnyLayer>,
  onEnds?: (ends: readonly Node[]) => void,
): CallSeen[] {
  const calls: CallSeen[] = []
  const result: unknown = watched(
    (layer, outputs, inputs) => wanted.has(layer as AnyLayer) && calls.push({ layer: layer as AnyLayer, inputs, outputs }),
    () => model.apply(rebuild(leaves) as LayerInput, { training: false }),
  )
  model.takeLosses()
  onEnds?.(flattenTree(result, isTensor, 'output').leaves)
  return calls
}

/** Layers that get a row: those of the model, of models inside theirs on request. */
function shownLayers(model: AnyModel, nested: boolean): Set<AnyLayer> {
  const layers = model.layers.flatMap((layer) => (nested && 'summaryRows' in layer ? [...shownLayers(layer as AnyModel, nested)] : [layer]))
  return new Set(layers)
}

const bytesOf = (nodes: readonly Node[]): number => nodes.reduce((sum, { size, outputs }) => sum + (outputs ? 0 : 4 * size), 0)
/** What is needed for the ends beyond these nodes. */
const between = (ends: readonly Node[], begins: ReadonlySet<Node>): Node[] =>
  topologicalOrder(ends, (node) => (node.value || begins.has(node) ? [] : node.inputs)).filter((node) => !begins.has(node))

function rowOf({ layer, inputs, outputs }: CallSeen, nodes: readonly Node[]): ProfileRow {
  return {
    name: layer.name,
    className: layer.className,
    outputShape: outputs[0]?.shape ?? [],
    params: layer.countParams(),
    flops: nodes.reduce((sum, node) => sum + flopsOf(node), 0),
    bytes: bytesOf(inputs) + bytesOf(outputs) + 4 * layer.countParams(),
  }
}

/** Layers in the order of their calls, then what is left: ops between layers, each by its name. */
function rowsOf({ leaves, ends, calls }: Pass): { rows: ProfileRow[]; calls: (CallSeen | undefined)[] } {
  const counted = new Set<Node>(leaves)
  const rows = calls.map((call) => {
    const nodes = between(call.outputs, new Set([...call.inputs, ...leaves])).filter((node) => !counted.has(node))
    for (const node of nodes) counted.add(node)
    return rowOf(call, nodes)
  })
  const left = between(ends, new Set(leaves)).filter((node) => !counted.has(node) && node.inputs.length > 0 && flopsOf(node) > 0)
  const ops = left.map((node): ProfileRow => {
    const { name } = node.op
    return { name, className: 'op', outputShape: node.shape, params: 0, flops: flopsOf(node), bytes: bytesOf([...node.inputs, node]) }
  })
  return { rows: [...rows, ...ops], calls: [...calls, ...ops.map(() => undefined)] }
}

/** The shortest of several runs, in ms. */
async function timed(run: () => Promise<unknown>, runs: number): Promise<number> {
  await run()
  let least = Infinity
  for (let i = 0; i < runs; i++) {
    const start = performance.now()
    await run()
    least = Math.min(least, performance.now() - start)
  }
  return least
}

/** A layer alone, on what it was given in the pass. */
async function timeOf({ layer, inputs }: CallSeen, feeds: readonly HostData[], runs: number): Promise<number | undefined> {
  try {
    const traced = new TracedFunction(
      (...xs: Tensor[]) => layer.apply((xs.length === 1 ? xs[0] : xs) as LayerInput, { training: false }) as Tensor,
      inputs,
    )
    const ms = await timed(() => traced.run(feeds), runs)
    traced.free()
    return ms
  } catch (error) {
    if (error instanceof CornusError) return undefined // it needs states or names of inputs that only its model knows
    throw error
  }
}

const shown = (n: number): string => {
  const units = ['', 'k', 'M', 'G', 'T']
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, n)) / 3))
  return power ? `${(n / 1000 ** power).toPrecision(3)} ${units[power]}` : String(Math.round(n))
}

function tableOf(rows: readonly ProfileRow[], { flops, bytes, params, ms }: Omit<Profile, 'rows' | 'text'>): string {
  const times = ms !== undefined
  const time = (value: number | undefined) => (times ? [value === undefined ? '?' : `${value.toFixed(3)} ms`] : [])
  const cells = [
    ['layer', 'output shape', 'weights', 'flops', 'bytes', ...(times ? ['alone'] : [])],
    ...rows.map((row) => [
      `${row.name} (${row.className})`,
      showShape(row.outputShape),
      shown(row.params),
      shown(row.flops),
      shown(row.bytes),
      ...time(row.ms),
    ]),
    ['all', '', shown(params), shown(flops), shown(bytes), ...time(ms)],
  ]
  return alignedTable(cells, 2)
}

/** What a forward pass costs; with data x also how long it takes. */
export async function profile(model: AnyModel, x?: unknown, given?: ProfileOptions): Promise<Profile> {
  const { batchSize, expandNested, runs } = readOptions(options, given, 'profile')
  const { specs, rebuild, nodes } = inputsOf(model, x, batchSize)
  model.ensureBuilt(nth(specs, 0).shape, ...specs.slice(1).map(({ shape }) => shape))
  const pass = forward(model, specs, rebuild, expandNested)
  const { rows, calls } = rowsOf(pass)
  const sum = (of: (row: ProfileRow) => number) => rows.reduce((total, row) => total + of(row), 0)
  const totals = { flops: sum(({ flops }) => flops), bytes: sum(({ bytes }) => bytes), params: model.countParams() }
  const times = nodes && (await measure(model, calls, { nodes, specs, rebuild, runs, nested: expandNested }))
  const all = rows.map((row, i) => ({ ...row, ...(times?.each[i] !== undefined && { ms: times.each[i] }) }))
  const whole = { ...totals, ...(times && { ms: times.ms }) }
  return showsText({ rows: all, ...whole, text: tableOf(all, whole) })
}

interface Inputs {
  readonly specs: readonly Spec[]
  readonly rebuild: Rebuild
  readonly nodes: readonly Tensor[] | undefined
}

/** Data as predict reads them, or placeholders of the model's input shapes. */
function inputsOf(model: AnyModel, x: unknown, batchSize: number): Inputs {
  if (x !== undefined && x !== null) {
    const { layout, nodes, shapes } = readData({ x }, model.dataForm, 'profile')
    const specs = nodes.map(({ dtype }, i) => ({ dtype, shape: nth(shapes, i) }))
    return { specs, rebuild: (leaves) => layout.rebuild(leaves).x, nodes }
  }
  const { inputs, inputShapes, name } = model.dataForm
  const specs = inputShapes.map((shape): Spec => {
    check(shape !== undefined, 'NOT_BUILT', () => `${name}: profile: the shape of the input is not known; give data, as profile(x)`)
    const open = shape.slice(1).includes(null)
    check(!open, 'BAD_ARGUMENT', () => `${name}: profile: the input shape ${showShape(shape)} has open sizes; give data, as profile(x)`)
    return { shape: shape.map((d) => d ?? batchSize), dtype: 'float32' }
  })
  const dtypes = 'inputs' in model ? (model as { inputs: readonly Tensor[] }).inputs.map(({ dtype }) => dtype) : []
  return {
    specs: specs.map((spec, i) => ({ ...spec, dtype: dtypes[i] ?? spec.dtype })),
    rebuild: (leaves) => (inputs ? inputs.rebuild(leaves) : leaves[0]),
    nodes: undefined,
  }
}

interface Measured extends Inputs {
  readonly nodes: readonly Tensor[]
  readonly runs: number
  readonly nested: boolean
}

async function measure(
  model: AnyModel,
  calls: readonly (CallSeen | undefined)[],
  { nodes, specs, rebuild, runs, nested }: Measured,
): Promise<{ ms: number; each: (number | undefined)[] }> {
  const feeds = await evaluate(nodes)
  const whole = new TracedFunction((...xs: Tensor[]) => model.apply(rebuild(xs) as LayerInput, { training: false }) as Tensor, specs)
  const ms = await timed(() => whole.run(feeds), runs)
  whole.free()
  const between = new TracedFunction(
    (...xs: Tensor[]) => callsIn(model, xs, rebuild, shownLayers(model, nested)).flatMap(({ inputs }) => inputs),
    specs,
  )
  const found = await between.run(feeds)
  between.free()
  let at = 0
  const each: (number | undefined)[] = []
  for (const call of calls) {
    const own = call ? found.slice(at, (at += call.inputs.length)).map(({ value }) => value!) : []
    each.push(call && (await timeOf(call, own, runs)))
  }
  return { ms, each }
}
