// The dtype and values of every op on float32, int32 and bool, against Keras; docs/ops.md tells what the ops do.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { document, rows } from '../scripts/ops-table.mjs'
import * as cornus from '../src/index'
import { activations, ops, type Tensor } from '../src/index'
import { golden, toTensor, unpack, type Packed } from './support/golden'

interface Case {
  op: string
  x: string[]
  y?: Packed
  refused?: string
}

type Named = Record<string, (...inputs: Tensor[]) => Tensor>

/** What is called by another name than the op's own, or with options. */
const calls: Named = {
  'clip whole': (x) => ops.clip(x!, -1, 2),
  clip: (x) => ops.clip(x!, -1.5, 2.5),
  'sum 0': (x) => ops.sum(x!, 0),
  'max 1': (x) => ops.max(x!, 1),
  'argMax 1': (x) => ops.argMax(x!, 1),
  'argMin 0': (x) => ops.argMin(x!, 0),
  'cumsum 1': (x) => ops.cumsum(x!, 1),
  reshape: (x) => ops.reshape(x!, [6]),
  pad: (x) =>
    ops.pad(x!, [
      [1, 0],
      [0, 2],
    ]),
  reverse: (x) => ops.reverse(x!, 1),
  tile: (x) => ops.tile(x!, [2, 1]),
  repeat: (x) => ops.repeat(x!, 2, 1),
  slice: (x) => ops.slice(x!, [0, 1]),
  concat: (x) => ops.concat([x!, x!]),
  stack: (x) => ops.stack([x!, x!]),
  gather: (x) => ops.gather(x!, [1, 0]),
  takeAlongAxis: (x) =>
    ops.takeAlongAxis(
      x!,
      [
        [2, 0, 1],
        [0, 0, 1],
      ],
      1,
    ),
  'add 2': (x) => ops.add(x!, 2),
  'mul 2': (x) => ops.mul(x!, 2),
  'add 2.5': (x) => ops.add(x!, 2.5),
  'pow 2': (x) => ops.pow(x!, 2),
  'mod 3': (x) => ops.mod(x!, 3),
  'floorDiv 2': (x) => ops.floorDiv(x!, 2),
  'less 1.5': (x) => ops.less(x!, 1.5),
  'where 2.5': (x) => ops.where(ops.greater(x!, 0), x!, 2.5),
  where: (a, b) => ops.where(ops.equal(a!, b!), a!, b!),
  matmul: (a, b) => ops.matmul(a!, b!, { transposeB: true }),
  dot: (a, b) => ops.dot(a!, ops.transpose(b!)),
}
const call = (name: string) => calls[name] ?? ({ ...activations, ...ops } as unknown as Named)[name]!

/** Where we answer otherwise on purpose, with the reason that docs/ops.md gives. */
const differences: [string, (row: Case) => boolean][] = [
  [
    'an integer divided by 0 gives 0, as in NumPy',
    ({ op, x }) => ['mod', 'floorDiv'].includes(op) && x.every((name) => !name.includes('float')),
  ],
  ['a negative power of an integer has no fraction', ({ op, x }) => op === 'pow' && x.every((name) => !name.includes('float'))],
]

const { data, cases } = golden<Case>('dtypes')

/** Equal, or near enough for a function of float32. */
const near = (a: number, b: number) => Object.is(a, b) || a === b || Math.abs(a - b) <= 3e-6 * Math.max(1e-3, Math.abs(b))

test.each([...new Set(cases.map(({ op }) => op))])('%s', async (name) => {
  for (const row of cases.filter(({ op, refused }) => op === name && !refused)) {
    const y = call(name)(...row.x.map((key) => toTensor(data[key]!)))
    const label = `${name}(${row.x.join(', ')})`
    expect(`${label}: ${y.dtype} [${y.shape.join()}]`).toBe(`${label}: ${row.y!.dtype} [${row.y!.shape.join()}]`)
    const [got, want] = [[...(await y.data())], [...unpack(row.y!)]]
    if (differences.some(([, applies]) => applies(row)) && String(got) !== String(want)) continue
    expect(got.length === want.length && got.every((v, i) => near(v, want[i]!)), `${label}: ${got} for ${want}`).toBe(true)
  }
})

test('what Keras refuses gives float32, or counts booleans', async () => {
  const refused = cases.filter((row) => row.refused)
  for (const row of refused) await call(row.op)(...row.x.map((key) => toTensor(data[key]!))).data()
  expect(refused.length).toBeGreaterThan(10)
})

test('docs/ops.md has the table as the ops tell it, and every op is in it', async () => {
  expect(readFileSync(new URL('../docs/ops.md', import.meta.url), 'utf8')).toBe(await document(cornus))
  expect(rows(cornus).length).toBeGreaterThan(80)
})
