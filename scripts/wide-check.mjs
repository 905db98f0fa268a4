// What wide mode gains, kernel by kernel: npm run wide:check. Runs the same work narrow and wide in Node 24 or later, times each kernel (lowest
// of many runs, in turns), and reads from the engine's trace which functions it paired. Prints a table in Markdown.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import binaryen from 'binaryen'

const root = fileURLToPath(new URL('..', import.meta.url))
const local = `${root}test/runtimes/node_modules/.bin/node`
const node = Number.parseInt(process.versions.node) >= 24 ? process.execPath : local
if (!existsSync(node)) {
  console.log('wide:check needs Node 24 or later: npm install --prefix test/runtimes brings Node 24')
  process.exit(1)
}

const work = `
import { compile, configure, grad, info, ops, optimizers, tensor, Variable, layers, sequential } from '${root}dist/index.js'
configure({ threads: 1, debug: 0 })
const noise = (...shape) => tensor(Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i)), shape)
const [a, b, image, filter, slim, rows] = [noise(256, 256), noise(256, 256), noise(4, 28, 28, 32), noise(3, 3, 32, 64), noise(3, 3, 32, 1), noise(200, 100)]
const seq = noise(32, 20, 32)
const unary = ['exp', 'log', 'tanh', 'sigmoid', 'relu', 'gelu', 'elu', 'selu', 'softplus', 'silu', 'erf', 'sqrt', 'square', 'sin', 'abs', 'neg', 'round']
const binary = ['add', 'sub', 'mul', 'div', 'maximum', 'minimum', 'squaredDifference']
const fn = (f) => { const c = compile(f); return () => c() }
const training = (list, x, y) => {
  const model = sequential(list)
  model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' })
  return () => model.trainOnBatch(x, y)
}
const labels = (n) => Int32Array.from({ length: n }, (_, i) => i % 10)
const weights = noise(512, 256)
const programs = [
  ...unary.map((name) => fn(() => ops[name](a).sum())), ...unary.slice(0, 12).map((name) => fn(() => grad((x) => ops[name](x).sum())(a))),
  ...binary.map((name) => fn(() => ops[name](a, b).sum())), fn(() => ops.add(a, noise(256)).sum()),
  fn(() => a.matmul(b).sum()), fn(() => ops.softmax(rows).max()), fn(() => ops.logSoftmax(rows).max()), fn(() => ops.mean(rows, 0)), fn(() => ops.mean(rows, 1)), fn(() => ops.max(rows, 1)), fn(() => ops.max(rows, 0)),
  ...[ops.argMax, ops.argMin, ops.min, ops.prod].flatMap((op) => [fn(() => op(rows, 0)), fn(() => op(rows, 1))]), fn(() => ops.logSumExp(rows, 1)),
  ...[ops.softmax, ops.logSoftmax].map((op) => fn(() => grad((x) => op(x).square().sum())(rows))), ...['pow', 'mod', 'floorDiv'].map((name) => fn(() => ops[name](a, b).sum())),
  fn(() => ops.randomUniform([256, 256]).sum()), fn(() => ops.randomNormal([256, 256]).sum()), fn(() => ops.dropout(a, 0.5).sum()), fn(() => a.transpose().add(1)), fn(() => ops.where(ops.greater(a, b), a, b)), fn(() => ops.truncatedNormal([256, 256]).sum()), fn(() => ops.bernoulli([256, 256]).sum()),
  fn(() => ops.conv2d(image, filter)), fn(() => grad((x) => ops.depthwiseConv2d(x, slim, { padding: 'same' }).square().sum())(image)), fn(() => grad((w) => ops.depthwiseConv2d(image, w, { padding: 'same' }).square().sum())(slim)),
  fn(() => grad((x) => ops.averagePool2d(x).square().sum())(image)), 
  training([layers.conv2d({ filters: 32, kernelSize: 3, activation: 'relu', inputShape: [28, 28, 1] }), layers.maxPooling2d(), layers.conv2d({ filters: 64, kernelSize: 3, activation: 'relu' }), layers.maxPooling2d(), layers.flatten(), layers.dense({ units: 10, activation: 'softmax' })], noise(16, 28, 28, 1), labels(16)),
  training([layers.lstm({ units: 64, inputShape: [20, 32] }), layers.dense({ units: 10, activation: 'softmax' })], seq, labels(32)),
  training([layers.gru({ units: 64, inputShape: [20, 32] }), layers.dense({ units: 10, activation: 'softmax' })], seq, labels(32)),
  training([layers.simpleRNN({ units: 64, inputShape: [20, 32] }), layers.dense({ units: 10, activation: 'softmax' })], seq, labels(32)),
  training([layers.embedding({ inputDim: 500, outputDim: 32, inputLength: 20 }), layers.flatten(), layers.dense({ units: 10, activation: 'softmax' })], tensor(Int32Array.from({ length: 640 }, (_, i) => (i * 37) % 500), [32, 20]), labels(32)),
  training([layers.conv2d({ filters: 6, kernelSize: 5, activation: 'tanh', inputShape: [28, 28, 1] }), layers.averagePooling2d(), layers.conv2d({ filters: 16, kernelSize: 5, activation: 'tanh' }), layers.averagePooling2d(), layers.flatten(), layers.dense({ units: 10, activation: 'softmax' })], noise(16, 28, 28, 1), labels(16)),
  ...(layers.batchNormalization ? [training([layers.conv2d({ filters: 32, kernelSize: 3, inputShape: [28, 28, 1] }), layers.batchNormalization(), layers.layerNormalization(), layers.flatten(), layers.dense({ units: 10, activation: 'softmax' })], noise(16, 28, 28, 1), labels(16))] : []),
  ...Object.entries(optimizers).filter(([name, make]) => typeof make === 'function' && /^[a-z]/.test(name) && !/get|is/.test(name)).map(([, make]) => {
    const w = new Variable(weights, {}), optimizer = make()
    return fn(() => optimizer.apply([weights], [w]))
  }),
]
for (const run of programs) { try { await run() } catch (error) { console.error('failed', error.message) } }
if (process.env.RUNS) for (const [place, run] of programs.entries()) {
  console.error('program ' + place)
  try { for (let i = 0; i < Number(process.env.RUNS); i++) { if (i === 30) configure({ debug: 2 }); await run() } } catch { /* said above */ }
  configure({ debug: 0 })
}
console.log('WIDE ' + info().wide.on)
`

