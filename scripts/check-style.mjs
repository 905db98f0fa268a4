// Part of `npm run lint`: lines of at most 140 columns (data that has to stand in one line is excepted by file), and what the compiler is
// asked to believe in src/: casts through unknown or never, and `!`. Their numbers may only go down.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const COLUMNS = 140
const EXCEPTED = ['src/data/datasets/digits-data.ts', 'test/datasets.test.ts']

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((name) => /\.(ts|mts|mjs)$/.test(name) && !EXCEPTED.includes(name))

const long = files.flatMap((name) =>
  readFileSync(name, 'utf8')
    .split('\n')
    .flatMap((line, at) => ([...line].length > COLUMNS ? [`${name}:${at + 1} has ${[...line].length} columns; at most ${COLUMNS}`] : [])),
)
/** What is counted in src/, and how many there may be. */
const counted = [
  { what: 'casts `as unknown as` and `as never`', pattern: /\bas (?:unknown as|never\b)/g, most: 25 },
  { what: 'non-null assertions `!`', pattern: /[\w\])]!(?=[.,;:)\]}\s[(]|$)/gm, most: 586 },
]
const sources = files.filter((name) => name.startsWith('src/') && !name.startsWith('src/generated/'))
const code = sources.map((name) => readFileSync(name, 'utf8').replace(/\/\*[^]*?\*\/|^\s*\/\/.*$|\s\/\/ .*$/gm, '')).join('\n')
const wrong = counted.flatMap(({ what, pattern, most }) => {
  const found = code.match(pattern)?.length ?? 0
  console.log(`${what}: ${found} of at most ${most}`)
  return found > most ? [`src/ has ${found} ${what}; at most ${most}: use a tuple, a default while destructuring, or a check`] : []
})
for (const line of [...long, ...wrong]) console.error(line)
if (long.length + wrong.length) process.exit(1)
