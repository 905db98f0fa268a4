// Drawn models as configs, and back: layers and ops with what each was called on, as Keras 3 writes them. See keras.models.Functional.
import { makeConstant, type TensorLike } from '../graph/convert'
import { Tensor, type DType } from '../graph/node'
import { Call, isSymbolic, OpUse, symbolicIn, type SymbolicTensor } from '../graph/symbolic'
import { Variable } from '../graph/variable'
import { InputLayer } from '../layers/inputLayer'
import { within } from '../layers/kinds'
import { Layer, type AnyLayer, type ApplyOptions, type LayerInput } from '../layers/layer'
import { loadLayer, saveLayer } from '../layers/saved'
import { evaluateSync } from '../runtime/runs'
import { allOf, check, CornusError, showValue } from '../util/errors'
import { fromKeras } from '../util/keras'
import { nth } from '../util/lists'
import type { SavedPart } from '../util/parts'
import { leavesByName, mapTree, type Tree } from '../util/tree'
import type { Drawn } from './functional'
import { isOp, loadOp, saveOp, type LoadedOp } from './opNodes'

type Json = { readonly [key: string]: unknown }
/** Layer, which of its calls, which of what that gave. */
type Reference = readonly [layer: string, node: number, place: number]

/** Drawn models: Keras counts their calls from 1 where outputs are named. */
const isModel = (target: object): boolean => (target as { readonly isDrawn?: boolean }).isDrawn === true

// Saving

/** What a drawn model consists of, as its config has it. */
export function saveDrawn({ targets, names, calls, inputs, outputs, standIns }: Drawn): Json {
  const own = new Map<object, Call[]>(targets.map((target) => [target, []]))
  for (const call of calls) own.get(call.target)?.push(call)
  const historyOf = (x: SymbolicTensor): Reference => {
    const target = standIns.get(x) ?? x.call.target
    const node = (own.get(target) ?? []).indexOf(x.call)
    return [names.get(target) ?? x.call.name, Math.max(node, 0), placeOf(x, standIns.has(x))]
  }
  const encoded = (x: unknown) => encode(x, historyOf)
  const referenceOf = (x: SymbolicTensor): Reference => {
    const [name, node, place] = historyOf(x)
    return [name, node + (isModel(x.call.target) && !standIns.has(x) ? 1 : 0), place] // as Keras counts a model's nodes here, and only here
  }
  return {
    layers: [...own].map(([target, called]) => saveTarget(target, names.get(target) ?? '', called, encoded)),
    inputLayers: inputs.rebuild(inputs.leaves.map(referenceOf)),
    outputLayers: outputs.rebuild(outputs.leaves.map(referenceOf)),
  }
}

/** Which of the tensors that a call gave it is, in Keras's order. */
const placeOf = (x: SymbolicTensor, alone: boolean): number =>
  alone ? 0 : leavesByName(x.call.result as Tree<SymbolicTensor>, isSymbolic).indexOf(x)

function saveTarget(target: object, name: string, calls: readonly Call[], encoded: (x: unknown) => unknown): Json {
  if (target instanceof OpUse) {
    const { args, kwargs = {}, config, ...op } = saveOp(target.op, calls[0]?.args ?? [])
    return { ...op, config: { name, ...config }, name, inboundNodes: [{ args: encoded(args), kwargs: encoded(kwargs) }] }
  }
  const byHand = calls.some(({ args }) => ((args[1] as ApplyOptions | undefined)?.training ?? null) !== null)
  return {
    ...saveLayer(target as AnyLayer),
    name,
    inboundNodes: calls.map(({ args: [x, options = {}] }) => ({ args: [encoded(x)], kwargs: encoded(given(options as object)) })),
    ...(byHand && { trainingByHand: true }),
  }
}

const given = (options: object): Json => Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))

const isSlice = (x: object): x is { start: unknown; stop: unknown; step: unknown } =>
  Object.keys(x).length === 3 && ['start', 'stop', 'step'].every((key) => Object.hasOwn(x, key))

