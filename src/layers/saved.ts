// Layers inside of others as options: given as layers, saved and found again by their classes.
import { customObject, layerLoader, nameOfOwn } from '../util/customObjects'
import { allOf, check, CornusError, showValue } from '../util/errors'
import { fromKeras } from '../util/keras'
import type { ConfigValue, Kind } from '../util/options'
import { checkSaved, isSavedPart, makeOwn, unknownClass, type Config, type SavedPart } from '../util/parts'
import { Layer, classMade, type AnyLayer, type BuildConfig } from './layer'
import { within } from './kinds'

/** A layer as it stands in a file. */
export type SavedLayer = SavedPart & {
  readonly buildConfig?: BuildConfig
  readonly compileConfig?: object
  /** The same number: the same layer. */
  readonly sharedObjectId?: number
}

/** Which layer each description is of, while the outermost one is saved. */
let saving: Map<object, AnyLayer> | undefined

/** A layer as it goes into a file. One that stands in several places has the same number there. */
export function saveLayer(layer: AnyLayer): SavedLayer {
  const outermost = !saving
  const described = (saving ??= new Map())
  try {
    const saved = describe(layer)
    described.set(saved, layer)
    if (outermost) numberShared(saved, described)
    return saved
  } finally {
    if (outermost) saving = undefined
  }
}

function numberShared(saved: object, described: ReadonlyMap<object, AnyLayer>): void {
  const places = new Map<AnyLayer, { sharedObjectId?: number }[]>()
  const walk = (part: object): void => {
    const layer = described.get(part)
    if (layer) places.set(layer, [...(places.get(layer) ?? []), part])
    for (const each of Object.values(part)) if (typeof each === 'object' && each !== null) walk(each as object)
  }
  walk(saved)
  for (const [{ serial }, same] of places) if (same.length > 1) for (const part of same) part.sharedObjectId = serial
}

function describe(layer: AnyLayer): SavedLayer {
  const { className, constructor } = layer
  const { options, module: keras } = constructor as typeof Layer
  // classes of the user's own have no table, or extend one of ours
  const ours = Object.hasOwn(constructor, 'className') && (options !== undefined || keras !== Layer.module)
  const module = ours ? keras : null
  const [buildConfig, compileConfig] = [layer.getBuildConfig(), layer.getCompileConfig()]
  return {
    module,
    className,
    config: layer.getConfig() as Config,
    registeredName: module === null ? nameOfOwn(constructor, className) : module.startsWith('keras.src') ? className : null,
    ...(buildConfig && { buildConfig }),
    ...(compileConfig && { compileConfig }),
  }
}

/** Layers made so far while a file is read, by the numbers of those that stand in several places. */
let shared: Map<number, AnyLayer> | undefined

/**
 * The layer that a file describes. Own classes come from customObjects; a layer that was built is built again, and one that stands in
 * several places is one.
 */
export function loadLayer(given: SavedPart): AnyLayer {
  const outermost = !shared
  const known = (shared ??= new Map())
  try {
    const saved = fromKeras(given) as SavedLayer
    checkSaved(saved, 'layer', ['inboundNodes', 'trainingByHand', 'kerasVersion', 'backend', 'dateSaved'])
    const { sharedObjectId: id } = saved
    const before = typeof id === 'number' ? known.get(id) : undefined
    if (before) return before
    const layer = make(saved)
    if (typeof id === 'number') known.set(id, layer)
    return layer
  } finally {
    if (outermost) shared = undefined
  }
}

function make({ className, config, registeredName, buildConfig }: SavedLayer): AnyLayer {
  const own = customObject(registeredName, className)
  const maker = own === undefined ? (layerLoader()?.(className) ?? builtBefore(className)) : (options: unknown) => makeOwn(own, options)
  const layer = maker(config as never)
  if (!(layer instanceof Layer)) throw new CornusError('BAD_ARGUMENT', `${showValue(className)} is no layer`)
  if (typeof buildConfig === 'object' && buildConfig !== null) layer.buildFromConfig(buildConfig)
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
