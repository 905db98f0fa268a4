// predict: the model's output for each sample, computed batch by batch when the values are asked for.
import { toNode, type TensorLike } from '../graph/convert'
import { deferredNode } from '../graph/leaves'
import { Tensor, type HostData, type Spec } from '../graph/node'
import type { PartialShape } from '../layers/layer'
import { TracedFunction } from '../transform'
import { Lru } from '../util/lru'
import { showShape, sizeOf, type Shape } from '../util/shape'
import { throwIfAborted } from '../util/turn'

/** Structures and shapes whose steps are kept. */
const KEPT_STEPS = 32

/** What predict needs of its model. */
export interface Oracle {
  readonly structureKey: string
  computeOutputShape(inputShape: PartialShape): PartialShape
  predictStep(x: Tensor): Tensor
  /** Checks the shape of x; vectors become columns. */
  inputShapeOf(x: Tensor): Shape
}

export interface PredictPlan {
  readonly batchSize: number
  readonly signal: AbortSignal | undefined
}

export class Predictor {
  private readonly traced = new Lru<string, TracedFunction<Tensor>>(KEPT_STEPS)

  constructor(private readonly model: Oracle) {}

  predict(x: TensorLike, { batchSize, signal }: PredictPlan): Tensor {
    const given = toNode(x)
    const inputShape = this.model.inputShapeOf(given)
    const outputShape = this.model.computeOutputShape([null, ...inputShape.slice(1)]) as readonly number[]
    const shape = [inputShape[0]!, ...outputShape.slice(1)]
    const batches = (data: HostData) => batchesOf(data, { shape: inputShape, dtype: given.dtype }, batchSize)
    return deferredNode({ shape, dtype: 'float32' }, {
      needs: given,
      compute: async (data) => {
        const values = new Float32Array(sizeOf(shape))
        let at = 0
        for (const { spec, part } of batches(data)) {
          throwIfAborted(signal, 'predict')
          const found = (await this.stepFor(spec).run([part])).value!
          values.set(found, at)
          at += found.length
        }
        return values
      },
      computeSync: (data) => {
        const values = new Float32Array(sizeOf(shape))
        let at = 0
        for (const { spec, part } of batches(data)) {
          const found = this.stepFor(spec).runSync([part]).value!
          values.set(found, at)
          at += found.length
        }
        return values
      },
    })
  }

  private stepFor(spec: Spec): TracedFunction<Tensor> {
    return this.traced.take(`${spec.dtype}${showShape(spec.shape)} ${this.model.structureKey}`, () => new TracedFunction((x) => this.model.predictStep(x!), [spec]))
  }
}

function* batchesOf(data: HostData, { shape, dtype }: Spec, batchSize: number): Generator<{ spec: Spec; part: HostData }> {
  const each = sizeOf(shape.slice(1))
  for (let start = 0; start < shape[0]!; start += batchSize) {
    const end = Math.min(shape[0]!, start + batchSize)
    yield { spec: { shape: [end - start, ...shape.slice(1)], dtype }, part: data.subarray(start * each, end * each) }
  }
}
