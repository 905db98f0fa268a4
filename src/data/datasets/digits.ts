// The handwritten digits of UCI: small enough to come with the library.
import { fromBase64 } from '../../util/base64'
import { decompress } from '../../util/decompress'
import { integer, kindOf, optional, readOptions, type Given } from '../../util/options'
import { makeRandom, permutation } from '../../util/shuffle'
import { samples, type Dataset, type Samples } from './dataset'

const options = {
  /** Share of the samples that goes into `test`; more than 0, less than 1. Default 0.2. */
  testFraction: optional(
    kindOf<number>('a number more than 0 and less than 1', (share) => typeof share === 'number' && share > 0 && share < 1),
    0.2,
  ),
  /** Which samples go there: another seed, another split. Default 0. */
  seed: optional(integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER), 0),
}
export interface DigitsOptions extends Given<typeof options> {}

/** Who is to be thanked for the digits. */
export const DIGITS_ATTRIBUTION =
  'Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak (1998), UCI Machine Learning Repository, ' +
  'https://doi.org/10.24432/C50P49, licensed under CC BY 4.0; repacked, otherwise unchanged'

const COUNT = 1797
const PIXELS = 64

/**
 * 1,797 handwritten digits of 8 × 8 pixels: `x` [n, 8, 8, 1] from 0 to 1, `y` [n] from 0 to 9. The samples are shuffled with `seed` (0) and
 * the first 20 % of them (`testFraction`) are the test set, so that the split is the same everywhere. They are a part of the library;
 * nothing is fetched.
 *
 * Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak (1998), UCI Machine Learning Repository,
 * https://doi.org/10.24432/C50P49, CC BY 4.0; repacked, otherwise unchanged.
 */
export async function digits(given?: DigitsOptions): Promise<Dataset> {
  const { testFraction, seed } = readOptions(options, given, 'digits')
  const { pixels, labels } = await original()
  const order = permutation(COUNT, makeRandom(seed))
  const testCount = Math.min(COUNT - 1, Math.max(1, Math.round(COUNT * testFraction)))
  const pick = (rows: Uint32Array): Samples => {
    const x = new Float32Array(rows.length * PIXELS)
    rows.forEach((row, i) => {
      for (let p = 0; p < PIXELS; p++) x[i * PIXELS + p] = pixels[row * PIXELS + p]! / 16
    })
    return samples(
      x,
      [8, 8, 1],
      Int32Array.from(rows, (row) => labels[row]!),
    )
  }
  return {
    train: pick(order.subarray(testCount)),
    test: pick(order.subarray(0, testCount)),
    classNames: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  }
}

/**
 * Pixels (0 to 16) and labels in the original order. Packed are the labels, then the pixels of all images, pixel by pixel,
 * with the images in the order of their labels: that is what deflate makes the least of.
 */
async function original(): Promise<{ pixels: Uint8Array; labels: Uint8Array }> {
  const { packed } = await import('./digits-data')
  const bytes = await decompress(fromBase64(packed), 'deflate-raw', () => COUNT * (1 + PIXELS), 'digits')
  const labels = bytes.subarray(0, COUNT)
  const pixels = new Uint8Array(COUNT * PIXELS)
  const byLabel = Array.from(labels.keys()).sort((a, b) => labels[a]! - labels[b]! || a - b)
  byLabel.forEach((row, place) => {
    for (let p = 0; p < PIXELS; p++) pixels[row * PIXELS + p] = bytes[COUNT * (1 + p) + place]!
  })
  return { pixels, labels }
}
