// evaluate: loss and metrics over all batches of a source.
import type { CallbackList, Logs } from '../callbacks/callback'
import { orAborted, throwIfAborted } from '../util/turn'
import { EpochWalk } from './epochs'
import type { Batch } from './data'
import type { Source } from './sources'
import { MetricState, type Steps } from './steps'

export interface EvaluationPlan {
  readonly steps: number | undefined
  readonly signal: AbortSignal | undefined
  readonly callbacks: CallbackList
  /** For messages. */
  readonly what: string
}

/** Loss and metrics of a source's batches, which are counted apart from those of any other call. */
export async function evaluateSource(
  model: { readonly steps: Steps; padded(batch: Batch): Batch },
  source: Source,
  { steps, signal, callbacks, what }: EvaluationPlan,
): Promise<Logs> {
  const run = model.steps
  const walk = new EpochWalk(source, { steps, signal, what })
  const state = new MetricState()
  const tell: CallbackList['tell'] = (hook, ...args) => {
    const told = callbacks.tell(hook, ...args)
    return told && orAborted(told, what, signal)
  }
  let failed = true
  try {
    await tell('onTestBegin', {})
    let step = 0
    for await (const batch of walk.epoch(true)) {
      throwIfAborted(signal, what)
      await tell('onTestBatchBegin', step, {})
      await run.run('test', model.padded(batch), {}, state)
      await tell('onTestBatchEnd', step++, callbacks.has('onTestBatchEnd') ? await run.logs(state) : {})
    }
    const logs = await run.logs(state)
    await tell('onTestEnd', logs)
    failed = false
    return logs
  } finally {
    state.over = true
    await walk.close(failed)
  }
}
