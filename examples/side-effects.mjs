// Side effects by age, the first example of many courses: people over 65 mostly had side effects of a drug, younger ones mostly had none.
// One in twenty is the other way round, so that nobody can be right in more than 95 % of the cases.
import { layers, optimizers, sequential, setSeed } from 'cornus'

const PEOPLE = 2100
const [YOUNGEST, LIMIT, OLDEST] = [13, 65, 100]

/** Half of the people under 65, half from 65 on; label 1: side effects. */
function makePeople(random) {
  const ages = new Float32Array(PEOPLE)
  const labels = new Int32Array(PEOPLE)
  for (let i = 0; i < PEOPLE; i++) {
    const older = i % 2
    const [from, to] = older ? [LIMIT, OLDEST] : [YOUNGEST, LIMIT - 1]
    ages[i] = from + Math.floor(random() * (to - from + 1))
    labels[i] = random() < 0.95 ? older : 1 - older
  }
  return { ages, labels }
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function seeded(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const scaled = (age) => (age - YOUNGEST) / (OLDEST - YOUNGEST) // 0 to 1

export async function main() {
  setSeed(1)
  const { ages, labels } = makePeople(seeded(1))

  const model = sequential([
    layers.dense({ units: 16, activation: 'relu', inputShape: [1] }),
    layers.dense({ units: 32, activation: 'relu' }),
    layers.dense({ units: 2, activation: 'sigmoid' }), // one output for each class: none, side effects
  ])
  model.summary()

  // Labels are class numbers, 0 and 1; the sparse cross-entropy takes them as they are and normalizes the two outputs.
  model.compile({ optimizer: optimizers.adam({ learningRate: 1e-4 }), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
  const { history } = await model.fit(ages.map(scaled), labels, {
    epochs: 20,
    batchSize: 10,
    shuffle: true,
    validationSplit: 0.1,
    verbose: 2,
  })

  console.log()
  const asked = [20, 50, 60, 65, 70, 90]
  const outputs = await model.predict(asked.map(scaled)).array()
  asked.forEach((age, i) => {
    const [none, effects] = outputs[i]
    console.log(
      `age ${age}: ${effects > none ? 'side effects' : 'none'} (${((100 * Math.max(none, effects)) / (none + effects)).toFixed(0)} %)`,
    )
  })
  const last = (name) => history[name].at(-1)
  return { loss: last('loss'), accuracy: last('accuracy'), valLoss: last('val_loss'), valAccuracy: last('val_accuracy') }
}

if (process.argv[1] === import.meta.filename) await main()
