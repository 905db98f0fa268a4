// Files of models. What reads and writes them is a chunk of its own, loaded at the first call.
import type { Tensor } from '../graph/node'
import { Layer, type Outputs } from '../layers/layer'
import { Model } from '../model/model'
import { provideCheckpoints } from '../model/resume'
import type { DescribeOptions, FileDescription } from './describe'
import { getFlatWeights, setFlatWeights, type FlatOptions, type FlatSource, type FlatWeights } from './flat'
import type { AnyModel, LoadModelOptions, ModelFormatName, SaveModelOptions } from './models'
import type { Source, Target } from './places/locate'
import type { TfjsArtifacts } from './tfjs'
import type { LoadWeightsOptions, SaveWeightsOptions, WeightsReport } from './weights'

declare module '../model/model' {
  // oxlint-disable-next-line no-unused-vars -- the parameter must be named as in the class
  interface Model<Y> {
    /**
     * Saves layers, weights, and what the model was compiled with, the optimizer's state included: `.keras` as Keras 3, or `.h5`. Targets
     * are those of saveWeights. Throws NOT_BUILT where weights are not made yet.
     */
    save(target: Target, options?: SaveModelOptions): Promise<void>
  }
}

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

Object.defineProperty(Model.prototype, 'save', {
  async value(this: AnyModel, target: Target, options?: SaveModelOptions) {
    const { saveModel } = await import('./models')
    return saveModel(this, target, options)
  },
  writable: true,
  configurable: true,
})

/**
 * The model that a file of Keras's, TensorFlow.js's (model.json) or ours holds, with its weights, compiled as it was:
 * `await loadModel('model.keras')`. Sources are those of loadWeights; a folder with config.json counts, too. Nothing in a file is run:
 * own layers and functions are given as customObjects.
 * Throws BAD_FILE where the file is damaged, UNKNOWN_NAME with all that is not known here.
 */
export async function loadModel<Y extends Outputs = Tensor>(source: Source | TfjsArtifacts, options?: LoadModelOptions): Promise<Model<Y>> {
  const { loadModel: load } = await import('./models')
  return (await load(source, options)) as unknown as Model<Y>
}

/** Addresses of what is kept in the stores of this browser, as 'indexeddb://digits'; of one store, if its scheme is given. */
export async function listModels(scheme?: string): Promise<string[]> {
  const { listStored } = await import('./places/locate')
  return listStored(scheme)
}

/** Removes a file from a store of this browser, or from a disk. Throws BAD_FILE where it is not there. */
export async function removeModel(target: Target): Promise<void> {
  const { removeStored } = await import('./places/locate')
  return removeStored(target)
}

/** What a file holds, as plain data: of a model its layers, weights and optimizer, else its arrays; `values: true` reads them, too. */
export async function describeFile(source: Source, options?: DescribeOptions): Promise<FileDescription> {
  const { describeFile: describe } = await import('./describe')
  return describe(source, options)
}

/** A model as the bytes of a file: 'keras' or 'h5'. */
export async function exportModel(model: object, format: ModelFormatName = 'keras', options?: SaveModelOptions): Promise<Uint8Array> {
  const { exportModel: write } = await import('./models')
  return write(model as AnyModel, format, options)
}

export type { DescribeOptions, FileDescription, LoadModelOptions, ModelFormatName, SaveModelOptions }
provideCheckpoints(async (resume, signal) => (await import('./checkpoint')).openCheckpoint(resume, signal))
