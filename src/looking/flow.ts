// A model as boxes and arrows: one box for each call of a layer or op, models inside as boxes with boxes of their own on request.
import type { Call } from '../graph/symbolic'
import { OpUse } from '../graph/symbolic'
import { Layer, type AnyLayer, type PartialShape } from '../layers/layer'
import { draw, Functional, type Drawn } from '../model/functional'
import type { Model } from '../model/model'
import { Sequential } from '../model/sequential'

/** A call as a box. */
export interface Box {
  readonly name: string
  readonly className: string
  readonly shapes: readonly PartialShape[]
  readonly dtype: string
  /** Undefined for ops. */
  readonly layer?: AnyLayer
  /** The model inside, where it is to be shown. */
  readonly inside?: Flow
}

export interface Flow {
  readonly boxes: readonly Box[]
  /** From and to which box. */
  readonly arrows: readonly (readonly [number, number])[]
}

type AnyModel = Model<never> | Model

/** What is drawn of a model; undefined where only its list of layers is known. */
function drawnOf(model: AnyLayer): Drawn | undefined {
  if (model instanceof Functional) return model.graph
  const isKnown = model instanceof Sequential && model.inputShape && model.layers.length > 0
  return isKnown ? draw((model as Sequential).input, (model as Sequential).output, model.name) : undefined
}

/** @param nested whether models inside are opened */
export function flowOf(model: AnyLayer, nested: boolean, depth = 0): Flow {
  const drawn = drawnOf(model)
  return drawn ? ofGraph(drawn, nested, depth) : ofList(model as AnyModel, nested, depth)
}

/** Models deeper inside of each other stay closed. */
const MAX_DEPTH = 16
const isModel = (layer: AnyLayer | undefined): layer is AnyLayer & AnyModel => layer !== undefined && 'summaryRows' in layer

const insideOf = (layer: AnyLayer | undefined, nested: boolean, depth: number): { inside?: Flow } =>
  nested && depth < MAX_DEPTH && isModel(layer) ? { inside: flowOf(layer, nested, depth + 1) } : {}

function ofGraph({ inputs, calls, names }: Drawn, nested: boolean, depth: number): Flow {
  const all: Call[] = [...new Set([...inputs.leaves.map(({ call }) => call), ...calls])]
  const places = new Map(all.map((call, i) => [call, i]))
  const boxes = all.map((call): Box => {
    const { target, outputs } = call
    const layer = target instanceof Layer ? (target as AnyLayer) : undefined
    return {
      name: names.get(target) ?? call.name,
      className: layer?.className ?? (target as OpUse).op,
      shapes: outputs.map(({ partialShape }) => partialShape),
      dtype: outputs[0]?.dtype ?? '',
      ...(layer && { layer }),
      ...insideOf(layer, nested, depth),
    }
  })
  const given = new Set(inputs.leaves)
  const arrows = calls.flatMap((call) => {
    const isStart = call.outputs.some((output) => given.has(output))
    const from = isStart ? [] : [...new Set(call.inputs.map(({ call: before }) => places.get(before)!))]
    return from.map((start) => [start, places.get(call)!] as const)
  })
  return { boxes, arrows }
}

function ofList(model: AnyModel, nested: boolean, depth: number): Flow {
  const boxes = model.summaryRows().map(({ name, className, shapes, layer }): Box => {
    return { name, className, shapes, dtype: '', ...(layer && { layer }), ...insideOf(layer, nested, depth) }
  })
  return { boxes, arrows: boxes.slice(1).map((_, i) => [i, i + 1] as const) }
}
