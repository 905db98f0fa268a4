// Where numbers stop being numbers: the first layer whose output for a batch is NaN or infinite.
import type { Tensor } from '../graph/node'
import type { AnyLayer } from '../layers/layer'
import { watched } from '../layers/context'
import { isFinite } from '../ops/elementwise'
import { all } from '../ops/reduce'
import { TracedFunction } from '../transform'
import type { Batch } from './data'

/** What is needed of a model. */
interface Watched extends AnyLayer {
  getWeights(): Tensor[]
}

/** In words, 'layer dense_1'; undefined where all outputs are finite. The model computes with `weights`, and keeps its own. */
export async function firstNotFinite(
  model: Watched,
  { layout, specs, feeds }: Batch,
  weights: readonly Tensor[],
): Promise<string | undefined> {
  const own = model.getWeights()
  const names: string[] = []
  model.setWeights(weights)
  const traced = new TracedFunction((...leaves: Tensor[]) => {
    const finite: Tensor[] = []
    const note = (name: string, values: readonly Tensor[]) => {
      for (const value of values.filter(({ dtype }) => dtype === 'float32')) {
        names.push(name)
        finite.push(all(isFinite(value)))
      }
    }
    leaves.slice(0, layout.inputs).forEach((leaf, i) => note(`the data: ${layout.paths[i]}`, [leaf]))
    watched(
      (layer, outputs) => layer !== model && note(`layer ${(layer as AnyLayer).name}`, outputs),
      () => model.apply(layout.rebuild(leaves).x as Tensor, { training: true }),
    )
    return finite
  }, specs)
  try {
    const flags = await traced.run(feeds)
    return names[flags.findIndex((flag) => flag.value![0] === 0)]
  } finally {
    traced.free()
    model.takeLosses()
    model.setWeights(own)
  }
}
