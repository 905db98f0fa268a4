// Functions of one number and their slopes, held to bounds in units of the last place; and the table of them in docs/accuracy.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { expect } from 'vitest'
import { gradients } from '../../src/grad'
import { ops, tensor, type Tensor } from '../../src/index'
import { evaluateSync } from '../../src/runtime/session'
import { ulp, ulps } from './ulps'

const { abs, max, min } = Math

export interface Row {
  name: string
  op: (x: Tensor) => Tensor
  f: (x: number) => number
  /** ULP; or a bound that grows with x. */
  ulps: number | ((x: number) => number)
  slope?: (x: number) => number
  slopeUlps?: number | ((x: number) => number)
  /** What an ULP is taken of, where terms of the slope cancel or it is made from the rounded output: the larger of it and the slope. */
  terms?: (x: number) => number
  /** Of f likewise. */
  of?: (x: number) => number
  /** Which numbers are tried. */
  only?: (x: number) => boolean
}

function expectWithin(
  got: ArrayLike<number>,
  x: Float32Array,
  f: (x: number) => number,
  bound: Row['ulps'],
  of: (x: number) => number,
  what: string,
) {
  let [worst, at] = [0, 0]
  x.forEach((v, i) => {
    const want = f(v)
    if (Number.isNaN(want)) return
    const error = (ulps(got[i]!, want) * ulp(min(abs(want), 2 ** 127))) / ulp(min(max(abs(want), of(v)), 2 ** 127))
    const excess = error - (typeof bound === 'number' ? bound : bound(v))
    if (excess > worst || Number.isNaN(excess)) [worst, at] = [excess, i]
  })
  const v = x[at]!
  expect(worst, `${what}(${v}) is ${got[at]}, not ${f(v)}: ${worst} ULP beyond ${typeof bound === 'number' ? bound : bound(v)}`).toBe(0)
}

/** The values of an op, and its gradients, are within the row's bounds. */
export function expectRow(row: Row, numbers: Float32Array): void {
  const { name, op, f, ulps: bound, slope, slopeUlps = 0, terms = () => 0, of = () => 0, only = () => true } = row
  const data = numbers.filter(only)
  const x = tensor(data)
  const y = op(x)
  const [value, dx] = evaluateSync([y, ...(slope ? gradients(y, [x], ops.broadcastTo(1, y.shape)) : [])])
  expectWithin(value!, data, f, bound, of, name)
  if (slope) expectWithin(dx!, data, slope, slopeUlps, terms, `slope of ${name}`)
}

/** A bound as text; of one that grows, the range over the numbers. */
function textOf(bound: Row['ulps'] | undefined, numbers: Float32Array): string {
  if (typeof bound !== 'function') return String(bound ?? 0)
  const [least, greatest] = Array.from(numbers, bound).reduce(([low, high], each) => [min(low, each), max(high, each)], [Infinity, 0])
  return `${least} … ${Math.ceil(greatest)}`
}

/** The rows as they stand in docs/accuracy.md below a heading; `CORNUS_DOCS=1` writes them there. */
export function expectTable(rows: readonly Row[], numbers: Float32Array, heading: string): void {
  const table = [
    '| Function | Value, ULP | Gradient, ULP |',
    '|---|---|---|',
    ...rows.map((row) => {
      const within = numbers.filter(row.only ?? (() => true))
      const terms = (given: unknown) => (given ? ' of the larger term' : '')
      const slope = row.slope ? `${textOf(row.slopeUlps, within)}${terms(row.terms)}` : '–'
      return `| ${row.name} | ${textOf(row.ulps, within)}${terms(row.of)} | ${slope} |`
    }),
  ].join('\n')
  const file = new URL('../../docs/accuracy.md', import.meta.url)
  const text = readFileSync(file, 'utf8')
  const from = text.indexOf('\n', text.indexOf(`## ${heading}\n`)) + 2
  const next = text.indexOf('\n\n## ', from)
  const to = next < 0 ? text.trimEnd().length : next
  if (process.env.CORNUS_DOCS === '1') writeFileSync(file, `${text.slice(0, from)}${table}${text.slice(to)}`)
  else expect(text.slice(from, to)).toBe(table)
}
