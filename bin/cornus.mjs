#!/usr/bin/env node
// The command line: what files hold, from one format to another, differences, predictions, pictures.
import { readFile, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'

const USAGE = `cornus: models and weights in files

  cornus info FILE [--json]                what a file holds: format, layers, weights, optimizer
  cornus convert IN OUT [--no-optimizer]   from one format to another, by the endings
  cornus diff A B [--tolerance 0] [--json] the largest difference of each weight
  cornus predict MODEL INPUT [--json]      a model's output for an input: .json, .csv or .npy
  cornus svg MODEL OUT.svg                 the graph as a picture
  cornus --help | --version

Models: .keras, .h5, model.json of TensorFlow.js. Weights: .weights.h5, .safetensors, .npz.

Examples
  npx cornus info model.keras
  npx cornus convert model.h5 model.keras --no-optimizer
  npx cornus convert tfjs/model.json model.keras
  npx cornus convert model.keras weights.safetensors
  npx cornus diff before.keras after.keras --tolerance 1e-6
  npx cornus predict model.keras rows.csv --json

Exit codes: 0 done (diff: alike), 1 diff found differences, 2 a wrong command or file.`

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
  json: { type: 'boolean' },
  'no-optimizer': { type: 'boolean' },
  tolerance: { type: 'string' },
}
/** How many files each command takes, and which options. */
const COMMANDS = {
  info: { files: ['FILE'], options: ['json'], run: info },
  convert: { files: ['IN', 'OUT'], options: ['no-optimizer'], run: convert },
  diff: { files: ['A', 'B'], options: ['tolerance', 'json'], run: diff },
  predict: { files: ['MODEL', 'INPUT'], options: ['json'], run: predict },
  svg: { files: ['MODEL', 'OUT.svg'], options: [], run: svg },
}

class Wrong extends Error {}

const load = () => import('../dist/index.js')
const say = (text) => void process.stdout.write(`${text}\n`)
const showShape = (shape) => (shape ? `[${shape.map((d) => d ?? '?').join(', ')}]` : '?')
const showBytes = (n) => (n < 1e3 ? `${n} B` : n < 1e6 ? `${(n / 1e3).toFixed(1)} kB` : `${(n / 1e6).toFixed(1)} MB`)

/** Rows in columns; numbers to the right. */
function table(rows) {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => String(row[i]).length)))
  const cell = (value, i) => (typeof value === 'number' ? String(value).padStart(widths[i]) : String(value).padEnd(widths[i]))
  return rows.map((row) => `  ${row.map(cell).join('  ').trimEnd()}`).join('\n')
}

async function info([file], { json }) {
  const { describeFile } = await load()
  const found = await describeFile(file)
  if (json) return say(JSON.stringify(found, null, 2))
  const { format, bytes, parameters, arrays, model } = found
  say(`${basename(file)}: ${format}, ${showBytes(bytes)}, ${parameters} parameters`)
  if (!model) return say(table(arrays.map(({ name, shape, size }) => [name, showShape(shape), size])))
  say(`${model.className} '${model.name}', optimizer ${model.optimizer ?? 'none'}, loss ${JSON.stringify(model.loss)}`)
  say(table(model.layers.map(({ name, className, outputShape, parameters: count }) => [name, className, showShape(outputShape), count])))
}

const WEIGHTS = /(\.weights\.h5|\.safetensors|\.npz)$/i

async function convert([from, to], { 'no-optimizer': plain = false }) {
  const { loadModel } = await load()
  const model = await loadModel(from, { compile: !plain })
  await (WEIGHTS.test(to) ? model.saveWeights(to) : model.save(to, { optimizer: !plain }))
  say(`${from} → ${to}`)
}

function furthest(a, b) {
  let most = 0
  for (let i = 0; i < a.length; i++) {
    const gap = Object.is(a[i], b[i]) || a[i] === b[i] ? 0 : Math.abs(a[i] - b[i])
    most = Math.max(most, Number.isNaN(gap) ? Infinity : gap)
  }
  return most
}

