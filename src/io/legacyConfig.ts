// Configs of Keras 1 and 2 and of TensorFlow.js as Keras 3 has them: older class names, names of options, values and defaults.
import { badFile } from './source'
import { isObject, type Json } from './json'
import { toKeras } from '../util/keras'

type Options = { readonly [option: string]: Json }
/** A layer, model, loss … as files have it. */
export interface SavedObject {
  readonly class_name: string
  readonly config: Options
  readonly [key: string]: Json
}

const isSaved = (x: Json | undefined): x is SavedObject => isObject(x) && typeof x.class_name === 'string' && x.config !== undefined

const pairs = (text: string): { readonly [older: string]: string } =>
  Object.fromEntries(
    text
      .trim()
      .split(/\s+/)
      .map((pair) => pair.split('=')),
  )

const CLASSES = pairs(`
  Model=Functional Network=Functional Container=Functional Graph=Functional
  Convolution1D=Conv1D Convolution2D=Conv2D Convolution3D=Conv3D AtrousConvolution1D=Conv1D AtrousConvolution2D=Conv2D
  Deconvolution2D=Conv2DTranspose Convolution2DTranspose=Conv2DTranspose Deconvolution3D=Conv3DTranspose
  SeparableConvolution1D=SeparableConv1D SeparableConvolution2D=SeparableConv2D ThresholdedReLU=ReLU
  MaxPool1D=MaxPooling1D MaxPool2D=MaxPooling2D MaxPool3D=MaxPooling3D AvgPool1D=AveragePooling1D AvgPool2D=AveragePooling2D
  AvgPool3D=AveragePooling3D GlobalAvgPool1D=GlobalAveragePooling1D GlobalAvgPool2D=GlobalAveragePooling2D
  GlobalMaxPool1D=GlobalMaxPooling1D GlobalMaxPool2D=GlobalMaxPooling2D
  BatchNormalizationV1=BatchNormalization BatchNormalizationV2=BatchNormalization SyncBatchNormalization=BatchNormalization`)

/** Options of Keras 1, and later ones of all layers. */
const OPTIONS = pairs(`
  nb_filter=filters border_mode=padding subsample=strides subsample_length=strides dim_ordering=data_format bias=use_bias p=rate
  init=kernel_initializer W_regularizer=kernel_regularizer b_regularizer=bias_regularizer U_regularizer=recurrent_regularizer
  W_constraint=kernel_constraint b_constraint=bias_constraint inner_activation=recurrent_activation inner_init=recurrent_initializer
  dropout_W=dropout dropout_U=recurrent_dropout filter_length=kernel_size pool_length=pool_size atrous_rate=dilation_rate
  beta_init=beta_initializer gamma_init=gamma_initializer sigma=stddev rank=`)

/** What one class calls otherwise. */
const OF_CLASS: { readonly [className: string]: { readonly [older: string]: string } } = {
  LeakyReLU: pairs('alpha=negative_slope'),
  ReLU: pairs('theta=threshold'),
  Embedding: pairs('init=embeddings_initializer W_regularizer=embeddings_regularizer W_constraint=embeddings_constraint dropout= weights='),
  UpSampling1D: pairs('length=size'),
  MaxPooling1D: pairs('stride=strides'),
  AveragePooling1D: pairs('stride=strides'),
  DepthwiseConv2D: pairs('filters= groups= kernel_initializer= kernel_regularizer= kernel_constraint='),
  DepthwiseConv1D: pairs('filters= groups= kernel_initializer= kernel_regularizer= kernel_constraint='),
  SeparableConv1D: pairs('groups= kernel_initializer= kernel_regularizer= kernel_constraint='),
  SeparableConv2D: pairs('groups= kernel_initializer= kernel_regularizer= kernel_constraint='),
  BatchNormalization: pairs('mode= fused= renorm= virtual_batch_size= renorm_clipping= renorm_momentum= adjustment='),
  InputLayer: pairs('input_dtype=dtype'),
}

