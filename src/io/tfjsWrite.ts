// Models as TensorFlow.js loads them: a topology in Keras 2's form, with the classes and options that it knows, and shards of weights.
import { dtypes } from '../graph/dtypes'
import type { Variable } from '../graph/variable'
import type { AnyLayer } from '../layers/layer'
import { saveLayer } from '../layers/saved'
import { Model } from '../model/model'
import { readContents } from '../runtime/session'
import { CornusError } from '../util/errors'
import { toKeras } from '../util/keras'
import { isObject, type Json } from './json'
import type { AnyModel, FileToWrite, WriteOptions } from './models'

type Options = { readonly [option: string]: Json }

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))
const CLASSES = words(`
  Activation Add AlphaDropout Average AveragePooling1D AveragePooling2D AveragePooling3D BatchNormalization Bidirectional Concatenate
  Conv1D Conv2D Conv3D Conv2DTranspose Conv3DTranspose ConvLSTM2D ConvLSTM2DCell Cropping2D Dense DepthwiseConv2D Dot Dropout ELU Embedding
  Flatten GRU GRUCell GaussianDropout GaussianNoise GlobalAveragePooling1D GlobalAveragePooling2D GlobalMaxPooling1D GlobalMaxPooling2D
  InputLayer LSTM LSTMCell LayerNormalization LeakyReLU Masking MaxPooling1D MaxPooling2D MaxPooling3D Maximum Minimum Multiply PReLU
  Permute RNN ReLU RepeatVector Rescaling Reshape SeparableConv2D SimpleRNN SimpleRNNCell Softmax SpatialDropout1D StackedRNNCells
  TimeDistributed UpSampling2D ZeroPadding2D Functional Sequential`)
const ACTIVATIONS = words('elu gelu linear relu relu6 selu sigmoid softmax softplus softsign tanh swish mish log_softmax hard_sigmoid')
const INITIALIZERS = words(`
  Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity LeCunNormal LeCunUniform Ones Orthogonal RandomNormal RandomUniform
  TruncatedNormal VarianceScaling Zeros`)
const CONSTRAINTS = words('MaxNorm NonNeg UnitNorm MinMaxNorm')
const OPTIMIZERS: { readonly [className: string]: string } = { SGD: 'SGD', Adam: 'Adam', RMSprop: 'RMSProp', Adagrad: 'Adagrad' }
/** Options that TensorFlow.js does not have; what it does is what they must be. */
const FIXED: { readonly [option: string]: Json } = { groups: 1, reset_after: false, keepdims: false, synchronized: false }
const DROPPED = words(
  'dtype ragged optional batch_shape zero_output_for_mask use_cudnn backward_layer auto_vectorize rms_scaling input_shape',
)
const NESTED = words('layer cell')

const SHARD = 4 * 2 ** 20

/** model.json and its shards. */
export function tfjsFiles(model: AnyModel, { name, optimizer }: WriteOptions): FileToWrite[] {
  const problems: string[] = []
  const saved = toKeras(saveLayer(model as AnyLayer)) as Options
  const topology = layerOf(saved, problems)
  if (problems.length)
    throw new CornusError(
      'UNSUPPORTED',
      `${model.name} cannot be written for TensorFlow.js: ${[...new Set(problems)].join('; ')}. Save it as .keras, which holds all`,
    )
  const weights = placed(model).map(({ variable, name: weight }) => ({ weight, variable, data: readContents(variable.storage) }))
  const base = name.replace(/[^/\\]*$/, '')
  const pieces = weights.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  const shards = cut(pieces, SHARD)
  const paths = shards.map((_, i) => `group1-shard${i + 1}of${shards.length}.bin`)
  const specs = weights.map(({ weight, variable: { shape, dtype } }) => ({
    name: weight,
    shape,
    dtype: dtypes[dtype].whole ? 'int32' : dtype,
  }))
  const training = optimizer ? trainingConfig(saved) : undefined
  const json = {
    format: 'layers-model',
    generatedBy: 'cornus',
    convertedBy: null,
    modelTopology: { ...topology, keras_version: '2.15.0', backend: 'tensor_flow.js' },
    ...(training && { trainingConfig: training }),
    weightsManifest: [{ paths, weights: specs }],
  }
  return [
    { name, pieces: [new TextEncoder().encode(JSON.stringify(json))] },
    ...shards.map((shard, i) => ({ name: base + paths[i]!, pieces: shard })),
  ]
}

/** Pieces one behind the other, cut into parts of so many bytes; nothing is copied. */
function cut(pieces: readonly Uint8Array[], most: number): Uint8Array[][] {
  const parts: Uint8Array[][] = []
  let room = 0
  for (const piece of pieces)
    for (let at = 0; at < piece.length; ) {
      if (room === 0) {
        parts.push([])
        room = most
      }
      const length = Math.min(room, piece.length - at)
      parts.at(-1)!.push(piece.subarray(at, at + length))
      at += length
      room -= length
    }
  return parts
}