async function diff([a, b], { tolerance = '0', json }) {
  const limit = Number(tolerance)
  if (tolerance.trim() === '' || !(limit >= 0)) throw new Wrong(`--tolerance takes a number from 0, not '${tolerance}'`)
  const { describeFile } = await load()
  const [left, right] = await Promise.all([a, b].map((file) => describeFile(file, { values: true })))
  const others = new Map(right.arrays.map((each) => [each.name, each]))
  const rows = left.arrays.map(({ name, shape, data }) => {
    const other = others.get(name)
    others.delete(name)
    if (!other) return { name, note: `only in ${a}` }
    if (String(other.shape) !== String(shape)) return { name, note: `${showShape(shape)} and ${showShape(other.shape)}` }
    return { name, difference: furthest(data, other.data) }
  })
  for (const name of others.keys()) rows.push({ name, note: `only in ${b}` })
  const differ = rows.filter(({ note, difference }) => note !== undefined || difference > limit)
  if (json) say(JSON.stringify(rows, null, 2))
  else say(differ.length ? table(differ.map(({ name, note, difference }) => [name, note ?? difference])) : `alike: ${rows.length} weights`)
  return differ.length ? 1 : 0
}

function fromCsv(text, file) {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '')
  const rows = lines.map((line) => line.split(/[,;\t]/).map((cell) => (cell.trim() === '' ? NaN : Number(cell))))
  const header = rows[0]?.some(Number.isNaN) ? 1 : 0
  const bad = rows.findIndex((row, i) => i >= header && (row.some(Number.isNaN) || row.length !== rows[header].length))
  if (bad >= 0) throw new Wrong(`${file}: line ${bad + 1} is not ${rows[header].length} numbers`)
  return rows.slice(header)
}

async function inputOf(file) {
  const { describeFile, tensor } = await load()
  if (/\.npy$/i.test(file)) {
    const [{ data, shape }] = (await describeFile(file, { values: true })).arrays
    return tensor(data, shape)
  }
  if (/\.csv$/i.test(file)) return fromCsv(await readFile(file, 'utf8'), file)
  if (!/\.json$/i.test(file))
    throw new Wrong(`${file}: an input is .json, .csv or .npy; of a picture save its numbers as .npy, as the model takes them`)
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw new Wrong(`${file}: ${error.message}`)
  }
}

const plain = (y) => (Array.isArray(y) ? Promise.all(y.map(plain)) : typeof y.array === 'function' ? y.array() : branches(y))
const branches = async (y) =>
  Object.fromEntries(await Promise.all(Object.entries(y).map(async ([key, value]) => [key, await plain(value)])))

async function predict([file, input], { json }) {
  const { loadModel } = await load()
  const model = await loadModel(file, { compile: false })
  const y = await plain(await model.predict(await inputOf(input)))
  if (json || !Array.isArray(y) || !Array.isArray(y[0]) || Array.isArray(y[0][0])) say(JSON.stringify(y))
  else for (const row of y) say(row.join(','))
}

async function svg([file, out]) {
  const { loadModel } = await load()
  const model = await loadModel(file, { compile: false })
  await writeFile(out, await model.toSVG())
  say(`${file} → ${out}`)
}

function parse(argv) {
  try {
    return parseArgs({ args: argv, options: OPTIONS, allowPositionals: true })
  } catch (error) {
    throw new Wrong(error.message)
  }
}

async function main(argv) {
  const { values, positionals } = parse(argv)
  const [name, ...files] = positionals
  if (values.version) return say(JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')).version)
  if (values.help || (name === 'help' && !files.length)) return say(USAGE)
  if (name === undefined) throw new Wrong('which command? cornus --help lists them')
  if (!Object.hasOwn(COMMANDS, name)) throw new Wrong(`unknown command '${name}'; the commands are ${Object.keys(COMMANDS).join(', ')}`)
  const command = COMMANDS[name]
  if (files.length !== command.files.length) throw new Wrong(`write cornus ${name} ${command.files.join(' ')}`)
  const stray = Object.keys(values).find((option) => !command.options.includes(option))
  if (stray) throw new Wrong(`cornus ${name} has no option --${stray}`)
  return command.run(files, values)
}

try {
  process.exitCode = (await main(process.argv.slice(2))) ?? 0
} catch (error) {
  if (!(error instanceof Wrong) && error.name !== 'CornusError' && !error.code) throw error
  process.stderr.write(`cornus: ${error.message}\n`)
  process.exitCode = 2
}
