// Models that are drawn: any directed acyclic graph of layers and ops between symbolic inputs and outputs. See keras.Model.
import { Call, isSymbolic, OpUse, type SymbolicTensor } from '../graph/symbolic'
import { Tensor, type DType } from '../graph/node'
import { InputLayer } from '../layers/inputLayer'
import { Layer, type AnyLayer, type CallContext, type Outputs, type PartialShape } from '../layers/layer'
import { nameSiblings } from '../layers/walk'
import { check, CornusError, reading } from '../util/errors'
import { fromKeras } from '../util/keras'
import { nth } from '../util/lists'
import { freeName } from '../util/names'
import { knownOptions } from '../util/options'
import { flattenTree, leavesByName, type Flat, type Tree } from '../util/tree'
import { alongside, type DataForm } from './data'
import { loadDrawn, saveDrawn } from './config'
import { callGraph, type StandIns } from './graph'
import { Model } from './model'
import type { SummaryRow } from './summary'

export interface InputOptions {
  /** Shape of one sample, without the batch; null where any size will do. */
  shape?: PartialShape
  /** Shape with the batch in front. */
  batchShape?: PartialShape
  /** Default float32. */
  dtype?: DType
  /** Names the input in data that are given as an object. */
  name?: string
}

/**
 * Where a model begins: `const x = input({ shape: [28, 28, 1] })`. Layers and ops that are called on it are noted; model() makes a model of
 * them. See keras.Input.
 */
export function input(options: InputOptions | PartialShape): Tensor {
  return drawInput(new InputLayer(Array.isArray(options) ? { shape: options } : (options as InputOptions)))
}

/** The symbolic tensor that a layer of inputs gives. */
export function drawInput(layer: InputLayer): Tensor {
  const call = new Call(layer, layer.name, [], () => undefined, [{ shape: layer.inputShape!, dtype: layer.dtype }])
  layer.calls.push(call)
  return nth(call.outputs, 0)
}

export interface ModelOptions<Y extends Outputs = Outputs> {
  /** Symbolic tensors: one, or an array or object of them. */
  inputs: Tree<Tensor>
  outputs: Y
  name?: string
  /** Default true. */
  trainable?: boolean
}

const isTensor = (x: unknown): x is Tensor => x instanceof Tensor

export class Functional<Y extends Outputs = Tensor> extends Model<Y> {
  static override readonly className: string = 'Functional'
  static override readonly module: string | null = 'keras.src.models.functional'
  #graph: Drawn

  constructor(given: ModelOptions<Y>) {
    const { inputs, outputs, name, trainable } = knownOptions(given, ['inputs', 'outputs', 'name', 'trainable'], 'model')
    super({ ...(name !== undefined && { name }), ...(trainable !== undefined && { trainable }) })
    this.#graph = reading('model: inputs and outputs', () => draw(inputs, outputs, this.name))
    this.built = true
  }

  /** Layers in Keras's order: the farthest from the outputs first, input layers included. */
  protected override get listed(): readonly AnyLayer[] {
    return this.#graph.layers
  }

  /** @internal */
  get graph(): Drawn {
    return this.#graph
  }

  /** The symbolic inputs as they were given. */
  override get input(): unknown {
    return this.#graph.inputs.rebuild(this.inputs)
  }

  override get output(): Y {
    return this.#graph.outputs.rebuild(this.outputs) as Y
  }

  get inputs(): readonly Tensor[] {
    return this.#graph.inputs.leaves
  }

  get outputs(): readonly Tensor[] {
    return this.#graph.outputs.leaves
  }

