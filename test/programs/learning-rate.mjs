// The learning rate: by a schedule, and by hand from a callback.
import { Callback, layers, optimizers, sequential, setSeed } from 'cornus'

setSeed(7)
class Halve extends Callback {
  onEpochEnd(epoch) {
    if (epoch % 5 === 4) this.model.optimizer.learningRate /= 2
  }
}
const model = sequential([layers.dense({ units: 1, inputShape: [1] })])
model.compile({ optimizer: optimizers.sgd({ learningRate: 0.4 }), loss: 'mse' })
await model.fit([0, 1, 2], [1, 3, 5], { epochs: 20, verbose: 0, callbacks: new Halve() })
const after = model.optimizer.learningRate
const learningRate = optimizers.schedules.exponentialDecay({ initialLearningRate: 0.1, decaySteps: 10, decayRate: 0.5 })
model.compile({ optimizer: optimizers.adam({ learningRate }), loss: 'mse' })
await model.fit([0, 1, 2], [1, 3, 5], { epochs: 10, verbose: 0 })
console.log(after, model.optimizer.learningRate)
export const result = [after, model.optimizer.learningRate]
