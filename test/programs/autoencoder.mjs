// Digits through a narrow place and back.
import { datasets, layers, sequential, setSeed } from 'cornus'

setSeed(16)
const { train } = await datasets.digits()
const x = train.x.reshape([train.x.shape[0], 64])
const encoder = sequential([layers.dense({ units: 32, activation: 'relu', inputShape: [64] }), layers.dense({ units: 8 })])
const decoder = sequential([
  layers.dense({ units: 32, activation: 'relu', inputShape: [8] }),
  layers.dense({ units: 64, activation: 'sigmoid' }),
])
const autoencoder = sequential([encoder, decoder])
autoencoder.compile({ optimizer: 'adam', loss: 'mse' })
const { history } = await autoencoder.fit(x, x, { epochs: 8, batchSize: 64, verbose: 0 })
console.log(history.loss, encoder.predict(x.slice(0, 5)).shape)
export const result = [history.loss[0], history.loss.at(-1)]