/** Arguments of a call as JSON data: tensors by where they come from, constants by their values. */
function encode(x: unknown, historyOf: (x: SymbolicTensor) => Reference): unknown {
  if (isSymbolic(x)) {
    return { className: '__keras_tensor__', config: { shape: x.partialShape, dtype: x.dtype, kerasHistory: historyOf(x) } }
  }
  check(!(x instanceof Variable), 'UNSUPPORTED', () => `a model with a variable between its layers has no config; put it into a layer`)
  if (x instanceof Tensor || ArrayBuffer.isView(x)) return encodeValues(x instanceof Tensor ? x : makeConstant(x as TensorLike))
  if (x === '…') return { className: '__ellipsis__', config: {} }
  if (Array.isArray(x)) return x.map((each) => encode(each, historyOf))
  if (typeof x !== 'object' || x === null) return x === undefined ? null : x
  if (isSlice(x)) return { className: '__slice__', config: { start: x.start, stop: x.stop, step: x.step } }
  return Object.fromEntries(Object.entries(x).map(([key, each]) => [key, encode(each, historyOf)]))
}

function encodeValues(x: Tensor): Json {
  const values = Array.from(evaluateSync([x])[0]!)
  const level = (axis: number, at: number): unknown => {
    if (axis === x.rank) return x.dtype === 'bool' ? values[at] !== 0 : values[at]
    const step = x.shape.slice(axis + 1).reduce((n, d) => n * d, 1)
    return Array.from({ length: nth(x.shape, axis) }, (_, i) => level(axis + 1, at + i * step))
  }
  return { className: '__numpy__', config: { value: level(0, 0), dtype: x.dtype } }
}

// Loading

/** A layer or op of the config, and its calls so far. */
interface Made {
  readonly name: string
  readonly target: AnyLayer | LoadedOp
  readonly nodes: readonly unknown[]
  readonly byHand: boolean
  readonly calls: Call[]
}

export interface Ends {
  readonly inputs: Tree<Tensor>
  readonly outputs: Tree<Tensor>
  /** Layers in the order of the config. */
  readonly layers: readonly AnyLayer[]
}

/** The inputs and outputs of the model that a config describes; all that is wrong with its layers is told at once. */
export function loadDrawn(config: Json): Ends {
  const { layers, inputLayers, outputLayers } = config
  check(
    Array.isArray(layers) && inputLayers !== undefined && outputLayers !== undefined,
    'BAD_DATA',
    () => 'the config of a drawn model has layers, inputLayers and outputLayers; one of them is missing',
  )
  const made = new Map<string, Made>()
  const all = allOf((layers as readonly unknown[]).map((entry, i) => () => makeTarget(entry, `layers[${i}]`)))
  for (const each of all) {
    check(!made.has(each.name), 'BAD_DATA', () => `the config has two layers named ${showValue(each.name)}`)
    made.set(each.name, each)
  }
  const old = all.some(({ nodes }) => nodes.some((node) => Array.isArray(node)))
  const graph = new Nodes(made, old ? basesOf(all, outputLayers) : new Map())
  graph.callAll()
  const ends = (structure: unknown, what: string) => graph.tensors(unwrapped(structure, old), what)
  return {
    inputs: ends(inputLayers, 'inputLayers'),
    outputs: ends(outputLayers, 'outputLayers'),
    layers: all.flatMap(({ target }) => (target instanceof Layer ? [target] : [])),
  }
}

function makeTarget(entry: unknown, place: string): Made {
  const saved = entry as (SavedPart & Json) | null
  check(typeof saved === 'object' && saved !== null && typeof saved.className === 'string', 'BAD_DATA', () => `${place} is no layer`)
  const name = saved.name ?? (saved.config as Json | undefined)?.name
  check(typeof name === 'string', 'BAD_DATA', () => `${place} has no name`)
  const nodes = saved.inboundNodes ?? []
  check(Array.isArray(nodes), 'BAD_DATA', () => `${place} (${name}): inboundNodes must be an array`)
  const target = within(`${place} (${name})`, () => (isOp(saved) ? loadOp(saved as never) : loadLayer(saved)))
  return { name, target, nodes: nodes as unknown[], byHand: saved.trainingByHand === true, calls: [] }
}

const isReference = (x: unknown): x is Reference =>
  Array.isArray(x) && x.length >= 3 && typeof x[0] === 'string' && Number.isInteger(x[1]) && Number.isInteger(x[2])

