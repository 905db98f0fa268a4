// Rare cases count more; training ends when validation no longer gets better.
import { Callback, layers, regularizers, sequential, setSeed } from 'cornus'

setSeed(19)
class Patience extends Callback {
  best = Infinity
  waited = 0

  onEpochEnd(epoch, logs) {
    this.waited = logs.val_loss < this.best - 1e-3 ? 0 : this.waited + 1
    this.best = Math.min(this.best, logs.val_loss)
    if (this.waited >= 5) this.model.stopTraining = true
  }
}
const x = Array.from({ length: 200 }, (_, i) => [Math.sin(i), Math.cos(3 * i)])
const y = x.map(([a, b]) => (a + b > 1 ? 1 : 0))
const model = sequential([
  layers.dense({ units: 8, activation: 'relu', kernelRegularizer: regularizers.l2(0.001), inputShape: [2] }),
  layers.dense({ units: 1, activation: 'sigmoid' }),
])
model.compile({ optimizer: 'adam', loss: 'binaryCrossentropy', metrics: ['accuracy'] })
model.optimizer.learningRate = 0.05
const { epoch, history } = await model.fit(x, y, {
  epochs: 500,
  validationSplit: 0.2,
  classWeight: { 0: 1, 1: 3 },
  callbacks: [new Patience()],
  verbose: 0,
})
console.log(`${epoch.length} epochs`, history.val_accuracy.at(-1))
export const result = [epoch.length, history.val_accuracy.at(-1)]
