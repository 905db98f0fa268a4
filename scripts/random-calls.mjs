// Random calls with bad arguments over every exported name: node scripts/random-calls.mjs [calls] [seed] [names, as a regular expression].
// Faults go to build/random-calls.log, and the call under way to build/random-calls.log.last, should it end the process.
import { spawn } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'

const [calls = '200000', seed = String(Date.now() % 1000), names = ''] = process.argv.slice(2)
const LOG = 'build/random-calls.log'
mkdirSync('build', { recursive: true })
rmSync(LOG, { force: true })
console.log(`${calls} calls, seed ${seed}`)
const env = { ...process.env, CALLS: calls, SEED: seed, ONLY: names, LOG }
spawn('npx', ['vitest', 'run', 'test/calls.test.ts'], { env, stdio: 'inherit' }).on('exit', (code) => process.exit(code ?? 1))
