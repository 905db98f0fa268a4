// Ops between layers of a drawn model, as Keras writes them in a config and back: one row for each op.
import * as activations from '../activations'
import { OpUse, type Compute } from '../graph/symbolic'
import type { Tensor } from '../graph/node'
import * as ops from '../ops/index'
import { check, CornusError, didYouMean, showValue } from '../util/errors'
import { nth } from '../util/lists'
import { camelName } from '../util/parts'
import { plainName } from '../util/names'

/** A call of an op as a config has it: tensors and constants as arguments, the rest as options. */
export interface OpNode {
  readonly module: string
  readonly className: string
  readonly registeredName: string
  readonly args: readonly unknown[]
  readonly kwargs?: { readonly [name: string]: unknown }
  readonly config: { readonly [option: string]: unknown }
}

/**
 * op, Keras's module and class, how many arguments are Keras's too; then, for each further argument, Keras's option (with its value here,
 * where the op is called without). `!` after an option: it must have this value, which no argument stands for.
 */
const ROWS = `
add numpy.Add 2|sub numpy.Subtract 2|mul numpy.Multiply 2|div numpy.Divide 2|floorDiv numpy.FloorDivide 2|mod numpy.Mod 2
pow numpy.Power 2|maximum numpy.Maximum 2|minimum numpy.Minimum 2|equal numpy.Equal 2|notEqual numpy.NotEqual 2|less numpy.Less 2
lessEqual numpy.LessEqual 2|greater numpy.Greater 2|greaterEqual numpy.GreaterEqual 2|logicalAnd numpy.LogicalAnd 2
logicalOr numpy.LogicalOr 2|logicalXor numpy.LogicalXor 2|logicalNot numpy.LogicalNot 1|abs numpy.Absolute 1|ceil numpy.Ceil 1
cos numpy.Cos 1|exp numpy.Exp 1|expm1 numpy.Expm1 1|floor numpy.Floor 1|isFinite numpy.Isfinite 1|isNan numpy.Isnan 1|log numpy.Log 1
log1p numpy.Log1p 1|neg numpy.Negative 1|reciprocal numpy.Reciprocal 1|round numpy.Round 1 decimals!0|sign numpy.Sign 1|sin numpy.Sin 1
sqrt numpy.Sqrt 1|square numpy.Square 1|tanh numpy.Tanh 1|erf math.Erf 1|erfinv math.Erfinv 1|rsqrt math.Rsqrt 1|relu nn.Relu 1
selu nn.Selu 1|sigmoid nn.Sigmoid 1|silu nn.Silu 1|softplus nn.Softplus 1|elu nn.Elu 1 alpha|gelu nn.Gelu 1 approximate=false
softmax nn.Softmax 1 axis|logSoftmax nn.LogSoftmax 1 axis|stopGradient core.StopGradient 1|clone numpy.Copy 1
all numpy.All 1 axis keepdims|any numpy.Any 1 axis keepdims|max numpy.Max 1 axis keepdims initial!null
min numpy.Min 1 axis keepdims initial!null|mean numpy.Mean 1 axis keepdims|sum numpy.Sum 1 axis keepdims|std numpy.Std 1 axis keepdims
prod numpy.Prod 1 axis keepdims dtype!null|variance numpy.Var 1 axis keepdims|logSumExp math.Logsumexp 1 axis keepdims
cumsum numpy.Cumsum 1 axis dtype!null
argMax numpy.Argmax 1 axis keepdims!false|argMin numpy.Argmin 1 axis keepdims!false|where numpy.Where 3
concat numpy.Concatenate 1 axis|stack numpy.Stack 1 axis|splitAt numpy.Split 1 indices_or_sections axis
unstack core.Unstack 1 axis num!null|repeat numpy.Repeat 1 repeats axis|tile numpy.Tile 1 repeats|reshape numpy.Reshape 1 newshape
reverse numpy.Flip 1 axis|expandDims numpy.ExpandDims 1 axis=0|squeeze numpy.Squeeze 1 axis|transpose numpy.Transpose 1 axes
broadcastTo numpy.BroadcastTo 1 shape|gather numpy.Take 2 axis=0|takeAlongAxis numpy.TakeAlongAxis 2 axis=-1
oneHot nn.OneHot 1 num_classes axis!-1 dtype!"float32" sparse!false|matmul numpy.Matmul 2|dot numpy.Dot 2|clip numpy.Clip 1 x_min x_max
cast core.Cast 1 dtype|getItem numpy.GetItem 2
softsign nn.Softsign 1|logSigmoid nn.LogSigmoid 1|hardSigmoid nn.HardSigmoid 1|hardSilu nn.HardSilu 1|hardTanh nn.HardTanh 1
relu6 nn.Relu6 1|tanhShrink nn.TanhShrink 1|sparsePlus nn.SparsePlus 1|sparseSigmoid nn.SparseSigmoid 1
leakyRelu nn.LeakyRelu 1 negative_slope=0.2|celu nn.Celu 1 alpha=1|softShrink nn.SoftShrink 1 threshold=0.5
hardShrink nn.HardShrink 1 threshold=0.5|squareplus nn.Squareplus 1 b=4|sparsemax nn.Sparsemax 1 axis=-1
argMaxKept numpy.Argmax 1 axis keepdims!true|argMinKept numpy.Argmin 1 axis keepdims!true|swapAxes numpy.Swapaxes 1 axis1 axis2
moveAxis numpy.Moveaxis 1 source destination|ravel numpy.Ravel 1|sliceOf core.Slice 2 shape
unitNorm nn.Normalize 1 axis=-1 order!2 epsilon!null|zerosLike numpy.ZerosLike 1 dtype!null|onesLike numpy.OnesLike 1 dtype!null
trueDiv numpy.TrueDivide 2|maxPool nn.MaxPool 1 pool_size strides=null padding="valid" data_format!"channels_last"
averagePool nn.AveragePool 1 pool_size strides=null padding="valid" data_format!"channels_last"
conv nn.Conv 2 strides=1 padding="valid" dilation_rate=1 data_format!"channels_last"
depthwiseConv nn.DepthwiseConv 2 strides=1 padding="valid" dilation_rate=1 data_format!"channels_last"
reluTo nn.ReLU 1 negative_slope=0 max_value=null threshold=0`

