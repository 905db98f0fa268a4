// The same sample in two parts: what makes a test look better than it is.
import { isHostData } from '../graph/convert'
import { Tensor, Variable } from '../tensor'
import { check, reading } from '../util/errors'
import { nth } from '../util/lists'
import { countRows, leavesOf, type RowLeaf, type RowTree } from './rows'

export interface Duplicates {
  /** Samples of the second part that the first has too. */
  readonly count: number
  /** The same as a share of the second part. */
  readonly share: number
  /** Rows that are the same: of the first part (its first such row), of the second. */
  readonly pairs: (readonly [number, number])[]
  /** One sentence about it. */
  readonly text: string
}

/** Samples of `b` that are in `a` too, value by value: `duplicates(train.x, test.x).count`. Both have the same form. */
export function duplicates(a: RowTree, b: RowTree): Duplicates {
  const [first, second] = [rowKeys(a, 'duplicates: the first part'), rowKeys(b, 'duplicates: the second part')]
  check(
    first.leaves === second.leaves,
    'BAD_ARGUMENT',
    () => `duplicates: the first part has ${first.leaves} tensors, the second ${second.leaves}; they must have the same form`,
  )
  const known = new Map<string, number>()
  first.keys.forEach((key, row) => {
    if (!known.has(key)) known.set(key, row)
  })
  const pairs = second.keys.flatMap((key, row): [number, number][] => {
    const found = known.get(key)
    return found === undefined ? [] : [[found, row]]
  })
  const share = second.keys.length ? pairs.length / second.keys.length : 0
  const text = pairs.length
    ? `${pairs.length} of ${second.keys.length} samples (${(100 * share).toFixed(1)} %) are in the first part too, ` +
      `as row ${nth(pairs, 0)[1]} (there row ${nth(pairs, 0)[0]})`
    : `none of ${second.keys.length} samples is in the first part`
  return { count: pairs.length, share, pairs, text }
}

/** A text for each row that is the same exactly where all its values are. */
const rowKeys = (data: RowTree, what: string): RowKeys => reading(what, () => readKeys(data, what))

interface RowKeys {
  readonly keys: readonly string[]
  readonly leaves: number
}

function readKeys(data: RowTree, what: string): RowKeys {
  const count = countRows(data, what)
  const { leaves } = leavesOf(data, what)
  const columns = leaves.map((leaf) => keysOf(leaf, count))
  return { keys: Array.from({ length: count }, (_, row) => columns.map((keys) => keys(row)).join('|')), leaves: leaves.length }
}

function keysOf(leaf: RowLeaf, count: number): (row: number) => string {
  const isTensor = leaf instanceof Tensor || leaf instanceof Variable
  if (!isTensor && !isHostData(leaf)) return (row) => JSON.stringify(leaf[row])
  const values = isTensor ? leaf.dataSync() : leaf
  const each = values.length / Math.max(1, count)
  return (row) => values.subarray(row * each, (row + 1) * each).join()
}
