// SwapEMAWeights: moving averages take the place of the weights while the model is measured.
import { flag, optional, readOptions, type Given } from '../util/options'
import { Callback } from './callback'

const options = {
  /** Also at the end of each epoch, until the next begins: for checkpoints. Default false. */
  swapOnEpoch: optional(flag, false),
}

export interface SwapEMAWeightsOptions extends Given<typeof options> {}

/** See keras.callbacks.SwapEMAWeights; the optimizer must have `useEma: true`. */
export class SwapEMAWeights extends Callback {
  private readonly swapOnEpoch: boolean
  private averaged = false

  constructor(given?: SwapEMAWeightsOptions) {
    super()
    this.swapOnEpoch = readOptions(options, given, 'swapEMAWeights').swapOnEpoch
  }

  onEpochBegin(): void {
    if (this.swapOnEpoch) this.show(false)
  }

  onEpochEnd(epoch: number): void {
    if (!this.swapOnEpoch) return
    this.show(true)
    // The end of fit puts the averages in place: of the last epoch they are what the model has now.
    if (epoch === this.params.epochs - 1 || this.model.stopTraining) {
      this.model.optimizer.keepAverages()
      this.averaged = false
    }
  }

  onTestBegin(): void {
    this.show(true)
  }

  onTestEnd(): void {
    this.show(false)
  }

  onPredictBegin(): void {
    this.show(true)
  }

  onPredictEnd(): void {
    this.show(false)
  }

  private show(averaged: boolean): void {
    if (this.averaged === averaged) return
    this.model.optimizer.swapAverages()
    this.averaged = averaged
  }
}