/** Names of TensorFlow.js: models that stand in others give none, cells of stacks are numbered. */
function placed(model: AnyModel): { readonly variable: Variable; readonly name: string }[] {
  const inner = modelsIn(model, '').toSorted((a, b) => b.length - a.length)
  const cells = new Map<string, string[]>()
  return model.allWeights.map(({ variable, name, path }) => {
    const within = inner.find((prefix) => name.startsWith(`${prefix}/`))
    const own = within === undefined ? name : name.slice(within.length + 1)
    if (/\/depthwise_conv[12]d(_\d+)?\/vars/.test(path)) return { variable, name: own.replace(/kernel$/, 'depthwise_kernel') }
    // a cell or wrapped layer goes by the name of the layer around it
    if (/\/(cell|layer)\/vars\/\d+$/.test(path)) return { variable, name: own.replace(/\/[^/]+(?=\/[^/]+$)/, '') }
    const [, stack, cell] = /^(.*\/cells)\/(\w+)\//.exec(path) ?? []
    return { variable, name: stack === undefined || cell === undefined ? own : inStack(own, placeOf(stack, cell, cells)) }
  })
}

/** Which cell of its stack it is. */
function placeOf(stack: string, cell: string, cells: Map<string, string[]>): number {
  const known = cells.get(stack) ?? []
  cells.set(stack, known)
  if (!known.includes(cell)) known.push(cell)
  return known.indexOf(cell)
}

const inStack = (name: string, place: number): string => {
  const tokens = name.split('/')
  return [...tokens.slice(0, -3), `RNNCell_${place}`, tokens.at(-1)].join('/')
}

function modelsIn(model: AnyModel, prefix: string): string[] {
  return model.layers.flatMap((layer) => {
    const name = prefix ? `${prefix}/${layer.name}` : layer.name
    return layer instanceof Model ? [name, ...modelsIn(layer as AnyModel, name)] : []
  })
}

// Topology

function layerOf({ class_name: className, config, module }: Options, problems: string[]): { class_name: string; config: Json } {
  if (typeof module === 'string' && /\.ops\./.test(module)) problems.push(`it has no op ${String(className)} between layers; use a layer`)
  else if (typeof className !== 'string' || !CLASSES.has(className)) problems.push(`it has no layer ${String(className)}`)
  const options = isObject(config) ? config : {}
  if (className === 'Sequential')
    return { class_name: className, config: { name: options.name!, layers: listOf(options.layers, problems) } }
  if (className === 'Functional') return { class_name: 'Model', config: functional(options, problems) }
  if (className === 'ReLU' && options.threshold !== 0) return thresholded(options, problems)
  return { class_name: String(className), config: legacyOptions(String(className), options, problems) }
}

/** A ReLU with a threshold has a class of its own there. */
function thresholded({ name, trainable, threshold, max_value: most, negative_slope: slope }: Options, problems: string[]) {
  if (most !== null || slope !== 0) problems.push('its ThresholdedReLU has no max_value and no negative_slope')
  return { class_name: 'ThresholdedReLU', config: { name: name!, trainable: trainable!, theta: threshold! } }
}

const listOf = (layers: Json | undefined, problems: string[]): Json[] =>
  ((layers ?? []) as readonly Options[]).map((layer) => layerOf(layer, problems))

function functional({ name, layers, input_layers: inputs, output_layers: outputs }: Options, problems: string[]): Options {
  const list = (layers ?? []) as readonly Options[]
  const kinds = new Map(list.map((layer) => [layer.name!, layer.class_name!]))
  const ends = (x: Json | undefined): Json =>
    referencesIn(x ?? []).map(([layer, call, place]) => [layer!, (call as number) + (kinds.get(layer!) === 'Sequential' ? 1 : 0), place!])
  return {
    name: name!,
    layers: list.map((layer) => ({
      ...layerOf(layer, problems),
      name: layer.name!,
      inbound_nodes: ((layer.inbound_nodes ?? []) as readonly Options[]).map((node) => nodeOf(node, kinds, problems)),
    })),
    input_layers: ends(inputs),
    output_layers: ends(outputs),
  }
}

function referencesIn(x: Json): Json[][] {
  if (!Array.isArray(x)) return isObject(x) ? Object.values(x).flatMap(referencesIn) : []
  const list = x as readonly Json[]
  return typeof list[0] === 'string' && typeof list[1] === 'number' ? [list as Json[]] : list.flatMap(referencesIn)
}

