// Handwritten digits: 1,797 images of 8 × 8 pixels, which come with the library. A small
// convolutional network learns most of them and is asked about the others.
import { datasets, layers, optimizers, sequential, setSeed } from 'cornus'

export async function main() {
  const seed = 1 // weights, dropout and the order of samples: the same in every run
  setSeed(seed)
  const { train, test } = await datasets.digits({ seed })
  console.log(`${train.y.size} digits to learn from, ${test.y.size} held back\n`)

  const model = sequential([
    layers.conv2d({ filters: 32, kernelSize: 3, padding: 'same', activation: 'relu', inputShape: [8, 8, 1] }), // 32 windows of 3 × 3 pixels
    layers.maxPooling2d(), // the strongest answer in each 2 × 2 pixels: 8 × 8 → 4 × 4
    layers.conv2d({ filters: 64, kernelSize: 3, padding: 'same', activation: 'relu' }),
    layers.maxPooling2d(), // → 2 × 2 × 64
    layers.flatten(),
    layers.dropout({ rate: 0.3 }), // only in training
    layers.dense({ units: 10, activation: 'softmax' }), // a probability for each digit
  ])
  model.compile({ optimizer: optimizers.adam({ learningRate: 0.002 }), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
  model.summary()

  await model.fit(train.x, train.y, { epochs: 20, batchSize: 32, validationSplit: 0.1 })

  const { loss, accuracy } = await model.evaluate(test.x, test.y)
  console.log(`\nOn the digits held back: loss ${loss.toFixed(4)}, accuracy ${(100 * accuracy).toFixed(1)} %\n`)

  const probabilities = await model.predict(test.x).array() // one row of ten for each image
  const [images, labels] = [await test.x.data(), await test.y.data()]
  const guesses = probabilities.map((row) => row.indexOf(Math.max(...row)))
  const wrong = guesses.findIndex((guess, i) => guess !== labels[i])
  draw(
    [0, 1, 2, 3, 4, 5].concat(wrong > 5 ? wrong : []).map((i) => ({
      pixels: images.subarray(64 * i, 64 * i + 64),
      caption: [
        `is ${labels[i]}`,
        `says ${guesses[i]}${guesses[i] === labels[i] ? '' : ' ✗'}`,
        `${(100 * probabilities[i][guesses[i]]).toFixed(1)} %`,
      ],
    })),
  )
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
