// Prints the sizes of what is shipped and fails if one is over its limit.
import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'

const limits = [
  // file, most bytes, gzipped or raw
  ['build/core.wasm', 125_000, 'raw'],
  ['build/core.relaxed.wasm', 125_000, 'raw'],
  // 185_000 is what it must come down to: configs of models, evaluation and merging layers brought it over that.
  ['dist/cornus.js', 206_000, 'gzipped'],
  ['dist/weights.js', 25_000, 'gzipped'],
]
let over = false
for (const [file, limit, how] of limits) {
  const bytes = await readFile(new URL(`../${file}`, import.meta.url))
  const size = how === 'gzipped' ? gzipSync(bytes, { level: 9 }).length : bytes.length
  over ||= size > limit
  console.log(`${file}: ${size} bytes ${how}, limit ${limit}${size > limit ? '  OVER' : ''}`)
}
// The line that an uncaught error was thrown on is printed: none that throws may be long. (The WebAssembly is one long string, which throws
// nothing.)
const LONGEST_LINE = 1000
const bundle = await readFile(new URL('../dist/cornus.js', import.meta.url), 'utf8')
const long = bundle
  .split('\n')
  .filter((line) => line.length > LONGEST_LINE && /\bthrow\b|\bnew [A-Za-z]/.test(line.replace(/"[^"]*"|'[^']*'/g, '')))
for (const line of long) console.log(`dist/cornus.js: a line of ${line.length} characters throws: ${line.slice(0, 80)} …`)
if (over || long.length) process.exit(1)
