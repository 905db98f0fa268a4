// TerminateOnNaN: ends the training when the loss is no number any more.
import { CornusError } from '../util/errors'
import { flag, optional, readOptions, type Given } from '../util/options'
import { Callback, type Logs } from './callback'

const options = {
  /** An error instead of a quiet end. Default false. */
  raiseError: optional(flag, false),
}

export interface TerminateOnNaNOptions extends Given<typeof options> {}

/** See keras.callbacks.TerminateOnNaN. */
export class TerminateOnNaN extends Callback {
  private readonly raiseError: boolean

  constructor(given?: TerminateOnNaNOptions) {
    super()
    this.raiseError = readOptions(options, given, 'terminateOnNaN').raiseError
  }

  onTrainBatchEnd(batch: number, { loss }: Logs): void {
    if (loss === undefined || Number.isFinite(loss)) return
    if (this.raiseError)
      throw new CornusError(
        'BAD_DATA',
        `the loss is ${loss} at batch ${batch}; a smaller learning rate, clipnorm, or data without NaN may help`,
      )
    console.warn(`Batch ${batch}: the loss is ${loss}, training ends`)
    this.model!.stopTraining = true
  }
}