interface Row {
  readonly op: string
  readonly module: string
  readonly className: string
  readonly shared: number
  readonly options: readonly { readonly name: string; readonly fallback?: unknown }[]
  readonly fixed: readonly { readonly name: string; readonly value: unknown }[]
}

function rowOf(text: string): Row {
  const [op = '', path = '', shared, ...rest] = text.split(' ')
  const [module = '', className = ''] = path.split('.')
  const read = (pattern: RegExp) => rest.flatMap((each) => [pattern.exec(each)?.slice(1)].filter((parts) => parts !== undefined))
  return {
    op,
    module: className === 'ReLU' ? 'keras.src.activations.activations' : `keras.src.ops.${module}`,
    className,
    shared: Number(shared),
    options: read(/^(\w+)(?:=(.+))?$/).map(([name, value]) => ({
      name: name!,
      ...(value !== undefined && { fallback: JSON.parse(value) as unknown }),
    })),
    fixed: read(/^(\w+)!(.+)$/).map(([name = '', value = 'null']) => ({ name, value: JSON.parse(value) as unknown })),
  }
}

let rows: readonly Row[] | undefined
const allRows = (): readonly Row[] => (rows ??= ROWS.trim().split(/[\n|]/).map(rowOf))

type Slice = { readonly start: number | null; readonly stop: number | null; readonly step: number | null }
/** One place of x[…]: an index, a part, a new axis (null), or all axes that are not named ('…'). */
type Key = number | null | '…' | Slice

const rankOf = (x: unknown): number => (x as Tensor).shape.length

