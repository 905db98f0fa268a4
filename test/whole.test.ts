// Whole numbers stay whole: int32 beyond what float32 holds, reductions of nothing, and what an int32 cannot be.
import { describe, expect, test } from 'vitest'
import { ops, tensor, type Tensor } from '../src/index'

const int = (...values: number[]) => tensor(values, [values.length], 'int32')
const big = int(1700000001, 1700000003, 1700000002)
const small = int(-1700000001, -1700000003, -1700000002)

const rows: [string, () => Tensor, unknown][] = [
  ['argMax', () => ops.argMax(big), 1],
  ['argMin', () => ops.argMin(small), 1],
  ['argMax of the least numbers', () => ops.argMax(int(-(2 ** 31), -(2 ** 31) + 1, -(2 ** 31))), 1],
  ['argMin of the greatest numbers', () => ops.argMin(int(2 ** 31 - 1, 2 ** 31 - 2, 2 ** 31 - 1)), 1],
  ['argMax along columns', () => ops.argMax(ops.stack([big, big.add(1), big]), 0), [1, 1, 1]],
  ['argMin along columns', () => ops.argMin(ops.stack([big, big.sub(1), big]), 0), [1, 1, 1]],
  ['argMax of booleans', () => ops.argMax(tensor([false, true, true])), 1],
  ['max', () => ops.max(big), 1700000003],
  ['min', () => ops.min(small), -1700000003],
  ['sum', () => ops.sum(int(16777217, 1, 3)), 16777221],
  ['cumsum', () => ops.cumsum(int(16777217, 1, 3)), [16777217, 16777218, 16777221]],
  ['cumsum from the end, exclusive', () => ops.cumsum(int(16777217, 1, 3), 0, { exclusive: true, reverse: true }), [4, 3, 0]],
  ['prod', () => ops.prod(int(46341, 46339)), 2147395599],
  ['arange', () => ops.arange(17378479, 17378482, 1, 'int32'), [17378479, 17378480, 17378481]],
  ['arange down', () => ops.arange(2147483647, 2147483644, -1), [2147483647, 2147483646, 2147483645]],
  ['arange of floats', () => ops.arange(0, 1, 0.1), [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9].map(Math.fround)],
  ['square', () => ops.square(int(46339, -4097)), [2147302921, 16785409]],
  ['squaredDifference', () => ops.squaredDifference(int(46339, 5), int(-1, 8)), [2147395600, 9]],
  ['pow', () => ops.pow(int(3, -3, 2, 7, 46341), int(19, 19, 30, 11, 1)), [1162261467, -1162261467, 1073741824, 1977326743, 46341]],
  ['pow wraps', () => ops.pow(int(3, 2, 2), int(21, 31, 32)), [1870418611, -2147483648, 0]],
  ['pow with negative exponents', () => ops.pow(int(2, 1, -1, -1, 0), int(-1, -5, -3, -4, -1)), [0, 1, -1, 1, 0]],
  ['clip', () => ops.clip(big, 5, 1700000002), [1700000001, 1700000002, 1700000002]],
  ['clip without a bound', () => ops.clip(big, -Infinity, 1700000002), [1700000001, 1700000002, 1700000002]],
  ['clip beyond int32', () => ops.clip(int(5, -5), -1e12, 3), [3, -5]],
  ['relu', () => ops.relu(int(-3, 1700000001)), [0, 1700000001]],
  ['abs', () => ops.abs(small), [1700000001, 1700000003, 1700000002]],
  ['neg', () => ops.neg(big), [-1700000001, -1700000003, -1700000002]],
  ['sign', () => ops.sign(int(-1700000001, 0, 1700000001)), [-1, 0, 1]],
  ['round', () => ops.round(big), [1700000001, 1700000003, 1700000002]],
  ['maximum', () => ops.maximum(big, 1700000002), [1700000002, 1700000003, 1700000002]],
  ['matmul', () => ops.matmul(int(16777217, 3).reshape([1, 2]), int(1, 2, 3, 4).reshape([2, 2])), [[16777226, 33554446]]],
  ['dot', () => ops.dot(int(16777217, 3), int(1, 5)), 16777232],
  ['where', () => ops.where([true, false, true], big, 1), [1700000001, 1, 1700000002]],
  [
    'floorDiv',
    () => ops.floorDiv(int(2147483647, -2147483648, -2147483648, 2147483647, -7), int(2, 3, 2147483647, -2147483648, 0)),
    [1073741823, -715827883, -2, -1, 0],
  ],
  [
    'mod',
    () => ops.mod(int(2147483647, -2147483648, -2147483648, 2147483647, -7), int(1000003, 3, 2147483647, -2147483648, 0)),
    [477206, 1, 2147483646, -1, 0],
  ],
  ['less', () => ops.less(int(1700000001, 1700000002), int(1700000002, 1700000001)), [true, false]],
  ['equal', () => ops.equal(big, 1700000003), [false, true, false]],
  ['any of nothing', () => ops.any(ops.broadcastTo(true, [0, 2]), 0), [false, false]],
  ['any of no numbers', () => ops.any(tensor([], [0], 'float32')), false],
  ['all of nothing', () => ops.all(ops.broadcastTo(false, [0, 2]), 0), [true, true]],
  ['sum of nothing', () => ops.sum(tensor([], [0], 'int32')), 0],
  ['prod of nothing', () => ops.prod(tensor([], [0], 'int32')), 1],
  ['mean of nothing', () => ops.mean(tensor([], [0], 'int32')), NaN],
  ['logSumExp of nothing', () => ops.logSumExp(tensor([], [0], 'float32')), -Infinity],
  ['max over rows that are none', () => ops.max(tensor([], [0, 3], 'float32'), 1), []],
]

test.each(rows)('%s', (_, op, want) => expect(op().arraySync()).toEqual(want))

describe('what is no int32 is an error', () => {
  const bad: [string, () => Tensor, RegExp][] = [
    ['arange past the end', () => ops.arange(2147483646, 2147483650), /arange: int32 ends at 2147483647.*'float32'/],
    ['a negative power', () => ops.pow(big, -1), /pow: int32 to the power -1 is no whole number; write/],
    ['the greatest of nothing', () => ops.max(tensor([], [0, 3], 'float32'), 0), /max: there is no greatest of nothing; x is \[0, 3\]/],
    ['the least of nothing', () => ops.min(tensor([], [0], 'int32')), /min: there is no least of nothing/],
    ['the place of the greatest of nothing', () => ops.argMax(tensor([], [0], 'int32')), /argMax: axis 0 is empty/],
  ]
  test.each(bad)('%s', (_, op, message) => expect(op).toThrow(message))
})
