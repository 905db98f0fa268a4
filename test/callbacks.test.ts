// Callbacks that the library has: what they do over made-up curves as in Keras (scripts/golden/callbacks.py), and in a fit.
import { describe, expect, test, vi } from 'vitest'
import { callbacks, layers, optimizers, sequential, tensor, type CallbackHooks, type Logs, type Tensor } from '../src/index'
import { golden } from './support/golden'

interface Case {
  kind: 'earlyStopping' | 'reduceLROnPlateau' | 'modelCheckpoint'
  options: Record<string, unknown>
  curve: number[]
  epochs: number
  rates: number[]
  restored: number | null
  saved: string[]
}

const camel = (options: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()), value]),
  )

describe('as Keras', () => {
  const { cases } = golden<Case>('callbacks')
  test.each(cases.map((spec, i) => [`${i}: ${spec.kind} ${JSON.stringify(spec.options)}`, spec] as const))(
    '%s',
    async (_, { kind, options, curve, epochs, rates, restored, saved }) => {
      let epoch = 0
      let back: number | null = null
      const kept: string[] = []
      const model = {
        stopTraining: false,
        name: 'made up',
        optimizer: { learningRate: 0.5, variables: [], build: () => {}, swapAverages: () => {}, keepAverages: () => {} },
        metricEntries: [],
        built: true,
        trainableWeights: [],
        variables: [],
        resumeAt: undefined,
        firstNotFinite: async () => undefined,
        getWeights: () => [tensor(epoch)],
        setWeights: ([weight]: readonly Tensor[]) => {
          back = weight!.dataSync()[0]!
        },
      }
      const given = camel(options) as never
      const callback: CallbackHooks =
        kind === 'earlyStopping'
          ? callbacks.earlyStopping(given)
          : kind === 'reduceLROnPlateau'
            ? callbacks.reduceLROnPlateau(given)
            : callbacks.modelCheckpoint('m-{epoch:02d}-{val_loss:.2f}.keras', {
                ...(given as object),
                save: (_model, place) => {
                  kept.push(place)
                },
              })
      const found: number[] = []
      callback.setModel?.(model)
      await callback.onTrainBegin?.({})
      for (; epoch < curve.length && !model.stopTraining; epoch++) {
        const logs: Logs = { loss: curve[epoch]!, val_loss: curve[epoch]! }
        await callback.onEpochBegin?.(epoch, {})
        await callback.onEpochEnd?.(epoch, logs)
        found.push(Number(model.optimizer.learningRate.toFixed(13)))
      }
      await callback.onTrainEnd?.({})
      expect({ epochs: found.length, rates: found, restored: back, saved: kept }).toEqual({ epochs, rates, restored, saved })
    },
  )
})

const line = () => {
  const model = sequential([layers.dense({ units: 1, useBias: false, kernelInitializer: 'zeros', inputShape: [1] })])
  model.compile({ optimizer: optimizers.sgd({ learningRate: 0.1 }), loss: 'mse', metrics: ['mae'] })
  return model
}
const fit = (list: CallbackHooks[], epochs = 3, y = [2, 4]) =>
  line().fit([1, 2], y, { epochs, verbose: 0, validationData: [[1], [2]], callbacks: list })

describe('in a fit', () => {
  test('the schedule of the learning rate, and the rate in the history', async () => {
    const { history } = await fit([callbacks.learningRateScheduler((epoch, rate) => (epoch ? rate / 2 : rate))])
    expect(history.learning_rate!.map((rate) => Number(rate.toFixed(4)))).toEqual([0.1, 0.05, 0.025])
    expect(Object.keys(history)).toEqual(['loss', 'mae', 'val_loss', 'val_mae', 'learning_rate'])
  })
  test('early stopping asks the metric for its direction', async () => {
    const { epoch } = await fit([callbacks.earlyStopping({ monitor: 'mae', minDelta: 10 })], 5)
    expect(epoch).toEqual([0, 1])
    await expect(
      fit([
        {
          onEpochEnd: (_, logs) => {
            logs.mine = 1
          },
        },
        callbacks.earlyStopping({ monitor: 'mine' }),
      ]),
    ).rejects.toThrow(/give mode/)
  })
  test('a loss that is no number ends the training', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue()
    expect((await fit([callbacks.terminateOnNaN()], 5, [Number.NaN, 1])).epoch).toEqual([0])
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('the loss is NaN'))
    warn.mockRestore()
    await expect(fit([callbacks.terminateOnNaN({ raiseError: true })], 5, [Number.NaN, 1])).rejects.toMatchObject({ code: 'BAD_DATA' })
  })
  test('lines of values', async () => {
    const lines: string[] = []
    await line().fit([1], [0], {
      epochs: 2,
      verbose: 0,
      callbacks: [
        callbacks.csvLogger(
          (text) => {
            lines.push(text)
          },
          { separator: ';' },
        ),
      ],
    })
    expect(lines).toEqual(['epoch;loss;mae;val_loss;val_mae\n', '0;0;0;NA;NA\n', '1;0;0;NA;NA\n'])
  })
  test('a checkpoint after batches', async () => {
    const places: string[] = []
    await line().fit([1, 2, 3], [1, 2, 3], {
      batchSize: 1,
      epochs: 2,
      verbose: 0,
      callbacks: [
        callbacks.modelCheckpoint('{epoch}/{batch}', {
          saveFreq: 2,
          save: (_, place) => {
            places.push(place)
          },
        }),
      ],
    })
    expect(places).toEqual(['1/2', '2/1', '2/3'])
  })
})

test.each<[string, () => unknown, RegExp]>([
  ['an option', () => callbacks.earlyStopping({ pacience: 3 } as never), /did you mean 'patience'/],
  ['a factor', () => callbacks.reduceLROnPlateau({ factor: 1 }), /factor must be below 1/],
  ['a schedule', () => callbacks.learningRateScheduler(0.1 as never), /takes a function/],
  ['no way to save', () => callbacks.modelCheckpoint('m', {} as never), /save is missing/],
])('wrong: %s', (_, act, message) => expect(act).toThrow(message))
