// What wide mode gains, kernel by kernel: npm run wide:check. Runs the same work narrow and wide in Node 24 or later, times each kernel
// (lowest
// of many runs, in turns), and reads from the engine's trace which functions it paired. Prints a table in Markdown.
import { fork } from 'node:child_process'
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

const work = fileURLToPath(new URL('wide-work.mjs', import.meta.url))

/** A process at work; `ask` has it run a program and returns how many there are, `printed` is what it said so far. */
async function open(wide, flags = []) {
  const child = fork(work, wide ? ['wide'] : [], {
    execPath: node,
    execArgv: ['--no-liftoff', ...flags],
    env: { ...process.env, CORNUS_WIDE: wide ? '1' : '' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const parts = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => parts.push(part))
  const printed = () => Buffer.concat(parts).toString()
  const closed = new Promise((resolve) => child.on('close', resolve))
  const answer = () =>
    new Promise((resolve, reject) => {
      child.once('message', resolve)
      closed.then(() => reject(new Error(printed().slice(-800))))
    })
  const ask = (question) => (child.send(question), answer())
  const { programs } = await answer()
  return {
    programs,
    ask,
    printed,
    async close() {
      child.send({})
      await closed
    },
  }
}

/** Lowest time of each record, by kernel: { kernel: { record: ms } }. */
function timings(text) {
  const lowest = {}
  for (const part of text.split(/^program /m).slice(1)) {
    for (const [, place, kernel, ms] of part.matchAll(/^ *(\d+) \S+ +(\S+) +([\d.]+) ms/gm)) {
      const records = (lowest[kernel] ??= {}),
        key = `${Number.parseInt(part)} ${place}`
      records[key] = Math.min(records[key] ?? Infinity, Number(ms))
    }
  }
  return lowest
}

/** Kernels by the functions that they call, from the module itself: indices as the engine counts them. */
function functionsOf() {
  const module = binaryen.readBinary(readFileSync(`${root}build/core.relaxed.wasm`))
  const names = Array.from({ length: module.getNumFunctions() }, (_, i) => binaryen.getFunctionInfo(module.getFunctionByIndex(i)).name)
  const bodies = new Map(
    module
      .emitText()
      .split(/\n(?= \(func )/)
      .slice(1)
      .map((text) => [text.match(/\(func \$(\S+)/)[1], [...text.matchAll(/\(call \$(\S+)/g)].map(([, name]) => name.replace(/\)$/, ''))]),
  )
  const exported = Array.from({ length: module.getNumExports() }, (_, i) => binaryen.getExportInfo(module.getExportByIndex(i))).filter(
    ({ kind }) => kind === binaryen.ExternalFunction,
  )
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
    const begin = line.match(/Begin revec function wasm-function#(\d+)/),
      made = line.match(/Decide to vectorize, (\d+) revectorizable nodes/)
    if (begin) at = Number(begin[1])
    else if (made) pairs.set(at, (pairs.get(at) ?? 0) + Number(made[1]))
  }
  return pairs
}

// Turns of a few milliseconds: on a shared machine the speed changes for minutes at a time.
const both = [await open(false), await open(true)]
for (let round = 0; round < Number(process.env.ROUNDS ?? 12); round++) {
  for (let place = 0; place < both[0].programs; place++) {
    for (const one of both) await one.ask({ place, runs: round ? 8 : 40, timed: round > 0 })
  }
}
const best = both.map(({ printed }) => timings(printed()))
for (const one of both) await one.close()
for (const [line] of both[0].printed().matchAll(/^failed: .*/gm)) console.log(line)
const total = (records) => Object.values(records).reduce((sum, ms) => sum + ms, 0)
const traced = await open(true, ['--trace-wasm-revectorize'])
await traced.close()
const pairs = pairsByFunction(traced.printed())
const functions = functionsOf()
const rows = Object.entries(best[0]).map(([kernel, records]) => ({
  kernel,
  paired: functions.get(kernel).reduce((sum, fn) => sum + (pairs.get(fn) ?? 0), 0),
  narrow: total(records),
  wide: total(best[1][kernel]),
}))
console.log('| kernel | operations paired | narrow, ms | wide, ms | times as fast |\n|---|---:|---:|---:|---:|')
for (const { kernel, paired, narrow, wide } of rows.sort((x, y) => y.narrow / y.wide - x.narrow / x.wide))
  console.log(`| ${kernel} | ${paired || 'none'} | ${narrow.toFixed(4)} | ${wide.toFixed(4)} | ${(narrow / wide).toFixed(2)} |`)
