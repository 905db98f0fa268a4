// A corner stroke on a field of 4 × 4 pixels: is it the one that is open to the upper right? A dense network and a convolution both learn
// it in
// five of nine places. In the other four the dense network has weights that never saw a stroke; the convolution's are the same everywhere.
import { layers, optimizers, sequential, setSeed, tensor } from 'cornus'

const CORNERS = [
  [
    [1, 0],
    [1, 1],
  ],
  [
    [1, 1],
    [1, 0],
  ],
  [
    [1, 1],
    [0, 1],
  ],
  [
    [0, 1],
    [1, 1],
  ],
] // the first is the one to find
const SEEN = [
  [0, 0],
  [0, 2],
  [1, 1],
  [2, 0],
  [2, 2],
] // row and column of the upper left pixel
const UNSEEN = [
  [0, 1],
  [1, 0],
  [1, 2],
  [2, 1],
]

function field(corner, [row, column]) {
  const pixels = new Float32Array(16)
  corner.forEach((line, i) => line.forEach((value, j) => (pixels[4 * (row + i) + column + j] = value)))
  return pixels
}

/** Every corner in each of the places: images [n, 4, 4, 1] and whether they hold the first. */
function fields(places) {
  const images = places.flatMap((place) => CORNERS.map((corner) => field(corner, place)))
  return {
    x: tensor(Float32Array.from(images.flatMap((image) => [...image])), [images.length, 4, 4, 1]),
    y: images.map((_, i) => (i % 4 === 0 ? 1 : 0)),
  }
}

const networks = {
  dense: () => [
    layers.flatten({ inputShape: [4, 4, 1] }),
    layers.dense({ units: 16, activation: 'relu' }),
    layers.dense({ units: 1, activation: 'sigmoid' }),
  ],
  convolution: () => [
    layers.conv2d({ filters: 4, kernelSize: 2, activation: 'relu', inputShape: [4, 4, 1] }),
    layers.globalMaxPooling2d(),
    layers.dense({ units: 1, activation: 'sigmoid' }),
  ],
}

export async function main() {
  const [seen, unseen] = [fields(SEEN), fields(UNSEEN)]
  draw(
    [field(CORNERS[0], SEEN[0]), field(CORNERS[0], SEEN[4]), field(CORNERS[0], UNSEEN[0]), field(CORNERS[2], UNSEEN[3])],
    ['yes, seen', 'yes, seen', 'yes, unseen', 'no, unseen'],
  )
  const results = {}
  for (const [name, make] of Object.entries(networks)) {
    setSeed(1)
    const model = sequential(make())
    model.compile({ optimizer: optimizers.adam({ learningRate: 0.03 }), loss: 'binaryCrossentropy', metrics: ['accuracy'] })
    await model.fit(seen.x, seen.y, { epochs: 300, batchSize: 20, verbose: 0 })
    const [before, after] = [await model.evaluate(seen.x, seen.y, { verbose: 0 }), await model.evaluate(unseen.x, unseen.y, { verbose: 0 })]
    console.log(
      `${name.padEnd(12)} ${String(model.countParams()).padStart(4)} weights: ${percent(before.accuracy)} right in places that it ` +
        `saw, ${percent(after.accuracy)} in the others`,
    )
    results[name] = { seen: before.accuracy, unseen: after.accuracy }
  }
  return results
}

const percent = (share) => `${Math.round(100 * share)} %`.padStart(5)

function draw(images, captions) {
  for (let row = 0; row < 4; row++)
    console.log(images.map((pixels) => Array.from(pixels.subarray(4 * row, 4 * row + 4), (v) => (v ? '██' : '··')).join('')).join('      '))
  console.log(`${captions.map((text) => text.padEnd(14)).join('')}\n`)
}

if (process.argv[1] === import.meta.filename) await main()
