// Part of `npm run lint`: lines of at most 140 columns. Data that has to stand in one line is excepted by file.
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
for (const line of long) console.error(line)
if (long.length) process.exit(1)
