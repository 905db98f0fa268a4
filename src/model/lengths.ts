// Sequences whose length differs from batch to batch: padded at the end to a few lengths where that changes nothing, so that a fit does
// not compile a step for each length. Only models of recurrent layers and of what works step by step, under a mask that begins at the input
// and reaches the output, are such: their padded steps are passed over, and their losses masked.
import type { Contents } from '../graph/dtypes'
import { placeholderNode } from '../graph/leaves'
import { Tensor, type HostData, type Spec } from '../graph/node'
import { recordTrace } from '../graph/trace'
import { Activation } from '../layers/activation'
import { Bidirectional } from '../layers/bidirectional'
import { Dense } from '../layers/dense'
import { Embedding } from '../layers/embedding'
import { GRU } from '../layers/gru'
import { Identity } from '../layers/identity'
import { InputLayer } from '../layers/inputLayer'
import { Layer, maskOf, type AnyLayer } from '../layers/layer'
import { LSTM } from '../layers/lstm'
import { Masking } from '../layers/masking'
import { SimpleRNN } from '../layers/simpleRNN'
import { TimeDistributed } from '../layers/timeDistributed'
import type { Feed } from '../runtime/machine'
import { sizeOf } from '../util/shape'
import type { Batch, DataForm } from './data'

/** Lengths that are compiled as they are, before others are padded. With the two small Programs that metrics need, 200 lengths make 12. */
const EXACT = 1
/** Steps to which short sequences are padded. */
const SHORT = 16

/** 16, 24, 32, 48 …: two lengths for each doubling. */
export function paddedLength(length: number): number {
  let size = SHORT
  while (size < length) size = size % 3 === 0 ? (size / 3) * 4 : (size / 2) * 3
  return size
}

/** What is needed of a model. */
export interface Padded {
  readonly layers: readonly AnyLayer[]
  readonly structureKey: string
  readonly dataForm: DataForm
  /** Of a drawn model. */
  readonly graph?: { readonly calls: readonly { readonly inputs: readonly unknown[] }[]; readonly targets: readonly object[] } | undefined
  readonly metricEntries: readonly { readonly metric: { readonly className: string } }[]
  apply(x: Tensor, options: { training: boolean }): unknown
  takeLosses(): unknown
}

/** How a model takes padding: the number that is masked, and whether what comes out has steps too. */
interface Passing {
  readonly value: number
  readonly steps: boolean
}

/** The lengths of a model's batches so far. */
export class Lengths {
  private key = ''
  private exact = new Set<number>()
  /** Null: it does not; undefined: not known yet. */
  private passing: Passing | null | undefined

  constructor(private readonly model: Padded) {}

  /**
   * The batch, or the same padded to a length that many batches share.
   * @param losses Keras's class names; undefined for a function of the user's own
   */
  pad(batch: Batch, losses: readonly (string | undefined)[]): Batch {
    const [first] = batch.specs
    const { inputShapes } = this.model.dataForm
    const isOpen = inputShapes.length === 1 && inputShapes[0]?.[1] === null && batch.layout.inputs === 1 && first!.shape.length > 1
    if (!isOpen) return batch
    this.refresh()
    const length = first!.shape[1]!
    if (this.exact.has(length)) return batch
    if (this.exact.size < EXACT) {
      this.exact.add(length)
      return batch
    }
    // Not before: after the first batches it is known what the metrics are.
    if (this.passing === undefined) this.passing = passingOf(this.model, first!, losses)
    const size = paddedLength(length)
    return this.passing === null || size === length ? batch : padded(batch, length, size, this.passing)
  }

  private refresh(): void {
    const key = this.model.structureKey
    if (key === this.key) return
    this.key = key
    this.exact = new Set()
    this.passing = undefined
  }
}

