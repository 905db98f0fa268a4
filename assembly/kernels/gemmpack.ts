// Copies parts of a matrix into the order in which the tiles read them.
import { store2, store4 } from '../simd';

/**
 * Columns as rows: to[i, p] = from[p, i], i < 8, p < k; six rows are written, each rounded up to four elements.
 */
export function packRows(to: usize, from: usize, stride: usize, toStride: usize, k: i32): void {
  for (; k > 0; k -= 4) {
    const f1 = k > 1 ? from + stride : from, f2 = k > 2 ? f1 + stride : f1, f3 = k > 3 ? f2 + stride : f2;
    transpose4(to, toStride, v128.load(from), v128.load(f1), v128.load(f2), v128.load(f3));
    const low = mixLow(v128.load(from, 16), v128.load(f1, 16)), high = mixLow(v128.load(f2, 16), v128.load(f3, 16));
    v128.store(to + (toStride << 2), firstHalves(low, high));
    v128.store(to + (toStride << 2) + toStride, lastHalves(low, high));
    from = f3 + stride;
    to += 16;
  }
}

/** to[j / 8][p][j % 8] = from[p, j], j < width, p < k. */
export function packColumns(to: usize, from: usize, stride: usize, width: i32, k: i32): void {
  const step = <usize>k << 5;
  for (; k > 1; k -= 2) {
    const next = from + stride;
    let at = to;
    for (let j: usize = 0; j < <usize>width << 2; j += 32) {
      const x0 = v128.load(from + j), x1 = v128.load(from + j, 16);
      const y0 = v128.load(next + j), y1 = v128.load(next + j, 16);
      store4(at, x0, x1, y0, y1);
      at += step;
    }
    from = next + stride;
    to += 64;
  }
  if (k == 0) return;
  for (let j: usize = 0; j < <usize>width << 2; j += 32) {
    store2(to, v128.load(from + j), v128.load(from + j, 16));
    to += step;
  }
}

/** to[j / 8][p][j % 8] = from[j, p], j < width, p < k; up to three steps more are written after the last. */
export function packTransposed(to: usize, from: usize, stride: usize, width: i32, k: i32): void {
  for (; width > 0; width -= 8) {
    packFour(to, from, stride, width, k);
    if (width > 4) packFour(to + 16, from + (stride << 2), stride, width - 4, k);
    from += stride << 3;
    to += <usize>k << 5;
  }
}

function packFour(to: usize, from: usize, stride: usize, width: i32, k: i32): void {
  const f1 = width > 1 ? from + stride : from, f2 = width > 2 ? f1 + stride : f1, f3 = width > 3 ? f2 + stride : f2;
  for (let p: usize = 0; p < <usize>k << 2; p += 16) {
    transpose4(to, 32, v128.load(from + p), v128.load(f1 + p), v128.load(f2 + p), v128.load(f3 + p));
    to += 128;
  }
}

/** Stores the transposed 4×4 block of rows x0 to x3. */
// @ts-ignore: decorator
@inline
function transpose4(to: usize, stride: usize, x0: v128, x1: v128, x2: v128, x3: v128): void {
  const low01 = mixLow(x0, x1), high01 = mixHigh(x0, x1), low23 = mixLow(x2, x3), high23 = mixHigh(x2, x3);
  v128.store(to, firstHalves(low01, low23));
  to += stride;
  v128.store(to, lastHalves(low01, low23));
  to += stride;
  v128.store(to, firstHalves(high01, high23));
  to += stride;
  v128.store(to, lastHalves(high01, high23));
}

/** x0 y0 x1 y1 */
// @ts-ignore: decorator
@inline
export function mixLow(x: v128, y: v128): v128 { return v128.shuffle<f32>(x, y, 0, 4, 1, 5); }

/** x2 y2 x3 y3 */
// @ts-ignore: decorator
@inline
export function mixHigh(x: v128, y: v128): v128 { return v128.shuffle<f32>(x, y, 2, 6, 3, 7); }

/** x0 x1 y0 y1 */
// @ts-ignore: decorator
@inline
export function firstHalves(x: v128, y: v128): v128 { return v128.shuffle<f64>(x, y, 0, 2); }

/** x2 x3 y2 y3 */
// @ts-ignore: decorator
@inline
export function lastHalves(x: v128, y: v128): v128 { return v128.shuffle<f64>(x, y, 1, 3); }
