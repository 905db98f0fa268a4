// The workflow around a model, on the digits: repeated K-fold, transfer learning with frozen layers and fine-tuning, pseudo-labelling,
// and finding what does not belong by its reconstruction error. node examples/workflow.mjs
import { datasets, evaluation, layers, optimizers, sequential, setSeed } from 'cornus'

const adam = (learningRate) => optimizers.adam({ learningRate })

function classifier() {
  const conv = (filters, more = {}) => layers.conv2d({ filters, kernelSize: 3, padding: 'same', activation: 'relu', ...more })
  const net = sequential([
    conv(32, { inputShape: [8, 8, 1] }),
    conv(32),
    layers.maxPooling2d(),
    layers.dropout(0.25),
    conv(64),
    conv(64),
    layers.maxPooling2d(),
    layers.flatten(),
    layers.dropout(0.4),
    layers.dense({ units: 128, activation: 'relu' }),
    layers.dropout(0.4),
    layers.dense({ units: 10, activation: 'softmax' }),
  ])
  net.compile({ optimizer: adam(0.002), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
  return net
}

/** Accuracy of 3 × 5 folds. */
async function folds({ x, y }, { repeats, epochs }) {
  const found = await evaluation.crossValidate(() => classifier(), x, y, {
    splits: 5,
    repeats,
    stratify: y,
    seed: 1,
    fit: { epochs, batchSize: 64 },
    verbose: 1,
  })
  return found.mean.accuracy
}

/** Digits below 5 teach the layers; the head learns the others from few samples, first alone, then with the rest. */
async function transfer({ x, y }, epochs) {
  const labels = await y.data()
  const rows = (test) => [...labels.keys()].filter((row) => test(labels[row]))
  const [low, high] = [rows((label) => label < 5), rows((label) => label >= 5)]
  const base = classifier()
  await base.fit(evaluation.take(x, low), evaluation.take(y, low), { epochs, verbose: 0 })

  const body = sequential(base.layers.slice(0, -3))
  const net = sequential([body, layers.dense({ units: 10, activation: 'softmax' })])
  const [few, others] = [high.slice(0, 60), high.slice(60)]
  const [some, rest] = [few, others].map((part) => [evaluation.take(x, part), evaluation.take(y, part)])
  const compile = (rate) => net.compile({ optimizer: adam(rate), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
  body.trainable = false
  compile(0.01)
  await net.fit(...some, { epochs: 5 * epochs, batchSize: 10, verbose: 0 })
  const frozen = (await net.evaluate(...rest)).accuracy
  body.trainable = true
  compile(0.0005)
  await net.fit(...some, { epochs: 3 * epochs, batchSize: 10, verbose: 0 })
  return { frozen, tuned: (await net.evaluate(...rest)).accuracy }
}

/** A model learns from few labels, then from those that it gives others when it is sure. */
async function pseudoLabels({ train, test }, epochs) {
  const net = classifier()
  const few = evaluation.trainTestSplit(train.x, train.y, { trainSize: 100, stratify: train.y, seed: 2 })
  await net.fit(few.train.x, few.train.y, { epochs: 2 * epochs, batchSize: 16, verbose: 0 })
  const before = (await net.evaluate(test.x, test.y)).accuracy
  const guesses = await net.predict(few.test.x).array()
  const sure = guesses.flatMap((row, i) => (Math.max(...row) > 0.95 ? [i] : []))
  const labels = sure.map((i) => guesses[i].indexOf(Math.max(...guesses[i])))
  if (sure.length) await net.fit(evaluation.take(few.test.x, sure), labels, { epochs, verbose: 0 })
  return { before, after: (await net.evaluate(test.x, test.y)).accuracy, sure: sure.length }
}

/** An autoencoder that saw only ones and zeros rebuilds other digits badly. */
async function anomalies({ train, test }, epochs) {
  const net = sequential([
    layers.flatten({ inputShape: [8, 8, 1] }),
    layers.dense({ units: 8, activation: 'relu' }),
    layers.dense({ units: 64, activation: 'sigmoid' }),
  ])
  net.compile({ optimizer: adam(0.01), loss: 'mse' })
  const known = (label) => label < 2
  const labels = await train.y.data()
  const normal = evaluation.take(
    train.x,
    [...labels.keys()].filter((row) => known(labels[row])),
  ) // prettier-ignore
  await net.fit(normal, normal.reshape([-1, 64]), { epochs: 4 * epochs, verbose: 0 })
  const errors = await test.x.reshape([-1, 64]).sub(net.predict(test.x)).square().mean(-1).data()
  const odd = Array.from(await test.y.data(), (label) => Number(!known(label)))
  return evaluation.rocCurve(odd, errors).area
}

export async function main({ repeats = 3, epochs = 30, parts = ['folds', 'transfer', 'pseudo', 'anomalies'] } = {}) {
  setSeed(1)
  const data = await datasets.digits({ testFraction: 0.3, seed: 1 })
  const all = await datasets.digits({ testFraction: 0.001, seed: 1 })
  const result = {}
  if (parts.includes('transfer')) result.transfer = await transfer(data.train, Math.ceil(epochs / 3))
  if (parts.includes('pseudo')) result.pseudo = await pseudoLabels(data, Math.ceil(epochs / 3))
  if (parts.includes('anomalies')) result.anomalies = await anomalies(data, epochs)
  if (parts.includes('folds')) result.folds = await folds(all.train, { repeats, epochs })
  const shown = (share) => `${(100 * share).toFixed(1)} %`
  const said = [
    result.transfer &&
      `new digits from 60 samples: ${shown(result.transfer.frozen)} with frozen layers, ${shown(result.transfer.tuned)} tuned`,
    result.pseudo && `100 labels: ${shown(result.pseudo.before)}, with ${result.pseudo.sure} of its own ${shown(result.pseudo.after)}`,
    result.anomalies && `what it never saw is found by its error (area ${result.anomalies.toFixed(3)})`,
    result.folds && `${repeats} × 5 folds: ${(100 * result.folds).toFixed(2)} % of the digits`,
  ]
  console.log(`${said.filter(Boolean).join('; ')}.`)
  return result
}

if (process.argv[1] === import.meta.filename) await main()