  override summaryRows(): readonly SummaryRow[] {
    const { targets, calls, inputs, names, standIns } = this.#graph
    const nameOf = (x: SymbolicTensor) => names.get(standIns.get(x) ?? x.call.target) ?? x.call.name
    return targets.map((target) => {
      const own = calls.filter((call) => call.target === target)
      const begin = inputs.leaves.find((leaf) => (standIns.get(leaf) ?? leaf.call.target) === target)
      const shapes = (own[0]?.outputs ?? (begin ? [begin] : [])).map(({ partialShape }) => partialShape)
      const connected = own.flatMap((call) => call.inputs.map(nameOf))
      const layer = target instanceof Layer ? target : undefined
      return { name: names.get(target)!, className: layer?.className ?? 'op', shapes, inputs: connected, ...(layer && { layer }) }
    })
  }

  override get dataForm(): DataForm {
    const { inputs, outputs, inputNames, outputNames } = this.#graph
    return {
      name: this.name,
      inputs: named(inputs, inputNames),
      outputs: named(outputs, outputNames),
      inputShapes: inputs.leaves.map(({ partialShape }) => partialShape),
    }
  }

  /** Runs the calls on tensors in the place of the symbolic inputs. */
  override call(x: Tensor | readonly Tensor[], _context?: CallContext): Y {
    const { inputs, outputs, calls } = this.#graph
    const values = new Map<SymbolicTensor, Tensor>()
    const given = alongside(x as Tree<Tensor>, this.dataForm.inputs!, 'x', this.name)
    inputs.leaves.forEach((symbol, i) => values.set(symbol, nth(given, i)))
    const valueOf = (symbol: SymbolicTensor): Tensor => {
      const value = values.get(symbol)
      if (!value) throw new CornusError('INTERNAL', `${this.name}: ${symbol.call.name} was needed before it was computed`)
      return value
    }
    for (const call of calls) {
      const found = flattenTree(call.run(valueOf), isTensor, call.name).leaves
      call.outputs.forEach((symbol, i) => values.set(symbol, nth(found, i)))
    }
    return outputs.rebuild(outputs.leaves.map(valueOf)) as Y
  }

  override checkInput(...shapes: PartialShape[]): void {
    const { inputs, inputNames } = this.#graph
    check(
      shapes.length === inputs.leaves.length,
      'BAD_ARGUMENT',
      () => `${this.name}: expected ${inputs.leaves.length} inputs (${inputNames.join(', ')}), got ${shapes.length}`,
    )
  }

