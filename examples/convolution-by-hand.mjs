// A convolution with one channel, worked by hand: a window moves over an image, and each output is the sum of nine products.
import { grad, ops, tensor } from 'cornus'

const image = [
  [3, 0, 1, 2, 7],
  [1, 5, 8, 9, 3],
  [2, 7, 2, 5, 1],
  [0, 1, 3, 1, 7],
  [4, 2, 1, 6, 2],
]
const edges = [
  // bright on the left, dark on the right: a vertical edge
  [1, 0, -1],
  [1, 0, -1],
  [1, 0, -1],
]

/** The sum of products at one place, and how it comes about. */
function at(row, column) {
  const products = edges.flatMap((line, i) => line.map((weight, j) => ({ weight, pixel: image[row + i]?.[column + j] ?? 0 })))
  const value = products.reduce((sum, { weight, pixel }) => sum + weight * pixel, 0)
  return {
    value,
    text: products
      .filter(({ weight }) => weight)
      .map(({ weight, pixel }) => `${weight < 0 ? '−' : '+'}${pixel}`)
      .join(' '),
  }
}

const grid = (rows) => rows.map((row) => row.map((value) => String(value).padStart(5)).join('')).join('\n')
// images are [batch, height, width, channels], windows [height, width, in, out]
const [x, w] = [tensor(image).reshape([1, 5, 5, 1]), tensor(edges).reshape([3, 3, 1, 1])]
const convolve = async (options) => {
  const y = ops.conv2d(x, w, options)
  return y.reshape(y.shape.slice(1, 3)).array()
}

export async function main() {
  console.log(`image\n${grid(image)}\n\nwindow\n${grid(edges)}\n`)
  console.log(
    `first output: the window lies on the upper left 3 × 3 pixels\n  ${at(0, 0).text} = ${at(0, 0).value}\none step to the right\n  ` +
      `${at(0, 1).text} = ${at(0, 1).value}\n`,
  )

  const byHand = [0, 1, 2].map((row) => [0, 1, 2].map((column) => at(row, column).value))
  const computed = await convolve({ padding: 'valid' })
  console.log(`all outputs, by hand\n${grid(byHand)}\ncomputed (padding 'valid': 5 − 3 + 1 = 3)\n${grid(computed)}\n`)

  const same = await convolve({ padding: 'same' })
  console.log(`padding 'same': zeros around the image, and as many outputs as pixels\n${grid(same)}\n`)
  const strided = await convolve({ padding: 'valid', strides: 2 })
  console.log(`strides 2: every other place\n${grid(strided)}\n`)

  // Each weight touches nine pixels: its gradient, for outputs that all count once, is their sum.
  const ofWindow = await grad((window) => ops.conv2d(x, window).sum())(w)
    .reshape([3, 3])
    .array()
  const first = byHand.flatMap((line, i) => line.map((_, j) => image[i][j])).reduce((a, b) => a + b)
  console.log(
    'gradient of the sum of all outputs with respect to the window (its first weight saw pixels that add up to ' +
      `${first})\n${grid(ofWindow)}`,
  )
  return { byHand, computed, same, strided, ofWindow, first }
}

if (process.argv[1] === import.meta.filename) await main()
