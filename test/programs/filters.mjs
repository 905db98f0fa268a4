// Filters by hand: an edge in an image, and a layer that is given the same filter.
import { layers, ops, sequential, tensor } from 'cornus'

const image = tensor(Array.from({ length: 6 }, () => [0, 0, 0, 1, 1, 1])).reshape([1, 6, 6, 1])
const vertical = [
  [-1, 0, 1],
  [-1, 0, 1],
  [-1, 0, 1],
]
const kernel = tensor(vertical).reshape([3, 3, 1, 1])
const edges = ops.conv2d(image, kernel, { padding: 'valid' })
const model = sequential([layers.conv2d({ filters: 1, kernelSize: 3, useBias: false, inputShape: [6, 6, 1] }), layers.maxPooling2d(2)])
model.layers[0].setWeights([kernel])
console.log(await edges.reshape([4, 4]).array(), await model.predict(image).reshape([2, 2]).array())
export const result = [await edges.reshape([4, 4]).array(), await model.predict(image).reshape([2, 2]).array()]
