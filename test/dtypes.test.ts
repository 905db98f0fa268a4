// A number type is a row of the table: buffers, views and offsets follow from it, whatever its size.
import { afterEach, beforeEach, expect, it } from 'vitest'
import { bytesOf, dtypes, type DType } from '../src/graph/dtypes'
import { defineOp, registry } from '../src/graph/define'
import { placeholderNode } from '../src/graph/leaves'
import { compileNodes, theMachine } from '../src/runtime/programs'

const rows = { int8: { bytes: 1, Array: Int8Array }, uint16: { bytes: 2, Array: Uint16Array }, float64: { bytes: 8, Array: Float64Array } }
const table = dtypes as unknown as { [name: string]: unknown }

beforeEach(() => {
  for (const [name, row] of Object.entries(rows)) table[name] = { ...dtypes.int32, ...row }
})
afterEach(() => {
  for (const name of Object.keys(rows)) delete table[name]
  registry.delete('fromThird')
})

it.each(Object.entries(rows))('%s', (name, { bytes, Array: Values }) => {
  const dtype = name as DType
  const fromThird = defineOp('fromThird', { inputs: ['x'], alias: () => 2, shape: ({ x }) => ({ shape: [x.size - 2], dtype: x.dtype }) })
  const x = placeholderNode({ shape: [70], dtype })
  expect(bytesOf(x)).toBe(70 * bytes)
  const { program } = compileNodes([x, fromThird(x)], [])
  expect(program.plan.arenaBytes).toBe(Math.ceil((70 * bytes) / 64) * 64)
  const values = new Values(Array.from({ length: 70 }, (_, i) => i * 3 - 70))
  const machine = theMachine()
  machine.prepare(program, [values as never], [])
  machine.runHere(program)
  const [whole, rest] = machine.collect(program)
  expect(whole).toBeInstanceOf(Values)
  expect([...whole!]).toEqual([...values])
  expect([...rest!]).toEqual([...values.subarray(2)])
})
