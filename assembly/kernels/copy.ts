// Strided copies of 4-byte elements: transpose, slice, concat, pad, broadcast, reverse and tile are all this kernel.
import { shareStart } from '../share';
import { store2, storeLanes } from '../simd';
import { In, Out } from '../types';

/** Dims of 1 pad on the left; neighbours that can be merged should be. Strides in elements; pointers are to the first logical element. */
@unmanaged
export class CopyArgs {
  y: Out;
  x: In;
  dims0: i32;
  dims1: i32;
  dims2: i32;
  dims3: i32;
  dims4: i32;
  dims5: i32;
  yStrides0: i32;
  yStrides1: i32;
  yStrides2: i32;
  yStrides3: i32;
  yStrides4: i32;
  yStrides5: i32;
  xStrides0: i32;
  xStrides1: i32;
  xStrides2: i32;
  xStrides3: i32;
  xStrides4: i32;
  xStrides5: i32;
}

/** Rows of so many elements and more are left to the engine's memory.copy. */
const LONG: i32 = 256;
// @ts-ignore: decorator
@inline
function item(array: usize, axis: i32): i32 {
  return load<i32>(array + (<usize>axis << 2));
}

/** Bytes from one element along the axis to the next. */
// @ts-ignore: decorator
@inline
function stride(strides: usize, axis: i32): usize {
  return <usize>item(strides, axis) << 2;
}

/** y[i0, …, i5] = x[i0, …, i5], each with its own strides. */
export function copy(args: CopyArgs, ith: i32, nth: i32): void {
  const dims = changetype<usize>(args) + offsetof<CopyArgs>('dims0');
  const yStrides = changetype<usize>(args) + offsetof<CopyArgs>('yStrides0');
  const xStrides = changetype<usize>(args) + offsetof<CopyArgs>('xStrides0');
  // The inner plane is rowAxis × axis 5; its rows are the axis along which x is contiguous, where that makes it a transposition.
  let rowAxis = 4;
  if (args.yStrides5 == 1 && args.xStrides5 != 1) {
    for (let axis = 0; axis < 5; ++axis) if (item(xStrides, axis) == 1 && item(dims, axis) > 1) rowAxis = axis;
  }
  const runAxis = rowAxis == 3 ? 4 : 3; // the loop around the plane
  const run = item(dims, runAxis);
  const rows = item(dims, rowAxis);
  const columns = args.dims5;
  let outer = 1;
  for (let axis = 0; axis < 5; ++axis) if (axis != rowAxis) outer *= item(dims, axis);
  if (outer == 0 || rows == 0 || columns == 0) return;
  const yRow = stride(yStrides, rowAxis);
  const xRow = stride(xStrides, rowAxis);
  const yColumn = stride(yStrides, 5);
  const xColumn = stride(xStrides, 5);

  // Any cut gives the same bits: the longest of the three is cut.
  const cutOuter = outer >= rows && outer >= columns;
  const cutRows = !cutOuter && rows >= columns;
  const cutColumns = !cutOuter && !cutRows;
  const to = cutOuter ? shareStart(outer, 1, ith + 1, nth) : outer;
  const firstRow = cutRows ? shareStart(rows, 4, ith, nth) : 0;
  const firstColumn = cutColumns ? shareStart(columns, 16, ith, nth) : 0;
  const shareRows = (cutRows ? shareStart(rows, 4, ith + 1, nth) : rows) - firstRow;
  const shareColumns = (cutColumns ? shareStart(columns, 16, ith + 1, nth) : columns) - firstColumn;
  if (shareRows == 0 || shareColumns == 0) return;

  for (let at = cutOuter ? shareStart(outer, 1, ith, nth) : 0; at < to; ) {
    const first = at % run;
    let y = args.y + <usize>firstRow * yRow + <usize>firstColumn * yColumn + <usize>first * stride(yStrides, runAxis);
    let x = args.x + <usize>firstRow * xRow + <usize>firstColumn * xColumn + <usize>first * stride(xStrides, runAxis);
    let rest = at / run;
    for (let axis = 4; axis >= 0; --axis) {
      if (axis == rowAxis || axis == runAxis) continue;
      const size = item(dims, axis);
      y += <usize>(rest % size) * stride(yStrides, axis);
      x += <usize>(rest % size) * stride(xStrides, axis);
      rest /= size;
    }
    for (const end = min(to, at + run - first); at < end; ++at) {
      plane(y, x, shareRows, shareColumns, yRow, yColumn, xRow, xColumn);
      y += stride(yStrides, runAxis);
      x += stride(xStrides, runAxis);
    }
  }
}

