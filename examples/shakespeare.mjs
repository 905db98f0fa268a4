// A character model: an LSTM reads a text, guesses each next character, and then writes by itself, character by character.
//
//   node examples/shakespeare.mjs --text some.txt [--epochs 5]        (or CORNUS_TEXT in the environment; without, a short text of our own)
//
// With the 1.1 million characters of "tiny Shakespeare" it takes some minutes; from the same seed it writes the same text on every machine,
// for any number of threads.
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { configure, info, layers, losses, optimizers, sequential, setSeed, tensor, text as texts } from 'cornus'

const STEPS = 64

/** Windows of STEPS characters and, for each of them, the next: x and y [windows, STEPS]. */
function windowsOf(codes) {
  const count = Math.floor((codes.length - 1) / STEPS)
  return {
    x: tensor(codes.slice(0, count * STEPS), [count, STEPS], 'int32'),
    y: tensor(codes.slice(1, count * STEPS + 1), [count, STEPS], 'int32'),
  }
}

const parts = (size, units, reading) => [
  layers.embedding({ inputDim: size, outputDim: 64, ...(reading ? { inputShape: [STEPS] } : { batchInputShape: [1, 1] }) }),
  layers.lstm({ units, returnSequences: true, stateful: !reading }), // the writer keeps its state from call to call
  layers.dense({ units: size }), // logits of the next character
]

export async function main({ file, epochs, units = 256, batchSize = 32, length = 400 } = {}) {
  configure({ deterministic: true })
  setSeed(1)
  const text = await readFile(file ?? new URL('harbour.txt', import.meta.url), 'utf8')
  const vocabulary = texts.vocabulary({ level: 'character' }).fit([text])
  const codes = vocabulary.encode(text)
  const cut = Math.floor(0.9 * codes.length)
  const [train, test] = [windowsOf(codes.subarray(0, cut)), windowsOf(codes.subarray(cut))]
  epochs ??= file ? 5 : 40
  console.log(
    `${text.length} characters, ${vocabulary.size} different ones; ${train.x.shape[0]} windows to learn from, ${test.x.shape[0]} held back`,
  )

  const reader = sequential(parts(vocabulary.size, units, true))
  const learningRate = optimizers.schedules.cosineDecay({
    initialLearningRate: 0.004,
    decaySteps: epochs * Math.ceil(train.x.shape[0] / batchSize),
  })
  reader.compile({
    optimizer: optimizers.adam({ learningRate, clipnorm: 1 }),
    loss: losses.sparseCategoricalCrossentropy({ fromLogits: true }),
  })
  reader.summary()
  const begun = performance.now()
  await reader.fit(train.x, train.y, { epochs, batchSize, validationData: [test.x, test.y] })
  const { loss } = await reader.evaluate(test.x, test.y, { batchSize, verbose: 0 })
  console.log(
    `held back: ${loss.toFixed(3)} nats a character; ${((performance.now() - begun) / 1000).toFixed(0)} s on ${info().threads} threads\n`,
  )

  const writer = sequential(parts(vocabulary.size, units, false))
  writer.setWeights(reader.getWeights())
  const written = {}
  for (const temperature of [0.5, 0.8, 1.1]) {
    written[temperature] = await write(writer, vocabulary, codes.subarray(0, 16), { temperature, length })
    console.log(`── temperature ${temperature}\n${written[temperature]}\n`)
  }
  return { loss, written }
}

/** Reads a beginning, then draws each next character from the model's probabilities: low temperatures are cautious, high ones bold. */
async function write(model, vocabulary, start, { temperature, length }) {
  const next = uniform(7)
  model.layers.forEach((layer) => layer.resetStates?.())
  const codes = [...start]
  let logits
  for (let i = 0; i < start.length + length - 1; i++) {
    logits = await (await model.predictOnBatch(tensor([[codes[i]]], [1, 1], 'int32'))).data()
    if (i >= start.length - 1) codes.push(draw(logits, temperature, next()))
  }
  return vocabulary.decode(codes)
}

function draw(logits, temperature, chance) {
  const most = Math.max(...logits)
  const weights = Array.from(logits, (logit) => Math.exp((logit - most) / temperature))
  let left = chance * weights.reduce((a, b) => a + b)
  const found = weights.findIndex((weight, i) => i > 1 && (left -= weight) <= 0) // 0 and 1 are padding and the unknown
  return found < 0 ? weights.indexOf(Math.max(...weights)) : found
}

/** Numbers from 0 to 1, the same in every run. */
function uniform(seed) {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return (state >>> 8) / 2 ** 24
  }
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({ options: { text: { type: 'string', default: process.env.CORNUS_TEXT }, epochs: { type: 'string' } } })
  await main({ file: values.text, epochs: values.epochs && Number(values.epochs) })
}
