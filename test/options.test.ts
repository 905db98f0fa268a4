// Options written once, and trees of user data.
import { describe, expect, it } from 'vitest'
import {
  choice,
  flag,
  integer,
  listOf,
  nullable,
  number,
  optional,
  perDimension,
  positive,
  readOptions,
  saveOptions,
  type Given,
  type Held,
} from '../src/util/options'
import { flattenTree, mapTree } from '../src/util/tree'

const table = {
  units: positive,
  useBias: optional(flag, true),
  rate: optional(number(0, 1), 0.5),
  padding: optional(choice('valid', 'same', 'channelsLast'), 'valid'),
  strides: optional(perDimension(2), 1),
  seed: optional(nullable(integer(0)), null),
  axes: optional(listOf(integer()), [-1]),
}
// Types: units is required, all others are not; names complete in both spellings.
const given: Given<typeof table> = { units: 3, padding: 'channels_last', seed: undefined }
// @ts-expect-error a misspelt choice
const wrong: Given<typeof table> = { units: 3, padding: 'chanels_last' }
// @ts-expect-error units is missing
const missing: Given<typeof table> = { rate: 1 }

describe('options', () => {
  it('fills in defaults, checks and translates', () => {
    const held: Held<typeof table> = readOptions(table, given, 'part')
    expect(held).toEqual({ units: 3, useBias: true, rate: 0.5, padding: 'channelsLast', strides: [1, 1], seed: null, axes: [-1] })
    expect(readOptions(table, JSON.parse(JSON.stringify(saveOptions(table, held))), 'part')).toEqual(held)
    expect(readOptions(table, 7, 'part', 'units').units).toBe(7)
  })

  it.each([
    [wrong, "part: padding must be one of 'valid', 'same', 'channelsLast'; got 'chanels_last'; did you mean 'channelsLast'?"],
    [missing, 'part: units is missing', 'a positive integer'],
    [{ units: 3, unit: 4 }, "unknown option 'unit'", "did you mean 'units'"],
    [{ units: 1.5 }, 'part: units must be a positive integer', '1.5'],
    [{ units: 3n }, 'units must be a positive integer', '3n'],
    [{ units: 3, useBias: 'no' }, 'useBias must be true or false', "'no'"],
    [{ units: 3, rate: NaN }, 'rate must be a number from 0 to 1', 'NaN'],
    [{ units: 3, strides: [1, 2, 3] }, 'strides must be a positive integer, or 2 of them', '[1,2,3]'],
    [{ units: 3, axes: [0, 'x'] }, 'axes[1] must be an integer', "'x'"],
    [{ units: 3, ['__proto__x']: 1 }, 'unknown option', '__proto__x'],
    [JSON.parse('{ "units": 3, "__proto__": 1 }'), 'unknown option', '__proto__'],
    [{ units: 3, ['y'.repeat(2 ** 20)]: 1 }, 'unknown option', '…'],
    [null, 'expected an object of options', 'null'],
    ['relu', 'expected an object of options', "'relu'"],
  ])('%o is an error', (options, ...parts) => {
    for (const part of parts) expect(() => readOptions(table, options, 'part')).toThrow(part)
    try {
      readOptions(table, options, 'part')
    } catch (error) {
      expect((error as Error).message.length).toBeLessThan(1300)
    }
  })
})

it('a getter that throws is an error of the options', () => {
  const options = {
    get units() {
      throw new Error('mine')
    },
  }
  expect(() => readOptions(table, options, 'part')).toThrow(/^part: the options cannot be read: Error: mine$/)
})

describe('trees', () => {
  const isNumber = (x: unknown): x is number => typeof x === 'number'
  it.each([[1], [[1, 2]], [{ a: 1, b: [2, { c: 3 }] }], [[]], [{}]])('%o is taken apart and built again', (tree) => {
    const { leaves, rebuild } = flattenTree(tree, isNumber, 'x')
    expect(rebuild(leaves)).toEqual(tree)
  })

  it('names places', () => {
    expect(flattenTree({ a: 1, b: [2, { c: 3 }] }, isNumber, 'x').paths).toEqual(['x.a', 'x.b[0]', 'x.b[1].c'])
    expect(mapTree([1, [2]], isNumber, (n, path) => `${path}=${n}`, 'y')).toEqual(['y[0]=1', ['y[1][0]=2']])
    expect(() => flattenTree({ a: [1, 'no'] }, isNumber, 'x')).toThrow("x.a[1] is 'no'")
  })

  it('a structure that contains itself is an error', () => {
    const loop: unknown[] = []
    loop.push(loop)
    expect(() => flattenTree(loop, isNumber, 'x')).toThrow('contain itself')
  })
})