/** Options that say how to run, or nothing any more. */
const WITHOUT_MEANING =
  'implementation consume_less forget_bias_init input_length shared_object_id autocast experimental_autocast num_constants'.split(' ')

const VALUES: { readonly [option: string]: { readonly [older: string]: Json } } = {
  data_format: { tf: 'channels_last', th: 'channels_first', default: 'channels_last' },
  activation: { hard_sigmoid: 'legacy_hard_sigmoid', softmax_v2: 'softmax' },
  recurrent_activation: { hard_sigmoid: 'legacy_hard_sigmoid' },
}
const INITIALIZERS: { readonly [older: string]: string } = {
  zero: 'zeros',
  one: 'ones',
  normal: 'random_normal',
  uniform: 'random_uniform',
}
const RECURRENT = /^(LSTM|GRU|ConvLSTM\dD)(Cell)?$/
const NESTED = ['layer', 'backward_layer', 'forward_layer', 'cell']

/** A layer or model, and all that stand in it. */
export function modernLayer(given: Json, file: { readonly name: string }): SavedObject {
  if (!isObject(given)) throw badFile(file, `a layer is described by ${JSON.stringify(given)?.slice(0, 60)}; expected an object`)
  const { class_name: className, config, name, inbound_nodes: nodes } = toKeras(given) as Options
  const saved = { ...(name !== undefined && { name }), ...(nodes !== undefined && { inbound_nodes: nodes }) }
  if (typeof className !== 'string' || typeof config !== 'object' || config === null)
    throw badFile(file, 'a layer has no class_name, or no config')
  if (className === 'Sequential') return { ...saved, class_name: className, config: modernSequential(config, file) }
  if (className === 'Merge') return mergeLayer(saved, config as Options)
  const modern = Object.hasOwn(CLASSES, className) ? CLASSES[className]! : className
  if (modern === 'Functional') return { ...saved, class_name: modern, config: modernFunctional(config as Options, file) }
  return { ...saved, class_name: modern, config: modernOptions(modern, config as Options, className, file) }
}

const layersIn = (list: Json | undefined, file: { readonly name: string }): SavedObject[] => {
  if (!Array.isArray(list)) throw badFile(file, 'a model without its list of layers')
  return (list as readonly Json[]).map((layer) => modernLayer(layer, file))
}

/** The list of layers, or an object that holds it. */
function modernSequential(config: Json, file: { readonly name: string }): Options {
  const { layers, ...rest } = (Array.isArray(config) ? { layers: config as readonly Json[] } : config) as Options
  return { ...rest, layers: layersIn(layers, file) }
}

/** Calls of a model that stands in another were counted from 1, for the first was its own; here, as of all layers, from 0. */
function modernFunctional({ layers: list, ...config }: Options, file: { readonly name: string }): Options {
  const layers = layersIn(list, file)
  const models = new Set(layers.filter(({ class_name: kind }) => isModel(kind)).map(({ name, config: { name: own } }) => name ?? own))
  const { output_layers: outputs = null } = config
  const least = new Map<Json, number>()
  eachReference([layers.map((layer) => layer.inbound_nodes ?? []), outputs], (name, call) => {
    if (models.has(name)) least.set(name, Math.min(call, least.get(name) ?? call))
    return call
  })
  const fromZero = (x: Json) => eachReference(x, (name, call) => call - (least.get(name) ?? 0))
  return {
    ...config,
    layers: layers.map((layer) => (layer.inbound_nodes === undefined ? layer : { ...layer, inbound_nodes: fromZero(layer.inbound_nodes) })),
    ...(config.output_layers !== undefined && { output_layers: fromZero(outputs) }),
  }
}

const isModel = (className: string): boolean => className === 'Functional' || className === 'Sequential'

