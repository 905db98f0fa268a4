// Prints the sizes of what is shipped and fails if one is over its limit.
import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'

const limits = [
  // file, most bytes, gzipped or raw
  ['build/core.wasm', 125_000, 'raw'],
  ['build/core.relaxed.wasm', 125_000, 'raw'],
  ['dist/index.js', 150_000, 'gzipped'],
]
let over = false
for (const [file, limit, how] of limits) {
  const bytes = await readFile(new URL(`../${file}`, import.meta.url))
  const size = how === 'gzipped' ? gzipSync(bytes, { level: 9 }).length : bytes.length
  over ||= size > limit
  console.log(`${file}: ${size} bytes ${how}, limit ${limit}${size > limit ? '  OVER' : ''}`)
}
if (over) process.exit(1)
