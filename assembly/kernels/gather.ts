// Reading and adding by index: embeddings, take_along_axis and their gradients, one-hot rows; also iota.
// A table is x [outer, rows, inner]. An index outside it (a check has found it before) touches nothing.
import { addRow } from '../rows';
import { shareStart } from '../share';
import { In, InOut, Out } from '../types';
import { copyRow, fillRow } from './copy';

@unmanaged
export class GatherArgs {
  y: Out; // [outer, count, inner]
  x: In; // [outer, rows, inner]
  indices: In; // [count]; [outer, count, inner] for takeAlong
  outer: i32;
  rows: i32;
  inner: i32;
  count: i32;
}

@unmanaged
export class ScatterArgs {
  y: InOut; // [outer, rows, inner]
  dy: In; // [outer, count, inner]
  indices: In; // [count]; [outer, count, inner] for takeAlongGrad
  outer: i32;
  rows: i32;
  inner: i32;
  count: i32;
}

/** A row of the table; negative ones count from its end. */
// @ts-ignore: decorator
@inline
function rowOf(index: i32, rows: i32): i32 {
  return index + (rows & (index >> 31));
}

/** Whether the index is one of the table's rows. */
// @ts-ignore: decorator
@inline
function inside(index: i32, rows: i32): bool {
  return <u32>index < <u32>rows;
}

// @ts-ignore: decorator
@inline
function element(from: usize, index: i32): usize {
  return from + (<usize>index << 2);
}

/** y[o, c, :] = x[o, indices[c], :] */
export function gather(args: GatherArgs, ith: i32, nth: i32): void {
  const inner = args.inner;
  const byColumns = inner > args.outer * args.count;
  const firstColumn = byColumns ? shareStart(inner, 16, ith, nth) : 0;
  const columns = (byColumns ? shareStart(inner, 16, ith + 1, nth) : inner) - firstColumn;
  if (columns == 0) return;
  const lines = args.outer * args.count;
  const end = byColumns ? lines : shareStart(lines, 16, ith + 1, nth);
  for (let at = byColumns ? 0 : shareStart(lines, 16, ith, nth); at < end; ) {
    const o = at / args.count;
    const lineEnd = min(end, (o + 1) * args.count);
    const table = element(args.x, o * args.rows * inner + firstColumn);
    let indices = element(args.indices, at - o * args.count);
    let y = element(args.y, at * inner + firstColumn);
    for (; at < lineEnd; ++at, indices += 4, y += <usize>inner << 2) {
      const index = rowOf(load<i32>(indices), args.rows);
      if (!inside(index, args.rows)) memory.fill(y, 0xff, <usize>columns << 2); // NaN
      else if (inner == 1) store<u32>(y, load<u32>(element(table, index)));
      else copyRow(y, element(table, index * inner), columns);
    }
  }
}

/** y[o, c, i] = x[o, indices[o, c, i], i] */
export function takeAlong(args: GatherArgs, ith: i32, nth: i32): void {
  const inner = args.inner;
  const n = args.outer * args.count * inner;
  if (n == 0) return;
  const end = shareStart(n, 16, ith + 1, nth);
  let at = shareStart(n, 16, ith, nth);
  let i = at % inner;
  for (let line = at / inner; at < end; ++line, i = 0) {
    const table = element(args.x, line / args.count * args.rows * inner);
    const lineEnd = min(end, (line + 1) * inner);
    for (; at < lineEnd; ++at, ++i) {
      const index = rowOf(load<i32>(element(args.indices, at)), args.rows);
      store<f32>(element(args.y, at), inside(index, args.rows) ? load<f32>(element(table, index * inner + i)) : NaN);
    }
  }
}

/** y[o, indices[c], :] += dy[o, c, :], in the order of c. */
export function scatterAdd(args: ScatterArgs, ith: i32, nth: i32): void {
  scatter(false, args, ith, nth);
}

/** y[o, indices[o, c, i], i] += dy[o, c, i], in the order of c. */
export function takeAlongGrad(args: ScatterArgs, ith: i32, nth: i32): void {
  scatter(true, args, ith, nth);
}

/** A thread owns a part of the tables (whole tables, or columns, or rows of each) and adds all that falls into it, in order. */
function scatter(along: bool, args: ScatterArgs, ith: i32, nth: i32): void {
  const inner = args.inner;
  const byTables = args.outer >= 2 * nth;
  const byColumns = !byTables && inner >= 32 * nth;
  const byRows = !byTables && !byColumns;
  const tableEnd = byTables ? shareStart(args.outer, 1, ith + 1, nth) : args.outer;
  const column = byColumns ? shareStart(inner, 16, ith, nth) : 0;
  const columnEnd = byColumns ? shareStart(inner, 16, ith + 1, nth) : inner;
  const row = byRows ? shareStart(args.rows, 16, ith, nth) : 0;
  const rowEnd = byRows ? shareStart(args.rows, 16, ith + 1, nth) : args.rows;
  for (let o = byTables ? shareStart(args.outer, 1, ith, nth) : 0; o < tableEnd; ++o) {
    const table = element(args.y, o * args.rows * inner);
    for (let c = 0; c < args.count; ++c) {
      const line = (o * args.count + c) * inner;
      if (along) {
        for (let i = column; i < columnEnd; ++i) {
          const index = rowOf(load<i32>(element(args.indices, line + i)), args.rows);
          if (!inside(index, args.rows) || index < row || index >= rowEnd) continue;
          const y = element(table, index * inner + i);
          store<f32>(y, load<f32>(y) + load<f32>(element(args.dy, line + i)));
        }
      } else {
        const index = rowOf(load<i32>(element(args.indices, c)), args.rows);
        if (!inside(index, args.rows) || index < row || index >= rowEnd) continue;
        addRow(element(table, index * inner + column), element(args.dy, line + column), columnEnd - column);
      }
    }
  }
}

@unmanaged
export class OneHotArgs {
  y: Out; // [n, depth]
  indices: In; // [n]
  n: i32;
  depth: i32;
  on: f32;
  off: f32;
}

/** y[i, d] = indices[i] == d ? on : off; an index outside 0 … depth − 1 gives a row of off. */
export function oneHot(args: OneHotArgs, ith: i32, nth: i32): void {
  const depth = args.depth;
  const from = shareStart(args.n, 16, ith, nth);
  const end = shareStart(args.n, 16, ith + 1, nth);
  if (from == end || depth == 0) return;
  fillRow(element(args.y, from * depth), f32x4.splat(args.off), (end - from) * depth);
  for (let i = from; i < end; ++i) {
    const index = load<i32>(element(args.indices, i));
    if (<u32>index < <u32>depth) store<f32>(element(args.y, i * depth + index), args.on);
  }
}

@unmanaged
export class IotaArgs {
  y: Out;
  n: i32;
  start: f64;
  step: f64;
  integer: i32; // 1: int32 elements; start and step are whole numbers of 32 bits
}

/** y[i] = start + i · step: int32 as they are, floats in float64 and rounded once more. */
export function iota(args: IotaArgs, ith: i32, nth: i32): void {
  const end = shareStart(args.n, 16, ith + 1, nth), start = args.start, step = args.step;
  for (let i = shareStart(args.n, 16, ith, nth); i < end; ++i) {
    if (args.integer) store<i32>(element(args.y, i), <i32>start + i * <i32>step);
    else store<f32>(element(args.y, i), <f32>(start + <f64>i * step));
  }
}