/** A value whose references [layer, call, place …] have other calls. */
function eachReference(x: Json, callOf: (layer: string, call: number) => number): Json {
  if (Array.isArray(x)) {
    const [name, call, ...rest] = x as readonly Json[]
    const isReference = typeof name === 'string' && typeof call === 'number'
    const inner = (isReference ? rest : (x as readonly Json[])).map((each) => eachReference(each, callOf))
    return isReference ? [name, callOf(name, call), ...inner] : inner
  }
  return isObject(x) ? Object.fromEntries(Object.entries(x).map(([key, each]) => [key, eachReference(each, callOf)])) : x
}

/** Keras 1 had one class for all kinds of merging. */
function mergeLayer(saved: Options, { mode, concat_axis: axis = -1, name = null }: Options): SavedObject {
  const kinds: { readonly [mode: string]: string } = { sum: 'Add', mul: 'Multiply', ave: 'Average', max: 'Maximum', concat: 'Concatenate' }
  const className = typeof mode === 'string' && Object.hasOwn(kinds, mode) ? kinds[mode]! : `Merge of mode ${JSON.stringify(mode)}`
  return { ...saved, class_name: className, config: { name, ...(className === 'Concatenate' && { axis }) } }
}

function modernOptions(className: string, given: Options, older: string, file: { readonly name: string }): Options {
  const renames = { ...OPTIONS, ...(Object.hasOwn(OF_CLASS, className) ? OF_CLASS[className] : {}) }
  const options: { [option: string]: Json } = {}
  for (const [key, value] of Object.entries(given)) {
    const option = Object.hasOwn(renames, key) ? renames[key]! : key
    const says = option !== '' && !WITHOUT_MEANING.includes(option) && (value !== null || /^(recurrent_)?activation$/.test(option))
    if (says) options[option] = modernValue(option, value, file) // null is the default of all others
  }
  if (className === 'RNN' && options.cell !== undefined) delete options.cells // TensorFlow.js writes both
  dropDtype(className, options)
  firstShape(className, options)
  if (older === 'ThresholdedReLU') options.threshold ??= 1
  if (RECURRENT.test(className)) options.recurrent_activation ??= 'legacy_hard_sigmoid'
  if (/^GRU(Cell)?$/.test(className)) options.reset_after ??= false
  if (className === 'RNN' || /^(LSTM|GRU|SimpleRNN)$/.test(className)) timeMajor(options, file)
  if (className === 'BatchNormalization' && Array.isArray(options.axis)) options.axis = (options.axis as readonly Json[])[0] ?? -1
  if (typeof options.nb_row === 'number' || typeof options.nb_col === 'number') kernelSize(options)
  if (options.units === undefined && options.output_dim !== undefined && className !== 'Embedding') rename(options, 'output_dim', 'units')
  return options
}

function rename(options: { [option: string]: Json }, from: string, to: string): void {
  options[to] = options[from]!
  delete options[from]
}

function kernelSize(options: { [option: string]: Json }): void {
  options.kernel_size = [options.nb_row!, options.nb_col!]
  delete options.nb_row
  delete options.nb_col
}

/** All layers compute in float32; what a file says is that it did so, or its cast to it. An input keeps whole numbers. */
function dropDtype(className: string, options: { [option: string]: Json }): void {
  const whole = typeof options.dtype === 'string' && /int|bool/.test(options.dtype)
  if (className !== 'InputLayer') delete options.dtype
  else if (typeof options.dtype === 'string') options.dtype = whole ? 'int32' : options.dtype === 'string' ? 'string' : 'float32'
}

/** Keras 1 says the size of the input by input_dim. */
function firstShape(className: string, options: { [option: string]: Json }): void {
  const { input_dim: size } = options
  if (className === 'Embedding' || size === undefined) return
  delete options.input_dim
  if (typeof size === 'number' && options.batch_input_shape === undefined) options.batch_input_shape = [null, size]
}

function timeMajor(options: { [option: string]: Json }, file: { readonly name: string }): void {
  if (options.time_major === true)
    throw badFile(file, `layer '${String(options.name)}' has time_major: true, which Keras 3 has no more; put a Permute layer before it`)
  delete options.time_major
}

