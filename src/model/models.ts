// Whole models from what describes them: JSON texts, and other models.
import { Call, OpUse, substitute, SymbolicTensor } from '../graph/symbolic'
import { Tensor } from '../graph/node'
import type { InputLayer } from '../layers/inputLayer'
import { Layer, type AnyLayer, type LayerInput, type ApplyOptions, type Outputs } from '../layers/layer'
import { keepingOwn, register, withCustomObjects } from '../util/customObjects'
import { check, CornusError, isInstance, showValue } from '../util/errors'
import { nth } from '../util/lists'
import { knownOptions, nullable, optional, readOptions, text } from '../util/options'
import { isClass, type DeserializeOptions, type SavedPart } from '../util/parts'
import { flattenTree, type Tree } from '../util/tree'
import { Functional, input } from './functional'
import { deserialize } from './layers'
import { Model } from './model'
import { Sequential } from './sequential'

/** A model without weights' values from what `toJSON()` of ours or Keras's `to_json()` gives, as text or parsed. */
export function modelFromJSON<Y extends Outputs = Tensor>(json: string | object, options?: DeserializeOptions): Model<Y> {
  const saved = parsed(json)
  const model = deserialize(saved as SavedPart, options)
  check(isInstance(model, Model), 'BAD_ARGUMENT', () => `modelFromJSON: the JSON describes a layer (${model.className}), not a model`)
  return model as AnyLayer as Model<Y>
}

function parsed(json: unknown): unknown {
  let value = json
  try {
    // a text in a text is what JSON.stringify(model) gives
    for (let i = 0; i < 2 && typeof value === 'string'; i++) value = JSON.parse(value)
  } catch (cause) {
    throw new CornusError('BAD_DATA', `modelFromJSON: this is no JSON: ${(cause as Error).message}`, { cause })
  }
  return value
}

const registering = { package: optional(text, 'Custom'), name: optional(nullable(text), null) }

/**
 * Makes own classes (layers, models, losses, …) and functions known by their names, so that files that name them load without
 * customObjects. See keras.saving.register_keras_serializable.
 * @param options package: the part before '>' in the name, default 'Custom'; name: default the class's or function's
 */
export function registerSerializable<T extends (abstract new (...args: never[]) => unknown) | ((...args: never[]) => unknown)>(
  object: T,
  options?: { package?: string; name?: string },
): T {
  check(
    typeof object === 'function',
    'BAD_ARGUMENT',
    () => `registerSerializable: expected a class or function, not ${showValue(object)}; write registerSerializable(MyLayer)`,
  )
  const { package: owner, name: given } = readOptions(registering, options, 'registerSerializable')
  const name = given ?? object.name
  check(typeof name === 'string' && name !== '', 'BAD_ARGUMENT', () => 'registerSerializable: the function has no name; give { name }')
  register(`${owner}>${name}`, object)
  return object
}

export interface CloneOptions {
  /** Makes the layer in the place of each; default one of the same class and options, with weights of its own. */
  cloneFunction?: (layer: AnyLayer) => AnyLayer
  /** Symbolic tensors in the place of the inputs, in the model's form. */
  inputs?: Tree<Tensor>
}

/** A layer of the same class and options; what is own code in it stays the same. */
function another(layer: AnyLayer): AnyLayer {
  const { saved, objects } = keepingOwn(() => layer.getConfig())
  const { fromConfig } = layer.constructor as typeof Layer & { fromConfig(config: object): AnyLayer }
  return withCustomObjects(objects, () => fromConfig.call(layer.constructor, saved) as AnyLayer)
}

function replaced(layer: AnyLayer, by: (layer: AnyLayer) => AnyLayer): AnyLayer {
  const found = by(layer)
  check(isInstance(found, Layer), 'BAD_ARGUMENT', () => `cloneModel: cloneFunction must return a layer, not ${showValue(found)}`)
  return found as AnyLayer
}

