import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    alias: { cornus: fileURLToPath(new URL('src/index.ts', import.meta.url)) }, // examples import the package by its name
    testTimeout: 20_000,
  },
})
