// LearningRateScheduler: the learning rate of each epoch by a function.
import { CornusError, showValue } from '../util/errors'
import { Callback, type Logs } from './callback'

/** See keras.callbacks.LearningRateScheduler. The logs get the rate as `learning_rate`. */
export class LearningRateScheduler extends Callback {
  /** @param schedule the rate for an epoch (from 0), from the present one */
  constructor(private readonly schedule: (epoch: number, learningRate: number) => number) {
    super()
    if (typeof schedule !== 'function')
      throw new CornusError(
        'BAD_ARGUMENT',
        `learningRateScheduler takes a function of epoch and learning rate, as (epoch, rate) => rate * 0.9; not ${showValue(schedule)}`,
      )
  }

  onEpochBegin(epoch: number): void {
    const { optimizer } = this.model!
    const rate: unknown = this.schedule(epoch, optimizer.learningRate)
    if (typeof rate !== 'number' || !(rate >= 0))
      throw new CornusError(
        'BAD_ARGUMENT',
        `learningRateScheduler: the function must return a number from 0; for epoch ${epoch} it gave ${showValue(rate)}`,
      )
    optimizer.learningRate = rate
  }

  onEpochEnd(_epoch: number, logs: Logs): void {
    logs.learning_rate = this.model!.optimizer.learningRate
  }
}