function runWork(wide, env, flags = []) {
  const { stdout, stderr, status } = spawnSync(node, [...flags, '--input-type=module', '-e', work], { env: { ...process.env, CORNUS_WIDE: wide ? '1' : '', ...env }, encoding: 'utf8', maxBuffer: 2 ** 30 })
  if (status !== 0 || !stdout.includes(`WIDE ${wide}`)) throw new Error(stderr.slice(-800) || stdout.slice(-800))
  for (const [line] of stderr.matchAll(/^failed .*/gm)) console.log(line)
  return stdout + stderr
}

/** Lowest time of each record, by kernel: { kernel: { record: ms } }. */
function timings(text) {
  const lowest = {}
  for (const part of text.split(/^program /m).slice(1)) {
    for (const [, place, kernel, ms] of part.matchAll(/^ *(\d+) \S+ +(\S+) +([\d.]+) ms/gm)) {
      const records = (lowest[kernel] ??= {}), key = `${Number.parseInt(part)} ${place}`
      records[key] = Math.min(records[key] ?? Infinity, Number(ms))
    }
  }
  return lowest
}

/** Kernels by the functions that they call, from the module itself: indices as the engine counts them. */
function functionsOf() {
  const module = binaryen.readBinary(readFileSync(`${root}build/core.relaxed.wasm`))
  const names = Array.from({ length: module.getNumFunctions() }, (_, i) => binaryen.getFunctionInfo(module.getFunctionByIndex(i)).name)
  const bodies = new Map(module.emitText().split(/\n(?= \(func )/).slice(1).map((text) => [text.match(/\(func \$(\S+)/)[1], [...text.matchAll(/\(call \$(\S+)/g)].map(([, name]) => name.replace(/\)$/, ''))]))
  const exported = Array.from({ length: module.getNumExports() }, (_, i) => binaryen.getExportInfo(module.getExportByIndex(i))).filter(({ kind }) => kind === binaryen.ExternalFunction)
  const reach = (name, seen = new Set()) => {
    if (!seen.has(name)) {
      seen.add(name)
      for (const callee of bodies.get(name) ?? []) reach(callee, seen)
    }
    return seen
  }
  return new Map(exported.map(({ name, value }) => [name, [...reach(value)].map((fn) => names.indexOf(fn))]))
}

/** Operations that were paired, by function. */
function pairsByFunction(trace) {
  const pairs = new Map()
  let at = -1
  for (const line of trace.split('\n')) {
    const begin = line.match(/Begin revec function wasm-function#(\d+)/), made = line.match(/Decide to vectorize, (\d+) revectorizable nodes/)
    if (begin) at = Number(begin[1])
    else if (made) pairs.set(at, (pairs.get(at) ?? 0) + Number(made[1]))
  }
  return pairs
}

const best = [{}, {}]
for (let round = 0; round < Number(process.env.ROUNDS ?? 3); round++) {
  for (const wide of [0, 1]) {
    for (const [kernel, records] of Object.entries(timings(runWork(Boolean(wide), { RUNS: '60' }, ['--no-liftoff'])))) {
      const known = (best[wide][kernel] ??= {})
      for (const [key, ms] of Object.entries(records)) known[key] = Math.min(known[key] ?? Infinity, ms)
    }
  }
}
const total = (records) => Object.values(records).reduce((sum, ms) => sum + ms, 0)
const pairs = pairsByFunction(runWork(true, {}, ['--no-liftoff', '--trace-wasm-revectorize']))
const functions = functionsOf()
const rows = Object.entries(best[0]).map(([kernel, records]) => ({ kernel, paired: functions.get(kernel).reduce((sum, fn) => sum + (pairs.get(fn) ?? 0), 0), narrow: total(records), wide: total(best[1][kernel]) }))
console.log('| kernel | operations paired | narrow, ms | wide, ms | times as fast |\n|---|---:|---:|---:|---:|')
for (const { kernel, paired, narrow, wide } of rows.sort((x, y) => y.narrow / y.wide - x.narrow / x.wide)) console.log(`| ${kernel} | ${paired || 'none'} | ${narrow.toFixed(4)} | ${wide.toFixed(4)} | ${(narrow / wide).toFixed(2)} |`)
