// What a trained network looks at: images that excite its filters, found by gradient ascent, and where it looked (HiResCAM).
// node examples/look-inside.mjs  writes look-inside.svg
import { writeFileSync } from 'node:fs'
import { datasets, grad, input, layers, model, ops, optimizers, setSeed } from 'cornus'

function network() {
  const x = input({ shape: [8, 8, 1] })
  const conv = (filters, name, y) => layers.conv2d({ filters, kernelSize: 3, padding: 'same', activation: 'relu', name }).apply(y)
  const h = conv(16, 'second', layers.maxPooling2d().apply(conv(8, 'first', x)))
  return model({ inputs: x, outputs: layers.dense({ units: 10, name: 'scores' }).apply(layers.flatten().apply(h)) })
}

/** The image of small numbers that a filter answers to most. */
async function exciting(part, filter, steps) {
  const slope = grad((image) => part.apply(image).slice([0, 0, 0, filter], [1, -1, -1, 1]).mean())
  let image = ops.clone(ops.randomUniform([1, 8, 8, 1], 0.4, 0.6))
  for (let i = 0; i < steps; i++) {
    const direction = slope(image)
    const length = direction.square().mean().sqrt().add(1e-6)
    image = image.add(direction.div(length).mul(0.1)).clip(0, 1)
    await image.data()
  }
  return image
}

/**
 * Where the second layer's answers speak for a class: gradients of its score times the answers themselves, summed over channels. This is
 * HiResCAM (arXiv:2011.08891); Grad-CAM averages each channel's gradients first, which loses their places where a network does not pool
 * over all of them.
 */
async function camera(net, image, label) {
  const upTo = model({ inputs: net.input, outputs: net.getLayer('second').output })
  const from = model({ inputs: net.getLayer('second').output, outputs: net.output })
  const answers = upTo.predict(image)
  const slope = grad((h) => from.apply(h).slice([0, label], [1, 1]).sum())(answers)
  return (await answers.mul(slope).sum(-1).relu().data()).slice()
}

/** Small images as squares of grey. */
function toSVG(images, caption) {
  const cell = 12
  const squares = images.flatMap(({ values, side }, n) => {
    const [most, least] = [Math.max(...values, 1e-6), Math.min(...values)]
    const size = (8 * cell) / side
    return Array.from(values, (value, i) => {
      const grey = Math.round((255 * (value - least)) / (most - least || 1))
      const [x, y] = [10 + (n % 8) * 110 + (i % side) * size, 30 + Math.floor(n / 8) * 110 + Math.floor(i / side) * size]
      return `<rect x="${x}" y="${y}" width="${size}" height="${size}" fill="rgb(${grey},${grey},${grey})"/>`
    })
  })
  const height = 40 + Math.ceil(images.length / 8) * 110
  const text = `<text x="10" y="20" font-family="sans-serif" font-size="13">${caption}</text>`
  const root = `<svg xmlns="http://www.w3.org/2000/svg" width="890" height="${height}">`
  return `${root}<rect width="890" height="${height}" fill="#fff"/>${text}${squares.join('')}</svg>\n`
}

export async function main({ epochs = 15, steps = 40, filters = 8, file = 'look-inside.svg' } = {}) {
  setSeed(1)
  const { train, test } = await datasets.digits({ seed: 1 })
  const net = network()
  const loss = { className: 'SparseCategoricalCrossentropy', config: { fromLogits: true } }
  net.compile({ optimizer: optimizers.adam({ learningRate: 0.003 }), loss, metrics: ['accuracy'] })
  await net.fit(train.x, train.y, { epochs, verbose: 0 })
  const { accuracy } = await net.evaluate(test.x, test.y)

  const part = model({ inputs: net.input, outputs: net.getLayer('first').output })
  const pictures = []
  let [before, after] = [0, 0]
  for (let filter = 0; filter < filters; filter++) {
    const answer = async (image) => (await part.apply(image).slice([0, 0, 0, filter], [1, -1, -1, 1]).mean().data())[0]
    before += await answer(ops.broadcastTo(0.5, [1, 8, 8, 1]))
    const image = await exciting(part, filter, steps)
    after += await answer(image)
    pictures.push({ values: await image.data(), side: 8 })
  }
  const image = test.x.slice(0, 1)
  const [label] = await test.y.data()
  const seen = await camera(net, image, label)
  pictures.push({ values: await image.data(), side: 8 }, { values: seen, side: 4 })
  if (file) writeFileSync(file, toSVG(pictures, `What excites ${filters} filters; a ${label}, and where the network looked`))
  console.log(
    `Images found by gradient ascent excite the filters ${(after / Math.max(before, 1e-6)).toFixed(1)} times as much as plain grey` +
      `${file ? `; ${file} shows them, and where the network saw a ${label}` : ''} (accuracy ${(100 * accuracy).toFixed(1)} %).`,
  )
  return { before, after, seen, accuracy }
}

if (process.argv[1] === import.meta.filename) await main()
