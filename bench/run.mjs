// npm run bench [-- --only gemm,mlp --node24 --here --runs 7 --peers tfjs,ort --against DIR --threads 2 --slow --cpu --json]
// Prints ratios first (how many times as long the other takes), then absolute figures; then does the same under Node 24 if it is installed
// here.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { compare } from './against.mjs'
import { openApart } from './apart.mjs'
import { openCopy } from './copy.mjs'
import { openCornus } from './cornus.mjs'
import { measure, useCpuTime } from './measure.mjs'
import { openOrt } from './peers/ort.mjs'
import { openTfjs } from './peers/tfjs.mjs'
import { openTorch, torchVersion } from './peers/torch.mjs'
import { printHead, printJson, printTables } from './report.mjs'
import { rows as all } from './rows/index.mjs'

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    peers: { type: 'string', default: 'tfjs,tfjs js,ort,torch 128,torch' },
    runs: { type: 'string', default: '7' },
    node24: { type: 'boolean', default: false },
    here: { type: 'boolean', default: false },
    against: { type: 'string' },
    threads: { type: 'string', default: '1' },
    slow: { type: 'boolean', default: false },
    cpu: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})
const threads = Number(options.threads)
if (options.cpu && threads > 1) throw new Error('--cpu counts the time of all threads together; measure one thread')
if (options.cpu) useCpuTime()
const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const node24 = here('node_modules/node/bin/node')

if (!options.node24) await main()
if (!options.here && existsSync(node24) && process.execPath !== node24)
  spawnSync(node24, [here('run.mjs'), '--here', ...process.argv.slice(2).filter((arg) => arg !== '--node24')], { stdio: 'inherit' })

async function main() {
  const wanted = options.only.split(',').filter(Boolean)
  const rows = all.filter(({ family, name }) => !wanted.length || wanted.some((word) => family === word || name.includes(word)))
  const { against, cpu, json } = options
  if (against !== undefined) return compare(rows, { against, threads, cpu, json, runs: Number(options.runs) })
  const peers = await openPeers(options.peers.split(','))
  if (!options.json) printHead(peers, threads)
  const results = []
  for (const row of rows) {
    if (process.stderr.isTTY) process.stderr.write(`\r${row.name}\x1b[K`)
    results.push(await runRow(row, peers))
  }
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  for (const { close } of Object.values(peers)) close?.()
  if (options.json) printJson(results)
  else printTables(results, Object.keys(peers))
}

/** What can be measured here, by name; the rest is said on stderr. */
async function openPeers(names) {
  const peers = { copy: openCopy() }
  try {
    peers.cornus = await openCornus(threads)
  } catch (error) {
    console.error(`cornus: ${error.message}`)
  }
  if (peers.cornus && Number.parseInt(process.versions.node) >= 24)
    peers['cornus wide'] = openApart({ name: 'cornus wide', threads, cpu: options.cpu, wide: true })
  if (!existsSync(here('node_modules')))
    console.error('tfjs and ONNX Runtime Web are not here; to install them: npm --prefix bench install')
  else {
    if (names.some((name) => name.startsWith('tfjs'))) peers.tfjs = await openTfjs()
    if (names.includes('tfjs js')) peers['tfjs js'] = peers.tfjs
    if (names.includes('ort')) peers.ort = await openOrt(threads)
  }
  const torch = names.filter((name) => name.startsWith('torch'))
  if (torch.length && !torchVersion())
    console.error('PyTorch is not here; to measure it, give CORNUS_BENCH_PYTHON=…/python of an environment that has it')
  else for (const name of torch) peers[name] = openTorch(name, threads)
  return peers
}

/** { row, ms by name, failures by name } */
async function runRow(row, peers) {
  const contenders = []
  const failures = {}
  for (const [name, peer] of Object.entries(peers)) {
    try {
      const made = await make(row, name, peer)
      if (made) await made.time(1)
      if (made) contenders.push(made)
    } catch (error) {
      failures[name] = error.message.split('\n')[0]
    }
  }
  const ms = await measure(contenders, Number(options.runs))
  for (const { close } of contenders) await close()
  return { row, ms, failures }
}

function make(row, name, peer) {
  if (name === 'copy') return row.copies && peer.make(row.copies)
  if (name === 'cornus wide') return row.cornus && peer.make(row.name)
  if (name.startsWith('torch')) return row.torch && peer.make(row.torch)
  if (name === 'tfjs js' && row.slow && !options.slow) return undefined
  return row[name]?.(peer)
}
