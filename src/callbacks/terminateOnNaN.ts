// TerminateOnNaN: ends the training when the loss is no number any more, and says where that began.
import type { Tensor } from '../graph/node'
import { CornusError } from '../util/errors'
import { flag, optional, readOptions, type Given, type Held } from '../util/options'
import { Callback, type Logs } from './callback'

const options = {
  /** An error instead of a quiet end. Default false. */
  raiseError: optional(flag, false),
  /** Says which layer's output was the first that is not finite. Keeps a copy of the weights at each step. Default true. */
  findLayer: optional(flag, true),
}

export interface TerminateOnNaNOptions extends Given<typeof options> {}

/** See keras.callbacks.TerminateOnNaN. */
export class TerminateOnNaN extends Callback {
  private readonly options: Held<typeof options>
  /** Before the step under way. */
  private weights: Tensor[] | undefined

  constructor(given?: TerminateOnNaNOptions) {
    super()
    this.options = readOptions(options, given, 'terminateOnNaN')
  }

  onTrainBatchBegin(): void {
    if (this.options.findLayer && this.model.built) this.weights = this.model.getWeights()
  }

  onTrainEnd(): void {
    this.weights = undefined
  }

  async onTrainBatchEnd(batch: number, { loss }: Logs): Promise<void> {
    if (loss === undefined || Number.isFinite(loss)) return
    const where = await this.where()
    if (this.options.raiseError)
      throw new CornusError(
        'BAD_DATA',
        `the loss is ${loss} at batch ${batch}${where}; a smaller learning rate, clipnorm, or data without NaN may help`,
      )
    console.warn(`Batch ${batch}: the loss is ${loss}${where}, training ends`)
    this.model.stopTraining = true
  }

  private async where(): Promise<string> {
    if (!this.options.findLayer || !this.weights) return ''
    const found = await this.model.firstNotFinite(this.weights)
    return found ? ` (the first that is not finite: ${found})` : ' (all layers gave finite numbers: the loss itself is not)'
  }
}
