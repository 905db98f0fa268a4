// The public room of layers: their factories, and the way of all of them, models too, into files and back.
import * as factories from '../layers/index'
import { Layer, type AnyLayer } from '../layers/layer'
import { loadLayer, saveLayer } from '../layers/saved'
import { withCustomObjects } from '../util/customObjects'
import { check, isInstance, showValue } from '../util/errors'
import { plainName } from '../util/names'
import { isSavedPart, ownObjects, unknownClass, type DeserializeOptions, type SavedPart } from '../util/parts'
import { Functional } from './functional'
import { Sequential } from './sequential'

export * from '../layers/index'

type Make = (config: never) => unknown

const drawn = (config: object) => Functional.fromConfig(config)
const table: { readonly [name: string]: Make } = {
  ...factories,
  sequential: (config: object) => Sequential.fromConfig(config),
  functional: drawn,
  model: drawn, // as older files call it
}

function loader(className: string): Make {
  const name = Object.keys(table).find((known) => plainName(known) === plainName(className))
  if (name === undefined) throw unknownClass('layer', className, Object.keys(table))
  return table[name]!
}

/** A layer or model as it goes into a file: plain JSON data, Keras's with keys in camelCase. */
export const serialize = (layer: AnyLayer): ReturnType<typeof saveLayer> => {
  check(isInstance(layer, Layer), 'BAD_ARGUMENT', () => `layers.serialize: expected a layer or model, not ${showValue(layer)}`)
  return saveLayer(layer)
}

/**
 * The layer or model that a file describes, in our spelling or Keras's; one that was built is built again. One error lists all that is
 * unknown.
 */
export function deserialize(saved: SavedPart, options: DeserializeOptions = {}): AnyLayer {
  check(
    isSavedPart(saved),
    'BAD_ARGUMENT',
    () => `layers.deserialize: expected what layers.serialize gives, { className, config }, not ${showValue(saved)}`,
  )
  return withCustomObjects(ownObjects(options), () => loadLayer(saved), loader)
}
