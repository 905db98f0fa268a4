// What a model says to given data: the tensors at once, their values batch by batch when somebody asks for them.
import type { HostData, Node, Spec } from '../graph/node'
import { structureVersion } from '../graph/structure'
import { currentTrace } from '../graph/trace'
import { reshape } from '../ops/shape'
import type { Feed } from '../runtime/machine'
import { defer, type Work } from '../runtime/runs'
import { Snapshots } from '../runtime/variables'
import type { Tensor } from '../tensor'
import { TracedFunction, type Tree } from '../transform'
import { check } from '../util/errors'
import { Lru } from '../util/lru'
import { showShape, sizeOf, type Shape } from '../util/shape'
import { throwIfAborted } from '../util/turn'

export interface PredictPlan {
  readonly batchSize: number
  readonly signal?: AbortSignal | undefined
}

/** What predict needs of its model. */
export interface Oracle<R extends Tree> {
  readonly name: string
  /** Changes with its layers, weights and flags. */
  readonly structureKey: string
  /** The outputs for one batch, in inference. */
  predictStep(...xs: Tensor[]): R
}

/** The data for one input, and the shape that they are read in (a vector is a column). */
export interface PredictInput {
  readonly node: Node
  readonly shape: Shape
}

/** Structures and batch shapes that a model's prediction is kept for. */
const SHAPES = 32

/** A model's forward pass, traced once for each shape of a batch. */
export class Predictor<R extends Tree = Tensor> {
  private readonly steps = new Lru<string, Step<R>>(SHAPES, ({ fn }) => fn.free())
  private recent: (Step<R> & { readonly version: number }) | undefined

  constructor(private readonly model: Oracle<R>) {}

  /**
   * The outputs for all samples, lazily: batch by batch when values are asked for, with the weights and the data of this moment.
   * Outputs have the samples of all batches along their first axis.
   */
  predict(xs: readonly PredictInput[], { batchSize, signal }: PredictPlan): R {
    throwIfAborted(signal, 'predict')
    const needs = xs.map(({ node }) => node)
    if (currentTrace())
      return this.model.predictStep(...xs.map(({ node, shape }) => (node.rank === shape.length ? node : reshape(node, shape))))
    const samples = xs[0]!.shape[0]!
    if (samples > batchSize) return this.inBatches(xs, needs, { batchSize, signal })
    const step = this.stepFor(xs, samples)
    const contents = step.contents.take()
    const work = function* (values: readonly HostData[]): Work<readonly HostData[]> {
      throwIfAborted(signal, 'predict')
      const outputs = yield () => step.fn.request(values, contents.snapshot)
      contents.release()
      return outputs
    }
    return step.fn.rebuild(defer(step.fn.outputs, { needs, work, signal })) as R
  }

  private inBatches(xs: readonly PredictInput[], needs: readonly Node[], { batchSize, signal }: PredictPlan): R {
    const samples = xs[0]!.shape[0]!
    const batches = Array.from({ length: Math.ceil(samples / batchSize) }, (_, i) => ({
      start: i * batchSize,
      size: Math.min(batchSize, samples - i * batchSize),
    }))
    const whole = this.stepFor(xs, batchSize)
    const rest = this.stepFor(xs, batches.at(-1)!.size)
    const specs = whole.fn.outputs.map((output, i) => this.outputSpec(output, batches, rest.fn.outputs[i]!))
    const contents = whole.contents.take()
    const work = function* (values: readonly HostData[]): Work<readonly HostData[]> {
      const outputs: HostData[][] = specs.map(() => [])
      for (const [i, batch] of batches.entries()) {
        throwIfAborted(signal, 'predict')
        const { fn } = i < batches.length - 1 ? whole : rest
        const feeds = values.map((data, k) => rowsOf(data, xs[k]!.shape, batch))
        const parts = yield () => fn.request(feeds, contents.snapshot)
        parts.forEach((part, k) => outputs[k]!.push(part))
        if (i < batches.length - 1) yield undefined
      }
      contents.release()
      return outputs.map((parts, k) => joined(parts, specs[k]!))
    }
    return whole.fn.rebuild(defer(specs, { needs, work, signal })) as R
  }

  private outputSpec(output: Spec, batches: readonly { size: number }[], last: Spec): Spec {
    const [whole, rest] = [batches[0]!.size, batches.at(-1)!.size]
    check(
      output.shape[0] === whole && last.shape[0] === rest,
      'BAD_SHAPE',
      () =>
        `${this.model.name}: predict goes through the samples in batches, but the output for ${whole} samples has shape ` +
        `${showShape(output.shape)}; ` +
        'expected one row for each sample, or give a batchSize of all samples',
    )
    return { shape: [batches.reduce((sum, { size }) => sum + size, 0), ...output.shape.slice(1)], dtype: output.dtype }
  }

  private stepFor(xs: readonly PredictInput[], size: number): Step<R> {
    const { recent } = this
    if (recent?.version === structureVersion() && serves(recent, xs, size)) return recent
    let key = this.model.structureKey
    for (const { node, shape } of xs) key += ` ${node.dtype}${size},${shape.slice(1)}`
    const step = this.steps.take(key, () => {
      const specs = xs.map(({ node, shape }) => ({ dtype: node.dtype, shape: [size, ...shape.slice(1)] }))
      const fn = new TracedFunction((...tensors) => this.model.predictStep(...tensors), specs)
      return { specs, fn, contents: new Snapshots(fn.uses.storages) }
    })
    this.recent = Object.assign(step, { version: structureVersion() })
    return step
  }
}

/** The forward pass for batches of one shape. */
interface Step<R extends Tree> {
  readonly specs: readonly Spec[]
  readonly fn: TracedFunction<R>
  /** What the variables hold that it uses. */
  readonly contents: Snapshots
}

const serves = ({ specs }: Step<Tree>, xs: readonly PredictInput[], size: number): boolean =>
  specs.every(({ dtype, shape }, i) => {
    const x = xs[i]!
    return dtype === x.node.dtype && shape.length === x.shape.length && shape.every((d, axis) => d === (axis ? x.shape[axis] : size))
  })

interface Rows {
  readonly start: number
  readonly size: number
}

function rowsOf(data: HostData, shape: Shape, { start, size }: Rows): Feed {
  if (size === shape[0]) return data
  const each = sizeOf(shape.slice(1))
  return data.subarray(start * each, (start + size) * each)
}

/** The outputs of all batches in one array. */
function joined(parts: readonly HostData[], spec: Spec): HostData {
  if (parts.length === 1) return parts[0]!
  const values = spec.dtype === 'float32' ? new Float32Array(sizeOf(spec.shape)) : new Int32Array(sizeOf(spec.shape))
  parts.reduce((at, part) => (values.set(part, at), at + part.length), 0)
  return values
}
