// Packs the handwritten digits into src/data/datasets/digits-data.ts:
//   node scripts/embed-digits.mjs path/to/digits.csv.gz     (1,797 rows of 64 pixels from 0 to 16, and the label)
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { constants, deflateRawSync, gunzipSync } from 'node:zlib'

const [source] = process.argv.slice(2)
if (!source) throw new Error('usage: node scripts/embed-digits.mjs path/to/digits.csv.gz')
const rows = gunzipSync(await readFile(source))
  .toString()
  .trim()
  .split('\n')
  .map((line) => line.split(',').map(Number))
if (rows.length !== 1797 || rows.some((row) => row.length !== 65 || row.some((v) => !Number.isInteger(v) || v < 0 || v > 16)))
  throw new Error(`${source} is not what it should be`)

// Labels in their order; then pixel by pixel, all images in the order of their labels.
const byLabel = [...rows].sort((a, b) => a[64] - b[64])
const bytes = Uint8Array.from([...rows.map((row) => row[64]), ...Array.from({ length: 64 }, (_, p) => byLabel.map((row) => row[p])).flat()])
const strategies = [constants.Z_DEFAULT_STRATEGY, constants.Z_FILTERED, constants.Z_HUFFMAN_ONLY, constants.Z_RLE]
const [smallest] = strategies
  .flatMap((strategy) => [8, 9].map((memLevel) => deflateRawSync(bytes, { level: 9, memLevel, strategy })))
  .sort((a, b) => a.length - b.length)

await writeFile(
  fileURLToPath(new URL('../src/data/datasets/digits-data.ts', import.meta.url)),
  `// Made by scripts/embed-digits.mjs from the Optical Recognition of Handwritten Digits data set: E. Alpaydin and C. Kaynak (1998),
// UCI Machine Learning Repository, https://doi.org/10.24432/C50P49, licensed under CC BY 4.0
// (https://creativecommons.org/licenses/by/4.0/);
// repacked, otherwise unchanged.

/** Raw deflate, base64; the layout is told in digits.ts. */
export const packed = '${smallest.toString('base64')}'
`,
)
console.log(`digits: ${smallest.length} bytes, ${Math.ceil(smallest.length / 3) * 4} in base64`)
