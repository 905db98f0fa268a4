// What a layer in the middle sees: its output for an image.
import { datasets, layers, sequential, setSeed } from 'cornus'

setSeed(11)
const { train } = await datasets.digits()
const model = sequential([
  layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', inputShape: [8, 8, 1], name: 'first' }),
  layers.conv2d({ filters: 8, kernelSize: 3, activation: 'relu', name: 'second' }),
  layers.globalAveragePooling2d(),
  layers.dense({ units: 10, activation: 'softmax' }),
])
let x = train.x.slice([0, 0, 0, 0], [1, 8, 8, 1])
const maps = {}
for (const layer of model.layers) {
  x = layer.apply(x)
  maps[layer.name] = x.shape
}
console.log(maps, await model.getLayer('first').apply(train.x.slice(0, 1)).max().item())
export const result = [maps.first, maps.second]