/** Old files have arrays of one where a model has one input. */
const unwrapped = (structure: unknown, old: boolean): unknown =>
  old && Array.isArray(structure) && structure.length === 1 && isReference(structure[0]) ? (structure[0] as unknown) : structure

/** References anywhere in a value. */
function referencesIn(x: unknown, found: Reference[] = []): Reference[] {
  if (isReference(x)) found.push(x)
  const inside = isReference(x) ? x.slice(3) : x
  if (typeof inside === 'object' && inside !== null) for (const each of Object.values(inside)) referencesIn(each, found)
  return found
}

/** Old files count the calls of a model from 1 or from 0, which shows by the least that is named. */
function basesOf(all: readonly Made[], outputs: unknown): Map<string, number> {
  const bases = new Map<string, number>()
  for (const [name, node] of referencesIn([all.map(({ nodes }) => nodes), outputs]))
    bases.set(name, Math.min(node, bases.get(name) ?? node))
  return bases
}

class Missing extends Error {
  constructor(readonly layer: string) {
    super(layer)
  }
}

/** Calls layers and ops as the config says, each as soon as what it is called on is there. */
class Nodes {
  constructor(
    private readonly made: ReadonlyMap<string, Made>,
    /** Of old files: from where the calls of a layer are counted. */
    private readonly bases: ReadonlyMap<string, number>,
  ) {}

  callAll(): void {
    const waiting = new Map<string, string[]>()
    const ready = [...this.made.keys()].reverse()
    for (let name = ready.pop(); name !== undefined; name = ready.pop()) {
      const made = this.made.get(name) as Made
      const before = made.calls.length
      const missing = this.callMore(made)
      if (missing !== undefined) waiting.set(missing, [...(waiting.get(missing) ?? []), name])
      if (made.calls.length === before) continue
      ready.push(...(waiting.get(name) ?? []))
      waiting.delete(name)
    }
    const stuck = [...waiting.values()].flat()
    check(
      stuck.length === 0,
      'BAD_DATA',
      () => `the layers ${stuck.slice(0, 5).map(showValue).join(', ')} wait for each other, or for calls that the config does not have`,
    )
  }

  /** Makes the calls of a layer that are not made yet; returns the layer that the next one waits for. */
  private callMore(made: Made): string | undefined {
    const { target, nodes, calls, name } = made
    if (target instanceof InputLayer) {
      if (!calls.length) calls.push(drawInput(target))
      return undefined
    }
    while (calls.length < nodes.length) {
      const node = nodes[calls.length]
      try {
        calls.push(within(name, () => this.call(made, node)))
      } catch (error) {
        if (error instanceof Missing) return error.layer
        throw error
      }
    }
    return undefined
  }

