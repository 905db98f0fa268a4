import { expect, test } from 'vitest'
import { builds, Kernels } from './support/kernels'

test.each(builds)('fill writes every element on any number of threads (%s)', (build) => {
  const wasm = new Kernels(build)
  for (const n of [0, 1, 3, 4, 5, 16, 17, 100]) {
    for (const threads of [1, 2, 3]) {
      wasm.reset()
      const y = wasm.buffer(n)
      wasm.call('fill', { y, n, value: 7 }, threads)
      expect([...wasm.ints(y, n)]).toEqual(Array(n).fill(7))
    }
  }
})