/** Values that were called otherwise, numbers that NumPy wrapped, layers inside. */
function modernValue(option: string, value: Json, file: { readonly name: string }): Json {
  if (NESTED.includes(option) && isSaved(value)) return modernLayer(value, file)
  if (option === 'cells' && Array.isArray(value)) return (value as readonly Json[]).map((cell) => modernLayer(cell, file))
  if (isObject(value) && value.type === 'ndarray') return value.value ?? null
  if (typeof value === 'string') {
    const values = Object.hasOwn(VALUES, option) ? VALUES[option]! : option.endsWith('_initializer') ? INITIALIZERS : {}
    return Object.hasOwn(values, value) ? values[value]! : value
  }
  if (option.endsWith('_regularizer') && isSaved(value)) return regularizer(value)
  return value
}

/** TensorFlow.js notes more than l1 and l2. */
function regularizer({ class_name: className, config, ...rest }: SavedObject): Json {
  if (className !== 'L1L2' && className !== 'WeightRegularizer') return { ...rest, class_name: className, config }
  const { l1 = 0, l2 = 0 } = config
  return { class_name: 'L1L2', config: { l1, l2 } }
}

// What a model was compiled with

const OPTIMIZERS = pairs('AdamaxOptimizer=Adamax Momentum=SGD AdamOptimizer=Adam RMSPropOptimizer=RMSprop SGDOptimizer=SGD')
const OPTIMIZER_OPTIONS = pairs('lr=learning_rate schedule_decay= is_legacy_optimizer= jit_compile=')

/** training_config of a file as compile_config of Keras 3. */
export function modernCompile(given: Json): Options {
  const saved = toKeras(isObject(given) ? given : {}) as Options
  const {
    optimizer_config: optimizer,
    loss = null,
    metrics = null,
    weighted_metrics: weighted = null,
    loss_weights: weights = null,
  } = saved
  return {
    ...(isSaved(optimizer) && { optimizer: modernOptimizer(optimizer) }),
    loss: each(loss, modernPart),
    loss_weights: weights,
    metrics: each(metrics, modernPart),
    weighted_metrics: each(weighted, modernPart),
  }
}

export function modernOptimizer({ class_name: older, config }: SavedObject): SavedObject {
  const options: { [option: string]: Json } = {}
  for (const [key, value] of Object.entries(config)) {
    const option = Object.hasOwn(OPTIMIZER_OPTIONS, key) ? OPTIMIZER_OPTIONS[key]! : key
    if (option && value !== null) options[option] = value
  }
  const { decay, learning_rate: rate } = options
  delete options.decay
  if (typeof decay === 'number' && decay > 0 && typeof rate === 'number') {
    const config = { initial_learning_rate: rate, decay_steps: 1, decay_rate: decay }
    options.learning_rate = { module: 'keras.optimizers.schedules', class_name: 'InverseTimeDecay', config, registered_name: null }
  }
  return {
    module: 'keras.optimizers',
    class_name: Object.hasOwn(OPTIMIZERS, older) ? OPTIMIZERS[older]! : older,
    config: options,
    registered_name: null,
  }
}

/** Every leaf of a structure of losses or metrics. */
function each(given: Json, map: (leaf: Json) => Json): Json {
  if (Array.isArray(given)) return (given as readonly Json[]).map((inner) => each(inner, map))
  if (isObject(given) && !isSaved(given)) return Object.fromEntries(Object.entries(given).map(([key, inner]) => [key, each(inner, map)]))
  return given === null ? null : map(given)
}

/** A loss or metric: wrapped functions by their names, without options that said how to run. */
function modernPart(part: Json): Json {
  if (!isSaved(part)) return part
  const { fn, reduction, dtype: _, ...config } = part.config
  if (part.class_name.endsWith('Wrapper')) return typeof fn === 'string' ? fn : (config.name ?? part.class_name)
  return { ...part, config: { ...config, ...(reduction !== undefined && reduction !== 'auto' && { reduction }) } }
}
