// Right calls of methods: of tensors, layers, parts and models.
import * as cornus from '../../src/index'
import { callbacks, L, ops, pick, some, v, whole, x, type Arguments } from './callSamples'
import type { Random } from './hostile'

const { tensor } = cornus
const y = (r: Random) => x(r, 6, 2)
/** Methods of objects, by the text of the call. */
export const methods: { readonly [name: string]: readonly [of: (r: Random) => object, args: Arguments] } = {
  ...Object.fromEntries(
    Object.entries(ops)
      .filter(([name]) => name in cornus.Tensor.prototype)
      .map(([name, args]) => [
        `tensor.${name}`,
        [
          () =>
            tensor([
              [1, 2, 3],
              [4, 5, 6],
            ]),
          (r: Random) => args(r).slice(1),
        ] as const,
      ]),
  ),
  'variable.assign': [v, (r) => [x(r, 3)]],
  'loss.call': [
    (r) => cornus.losses.getLoss(pick(r, ['mse', 'huber', 'binaryCrossentropy', 'categoricalCrossentropy', 'cosineSimilarity', 'dice'])),
    (r) => [y(r), y(r), pick(r, [undefined, x(r, 6)]), undefined],
  ],
  'metric.update': [
    (r) =>
      cornus.metrics.getMetric(pick(r, ['mse', 'auc', 'precision', 'binaryAccuracy', 'categoricalAccuracy', 'f1Score', 'r2Score']), {
        yTrueShape: [6, 2],
        yPredShape: [6, 2],
        loss: undefined,
      }),
    (r) => [y(r), y(r), pick(r, [undefined, x(r, 6)])],
  ],
  'initializer.call': [
    (r) => cornus.initializers.getInitializer(pick(r, ['glorotUniform', 'orthogonal', 'identity', 'ones', 'randomNormal'])),
    () => [[3, 3]],
  ],
  'optimizer.apply': [
    (r) => cornus.optimizers.getOptimizer(pick(r, ['adam', 'sgd', 'ftrl', 'adafactor'])),
    () => [[tensor([1, 2, 3])], [v()]],
  ],
  'layer.apply': [
    (r) =>
      pick(r, [
        () => L.dense({ units: 2 }),
        () => L.batchNormalization(),
        () => L.lstm({ units: 2 }),
        () => L.conv1d({ filters: 2, kernelSize: 2 }),
        () => L.dropout({ rate: 0.5 }),
        () => L.embedding({ inputDim: 4, outputDim: 2 }),
      ])(),
    (r) => [x(r, 2, 4, 3), some(r, { training: true })],
  ],
  'cell.apply': [
    (r) =>
      pick(r, [
        () => L.gruCell({ units: 3 }),
        () => L.lstmCell({ units: 3 }),
        () => L.simpleRNNCell({ units: 3 }),
        () => L.stackedRNNCells([L.gruCell({ units: 3 }), L.simpleRNNCell({ units: 3 })]),
      ])(),
    (r) => [x(r, 2, 3), { states: pick(r, [[x(r, 2, 3)], [x(r, 2, 3), x(r, 2, 3)]]), ...some(r, { training: true }) }],
  ],
  'image cell.apply': [
    () => L.convLstm2dCell({ filters: 2, kernelSize: 2, padding: 'same' }),
    (r) => [x(r, 2, 3, 3, 2), { states: [x(r, 2, 3, 3, 2), x(r, 2, 3, 3, 2)] }],
  ],
  'layer.setWeights': [
    () => {
      const layer = L.dense({ units: 2 })
      layer.ensureBuilt([null, 3])
      return layer
    },
    () => [
      [
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
        [0, 0],
      ],
    ],
  ],
  'layer.computeOutputShape': [() => L.dense({ units: 2 }), () => [[null, 3]]],
  'vocabulary.encode': [() => cornus.text.vocabulary({ tokens: ['a', 'b'] }), () => ['a b c']],
  'vocabulary.decode': [() => cornus.text.vocabulary({ tokens: ['a', 'b'] }), () => [[2, 3, 1]]],
  'vocabulary.fit': [() => cornus.text.vocabulary(), () => [['a b', 'c']]],
  'model.compile': [
    (r) => model(r),
    (r) => [
      some(r, {
        optimizer: pick(r, ['adam', cornus.optimizers.sgd({ learningRate: 0.1 })]),
        loss: 'mse',
        metrics: pick(r, [['mae'], 'mae']),
        weightedMetrics: ['mse'],
      }),
    ],
  ],
  'model.fit': [
    trained,
    (r) => [
      x(r, 6, 3),
      y(r),
      {
        verbose: 0,
        ...some(r, {
          batchSize: 2,
          epochs: 2,
          initialEpoch: 1,
          shuffle: false,
          validationSplit: 0.3,
          validationData: [x(r, 6, 3), y(r)],
          validationBatchSize: 2,
          validationFreq: 1,
          stepsPerEpoch: 2,
          sampleWeight: x(r, 6),
          classWeight: { 0: 1, 1: 2 },
          callbacks: [{}],
          signal: new AbortController().signal,
        }),
      },
    ],
  ],
  'model.evaluate': [
    trained,
    (r) => [x(r, 6, 3), y(r), { verbose: 0, ...some(r, { batchSize: 2, sampleWeight: x(r, 6), steps: 1, callbacks: [] }) }],
  ],
  'drawn.fit': [
    drawn,
    (r) => [
      pick<unknown>(r, [{ title: x(r, 6, 3), body: x(r, 6, 4) }, [x(r, 6, 3), x(r, 6, 4)]]),
      pick<unknown>(r, [{ price: x(r, 6, 1), kind: whole(r, 3, 6) }, [x(r, 6, 1), whole(r, 3, 6)]]),
      {
        verbose: 0,
        ...some(r, { batchSize: 4, epochs: 2, validationSplit: 0.4, sampleWeight: { price: x(r, 6) }, steps: 1 }),
      },
    ],
  ],
  'drawn.evaluate': [
    drawn,
    (r) => [
      { title: x(r, 6, 3), body: x(r, 6, 4) },
      { price: x(r, 6, 1), kind: whole(r, 3, 6) },
      { verbose: 0, ...some(r, { batchSize: 4 }) },
    ],
  ],
  'drawn.predict': [drawn, (r) => [pick<unknown>(r, [{ title: x(r, 6, 3), body: x(r, 6, 4) }, [x(r, 6, 3), x(r, 6, 4)]])]],
  'drawn.compile': [
    drawn,
    (r) => [
      {
        optimizer: 'sgd',
        loss: pick<unknown>(r, ['mse', ['mse', 'mae'], { price: 'mse', kind: 'sparseCategoricalCrossentropy' }]),
        ...some(r, { lossWeights: pick<unknown>(r, [[1, 2], { price: 2 }]), metrics: { kind: ['accuracy'], price: 'mae' } }),
      },
    ],
  ],
  'fit with.callbacks': [
    (r) => ({
      callbacks: async (...list: unknown[]) => {
        await trained(r).fit(x(r, 6, 3) as cornus.Tensor, y(r) as cornus.Tensor, { verbose: 0, callbacks: list as cornus.CallbackHooks[] })
      },
    }),
    (r) => {
      const names = Object.keys(callbacks)
      const name = pick(r, names)
      const made = (cornus.callbacks as unknown as Record<string, (...args: unknown[]) => unknown>)[name]!(...callbacks[name]!(r))
      return [made, { onEpochEnd: (_: number, logs: object) => logs }]
    },
  ],
  'model.summary': [trained, (r) => [{ printFn: () => undefined, ...some(r, { lineLength: 60 }) }]],
  'model.setWeights': [
    trained,
    () => [
      [
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
        [0, 0],
      ],
    ],
  ],
  'memory.saveWeights': [
    (r) => ({ saveWeights: (options: object) => trained(r).saveWeights({ read: () => null, write: () => undefined } as never, options) }),
    (r) => [{ format: pick(r, ['h5', 'npz', 'safetensors']) }],
  ],
  'model.loadWeights': [trained, (r) => [new Uint8Array(40), { ...some(r, { strict: false, names: { kernel: 'w' } }) }]],
  'model.predict': [trained, (r) => [x(r, 6, 3), some(r, { batchSize: 2 })]],
  ...Object.fromEntries(
    ['toSVG', 'toDot'].map((name) => [
      `model.${name}`,
      [model, (r: Random) => [some(r, { showShapes: false, showDtype: true, expandNested: true, rankdir: 'LR' })]],
    ]),
  ),
  'model.profile': [trained, (r) => [x(r, 6, 3), some(r, { batchSize: 2, runs: 1, expandNested: true })]],
  'model.trainOnBatch': [trained, (r) => [x(r, 6, 3), y(r)]],
  'model.testOnBatch': [trained, (r) => [x(r, 6, 3), y(r)]],
  'model.getLayer': [model, (r) => [pick<unknown>(r, [0, -1])]],
  'model.add': [() => cornus.sequential(), () => [L.dense({ units: 2, inputShape: [3] })]],
}

function model(_: Random): cornus.Sequential {
  return cornus.sequential({ layers: [L.dense({ units: 2, inputShape: [3] })] })
}
/** Two inputs and two outputs, with names. */
function drawn(_: Random): cornus.Functional<{ price: cornus.Tensor; kind: cornus.Tensor }> {
  const [title, body] = [cornus.input({ shape: [3], name: 'title' }), cornus.input({ shape: [4], name: 'body' })]
  const h = cornus.ops.concat([title, body], -1)
  const made = cornus.model({
    inputs: { title, body },
    outputs: { price: L.dense({ units: 1 }).apply(h), kind: L.dense({ units: 3, activation: 'softmax' }).apply(h) },
  })
  made.compile({ optimizer: 'sgd', loss: { price: 'mse', kind: 'sparseCategoricalCrossentropy' } })
  return made
}
function trained(r: Random): cornus.Sequential {
  const made = model(r)
  made.compile({ optimizer: 'sgd', loss: 'mse', metrics: ['mae'] })
  return made
}
