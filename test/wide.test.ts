// Wide mode: taken where the engine has it and bits agree, else refused with a reason. In Node 20 only the refusal can be tested; `npm run
// test:wide` does the rest.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test, vi } from 'vitest'
import * as cornus from '../src/index'
import { Machine } from '../src/runtime/machine'

const able = Number.parseInt(process.versions.node) >= 24

afterEach(() => {
  vi.restoreAllMocks()
  cornus.configure({ wide: process.env.CORNUS_WIDE === '1' })
})

test.skipIf(able)('an engine that cannot: one warning with the reason, results as ever', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  cornus.configure({ wide: true })
  expect(cornus.info().wide).toEqual({ on: false, why: expect.stringContaining('it takes Node 24 or later') })
  expect(await cornus.tensor([1, 2]).mul(3).array()).toEqual([3, 6])
  cornus.configure({ wide: false })
  cornus.configure({ wide: true })
  expect(warn.mock.calls.flat().filter((text) => String(text).includes('narrow'))).toHaveLength(1)
})

test.runIf(able)('is taken after a self-check, and given back', async () => {
  cornus.configure({ wide: true })
  expect(cornus.info().wide).toEqual({ on: true, why: expect.stringContaining('same bits') })
  expect(await cornus.tensor([1, 2]).mul(3).array()).toEqual([3, 6])
  cornus.configure({ wide: false })
  expect(cornus.info().wide.on).toBe(false)
})

test.runIf(able)('other bits or a trap in the self-check: the narrow build', () => {
  const machine = new Machine()
  machine.widen(() => true)
  expect(machine.wide).toEqual({ on: false, why: expect.stringContaining('other bits') })
  machine.widen((_, wide) => {
    wide()
    throw new WebAssembly.RuntimeError('unreachable')
  })
  expect(machine.wide).toEqual({ on: false, why: expect.stringContaining('unreachable') })
})

const compileAll = `
const { readFileSync } = require('node:fs')
for (const file of process.argv.slice(1)) new WebAssembly.Module(readFileSync(file))
console.log('compiled')`

// A graph that the engine cannot pair makes it abort, which nothing can catch: all functions are compiled once, in a process of their own.
// Which functions V8 puts into others depends on what ran before, and on some graphs it aborts.
test.runIf(able).each(['--wasm-inlining', '--no-wasm-inlining'])(
  'the engine compiles every function in pairs (%s)',
  (flag) => {
    const files = ['core', 'core.relaxed'].map((name) => fileURLToPath(new URL(`../build/${name}.wasm`, import.meta.url)))
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--no-liftoff', '--no-wasm-lazy-compilation', '--experimental-wasm-revectorize', flag, '-e', compileAll, ...files],
      { encoding: 'utf8' },
    )
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'compiled\n', stderr: '' })
  },
  60_000,
)
