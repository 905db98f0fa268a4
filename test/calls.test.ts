// Bad arguments to every exported name: a right result or a CornusError, and nothing else. CALLS and SEED in the environment:
// scripts/random-calls.mjs.
import { appendFileSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { exportedCalls, randomCall, targets, tellCalls, type Outcome } from './support/randomCalls'

const CALLS = Number(process.env.CALLS ?? 4000)
const SEED = Number(process.env.SEED ?? 1)
const { LOG, ONLY = '' } = process.env

it('every exported call has a sample', () => {
  const known = new Set(targets.map(({ name }) => name))
  expect(exportedCalls().filter((name) => !known.has(name))).toEqual([])
})

it(
  `${CALLS} random calls end in a result or in a CornusError`,
  async () => {
    if (LOG) tellCalls((seed, call) => writeFileSync(`${LOG}.last`, `${seed} ${call}`))
    const faults: Outcome[] = []
    let threw = 0
    for (let i = 0; i < CALLS; i++) {
      const outcome = await randomCall(SEED * 1e7 + i, (name) => new RegExp(ONLY).test(name))
      threw += Number(outcome.threw)
      if (outcome.fault) {
        faults.push(outcome)
        if (LOG) appendFileSync(LOG, `${outcome.seed} ${outcome.call}\n   → ${outcome.fault}\n`)
      }
    }
    expect(faults.slice(0, 20).map(({ seed, call, fault }) => `${seed}: ${call} → ${String(fault)}`)).toEqual([])
    expect(threw).toBeGreaterThan(CALLS / 5) // arguments are bad enough
  },
  100 * CALLS + 60_000,
)