/** [[layer, call, tensor, {}], …]: what a call was called on, states behind the input. */
function nodeOf({ args, kwargs }: Options, kinds: ReadonlyMap<Json, Json>, problems: string[]): Json {
  const { initial_state: states = null, mask = null, training, ...others } = isObject(kwargs) ? kwargs : {}
  if (mask !== null || Object.values(others).some((value) => value !== null))
    problems.push('a layer is called with a mask or other tensors by name')
  return [...tensorsIn(args ?? []), ...tensorsIn(states)].map(([layer, call, place]) => {
    const inner = kinds.get(layer!) === 'Sequential' || kinds.get(layer!) === 'Functional'
    return [layer!, (call as number) + (inner ? 1 : 0), place!, {}]
  })
}

function tensorsIn(x: Json): Json[][] {
  if (Array.isArray(x)) return (x as readonly Json[]).flatMap(tensorsIn)
  if (!isObject(x)) return []
  if (x.class_name !== '__keras_tensor__') return Object.values(x).flatMap(tensorsIn)
  return [(x.config as Options).keras_history as Json[]]
}

function legacyOptions(className: string, options: Options, problems: string[]): Options {
  const result: { [option: string]: Json } = {}
  for (const [key, value] of Object.entries(options)) {
    if (Object.hasOwn(FIXED, key)) {
      if (value !== FIXED[key]) problems.push(`its ${className} has no ${key}: ${JSON.stringify(value)}`)
    } else if (!DROPPED.has(key)) result[key] = legacyValue(className, key, value, problems)
  }
  if (className === 'InputLayer')
    Object.assign(result, { batch_input_shape: options.batch_shape!, dtype: options.dtype ?? 'float32', sparse: false })
  if (className === 'LeakyReLU') result.alpha = options.negative_slope!
  if (className === 'ReLU' && options.negative_slope !== 0) problems.push('its ReLU has no negative_slope')
  delete result.negative_slope
  if (className === 'ReLU') delete result.threshold
  return result
}

function legacyValue(className: string, key: string, value: Json, problems: string[]): Json {
  if (NESTED.has(key) && isObject(value)) return layerOf(value, problems) as Json
  if (key === 'cells' && Array.isArray(value)) return listOf(value, problems)
  if (/(^|_)activation$/.test(key)) return activation(className, value, problems)
  if (!isObject(value) || typeof value.class_name !== 'string') return value
  const { class_name: name, config } = value
  if (key.endsWith('_initializer')) return initializer(name, config as Options)
  if (key.endsWith('_regularizer'))
    return { class_name: 'L1L2', config: { l1: (config as Options).l1 ?? 0, l2: (config as Options).l2 ?? 0 } }
  if (key.endsWith('_constraint')) return CONSTRAINTS.has(name) ? { class_name: name, config: config! } : null
  return value
}

const RENAMED: { readonly [name: string]: string } = {
  silu: 'swish',
  legacy_hard_sigmoid: 'hard_sigmoid',
  hard_sigmoid: 'hard_sigmoid of Keras 3',
}

function activation(className: string, value: Json, problems: string[]): Json {
  const name = typeof value === 'string' && Object.hasOwn(RENAMED, value) ? RENAMED[value]! : value
  if (name !== null && (typeof name !== 'string' || !ACTIVATIONS.has(name)))
    problems.push(`its ${className} has no activation ${JSON.stringify(name)}`)
  return name
}

/** Weights are in the file: what made them counts only where somebody begins anew. */
function initializer(given: string, config: Options): Json {
  const name = given.replace(/^Lecun/, 'LeCun')
  return INITIALIZERS.has(name) ? { class_name: name, config } : { class_name: 'GlorotUniform', config: { seed: null } }
}

/** What TensorFlow.js can compile with; undefined where it could not. */
function trainingConfig({ compile_config: given }: Options): Json | undefined {
  const { optimizer, loss, metrics } = isObject(given) ? given : {}
  if (!isObject(optimizer) || typeof loss !== 'string' || !Object.hasOwn(OPTIMIZERS, String(optimizer.class_name))) return undefined
  const { learning_rate: rate, beta_1: beta1, beta_2: beta2, epsilon, rho } = optimizer.config as Options
  if (typeof rate !== 'number') return undefined
  const config = { learningRate: rate, beta1, beta2, epsilon, ...(rho !== undefined && { decay: rho }) }
  const plain = Array.isArray(metrics) && (metrics as readonly Json[]).every((metric) => typeof metric === 'string')
  return {
    optimizer_config: {
      class_name: OPTIMIZERS[String(optimizer.class_name)]!,
      config: Object.fromEntries(Object.entries(config).filter((entry): entry is [string, Json] => entry[1] !== undefined)),
    },
    loss,
    ...(plain && { metrics }),
  }
}