  private call(made: Made, node: unknown): Call {
    const { args, kwargs } = Array.isArray(node) ? this.oldArguments(node) : this.newArguments(node)
    check(symbolicIn([args, kwargs]).length > 0, 'BAD_DATA', () => 'is called on nothing of the model')
    const { target } = made
    if (!(target instanceof Layer)) return new Call(target.use, made.name, target.arguments(args, kwargs), target.compute)
    const { inputs, sequences, training, ...rest } = kwargs
    const [x = inputs ?? sequences, ...others] = args
    check(
      others.every((each) => each === null || each === undefined),
      'UNSUPPORTED',
      () => `is called with ${args.length} arguments; layers take one`,
    )
    const options = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null && value !== undefined))
    // Keras notes what training was by default, and lets the call around it decide
    target.apply(...withStates(target, x, { ...options, ...(made.byHand && training !== null && { training: training as boolean }) }))
    return nth(target.calls, -1)
  }

  private newArguments(node: unknown): { args: unknown[]; kwargs: Json } {
    const { args, kwargs } = (node ?? {}) as { args?: unknown; kwargs?: unknown }
    check(Array.isArray(args), 'BAD_DATA', () => 'inboundNodes must be [{ args, kwargs }]')
    return { args: this.revive(args) as unknown[], kwargs: (this.revive(kwargs ?? {}) ?? {}) as Json }
  }

  /** [[layer, node, place, kwargs], …] of Keras 2. */
  private oldArguments(node: readonly unknown[]): { args: unknown[]; kwargs: Json } {
    const list = isReference(node) ? [node] : node
    check(list.length > 0 && list.every(isReference), 'BAD_DATA', () => 'inboundNodes must be arrays of [layer, node, tensor, {}]')
    const xs = (list as readonly Reference[]).map((each) => this.tensorAt(each))
    const kwargs = Object.fromEntries(
      Object.entries(((list[0] as readonly unknown[])[3] ?? {}) as object).map(([name, each]) => [name, this.reviveOld(each)]),
    )
    return { args: [xs.length === 1 ? xs[0] : xs], kwargs: fromKeras(kwargs) as Json }
  }

  private reviveOld(x: unknown): unknown {
    if (isReference(x) && this.made.has(x[0])) return this.tensorAt(x)
    return Array.isArray(x) ? x.map((each) => this.reviveOld(each)) : x
  }

  /** Arguments with tensors and constants in the place of what stands for them. */
  private revive(x: unknown): unknown {
    if (Array.isArray(x)) return x.map((each) => this.revive(each))
    if (typeof x !== 'object' || x === null) return x
    const { className, config = {} } = x as { className?: unknown; config?: Json }
    if (typeof className !== 'string') return Object.fromEntries(Object.entries(x).map(([key, each]) => [key, this.revive(each)]))
    if (className === '__keras_tensor__') {
      check(isReference(config.kerasHistory), 'BAD_DATA', () => 'a tensor without its history')
      return this.tensorAt(config.kerasHistory)
    }
    if (className === '__tensor__' || className === '__numpy__')
      return makeConstant(
        config.value as TensorLike,
        undefined,
        ['int32', 'bool'].includes(String(config.dtype)) ? (config.dtype as DType) : undefined,
      )
    if (className === '__slice__') return { start: config.start ?? null, stop: config.stop ?? null, step: config.step ?? null }
    if (className === '__ellipsis__') return '…'
    if (className === 'DTypePolicy') return config.name
    throw new CornusError('UNSUPPORTED', `an argument of the kind ${showValue(className)} is not read`)
  }

  /** What a layer gave; throws Missing while that call is not made. */
  private tensorAt([name, node, place]: Reference, base = this.bases.get(name) ?? 0): SymbolicTensor {
    const made = this.made.get(name)
    check(made, 'BAD_DATA', () => `names the layer ${showValue(name)}, which the config does not have`)
    const call = made.calls[node - base]
    if (!call) throw new Missing(name)
    const found = leavesByName(call.result as Tree<SymbolicTensor>, isSymbolic)[place]
    check(found, 'BAD_DATA', () => `names output ${place} of ${showValue(name)}, which gives ${call.outputs.length}`)
    return found
  }

  /** The model's inputs or outputs. */
  tensors(structure: unknown, what: string): Tree<Tensor> {
    const least = new Map<string, number>()
    for (const [name, node] of referencesIn(structure)) least.set(name, Math.min(node, least.get(name) ?? node))
    const find = (reference: Reference): Tensor => {
      const [name] = reference
      try {
        const first = isModel(this.made.get(name)?.target ?? {}) ? Math.min(1, least.get(name) ?? 0) : 0
        return this.tensorAt(reference, this.bases.get(name) ?? first)
      } catch (error) {
        if (!(error instanceof Missing)) throw error
        throw new CornusError('BAD_DATA', `${what} names call ${reference[1]} of ${showValue(name)}, which is not there`)
      }
    }
    return mapTree(structure, isReference, find, what)
  }
}

function drawInput(layer: InputLayer): Call {
  const call = new Call(layer, layer.name, [], () => undefined, [{ shape: layer.inputShape!, dtype: layer.dtype }])
  layer.calls.push(call)
  return call
}

/** Recurrent layers of old files have their first states among the inputs. */
function withStates(layer: AnyLayer, x: unknown, options: ApplyOptions): [LayerInput, ApplyOptions] {
  if (!Array.isArray(x) || !('cell' in layer || layer.className === 'Bidirectional')) return [x as LayerInput, options]
  const [first, ...states] = x as LayerInput[]
  return [first!, states.length ? { ...options, initialState: states } : options]
}
