// Digits that nobody wrote: a variational autoencoder with a loss of its own layer, and a generator against a critic in a loop of its own.
// A classifier of real digits says whether it knows them. node examples/generate.mjs
import { compile, datasets, input, Layer, layers, losses, model, ops, optimizers, sequential, setSeed, valueAndGrad } from 'cornus'

const LATENT = 8
const adam = (learningRate) => optimizers.adam({ learningRate, beta1: 0.5 })

/** A point near the mean, and the loss that keeps the points near zero. */
class Sampling extends Layer {
  call([mean, logVariance]) {
    const divergence = logVariance.add(1).sub(mean.square()).sub(logVariance.exp()).sum(-1).mean()
    this.addLoss(divergence.mul(-0.5 / 64 / 2))
    return mean.add(logVariance.mul(0.5).exp().mul(ops.randomNormal(mean.shape)))
  }
}

async function autoencoder(x, epochs) {
  const image = input({ shape: [64] })
  const h = layers.dense({ units: 128, activation: 'relu' }).apply(image)
  const z = new Sampling({ name: 'z' }).apply([layers.dense(LATENT).apply(h), layers.dense(LATENT).apply(h)])
  const decoder = sequential([
    layers.dense({ units: 128, activation: 'relu', inputShape: [LATENT] }),
    layers.dense({ units: 64, activation: 'sigmoid' }),
  ])
  const net = model({ inputs: image, outputs: decoder.apply(z) })
  net.compile({ optimizer: optimizers.adam({ learningRate: 0.003 }), loss: 'binaryCrossentropy' })
  const { history } = await net.fit(x, x, { epochs, batchSize: 64, verbose: 0 })
  return { decoder, loss: history.loss.at(-1) }
}

async function adversaries(x, steps) {
  const leaky = () => layers.leakyReLU({ negativeSlope: 0.2 })
  const generator = sequential([
    layers.dense({ units: 128, activation: 'relu', inputShape: [LATENT] }),
    layers.batchNormalization(),
    layers.dense({ units: 128, activation: 'relu' }),
    layers.batchNormalization(),
    layers.dense({ units: 64, activation: 'sigmoid' }),
  ])
  const critic = sequential([
    layers.dense({ units: 128, inputShape: [64] }),
    leaky(),
    layers.dropout(0.3),
    layers.dense(64),
    leaky(),
    layers.dropout(0.3),
    layers.dense(1),
  ])
  const entropy = losses.binaryCrossentropy({ fromLogits: true, labelSmoothing: 0.1 })
  const [ofGenerator, ofCritic] = [adam(0.001), adam(0.0005)]
  const training = { training: true }
  const size = 64
  const fakes = () => generator.apply(ops.randomNormal([size, LATENT]), training)
  const step = compile((real) => {
    const judged = valueAndGrad(() => {
      const [truth, lie] = [critic.apply(real, training), critic.apply(fakes(), training)]
      return entropy.call(truth.mul(0).add(1), truth).add(entropy.call(lie.mul(0), lie))
    }, critic.trainableWeights)
    ofCritic.apply(judged.grads, critic.trainableWeights)
    const made = valueAndGrad(() => {
      const lie = critic.apply(fakes(), training)
      return entropy.call(lie.mul(0).add(1), lie)
    }, generator.trainableWeights)
    ofGenerator.apply(made.grads, generator.trainableWeights)
    return { critic: judged.value, generator: made.value }
  })
  const pixels = await x.data()
  const rows = x.shape[0]
  let last
  for (let i = 0; i < steps; i++) {
    const batch = new Float32Array(size * 64)
    for (let row = 0; row < size; row++) {
      const at = Math.floor(((i * size + row) * 0.61803398875 * rows) % rows)
      batch.set(pixels.subarray(64 * at, 64 * at + 64), 64 * row)
    }
    last = await step(ops.reshape(batch, [size, 64]))
  }
  return { generator, critic: await last.critic.item() }
}

/** The share of images that a classifier takes for some digit with more than 0.9. */
const recognized = async (classifier, images) => {
  const best = await classifier.predict(images).max(-1).data()
  return best.filter((probability) => probability > 0.9).length / best.length
}

export async function main({ epochs = 150, steps = 4000, samples = 300 } = {}) {
  setSeed(2)
  const { train } = await datasets.digits({ seed: 1 })
  const x = ops.clone(train.x.reshape([-1, 64]))
  const classifier = sequential([
    layers.dense({ units: 256, activation: 'relu', inputShape: [64] }),
    layers.dense({ units: 10, activation: 'softmax' }),
  ])
  classifier.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
  await classifier.fit(x, train.y, { epochs: 100, verbose: 0 })

  const { decoder, loss } = await autoencoder(x, epochs)
  const { generator } = await adversaries(x, steps)
  const noise = ops.randomNormal([samples, LATENT])
  const vae = await recognized(classifier, decoder.predict(noise))
  const gan = await recognized(classifier, generator.predict(noise))
  const picture = await generator.predict(noise).slice([0, 0], [4, 64]).array()
  const shade = (value) => ' ░▒▓█'[Math.min(4, Math.floor(5 * value))].repeat(2)
  for (let line = 0; line < 8; line++) {
    const rows = picture.map((row) => row.slice(8 * line, 8 * line + 8))
    console.log(rows.map((row) => row.map(shade).join('')).join('    '))
  }
  console.log(
    `A classifier of real digits knows ${(100 * vae).toFixed(0)} % of the autoencoder's and ` +
      `${(100 * gan).toFixed(0)} % of the generator's with more than 0.9.`,
  )
  return { vae, gan, loss }
}

if (process.argv[1] === import.meta.filename) await main()