/** Leaves with steps on the second axis, longer; the input's new steps hold what is masked, others zeros. */
function padded(batch: Batch, length: number, size: number, { value, steps }: Passing): Batch {
  const isLong = ({ shape }: Spec, place: number) => place === 0 || (steps && shape.length > 1 && shape[1] === length)
  return {
    size: batch.size,
    layout: batch.layout,
    sampleAt: (row) => batch.sampleAt(row),
    specs: batch.specs.map((spec, i) => (isLong(spec, i) ? { ...spec, shape: [spec.shape[0]!, size, ...spec.shape.slice(2)] } : spec)),
    feeds: batch.feeds.map((feed, i) => {
      const spec = batch.specs[i]!
      return isLong(spec, i) ? longer(feed, spec, size, i === 0 ? value : 0) : feed
    }),
  }
}

function longer(feed: Feed, { shape, dtype }: Spec, size: number, value: number): Feed {
  const each = sizeOf(shape.slice(2))
  const [from, to] = [shape[1]! * each, size * each]
  return (target: Contents) => {
    const values = typeof feed === 'function' ? filled(feed, sizeOf(shape), dtype) : feed
    target.fill(value)
    for (let row = 0; row < shape[0]!; row++) target.set(values.subarray(row * from, (row + 1) * from), row * to)
  }
}

function filled(feed: (target: Contents) => void, count: number, dtype: Spec['dtype']): HostData {
  const values = dtype === 'float32' ? new Float32Array(count) : new Int32Array(count)
  feed(values)
  return values
}

/** Losses that have a value for each step, which a mask leaves out. Metrics, as in Keras, count masked steps. */
const BY_STEP = /^(Mean(Squared|Absolute)Error|Huber|LogCosh|Poisson|KLDivergence|[A-Z]\w*Crossentropy)$/

const isRecurrent = (layer: unknown): layer is LSTM | GRU | SimpleRNN =>
  layer instanceof LSTM || layer instanceof GRU || layer instanceof SimpleRNN

/**
 * Layers in which a step that is masked changes nothing of the others. `turned`: outputs of the way back are turned round again, as in
 * Bidirectional.
 */
function isStepwise(layer: AnyLayer, turned = false): boolean {
  if (layer.activity) return false
  if (isRecurrent(layer)) {
    const { stateful, goBackwards, returnSequences, returnState } = layer.options
    const { dropout = 0, recurrentDropout = 0 } = layer.options as { readonly dropout?: number; readonly recurrentDropout?: number }
    return !stateful && !(goBackwards && returnSequences && !turned) && !returnState && !dropout && !recurrentDropout
  }
  if (layer instanceof Bidirectional) return layer.sublayers.every((inner) => isRecurrent(inner) && isStepwise(inner, true))
  if (layer instanceof TimeDistributed) return layer.sublayers.every((inner) => inner instanceof Dense && isStepwise(inner))
  return [Dense, Activation, Identity, InputLayer].some((kind) => layer instanceof kind && layer.constructor === kind)
}

function passingOf(model: Padded, input: Spec, losses: readonly (string | undefined)[]): Passing | null {
  const layers = model.layers.filter((layer) => !(layer instanceof InputLayer))
  const [first, ...others] = layers
  const value = first instanceof Embedding && first.options.maskZero ? 0 : first instanceof Masking ? first.options.maskValue : undefined
  if (value === undefined || first!.activity || !others.every((layer) => isStepwise(layer)) || !isChain(model)) return null
  const [short, long] = [5, 7].map((length) => traced(model, input, length))
  if (!short || !long) return null
  const steps = short.shape[1] === 5 && long.shape[1] === 7
  const areMasked =
    losses.every((name) => BY_STEP.test(name ?? '')) && model.metricEntries.every(({ metric }) => metric.className === 'Mean')
  return steps && !(maskOf(short) && areMasked) ? null : { value, steps }
}

/** One layer after the other, and nothing else between them: drawn models might have ops there. */
function isChain({ graph }: Padded): boolean {
  if (!graph) return true
  const { calls, targets } = graph
  return (
    calls.length === targets.length - 1 &&
    calls.every(({ inputs }) => inputs.length === 1) &&
    targets.every((each) => each instanceof Layer)
  )
}

function traced(model: Padded, { shape, dtype }: Spec, length: number): Tensor | undefined {
  const { result } = recordTrace(() => model.apply(placeholderNode({ shape: [2, length, ...shape.slice(2)], dtype }), { training: false }))
  model.takeLosses()
  return result instanceof Tensor ? result : undefined
}