/** x[…] as in NumPy. */
function itemOf(x: Tensor, given: Key | readonly Key[]): Tensor {
  const keys = Array.isArray(given) ? (given as readonly Key[]) : [given as Key]
  const named = keys.filter((key) => key !== null && key !== '…').length
  check(named <= x.shape.length, 'BAD_SHAPE', () => `getItem: ${named} places are named of a tensor with ${x.shape.length} axes`)
  let [y, axis] = [x, 0]
  for (const key of keys) {
    if (key === '…') axis += x.shape.length - named
    else if (key === null) y = ops.expandDims(y, axis++)
    else if (typeof key === 'number') y = ops.squeeze(ops.stridedSlice(y, axis, key, key === -1 ? null : key + 1), axis)
    else {
      const { start, stop, step } = key
      if (start !== null || stop !== null || (step ?? 1) !== 1) y = ops.stridedSlice(y, axis, start, stop, step ?? 1)
      axis++
    }
  }
  return y
}

const axesOf = (x: Tensor): number[] => x.shape.map((_, i) => i)

function moved(x: Tensor, from: number, to: number): Tensor {
  const [axes, rank] = [axesOf(x), rankOf(x)]
  const [axis] = axes.splice(from < 0 ? from + rank : from, 1)
  axes.splice(to < 0 ? to + rank : to, 0, axis!)
  return ops.transpose(x, axes)
}

function swapped(x: Tensor, a: number, b: number): Tensor {
  const axes = axesOf(x)
  const [i, j] = [a, b].map((axis) => (axis < 0 ? axis + axes.length : axis)) as [number, number]
  ;[axes[i], axes[j]] = [nth(axes, j), nth(axes, i)]
  return ops.transpose(x, axes)
}

const kept = (op: typeof ops.argMax) => (x: Tensor, axis: number | null) =>
  axis === null
    ? ops.reshape(
        op(x),
        x.shape.map(() => 1),
      )
    : ops.expandDims(op(x, axis), axis)

const sizesBetween = (places: readonly number[], end: number): number[] =>
  [...places, end].map((place, i) => place - (i ? nth(places, i - 1) : 0))

type Windows = { readonly [op: string]: (...args: never[]) => Tensor }

/** An op over one, two or three dimensions as Keras has it: one for all. */
const byRank =
  (name: string) =>
  (x: Tensor, ...args: unknown[]) =>
    (ops as unknown as Windows)[`${name}${x.shape.length - 2}d`]!(...([x, ...args] as never[]))

const pool = (name: string) => (x: Tensor, size: unknown, strides: unknown, padding: unknown) => byRank(name)(x, size, { strides, padding })
const conv = (name: string) => (x: Tensor, w: Tensor, strides: unknown, padding: unknown, dilation: unknown) =>
  byRank(name)(x, w, { strides, padding, dilation })

/** Ops that Keras has and that are made of ours here. */
const composed: { readonly [name: string]: (...args: never[]) => unknown } = {
  getItem: itemOf,
  argMaxKept: kept(ops.argMax),
  argMinKept: kept(ops.argMin),
  swapAxes: swapped,
  moveAxis: moved,
  ravel: (x: Tensor) => ops.reshape(x, [-1]),
  sliceOf: (x: Tensor, begin: readonly number[], size: readonly number[]) => ops.slice(x, begin, size),
  unitNorm: (x: Tensor, axis: number) => ops.mul(x, ops.rsqrt(ops.maximum(ops.sum(ops.square(x), axis, true), 1e-12))),
  zerosLike: (x: Tensor) => ops.mul(x, 0),
  onesLike: (x: Tensor) => ops.add(ops.mul(x, 0), 1),
  trueDiv: ops.div,
  maxPool: pool('maxPool'),
  averagePool: pool('averagePool'),
  conv: conv('conv'),
  depthwiseConv: conv('depthwiseConv'),
  splitAt: (x: Tensor, places: number | readonly number[], axis = 0) =>
    ops.split(x, typeof places === 'number' ? places : sizesBetween(places, nth(x.shape, axis)), axis),
  reluTo: (x: Tensor, negativeSlope: number, maxValue: number | null, threshold: number) =>
    ops.relu(x, { negativeSlope, maxValue, threshold }),
  leakyRelu: (x: Tensor, negativeSlope: number) => activations.leakyRelu(x, { negativeSlope }),
  celu: (x: Tensor, alpha: number) => activations.celu(x, { alpha }),
  softShrink: (x: Tensor, threshold: number) => activations.softShrink(x, { threshold }),
  hardShrink: (x: Tensor, threshold: number) => activations.hardShrink(x, { threshold }),
  squareplus: (x: Tensor, b: number) => activations.squareplus(x, { b }),
  sparsemax: (x: Tensor, axis: number) => activations.sparsemax(x, { axis }),
}

