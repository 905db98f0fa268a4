// A generator learns to make numbers near 4 from noise, against a discriminator.
import { compile, layers, losses, ones, ops, optimizers, sequential, setSeed, valueAndGrad, zeros } from 'cornus'

setSeed(15)
const generator = sequential([layers.dense({ units: 8, activation: 'relu', inputShape: [2] }), layers.dense({ units: 1 })])
const discriminator = sequential([
  layers.dense({ units: 16, activation: 'relu', inputShape: [1] }),
  layers.dense({ units: 1, activation: 'sigmoid' }),
])
const loss = losses.binaryCrossentropy()
const [forGenerator, forDiscriminator] = [optimizers.adam({ learningRate: 0.01 }), optimizers.adam({ learningRate: 0.01 })]
const batch = 32

const step = compile((real) => {
  const judged = valueAndGrad(() => {
    const made = generator.apply(ops.randomNormal([batch, 2]))
    return loss.call(ones([batch, 1]), discriminator.apply(real)).add(loss.call(zeros([batch, 1]), discriminator.apply(made)))
  }, discriminator.trainableWeights)
  forDiscriminator.apply(judged.grads, discriminator.trainableWeights)
  const fooled = valueAndGrad(
    () => loss.call(ones([batch, 1]), discriminator.apply(generator.apply(ops.randomNormal([batch, 2])))),
    generator.trainableWeights,
  )
  forGenerator.apply(fooled.grads, generator.trainableWeights)
  return [judged.value, fooled.value]
})
for (let i = 0; i < 800; i++) await step(Array.from({ length: batch }, (_, k) => [4 + Math.sin(i * batch + k) / 2]))
const mean = await generator
  .predict(ops.randomNormal([200, 2]))
  .mean()
  .item()
console.log(mean)
export const result = mean
