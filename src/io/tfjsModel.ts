// A model of TensorFlow.js as a model of ours: its layers in Keras 3's form, its weights by their names, what it was compiled with.
import { Model } from '../model/model'
import { deserialize } from '../model/layers'
import { CornusError } from '../util/errors'
import type { CustomObjects } from '../util/customObjects'
import { modernCompile, modernLayer } from './legacyConfig'
import { badFile } from './source'
import type { AnyModel, OpenedModel, ReadOptions } from './models'
import { fromArtifacts, openTfjs, type TfjsArtifacts, type TfjsModel } from './tfjs'
import { fillWeights } from './weights'

export interface TfjsOptions {
  readonly customObjects?: CustomObjects | undefined
  /** Default true: with the loss, metrics and optimizer that the file names. */
  readonly compile?: boolean | undefined
}

/** The model that a file describes, with its weights. */
export async function modelFromTfjs(
  { topology, trainingConfig, arrays }: TfjsModel,
  file: { readonly name: string },
  { customObjects = {}, compile = true }: TfjsOptions = {},
): Promise<AnyModel> {
  if (topology === undefined)
    throw new CornusError(
      'BAD_FILE',
      `${file.name}: holds weights alone, without layers; make the model and call model.loadWeights(…) with the same source`,
    )
  const model = deserialize(modernLayer(topology, file) as never, { customObjects })
  if (!(model instanceof Model)) throw badFile(file, `holds a layer, ${model.className}, where a model is expected`)
  const own = new Map([...arrays].filter(([, { group }]) => group === 'model'))
  if (own.size > 0 || model.weights.length > 0) await fillWeights(model, own, file)
  if (compile && trainingConfig !== undefined) model.compileFromConfig(modernCompile(trainingConfig))
  return model
}

/** An opened model.json with its shards. */
export async function readTfjsModel({ file, place, json }: OpenedModel, options: ReadOptions): Promise<AnyModel> {
  return modelFromTfjs(await openTfjs((await json()) ?? null, file, place, options), file, options)
}

/** A model as tf.io hands it around, in memory. */
export const modelFromArtifacts = (artifacts: TfjsArtifacts, options: ReadOptions): Promise<AnyModel> =>
  modelFromTfjs(fromArtifacts(artifacts), { name: 'the model given' }, options)
