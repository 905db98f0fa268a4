// Looking at a model: what draws and measures is a chunk of its own, loaded at the first call.
import { Model } from '../model/model'
import type { DataTree } from '../model/data'
import type { PictureOptions } from './options'
import type { Profile, ProfileOptions } from './profile'

declare module '../model/model' {
  // oxlint-disable-next-line no-unused-vars -- the parameter must be named as in the class
  interface Model<Y> {
    /**
     * The graph as an SVG document: a box for each call of a layer or op, with shapes, in light or dark as the screen is. Write it to a
     * file, or put it into a page. See keras.utils.plot_model.
     */
    toSVG(options?: PictureOptions): Promise<string>
    /** The graph in the language of Graphviz. See keras.utils.model_to_dot. */
    toDot(options?: PictureOptions): Promise<string>
    /**
     * Operations and bytes of a forward pass, layer by layer, as plain data; `text` is a table. With data x also times: of each layer
     * alone, and of the whole.
     */
    profile(x?: DataTree, options?: ProfileOptions): Promise<Profile>
  }
}

const methods: Pick<Model, 'toSVG' | 'toDot' | 'profile'> & ThisType<Model> = {
  async toSVG(options) {
    const { toSVG } = await import('./all')
    return toSVG(this, options)
  },
  async toDot(options) {
    const { toDot } = await import('./all')
    return toDot(this, options)
  },
  async profile(x, options) {
    const { profile } = await import('./all')
    return profile(this, x, options)
  },
}
for (const [name, value] of Object.entries(methods))
  Object.defineProperty(Model.prototype, name, { value, writable: true, configurable: true })
