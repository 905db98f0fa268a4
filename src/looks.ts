// What console.log shows of layers, models and their parts.
import { Layer, type AnyLayer, type PartialShape } from './layers/layer'
import { Loss } from './losses/index'
import { Metric } from './metrics/index'
import { Model } from './model/model'
import { Optimizer } from './optimizers/index'
import { looksLike, showPart } from './util/looks'
import { showShape } from './util/shape'

/** Layers of a model that are told one by one. */
const SHOWN = 8

const shapesOf = (shapes: PartialShape | readonly PartialShape[]): string =>
  Array.isArray(shapes[0]) ? (shapes as readonly PartialShape[]).map(showShape).join(', ') : showShape(shapes as PartialShape)

const counted = (layer: AnyLayer): string => `${layer.countParams().toLocaleString('en-US')} params`

/** dense (Dense) [?, 2] → [?, 8], 24 params */
function showLayer(layer: AnyLayer): string {
  const { inputShape, built } = layer
  const title = `${layer.name} (${layer.className})`
  if (!built || !inputShape) return `${title}, not built`
  return `${title} ${showShape(inputShape)} → ${shapesOf(layer.computeOutputShape(inputShape))}, ${counted(layer)}`
}

function showModel(model: Model): string {
  const { layers } = model
  const shown = layers.slice(0, SHOWN).map((layer) => `  ${showLayer(layer)}`)
  const more = layers.length > SHOWN ? [`  … and ${layers.length - SHOWN} more; model.summary() shows all`] : []
  return [
    `${model.className} "${model.name}": ${layers.length} layer${layers.length === 1 ? '' : 's'}, ` +
      `${model.built ? counted(model) : 'not built'}`,
    ...shown,
    ...more,
  ].join('\n')
}

looksLike(Layer.prototype as AnyLayer, showLayer)
looksLike(Model.prototype, showModel)
for (const prototype of [Optimizer.prototype, Loss.prototype, Metric.prototype])
  looksLike(prototype, (part) => showPart(part.className, part.getConfig()))
