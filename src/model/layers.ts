// The public room of layers: their factories, and the way of all of them, models too, into files and back.
import * as factories from '../layers/index'
import type { AnyLayer } from '../layers/layer'
import { loadLayer, saveLayer } from '../layers/saved'
import { withCustomObjects } from '../util/customObjects'
import { lookUp } from '../util/names'
import type { DeserializeOptions, SavedPart } from '../util/parts'
import { Sequential } from './sequential'

export * from '../layers/index'

type Make = (config: never) => unknown

const loader = (className: string): Make => (className === 'Sequential' ? (config: object) => Sequential.fromConfig(config) : lookUp<Make>({ ...factories }, className, 'layer'))

/** A layer or model as it goes into a file: plain JSON data, Keras's with keys in camelCase. */
export const serialize = (layer: AnyLayer): ReturnType<typeof saveLayer> => saveLayer(layer)

/** The layer or model that a file describes, in our spelling or Keras's; one that was built is built again. One error lists all that is unknown. */
export const deserialize = (saved: SavedPart, { customObjects = {} }: DeserializeOptions = {}): AnyLayer => withCustomObjects(customObjects, () => loadLayer(saved), loader)
