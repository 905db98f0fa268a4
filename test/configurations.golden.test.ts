// Hundreds of configurations of convolutions, pooling, padding and normalization; inputs and weights are drawn as
// scripts/golden/configurations.py does.
import { tensor, type Layer, type Shape, type Tensor } from '../src/index'
import { golden } from './support/golden'
import { checkLayer, describeLayers, type LayerCase } from './support/goldenLayer'

interface Case extends LayerCase {
  number: number
  shape: number[]
}

/** Numbers from −2 to 2 in steps of 2⁻²²: a congruential generator that begins with the number of the case. */
function drawFor(number: number): (shape: Shape, scale?: number) => Tensor {
  let state = (Math.imul(number, 2654435761) + 12345) >>> 0
  return (shape, scale = 1) => {
    const next = () => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 8) / 2 ** 22 - 2
    return tensor(
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => next() * scale),
      shape,
    )
  }
}

/** Variances are positive. */
const weightsOf = (layer: Layer, draw: ReturnType<typeof drawFor>): Tensor[] =>
  layer.weights.map(({ name, shape }) => (name.includes('variance') ? draw(shape, 0.5).abs().add(0.5) : draw(shape, 0.5)))

describeLayers('configurations', golden<Case>('configurations').cases, (each) => {
  const draw = drawFor(each.number)
  checkLayer(
    each,
    { x: draw(each.shape), weights: (layer) => weightsOf(layer, draw), dy: () => draw(each.y.shape) },
    { y: 1e-5, gradients: 1e-5 },
  )
})
