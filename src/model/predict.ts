// What a model says to given data: the tensors at once, their values batch by batch when somebody asks for them.
import { specOf, type HostData, type Node, type Spec } from '../graph/node'
import { currentTrace } from '../graph/trace'
import { reshape } from '../ops/shape'
import type { Feed } from '../runtime/machine'
import { defer, type Work } from '../runtime/runs'
import { Snapshot } from '../runtime/variables'
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
  private readonly steps = new Lru<string, TracedFunction<R>>(SHAPES, (step) => step.free())

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
    const batches = Array.from({ length: Math.ceil(samples / batchSize) }, (_, i) => ({
      start: i * batchSize,
      size: Math.min(batchSize, samples - i * batchSize),
    }))
    const steps = batches.length > 1 ? [this.stepFor(xs, batchSize), this.stepFor(xs, batches.at(-1)!.size)] : [this.stepFor(xs, samples)]
    const first = steps[0]!
    const snapshot = new Snapshot(first.uses.storages)
    const specs = first.outputs.map((output, i) => this.outputSpec(output, batches, steps.at(-1)!.outputs[i]!))
    const work = function* (values: readonly HostData[]): Work<readonly HostData[]> {
      const outputs: HostData[][] = specs.map(() => [])
      for (const [i, batch] of batches.entries()) {
        throwIfAborted(signal, 'predict')
        const step = i < batches.length - 1 ? first : steps.at(-1)!
        const feeds = values.map((data, k) => rowsOf(data, xs[k]!.shape, batch))
        const parts = yield () => step.request(feeds, snapshot)
        parts.forEach((part, k) => outputs[k]!.push(part))
        if (i < batches.length - 1) yield undefined
      }
      snapshot.release()
      return outputs.map((parts, k) => joined(parts, specs[k]!))
    }
    return first.rebuild(defer(specs, { needs, work, signal })) as R
  }

  private outputSpec(output: Spec, batches: readonly { size: number }[], last: Spec): Spec {
    if (batches.length === 1) return specOf(output)
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

  private stepFor(xs: readonly PredictInput[], size: number): TracedFunction<R> {
    let key = this.model.structureKey
    for (const { node, shape } of xs) key += ` ${node.dtype}${size},${shape.slice(1)}`
    return this.steps.take(
      key,
      () =>
        new TracedFunction(
          (...tensors) => this.model.predictStep(...tensors),
          xs.map(({ node, shape }) => ({ dtype: node.dtype, shape: [size, ...shape.slice(1)] })),
        ),
    )
  }
}

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