/** y[r, c] = x[r, c]: picks the loop that fits the strides (in bytes). */
function plane(y: usize, x: usize, rows: i32, columns: i32, yRow: usize, yColumn: usize, xRow: usize, xColumn: usize): void {
  if (yColumn != 4) {
    for (; rows > 0; --rows, y += yRow, x += xRow) stridedRow(y, x, columns, yColumn, xColumn);
  } else if (xColumn == 4) {
    for (; rows > 0; --rows, y += yRow, x += xRow) copyRow(y, x, columns);
  } else if (xColumn == 0) {
    for (; rows > 0; --rows, y += yRow, x += xRow) fillRow(y, v128.load32_splat(x), columns);
  } else if (xRow == 4 && rows > 1) {
    transpose(y, x, rows, columns, yRow, xColumn);
  } else {
    for (; rows > 0; --rows, y += yRow, x += xRow) collectRow(y, x, columns, xColumn);
  }
}

/** y[c] = x[c], both contiguous; writes nothing behind the row. */
// @ts-ignore: decorator
@inline
export function copyRow(y: usize, x: usize, n: i32): void {
  if (n >= LONG) return memory.copy(y, x, <usize>n << 2);
  if (n < 4) return storeLanes(y, v128.load(x), n);
  const last = y + (<usize>(n - 4) << 2);
  const shift = x - y;
  for (; y + 16 < last; y += 32) store2(y, v128.load(y + shift), v128.load(y + shift, 16));
  if (y < last) v128.store(y, v128.load(y + shift));
  v128.store(last, v128.load(last + shift));
}

/** y[c] = value; writes nothing behind the row. */
// @ts-ignore: decorator
@inline
export function fillRow(y: usize, value: v128, n: i32): void {
  if (n < 4) return storeLanes(y, value, n);
  const last = y + (<usize>(n - 4) << 2);
  for (; y + 16 < last; y += 32) store2(y, value, value);
  if (y < last) v128.store(y, value);
  v128.store(last, value);
}

/** y[c] = x[c · step]. */
// @ts-ignore: decorator
@inline
function collectRow(y: usize, x: usize, n: i32, step: usize): void {
  for (; n >= 4; n -= 4, y += 16, x += step << 2) {
    let v = v128.load32_zero(x);
    v = v128.load32_lane(x + step, v, 1);
    v = v128.load32_lane(x + (step << 1), v, 2);
    v128.store(y, v128.load32_lane(x + step * 3, v, 3));
  }
  for (; n > 0; --n, y += 4, x += step) store<u32>(y, load<u32>(x));
}

/** y[c · yStep] = x[c · xStep]. */
// @ts-ignore: decorator
@inline
function stridedRow(y: usize, x: usize, n: i32, yStep: usize, xStep: usize): void {
  for (; n > 0; --n, y += yStep, x += xStep) store<u32>(y, load<u32>(x));
}

/** y[r, c] = x[c, r]: blocks of 4×4 in registers, a strip of rows at a time, so that x is read by whole cache lines. */
function transpose(y: usize, x: usize, rows: i32, columns: i32, yRow: usize, xColumn: usize): void {
  // A strip is as wide as a cache line, or half, where its rows of y would all fall into the same set of the first cache.
  const width = yRow & 1023 ? 16 : 8;
  for (let strip = 0; strip < rows; strip += width) {
    const end = min(rows, strip + width);
    for (let c = 0; c < columns; c += 4) {
      let to = y + <usize>strip * yRow + (<usize>c << 2);
      let from = x + <usize>c * xColumn + (<usize>strip << 2);
      let r = strip;
      if (c + 4 <= columns) {
        for (; r + 4 <= end; r += 4, to += yRow << 2, from += 16) transposeBlock(to, from, 4, 4, yRow, xColumn);
      }
      for (; r < end; r += 4, to += yRow << 2, from += 16) transposeEdge(to, from, end - r, columns - c, yRow, xColumn);
    }
  }
}

function transposeEdge(y: usize, x: usize, rows: i32, columns: i32, yRow: usize, xColumn: usize): void {
  transposeBlock(y, x, rows, columns, yRow, xColumn);
}

/** A 4×4 block, or its part where fewer rows or columns are left: the same loads, fewer stores. */
// @ts-ignore: decorator
@inline
function transposeBlock(y: usize, x: usize, rows: i32, columns: i32, yRow: usize, xColumn: usize): void {
  const x0 = v128.load(x);
  const x1 = v128.load(x + <usize>min(1, columns - 1) * xColumn);
  const x2 = v128.load(x + <usize>min(2, columns - 1) * xColumn);
  const x3 = v128.load(x + <usize>min(3, columns - 1) * xColumn);
  const a = v128.shuffle<i32>(x0, x1, 0, 4, 1, 5);
  const b = v128.shuffle<i32>(x2, x3, 0, 4, 1, 5);
  const c = v128.shuffle<i32>(x0, x1, 2, 6, 3, 7);
  const d = v128.shuffle<i32>(x2, x3, 2, 6, 3, 7);
  storeLanes(y, v128.shuffle<i64>(a, b, 0, 2), columns);
  if (rows > 1) storeLanes(y + yRow, v128.shuffle<i64>(a, b, 1, 3), columns);
  if (rows > 2) storeLanes(y + yRow * 2, v128.shuffle<i64>(c, d, 0, 2), columns);
  if (rows > 3) storeLanes(y + yRow * 3, v128.shuffle<i64>(c, d, 1, 3), columns);
}
