// Handwritten digits: 1,797 images of 8 × 8 pixels, which come with the library. A dense network learns most of them and is asked about the others.
import { datasets, layers, sequential, setSeed } from 'cornus'

export async function main() {
  const seed = 1 // weights, dropout and the order of samples: the same in every run
  setSeed(seed)
  const { train, test } = await datasets.digits({ seed })
  console.log(`${train.y.size} digits to learn from, ${test.y.size} held back\n`)

  const model = sequential([
    layers.flatten({ inputShape: [8, 8, 1] }), // 8 × 8 pixels → 64 inputs
    layers.dense({ units: 128, activation: 'relu' }),
    layers.dropout({ rate: 0.2 }), // only in training
    layers.dense({ units: 64, activation: 'relu' }),
    layers.dense({ units: 10, activation: 'softmax' }), // a probability for each digit
  ])
  model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
  model.summary()

  await model.fit(train.x, train.y, { epochs: 20, batchSize: 32, validationSplit: 0.1 })

  const { loss, accuracy } = await model.evaluate(test.x, test.y)
  console.log(`\nOn the digits held back: loss ${loss.toFixed(4)}, accuracy ${(100 * accuracy).toFixed(1)} %\n`)

  const probabilities = await model.predict(test.x).array() // one row of ten for each image
  const [images, labels] = [await test.x.data(), await test.y.data()]
  const guesses = probabilities.map((row) => row.indexOf(Math.max(...row)))
  const wrong = guesses.findIndex((guess, i) => guess !== labels[i])
  draw([0, 1, 2, 3, 4, 5].concat(wrong > 5 ? wrong : []).map((i) => ({
    pixels: images.subarray(64 * i, 64 * i + 64),
    caption: [`is ${labels[i]}`, `says ${guesses[i]}${guesses[i] === labels[i] ? '' : ' ✗'}`, `${(100 * probabilities[i][guesses[i]]).toFixed(1)} %`],
  })))
  return { loss, accuracy }
}

/** Images side by side, two characters a pixel, each with a few lines of text. */
function draw(images) {
  const shades = ' ░▒▓█'
  for (let row = 0; row < 8; row++) {
    const line = ({ pixels }) => Array.from(pixels.subarray(8 * row, 8 * row + 8), (v) => shades[Math.round(v * 4)].repeat(2)).join('')
    console.log(images.map(line).join('  '))
  }
  for (let i = 0; i < images[0].caption.length; i++) console.log(images.map(({ caption }) => caption[i].padEnd(16)).join('  '))
}

if (process.argv[1] === import.meta.filename) await main()
