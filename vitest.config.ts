import { fileURLToPath } from 'node:url'
import { defaultExclude, defineConfig } from 'vitest/config'

// CORNUS_WIDE=1: every kernel is compiled to 256-bit code at its first call, also where a test calls it by itself.
// What only reads options, files and texts, or starts the built package, is tested narrow alone.
const FILES = 'arrayFiles,cli,datasets,files*,hdf5,kerasFiles,places,text,tfjs*,zip'
const NARROW = `${FILES},arguments,bench,calls,configs*,docs,evaluation,looking,looks,mistakes`
const wide =
  process.env.CORNUS_WIDE === '1'
    ? { execArgv: ['--experimental-wasm-revectorize', '--no-liftoff'], exclude: [...defaultExclude, `test/{${NARROW}}.test.ts`] }
    : {}
const setupFiles = ['test/support/everyProgram.ts', ...(process.env.CORNUS_WIDE === '1' ? ['test/support/wide.ts'] : [])]

export default defineConfig({
  test: {
    alias: { cornus: fileURLToPath(new URL('src/index.ts', import.meta.url)) }, // examples import the package by its name
    testTimeout: 20_000,
    setupFiles,
    ...wide,
  },
})
