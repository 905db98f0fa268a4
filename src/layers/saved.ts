// Layers inside of others as options: given as layers, saved and found again by their classes.
import { customObject, layerLoader } from '../util/customObjects'
import { allOf, check, CornusError, showValue } from '../util/errors'
import { fromKeras } from '../util/keras'
import type { ConfigValue, Kind } from '../util/options'
import { checkSaved, isSavedPart, makeOwn, unknownClass, type Config, type SavedPart } from '../util/parts'
import { Layer, classMade, type AnyLayer, type PartialShape } from './layer'
import { within } from './kinds'

/** A layer as it goes into a file. */
export function saveLayer(layer: AnyLayer): SavedPart & { readonly buildConfig?: { readonly inputShape: PartialShape } } {
  const { className, built, inputShape } = layer
  const { options, module: keras } = layer.constructor as typeof Layer
  const module = options || keras !== Layer.module ? keras : null // classes of the user's own have no table
  return {
    module,
    className,
    config: layer.getConfig() as Config,
    registeredName: module === null ? className : null,
    ...(built && inputShape && { buildConfig: { inputShape } }),
  }
}

/** The layer that a file describes. Own classes come from customObjects; a layer that was built is built again. */
export function loadLayer(given: SavedPart): AnyLayer {
  const saved = fromKeras(given) as SavedPart & { config: object; buildConfig?: { inputShape?: PartialShape } }
  checkSaved(saved, 'layer', ['inboundNodes'])
  const { className, config, registeredName, buildConfig } = saved
  const own = customObject(registeredName, className)
  const make = own === undefined ? (layerLoader()?.(className) ?? builtBefore(className)) : (options: unknown) => makeOwn(own, options)
  const layer = make(config as never)
  if (!(layer instanceof Layer)) throw new CornusError('BAD_ARGUMENT', `${showValue(className)} is no layer`)
  if (Array.isArray(buildConfig?.inputShape)) layer.ensureBuilt(buildConfig.inputShape)
  return layer
}

function builtBefore(className: string): (config: object) => unknown {
  const known = classMade(className)
  if (!known) throw unknownClass('layer', className, [])
  return (config) => known.fromConfig(config)
}

/** A layer of some class, or a saved one. */
export const layerKind = <L extends AnyLayer>(takes: string, isRight: (layer: AnyLayer) => layer is L): Kind<L | SavedPart, L> => ({
  takes,
  save: (layer) => saveLayer(layer) as unknown as ConfigValue,
  read: (value, what) => {
    const layer = isSavedPart(value) ? within(what, () => loadLayer(value)) : value
    const right = layer instanceof Layer && isRight(layer)
    check(right, 'BAD_ARGUMENT', () => `${what} must be ${takes}, not ${layer instanceof Layer ? layer.className : showValue(layer)}`)
    return layer as L
  },
})

/** Several of them; one error says all that is wrong. */
export const layersKind = <L extends AnyLayer>(
  each: Kind<L | SavedPart, L>,
  least = 1,
): Kind<readonly (L | SavedPart)[], readonly L[]> => ({
  takes: `an array of ${least ? 'at least one, each ' : ''}${each.takes}`,
  save: (layers) => layers.map((layer) => each.save(layer)),
  read: (value, what) => {
    check(
      Array.isArray(value) && value.length >= least,
      'BAD_ARGUMENT',
      () => `${what} must be an array of ${least ? 'at least one, each ' : ''}${each.takes}, not ${showValue(value)}`,
    )
    return allOf((value as unknown[]).map((layer, i) => () => each.read(layer, `${what}[${i}]`)))
  },
})