/** A model of the same form whose layers are new: with other weights, or made by `cloneFunction`. See keras.models.clone_model. */
export function cloneModel<M extends AnyLayer>(model: M, options?: CloneOptions): M {
  const { cloneFunction, inputs } = knownOptions(options, ['cloneFunction', 'inputs'], 'cloneModel')
  const makes = cloneFunction === undefined || (typeof cloneFunction === 'function' && !isClass(cloneFunction))
  check(makes, 'BAD_ARGUMENT', () => `cloneModel: cloneFunction must be a function of a layer, not ${showValue(cloneFunction)}`)
  check(isInstance(model, Model), 'BAD_ARGUMENT', () => `cloneModel: expected a model, not ${showValue(model)}`)
  if (model instanceof Functional) return cloneDrawn(model, cloneFunction ?? another, inputs) as unknown as M
  if (model instanceof Sequential) return cloneSequential(model, cloneFunction ?? another, inputs) as unknown as M
  check(!cloneFunction && !inputs, 'BAD_ARGUMENT', () => 'cloneModel: cloneFunction and inputs are for models that are drawn or sequential')
  return another(model) as M
}

const isTensor = (x: unknown): x is Tensor => isInstance(x, Tensor)

function cloneDrawn(model: Functional<Outputs>, by: (layer: AnyLayer) => AnyLayer, inputs: Tree<Tensor> | undefined): Functional<Outputs> {
  const { inputs: ins, outputs, calls, standIns } = model.graph
  const values = new Map<SymbolicTensor, Tensor>()
  const given = inputs === undefined ? undefined : flattenTree(inputs, isTensor, 'cloneModel: inputs').leaves
  check(
    !given || given.length === ins.leaves.length,
    'BAD_ARGUMENT',
    () => `cloneModel: the model has ${ins.leaves.length} inputs; ${given!.length} were given`,
  )
  const begin = ins.leaves.map((leaf, i) => given?.[i] ?? sameInput(leaf, standIns.get(leaf) ?? leaf.call.target))
  ins.leaves.forEach((leaf, i) => values.set(leaf, nth(begin, i)))
  const copies = new Map<object, AnyLayer>()
  const copyOf = (layer: AnyLayer) => {
    const copy = copies.get(layer) ?? replaced(layer, by)
    copies.set(layer, copy)
    return copy
  }
  for (const call of calls) {
    const args = call.args.map((arg) => substitute(arg, SymbolicTensor, (x) => values.get(x) ?? x))
    const { target } = call
    const copy =
      target instanceof Layer ? called(copyOf(target), args) : new Call(new OpUse((target as OpUse).op), call.name, args, call.compute)
    call.outputs.forEach((output, i) => values.set(output, nth(copy.outputs, i)))
  }
  const { name, trainable } = model
  return new Functional({
    inputs: ins.rebuild(begin),
    outputs: outputs.rebuild(outputs.leaves.map((leaf) => values.get(leaf)!)) as Outputs,
    name,
    trainable,
  })
}

function sameInput({ partialShape, dtype }: SymbolicTensor, layer: object): Tensor {
  const { name } = layer as InputLayer
  return input({ batchShape: partialShape, dtype, name })
}

function called(layer: AnyLayer, [x, options]: readonly unknown[]): Call {
  layer.apply(x as LayerInput, options as ApplyOptions | undefined)
  return nth(layer.calls, -1)
}

function cloneSequential(model: Sequential, by: (layer: AnyLayer) => AnyLayer, inputs: Tree<Tensor> | undefined): Model {
  const { inputShape, name } = model
  const layers = model.layers.map((layer) => replaced(layer, by) as Layer)
  const copy = new Sequential({ name, layers, trainable: model.trainable, ...(inputShape && { buildInputShape: inputShape }) })
  if (inputs === undefined) return copy
  const [x] = flattenTree(inputs, isTensor, 'cloneModel: inputs').leaves
  return new Functional({ inputs: x!, outputs: copy.apply(x!), name: `${name}_clone` })
}
