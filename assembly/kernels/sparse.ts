// Training the rows of a large table that a batch has touched: which rows these are, their gradients put together, and the rows out of the
// table and back.
import { addRow } from '../rows';
import { shareStart } from '../share';
import { In, InOut, Out, Scratch } from '../types';
import { copyRow } from './copy';

@unmanaged
export class UniqueRowsArgs {
  rows: Out; // [count] int32: each index once, in the order of their first places; then −1
  place: Out; // [count] int32: where in rows an index stands; −1 if it is outside of the table
  indices: In; // [count]
  slots: Scratch; // [tableRows] int32
  count: i32;
  tableRows: i32;
}

@unmanaged
export class CombineRowsArgs {
  y: Out; // [count, inner]
  dy: In; // [count, inner]
  place: In; // [count]
  count: i32;
  inner: i32;
}

@unmanaged
export class TakeRowsArgs {
  y: Out; // [count, inner]
  x: In; // [rows, inner]
  rows: In; // [count]
  count: i32;
  inner: i32;
}

@unmanaged
export class PutRowsArgs {
  x: InOut; // [rows, inner]
  y: In; // [count, inner]
  rows: In; // [count], none twice
  count: i32;
  inner: i32;
}

// @ts-ignore: decorator
@inline
function at(from: usize, index: i32): usize {
  return from + (<usize>index << 2);
}

/**
 * rows = the distinct indices, rows[place[c]] = indices[c]. One thread's work; slots need no first values, since what stands there counts
 * only where rows agrees.
 */
export function uniqueRows(args: UniqueRowsArgs, ith: i32, nth: i32): void {
  if (ith != 0) return;
  const rows = args.rows, slots = args.slots;
  let n = 0;
  for (let c = 0; c < args.count; ++c) {
    const index = load<i32>(at(args.indices, c));
    if (<u32>index >= <u32>args.tableRows) {
      store<i32>(at(args.place, c), -1);
      continue;
    }
    let k = load<i32>(at(slots, index));
    if (<u32>k >= <u32>n || load<i32>(at(rows, k)) != index) {
      k = n++;
      store<i32>(at(slots, index), k);
      store<i32>(at(rows, k), index);
    }
    store<i32>(at(args.place, c), k);
  }
  for (; n < args.count; ++n) store<i32>(at(rows, n), -1);
}

/** y[k, :] = Σ dy[c, :] over place[c] == k, in the order of c. */
export function combineRows(args: CombineRowsArgs, ith: i32, nth: i32): void {
  const inner = args.inner;
  const from = shareStart(args.count, 1, ith, nth);
  const end = shareStart(args.count, 1, ith + 1, nth);
  if (from == end || inner == 0) return;
  memory.fill(at(args.y, from * inner), 0, <usize>((end - from) * inner) << 2);
  for (let c = 0; c < args.count; ++c) {
    const k = load<i32>(at(args.place, c));
    if (k >= from && k < end) addRow(at(args.y, k * inner), at(args.dy, c * inner), inner);
  }
}

/** y[k, :] = x[rows[k], :], or zeros where there is no row. */
export function takeRows(args: TakeRowsArgs, ith: i32, nth: i32): void {
  const inner = args.inner;
  const end = shareStart(args.count, 1, ith + 1, nth);
  for (let k = shareStart(args.count, 1, ith, nth); k < end; ++k) {
    const row = load<i32>(at(args.rows, k));
    if (row < 0) memory.fill(at(args.y, k * inner), 0, <usize>inner << 2);
    else copyRow(at(args.y, k * inner), at(args.x, row * inner), inner);
  }
}

/** x[rows[k], :] = y[k, :] */
export function putRows(args: PutRowsArgs, ith: i32, nth: i32): void {
  const inner = args.inner;
  const end = shareStart(args.count, 1, ith + 1, nth);
  for (let k = shareStart(args.count, 1, ith, nth); k < end; ++k) {
    const row = load<i32>(at(args.rows, k));
    if (row >= 0) copyRow(at(args.x, row * inner), at(args.y, k * inner), inner);
  }
}
