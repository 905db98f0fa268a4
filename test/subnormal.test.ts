import { expect, test } from 'vitest'
import { configure, optimizers, tensor, variable } from '../src/index'

test.each(['rmsprop', 'adam', 'sgd'] as const)(
  '%s: averages of a gradient that has become 0 end in 0, not in subnormal numbers',
  (name) => {
    configure({ threads: 1 })
    const w = variable([1, 2, 3, 4])
    const optimizer = optimizers[name](name === 'sgd' ? { momentum: 0.9 } : {})
    optimizer.build([w])
    optimizer.apply([tensor([1e-18, 1e-15, 1e-19, 1e-17])], [w])
    for (let step = 0; step < 1200; step++) optimizer.apply([tensor([0, 0, 0, 0])], [w])
    const values = optimizer.variables.filter(({ size }) => size === 4).flatMap((state) => [...state.dataSync()])
    expect(values.length).toBeGreaterThan(0)
    expect(values.filter((v) => v !== 0 && Math.abs(v) < 2 ** -126)).toEqual([])
  },
)
