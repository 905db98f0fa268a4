// A layer of one's own with layers inside: they know by themselves whether it is training.
import { Layer, layers, sequential, setSeed } from 'cornus'

setSeed(18)
class Block extends Layer {
  static className = 'Block'

  constructor({ units, ...options }) {
    super(options)
    this.wide = layers.dense({ units, activation: 'relu' })
    this.drop = layers.dropout({ rate: 0.5 })
    this.norm = layers.batchNormalization()
  }

  call(x) {
    return this.norm.apply(this.drop.apply(this.wide.apply(x)))
  }
}
const model = sequential([new Block({ units: 16, inputShape: [2] }), layers.dense({ units: 1 })])
model.compile({ optimizer: 'adam', loss: 'mse' })
await model.fit(
  [
    [0, 1],
    [1, 0],
    [1, 1],
    [0, 0],
  ],
  [1, 1, 2, 0],
  { epochs: 30, verbose: 0 },
)
const [first, second] = [await model.predict([[1, 1]]).array(), await model.predict([[1, 1]]).array()]
const [, , , , movingMean] = model.layers[0].getWeights()
console.log(model.layers[0].weights.length, first, second)
export const result = [model.layers[0].weights.length, first[0][0] === second[0][0], (await movingMean.abs().sum().item()) > 0]
