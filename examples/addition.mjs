// Addition as translation: an encoder reads "47+8 " character by character into one vector, a decoder writes "55 " from it. No network is
// told
// what a digit is. A simple RNN, an LSTM and a GRU learn from the same sums and are asked about sums that they have never seen.
import { layers, optimizers, sequential, setSeed, tensor, text } from 'cornus'

const DIGITS = 2
const characters = text.vocabulary({ level: 'character', tokens: [...'0123456789+ '] })

/** Every sum of two numbers, in an order of its own; questions are read backwards, which brings the last digits near the answer. */
function sums() {
  const all = []
  for (let a = 0; a < 10 ** DIGITS; a++)
    for (let b = 0; b < 10 ** DIGITS; b++) all.push([`${a}+${b}`.padEnd(2 * DIGITS + 1), String(a + b).padEnd(DIGITS + 1)])
  let state = 1
  for (let i = all.length - 1; i > 0; i--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const j = state % (i + 1)
    ;[all[i], all[j]] = [all[j], all[i]]
  }
  return all
}

const encode = (list, length) =>
  tensor(Int32Array.from(list.flatMap((line) => [...characters.encode(line)])), [list.length, length], 'int32')
const samples = (pairs) => ({
  x: encode(
    pairs.map(([question]) => [...question].reverse().join('')),
    2 * DIGITS + 1,
  ),
  y: encode(
    pairs.map(([, answer]) => answer),
    DIGITS + 1,
  ),
})

export async function main({ epochs = 30, units = 128 } = {}) {
  const all = sums()
  const [train, test] = [all.slice(0, 0.8 * all.length), all.slice(0.8 * all.length)]
  console.log(`${train.length} sums to learn from, ${test.length} held back\n`)
  const results = {}
  for (const kind of ['simpleRNN', 'lstm', 'gru']) {
    setSeed(1)
    const model = sequential([
      layers.embedding({ inputDim: characters.size, outputDim: 16, inputShape: [2 * DIGITS + 1] }),
      layers[kind]({ units }), // the question in one vector
      layers.repeatVector({ n: DIGITS + 1 }), // once for each character of the answer
      layers[kind]({ units, returnSequences: true }),
      layers.dense({ units: characters.size, activation: 'softmax' }),
    ])
    const batchSize = 64
    const learningRate = optimizers.schedules.cosineDecay({
      initialLearningRate: 0.003,
      decaySteps: epochs * Math.ceil(train.length / batchSize),
    })
    model.compile({ optimizer: optimizers.adam({ learningRate }), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
    const { x, y } = samples(train)
    const begun = performance.now()
    await model.fit(x, y, { epochs, batchSize, verbose: 0 })
    const seconds = (performance.now() - begun) / 1000

    const guesses = await model.predict(samples(test).x, { batchSize: 500 }).argMax(-1).array()
    const answers = guesses.map((codes) => characters.decode(codes))
    const right = answers.filter((answer, i) => answer === test[i][1]).length / test.length
    console.log(
      `${kind.padEnd(10)} ${String(model.countParams()).padStart(7)} weights, ${seconds.toFixed(0).padStart(3)} s: ` +
        `${(100 * right).toFixed(1)} % of the sums held back are right`,
    )
    console.log(
      test
        .slice(0, 5)
        .map(
          ([question, answer], i) => `  ${question.trim()} = ${answers[i].trim()}${answers[i] === answer ? '' : ` ✗ (${answer.trim()})`}`,
        )
        .join('\n'),
    )
    results[kind] = right
  }
  return results
}

if (process.argv[1] === import.meta.filename) await main()
