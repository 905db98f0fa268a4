import { golden, toTensor, type Packed } from './support/golden'
import { checkLayer, describeLayers, type LayerCase } from './support/goldenLayer'

interface Case extends LayerCase {
  weights: Packed[]
  x: Packed[]
  dy: Packed
}

for (const file of ['layers', 'convolution']) {
  const { cases } = golden<Case>(file)
  describeLayers(
    file,
    cases.filter(({ x }) => x.length === 1),
    (each) =>
      checkLayer(
        each,
        { x: toTensor(each.x[0]!), weights: () => each.weights.map(toTensor), dy: () => toTensor(each.dy) },
        { y: 1e-5, gradients: 1e-5 },
      ),
  )
}