/** What an op's name stands for: public ops, activations, and those above. */
function computeOf(op: string): Compute | undefined {
  const table = [ops, composed, activations].find((each) => Object.hasOwn(each, op) && typeof Reflect.get(each, op) === 'function')
  return table && (Reflect.get(table, op) as Compute)
}

/** Number types that hold what ours do. */
const NUMBER_TYPES: { readonly [type: string]: string } = {
  float64: 'float32',
  float16: 'float32',
  bfloat16: 'float32',
  int64: 'int32',
  int16: 'int32',
  int8: 'int32',
  uint8: 'int32',
  uint16: 'int32',
}

const overWindows = (op: string): readonly [op: string, rewrite: (args: readonly unknown[]) => readonly [string, readonly unknown[]]][] => {
  const isPool = op.endsWith('Pool')
  const rewrite = ([x, w, given = {}]: readonly unknown[]): readonly [string, readonly unknown[]] => {
    const { strides = isPool ? null : 1, padding = 'valid', dilation = 1, ...others } = given as { [option: string]: unknown }
    const args = [x, w ?? 2, strides, padding, ...(isPool ? [] : [dilation])]
    return [op, Object.keys(others).length ? [...args, others] : args] // what Keras's op does not have makes it one of ours
  }
  return [1, 2, 3].map((rank) => [`${op}${rank}d`, rewrite])
}

/** Calls whose arguments stand otherwise in Keras: what they are saved as. */
const rewritten: { readonly [op: string]: (args: readonly unknown[]) => readonly [op: string, args: readonly unknown[]] } = {
  ...Object.fromEntries(['maxPool', 'averagePool', 'conv', 'depthwiseConv'].flatMap(overWindows)),
  slice: ([x, begin, size]) => ['getItem', [x, partsOf(x, begin, size)]],
  stridedSlice: ([x, axis, start, stop, step]) => ['getItem', [x, stepsOf(x, axis as number, { start, stop, step } as Slice)]],
  split: ([x, parts, axis]) => ['splitAt', [x, Array.isArray(parts) ? placesOf(parts as readonly number[]) : parts, axis]],
  relu: ([x, options]) => {
    if (options === undefined) return ['relu', [x]]
    const {
      negativeSlope = 0,
      maxValue = null,
      threshold = 0,
    } = options as { negativeSlope?: number; maxValue?: number; threshold?: number }
    return ['reluTo', [x, negativeSlope, maxValue, threshold]]
  },
}

/** Sizes of parts as the places where they end, but for the last. */
const placesOf = (sizes: readonly number[]): number[] => sizes.slice(0, -1).map((_, i) => sizes.slice(0, i + 1).reduce((a, b) => a + b, 0))

const ALL: Slice = { start: null, stop: null, step: null }

function partsOf(x: unknown, begin: unknown, size: unknown): Slice[] {
  const [starts, sizes] = [begin, size].map((each) => (typeof each === 'number' ? [each] : ((each as readonly number[] | undefined) ?? [])))
  return Array.from({ length: Math.min(rankOf(x), Math.max(starts!.length, sizes!.length)) }, (_, i) => {
    const [start, count] = [starts![i] ?? 0, sizes![i] ?? -1]
    return { start: start || null, stop: count < 0 || (start < 0 && start + count >= 0) ? null : start + count, step: null }
  })
}

