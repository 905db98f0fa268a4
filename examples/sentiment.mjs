// Is a sentence glad or cross? Two networks learn it from a few hundred short sentences: one reads in both directions and remembers
// (Embedding,
// bidirectional LSTM), one looks for telling groups of words anywhere (Embedding, Conv1D, the strongest answer).
import { layers, optimizers, sequential, setSeed, text } from 'cornus'

const THINGS = [
  'the soup',
  'this film',
  'the new chair',
  'our guide',
  'the small hotel',
  'her second book',
  'the train ride',
  'that bicycle',
  'the concert',
  'the garden',
]
const GLAD = [
  'was a delight',
  'is simply lovely',
  'made us smile',
  'is worth every penny',
  'was warm and friendly',
  'works like a charm',
  'is better than we hoped',
  'was not bad at all',
]
const CROSS = [
  'was a letdown',
  'is dull and tired',
  'made us leave early',
  'is a waste of money',
  'was cold and rude',
  'broke on the first day',
  'is worse than we feared',
  'was not good at all',
]
const STARTS = ['', 'honestly, ', 'i think ', 'we all agree: ', 'to be fair, ', 'as for today, ']
const ENDS = ['', ' again', ' to the very end', ', and we will say so']

/** Sentences with their mood: 1 glad, 0 cross. Every third combination of each kind. */
const learned = [...sentences(GLAD, 1), ...sentences(CROSS, 0)]
const asked = [
  ['we think the film was lovely', 1],
  ['the chair broke again', 0],
  ['a warm and friendly book', 1],
  ['our soup was cold', 0],
  ['the guide made us smile to the end', 1],
  ['honestly, a dull garden', 0],
  ['that was a delight', 1],
  ['a waste of a day', 0],
  ['her hotel is better than we hoped', 1],
  ['the concert was worse than we feared', 0],
  ['this was not bad', 1],
  ['this was not good', 0],
]

function sentences(verdicts, mood) {
  const all = THINGS.flatMap((thing) =>
    verdicts.flatMap((verdict) => STARTS.flatMap((start) => ENDS.map((end) => [`${start}${thing} ${verdict}${end}`, mood]))),
  )
  return all.filter((_, i) => i % 7 === 0)
}

const networks = (size) => ({
  'Bidirectional LSTM': [
    layers.embedding({ inputDim: size, outputDim: 16, maskZero: true, inputShape: [null] }), // padding is not read
    layers.bidirectional({ layer: layers.lstm({ units: 16 }) }),
    layers.dropout({ rate: 0.3 }),
    layers.dense({ units: 1, activation: 'sigmoid' }),
  ],
  'Conv1D, maximum': [
    layers.embedding({ inputDim: size, outputDim: 16, inputShape: [null] }),
    layers.conv1d({ filters: 32, kernelSize: 3, padding: 'same', activation: 'relu' }), // groups of three words
    layers.globalMaxPooling1d(),
    layers.dropout({ rate: 0.3 }),
    layers.dense({ units: 1, activation: 'sigmoid' }),
  ],
})

export async function main({ epochs = 12 } = {}) {
  const words = text.vocabulary().fit(learned.map(([sentence]) => sentence))
  const x = words.encodeAll(learned.map(([sentence]) => sentence))
  const y = learned.map(([, mood]) => mood)
  console.log(`${learned.length} sentences, ${words.size} words; ${asked.length} new sentences\n`)
  const results = {}
  for (const [name, parts] of Object.entries(networks(words.size))) {
    setSeed(1)
    const model = sequential(parts)
    model.compile({ optimizer: optimizers.adam({ learningRate: 0.005 }), loss: 'binaryCrossentropy', metrics: ['accuracy'] })
    const { history } = await model.fit(x, y, { epochs, batchSize: 32, validationSplit: 0.1, verbose: 0 })
    const moods = await model.predict(words.encodeAll(asked.map(([sentence]) => sentence))).data()
    const right = asked.filter(([, mood], i) => Math.round(moods[i]) === mood).length
    console.log(
      `${name}: ${(100 * history.accuracy.at(-1)).toFixed(0)} % of what it learned from; ${right} of ${asked.length} new sentences`,
    )
    asked.forEach(([sentence, mood], i) => console.log(`  ${moods[i].toFixed(2)} ${Math.round(moods[i]) === mood ? ' ' : '✗'} ${sentence}`))
    results[name] = right / asked.length
  }
  return results
}

if (process.argv[1] === import.meta.filename) await main()