  override getConfig(): { [option: string]: unknown } {
    const { name, trainable } = this
    return { name, trainable, ...saveDrawn(this.#graph) }
  }

  /** The model that a config describes: Keras's, with keys in camelCase or in its own spelling. */
  static override fromConfig<L extends AnyLayer>(this: new (options: never) => L, config: object): L {
    const { name, trainable = true, ...rest } = fromKeras(config) as { name?: string; trainable?: boolean; [option: string]: unknown }
    const { inputs, outputs } = loadDrawn(rest)
    const { layers: _, inputLayers: __, outputLayers: ___, ...others } = rest
    return new this({ inputs, outputs, ...(name && { name }), trainable, ...others } as never)
  }

  /** @internal Told apart from layers without importing this file. */
  get isDrawn(): boolean {
    return true
  }

  override computeMask(): undefined {
    return undefined // masks stay with the tensors that the calls give
  }
}

/** What a model is drawn of. */
export interface Drawn {
  readonly inputs: Flat<SymbolicTensor>
  readonly outputs: Flat<SymbolicTensor>
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
  /** Layers of inputs that another model's layers give. */
  readonly standIns: StandIns
  readonly calls: readonly Call[]
  readonly layers: readonly AnyLayer[]
  /** Layers and uses of ops, in the order of layers. */
  readonly targets: readonly object[]
  /** Their names, those of ops numbered: add, add_1 … */
  readonly names: ReadonlyMap<object, string>
}

const named = (tree: Flat<SymbolicTensor>, names: readonly string[]): Flat<string> => ({
  leaves: names,
  paths: tree.paths,
  rebuild: tree.rebuild,
})

export function draw(inputs: Tree<Tensor>, outputs: Outputs, name: string): Drawn {
  const [ins, outs] = [symbols(inputs, 'inputs'), symbols(outputs, 'outputs')]
  check(new Set(ins.leaves).size === ins.leaves.length, 'BAD_ARGUMENT', () => 'model: inputs lists a tensor twice')
  const standIns = new Map(ins.leaves.flatMap((leaf) => (leaf.call.target instanceof InputLayer ? [] : [[leaf, standIn(leaf)] as const])))
  const inOrder = ({ leaves, rebuild }: Flat<SymbolicTensor>) => leavesByName(rebuild(leaves), isSymbolic)
  const { calls, targets } = callGraph(inOrder(ins), inOrder(outs), name, standIns)
  const layers = targets.filter((target): target is AnyLayer => target instanceof Layer)
  nameSiblings(layers)
  const taken = new Map<string, AnyLayer>()
  for (const layer of layers) {
    const other = taken.get(layer.name)
    check(
      !other,
      'BAD_ARGUMENT',
      () =>
        `${name}: two layers have the name '${layer.name}'; names within a model must differ: give one of them another ({ name: ` +
        `'${freeName(layer.name, new Set(taken.keys()))}' })`,
    )
    taken.set(layer.name, layer)
  }
  const names = targetNames([...new Set([...calls.map(({ target }) => target), ...targets])], new Set(taken.keys()))
  const nameOf = (x: SymbolicTensor) => names.get(standIns.get(x) ?? x.call.target) ?? x.call.name
  return {
    inputs: ins,
    outputs: outs,
    inputNames: namesOf(inputs, ins, nameOf),
    outputNames: namesOf(outputs, outs, nameOf),
    standIns,
    calls,
    layers,
    targets,
    names,
  }
}

const standIn = ({ partialShape, dtype, call }: SymbolicTensor): InputLayer =>
  new InputLayer({ batchShape: partialShape, dtype, name: `${call.name}_input` })

function targetNames(targets: readonly object[], taken: Set<string>): Map<object, string> {
  return new Map(
    targets.map((target) => {
      const name = target instanceof OpUse ? freeName(target.name, taken) : (target as AnyLayer).name
      taken.add(name)
      return [target, name]
    }),
  )
}

function symbols(tree: unknown, what: 'inputs' | 'outputs'): Flat<SymbolicTensor> {
  const hint = what === 'inputs' ? 'input({ shape: [28, 28, 1] })' : 'what layers give: layers.dense(10).apply(x)'
  check(tree !== undefined && tree !== null, 'BAD_ARGUMENT', () => `model: ${what} are missing; expected symbolic tensors, as ${hint}`)
  check(!(tree instanceof Layer), 'BAD_ARGUMENT', () => `model: ${what} is a layer; expected symbolic tensors, as ${hint}`)
  const flat = flattenTree(tree, isTensor, what)
  check(flat.leaves.length > 0, 'BAD_ARGUMENT', () => `model: ${what} are empty; expected symbolic tensors, as ${hint}`)
  const other = flat.leaves.findIndex((leaf) => !isSymbolic(leaf))
  check(other < 0, 'BAD_ARGUMENT', () => `model: ${flat.paths[other]} is a tensor with values; expected a symbolic one, as ${hint}`)
  return flat as Flat<SymbolicTensor>
}

/** Names of inputs and outputs: keys of the object in which they were given, else of the layers that give them; made unique. */
function namesOf(given: Tree<Tensor> | Outputs, { leaves }: Flat<SymbolicTensor>, nameOf: (x: SymbolicTensor) => string): string[] {
  const keys = isTensor(given) || Array.isArray(given) ? [] : Object.keys(given)
  const taken = new Set<string>()
  return leaves.map((leaf, i) => {
    const name = freeName(keys.length === leaves.length ? nth(keys, i) : nameOf(leaf), taken)
    taken.add(name)
    return name
  })
}

/** A model from symbolic inputs to outputs: `model({ inputs: x, outputs: y })`. */
export const model = <const Y extends Outputs>(options: ModelOptions<Y>): Functional<Y> => new Functional(options)