const stepsOf = (x: unknown, axis: number, { start, stop, step }: Slice): Slice[] => [
  ...Array.from({ length: axis < 0 ? axis + rankOf(x) : axis }, () => ALL),
  { start: start ?? null, stop: stop ?? null, step: step ?? null },
]

const isPlainArgument = (x: unknown): boolean => typeof x !== 'object' || x === null || Array.isArray(x)

/** A call of an op as Keras writes it; of one that Keras does not have, under a name of ours. */
export function saveOp(name: string, given: readonly unknown[]): OpNode {
  if (name === 'pad') return savePad(given)
  const known = rewritten[name]?.(given)
  const [op, args] = Object.hasOwn(rewritten, name) && known ? known : [name, given]
  const row = allRows().find((each) => each.op === op)
  const fits = row && args.length <= row.shared + row.options.length && args.slice(row.shared).every(isPlainArgument)
  return fits ? saveRow(row, args) : saveOwn(name, given)
}

function saveRow({ module, className, shared, options, fixed }: Row, args: readonly unknown[]): OpNode {
  const told = options.map(({ name, fallback }, i) => [name, args[shared + i] === undefined ? fallback : args[shared + i]] as const)
  return {
    module,
    className,
    registeredName: className,
    args: args.slice(0, shared),
    config: Object.fromEntries([...told.filter(([, value]) => value !== undefined), ...fixed.map(({ name, value }) => [name, value])]),
  }
}

const savePad = ([x, widths, value = 0]: readonly unknown[]): OpNode => ({
  module: 'keras.src.ops.numpy',
  className: 'Pad',
  registeredName: 'Pad',
  args: [x],
  kwargs: { constant_values: value },
  config: { pad_width: widths, mode: 'constant' },
})

const OWN = 'cornus.ops'
const saveOwn = (name: string, args: readonly unknown[]): OpNode => {
  const className = name.replace(/^./, (letter) => letter.toUpperCase())
  return { module: OWN, className, registeredName: `cornus>${className}`, args, config: {} }
}

/** An op as a config has it. */
export interface SavedOp {
  readonly module: string
  readonly className: string
  readonly config: { readonly [option: string]: unknown }
}

/** Layers whose class is called as an op of Keras's. */
const ALSO_LAYERS = new Set(['Concatenate', 'Softmax', 'Reshape', 'ReLU', 'Dot', 'Flatten', 'Normalize', 'Conv', 'Identity'])

/** Whether a config speaks of an op, not of a layer. Old files do not say; there an op has no options of layers. */
export function isOp({ module, className, config, inboundNodes }: { readonly [key: string]: unknown }): boolean {
  if (typeof module === 'string') return /^(keras\.src\.ops\.|keras\.ops$|keras\.src\.activations|cornus\.ops$)/.test(module)
  const known = className === 'Pad' || allRows().some((row) => row.className === className)
  if (!known || typeof config !== 'object' || config === null || 'trainable' in config) return false
  const [first] = Array.isArray(inboundNodes) ? (inboundNodes as { readonly args?: readonly unknown[] }[]) : []
  return (
    (first?.args?.length ?? 0) > 1 || 'newshape' in config || !(ALSO_LAYERS.has(className as string) || MERGES.has(className as string))
  )
}

const MERGES = new Set(['Add', 'Subtract', 'Multiply', 'Maximum', 'Minimum'])

/** What a config's op is here, and how its arguments become those of ours. */
export interface LoadedOp {
  readonly use: OpUse
  readonly compute: Compute
  arguments(args: readonly unknown[], kwargs: { readonly [name: string]: unknown }): readonly unknown[]
}

