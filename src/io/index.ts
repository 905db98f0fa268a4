// Files of models. What reads and writes them is a chunk of its own, loaded at the first call.
import { Layer } from '../layers/layer'
import { getFlatWeights, setFlatWeights, type FlatOptions, type FlatSource, type FlatWeights } from './flat'
import type { Source, Target } from './places/locate'
import type { LoadWeightsOptions, SaveWeightsOptions, WeightsReport } from './weights'

declare module '../layers/layer' {
  // oxlint-disable-next-line no-unused-vars -- the parameter must be named as in the class
  interface Layer<Y> {
    /**
     * Saves the weights: as .weights.h5 of Keras 3, .safetensors or .npz, by the target's ending. A path, a URL, 'opfs://name',
     * 'indexeddb://name',
     * 'localstorage://name', 'downloads://name', or an object with write(name, bytes). The target is always the old file or the new one,
     * whole.
     */
    saveWeights(target: Target, options?: SaveWeightsOptions): Promise<void>
    /**
     * Loads weights from a file of these formats, wherever it comes from; arrays are found by path ('layers/dense/vars/0') or name
     * ('dense/kernel'). All are
     * read and checked before any is written. Throws BAD_FILE if the file is damaged or does not fit.
     */
    loadWeights(source: Source, options?: LoadWeightsOptions): Promise<WeightsReport>
    /** Copies of all weights in one buffer, with a table of names, paths, shapes and offsets. Throws NOT_BUILT. */
    getFlatWeights(options?: FlatOptions): FlatWeights
    /**
     * Overwrites all weights by those of one buffer, as getFlatWeights() lays them out: what it gave, its buffer, or typed numbers.
     * Nothing is written if the length or the table does not fit (BAD_SHAPE).
     */
    setFlatWeights(flat: FlatSource): void
  }
}

const methods: Pick<Layer, 'saveWeights' | 'loadWeights' | 'getFlatWeights' | 'setFlatWeights'> & ThisType<Layer> = {
  async saveWeights(target, options) {
    const { saveWeights } = await import('./weights')
    return saveWeights(this, target, options)
  },
  async loadWeights(source, options) {
    const { loadWeights } = await import('./weights')
    return loadWeights(this, source, options)
  },
  getFlatWeights(options) {
    return getFlatWeights(this, options)
  },
  setFlatWeights(flat) {
    setFlatWeights(this, flat)
  },
}
for (const [name, value] of Object.entries(methods))
  Object.defineProperty(Layer.prototype, name, { value, writable: true, configurable: true })