/** The op that a config names. */
export function loadOp({ module, className, config }: SavedOp): LoadedOp {
  const name = typeof config.name === 'string' ? config.name : undefined
  if (module === OWN) {
    const op = className.replace(/^./, (letter) => letter.toLowerCase())
    const compute = Object.hasOwn(ops, op) ? computeOf(op) : undefined
    if (!compute) throw unknownOp(className)
    return { use: new OpUse(op, name), compute, arguments: (args) => args }
  }
  if (className === 'Pad') return loadPad(name, config)
  const candidates = allRows().filter((row) => row.className === className)
  const row = candidates.find(({ fixed }) => fixed.length && fixed.every((each) => sameValue(each, config))) ?? candidates[0]
  if (!row) throw unknownOp(className)
  checkFixed(row, config)
  const options = row.options.map(({ name: option, fallback }) => {
    const given = optionOf(config, option)
    return given === undefined ? fallback : given
  })
  return {
    use: new OpUse(row.op, name),
    compute: computeOf(row.op)!,
    arguments: (args, kwargs) => withoutTail([...args, ...Object.values(kwargs), ...options.map(numberType)]),
  }
}

const camelOf = (name: string): string => name.replace(/(?<=[a-z\d])_([a-z\d])/g, (_, letter: string) => letter.toUpperCase())
const optionOf = (config: SavedOp['config'], name: string): unknown => (config[name] === undefined ? config[camelOf(name)] : config[name])
const numberType = (value: unknown): unknown =>
  typeof value === 'string' && Object.hasOwn(NUMBER_TYPES, value) ? NUMBER_TYPES[value] : value

const sameValue = ({ name, value }: { readonly name: string; readonly value: unknown }, config: SavedOp['config']): boolean => {
  const given = optionOf(config, name)
  return given === undefined || given === null ? value === null : given === value
}

/** Options that stand for nothing here must be as they are by default. */
function checkFixed({ className, fixed, options }: Row, config: SavedOp['config']): void {
  const known = ['name', 'dtype', ...fixed.map(({ name }) => name), ...options.map(({ name }) => name)].map(plainName)
  for (const each of fixed) {
    const given = optionOf(config, each.name) ?? null
    const right = given === null || given === each.value || (each.name === 'num' && Number.isInteger(given))
    check(
      right,
      'UNSUPPORTED',
      () => `op ${className}: ${each.name} ${showValue(given)} is not supported; only ${showValue(each.value)} is`,
    )
  }
  const stranger = Object.entries(config).find(([name, value]) => !known.includes(plainName(name)) && value !== null && value !== false)
  check(!stranger, 'UNSUPPORTED', () => `op ${className}: option ${showValue(stranger![0])} is not supported`)
}

const withoutTail = (args: readonly unknown[]): readonly unknown[] => args.slice(0, args.findLastIndex((arg) => arg !== undefined) + 1)

function loadPad(name: string | undefined, config: SavedOp['config']): LoadedOp {
  const [mode, widths] = [optionOf(config, 'mode') ?? 'constant', optionOf(config, 'pad_width')]
  check(mode === 'constant', 'UNSUPPORTED', () => `op Pad: mode ${showValue(mode)} is not supported; only 'constant' is`)
  return {
    use: new OpUse('pad', name),
    compute: computeOf('pad')!,
    arguments: ([x, value], kwargs) => [x, padWidths(x, widths), kwargs.constantValues ?? kwargs.constant_values ?? value ?? 0],
  }
}

/** A pair for each axis: one number or one pair stands for all. */
function padWidths(x: unknown, widths: unknown): unknown {
  const pair = typeof widths === 'number' ? [widths, widths] : (widths as readonly unknown[])
  return Array.isArray(pair) && typeof pair[0] === 'number' ? Array.from({ length: rankOf(x) }, () => pair) : pair
}

const unknownOp = (className: string): CornusError =>
  new CornusError(
    'UNKNOWN_NAME',
    `unknown op ${showValue(className)}${didYouMean(
      className,
      allRows().map((row) => row.className),
    )}; one of your own is given as a layer in customObjects: { ${camelName(className)} }`,
  )
