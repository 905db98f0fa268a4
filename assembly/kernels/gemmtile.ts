// Register tiles of the matrix product: a few rows of A times a panel of B. Every element is summed over k in order in one
// accumulator, so that any tile gives the same bits.
import { madd, store2, store4 } from '../simd';

/** Rows and columns of a tile; the methods fold to constants. */
@unmanaged
export class Tile6x8 {
  @inline rows(): i32 { return 6; }
  @inline columns(): i32 { return 8; }
}
@unmanaged
export class Tile6x4 {
  @inline rows(): i32 { return 6; }
  @inline columns(): i32 { return 4; }
}
@unmanaged
export class Tile4x8 {
  @inline rows(): i32 { return 4; }
  @inline columns(): i32 { return 8; }
}
@unmanaged
export class Tile4x4 {
  @inline rows(): i32 { return 4; }
  @inline columns(): i32 { return 4; }
}

/**
 * c[i, j] = from[i, j] + Σ a[i, p] · b[p, j]. Strides are bytes from row to row, aStep and bStep from p to p + 1; rows of A from `height`
 * on are read as the last one.
 *
 * V8 decides the speed: it schedules the loop backwards from the sums as it meets them on its way up from the end of the function. With one
 * step a turn, and the stores from the last row to the first, each load lands beside its use; any other order, or two steps a turn, and the
 * loads come first and the sums are spilled. Look at `node --print-wasm-code` after a change.
 */
export function tile<T>(c: usize, cStride: usize, from: usize, fromStride: usize, a: usize, aStride: usize, aStep: usize, height: i32,
    b: usize, bStep: usize, k: i32): void {
  const tall = changetype<T>(0).rows() > 4, wide = changetype<T>(0).columns() > 4;
  const zero = i32x4.splat(0);
  let c00 = zero, c10 = zero, c20 = zero, c30 = zero, c40 = zero, c50 = zero;
  let c01 = zero, c11 = zero, c21 = zero, c31 = zero, c41 = zero, c51 = zero;
  // Adds 0, but a sum, unlike a parameter, is known to have no upper half: saves a move per load.
  const nothing = aStride & -<usize>(height < 1);
  a += nothing;
  b += nothing;
  let a1 = a + (aStride & -<usize>(height > 1));
  let a2 = a1 + (aStride & -<usize>(height > 2));
  let a3 = a2 + (aStride & -<usize>(height > 3));
  let a4 = a3 + (aStride & -<usize>(height > 4));
  let a5 = a4 + (aStride & -<usize>(height > 5));
  let b1 = zero;
  const end = a + aStep * k;
  while (a != end) {
    const b0 = v128.load(b);
    if (wide) b1 = v128.load(b, 16);
    let x = v128.load32_splat(a); c00 = madd(x, b0, c00); if (wide) c01 = madd(x, b1, c01);
    x = v128.load32_splat(a1); c10 = madd(x, b0, c10); if (wide) c11 = madd(x, b1, c11);
    x = v128.load32_splat(a2); c20 = madd(x, b0, c20); if (wide) c21 = madd(x, b1, c21);
    x = v128.load32_splat(a3); c30 = madd(x, b0, c30); if (wide) c31 = madd(x, b1, c31);
    if (tall) { x = v128.load32_splat(a4); c40 = madd(x, b0, c40); if (wide) c41 = madd(x, b1, c41); }
    if (tall) { x = v128.load32_splat(a5); c50 = madd(x, b0, c50); if (wide) c51 = madd(x, b1, c51); }
    b += bStep;
    a += aStep; a1 += aStep; a2 += aStep; a3 += aStep;
    if (tall) { a4 += aStep; a5 += aStep; }
  }
  const last = tall ? 5 : 3;
  c += cStride * last; from += fromStride * last;
  if (tall) { put<T>(c, from, c50, c51); c -= cStride; from -= fromStride; }
  if (tall) { put<T>(c, from, c40, c41); c -= cStride; from -= fromStride; }
  put<T>(c, from, c30, c31); c -= cStride; from -= fromStride;
  put<T>(c, from, c20, c21); c -= cStride; from -= fromStride;
  put<T>(c, from, c10, c11); c -= cStride; from -= fromStride;
  put<T>(c, from, c00, c01);
}

// @ts-ignore: decorator
@inline
function put<T>(c: usize, from: usize, x0: v128, x1: v128): void {
  const y0 = f32x4.add(v128.load(from), x0);
  if (changetype<T>(0).columns() > 4) {
    const y1 = f32x4.add(v128.load(from, 16), x1);
    store2(c, y0, y1);
  } else v128.store(c, y0);
}

/** Sixteen columns; steps of A side by side (aStep 4), steps of B 32 bytes apart, and an even k are `together`. */
@unmanaged
export class Tile6x16 extends Tile6x8 { @inline together(): bool { return true; } }
@unmanaged
export class Tile4x16 extends Tile4x8 { @inline together(): bool { return true; } }
@unmanaged
export class Tile6x16Apart extends Tile6x8 { @inline together(): bool { return false; } }
@unmanaged
export class Tile4x16Apart extends Tile4x8 { @inline together(): bool { return false; } }

/**
 * As tile, for six or four whole rows and two panels of eight columns, `panel` bytes apart. For engines that pair vectors side by side into
 * wider ones: there, it takes half the instructions of two tiles.
 */
export function tile16<T>(c: usize, cStride: usize, from: usize, fromStride: usize, fromStep: usize, a: usize, aStride: usize,
    aStep: usize, b: usize, bStep: usize, panel: usize, k: i32): void {
  const tall = changetype<T>(0).rows() > 4, together = changetype<T>(0).together();
  const zero = i32x4.splat(0);
  let c00 = zero, c10 = zero, c20 = zero, c30 = zero, c40 = zero, c50 = zero;
  let c01 = zero, c11 = zero, c21 = zero, c31 = zero, c41 = zero, c51 = zero;
  let c02 = zero, c12 = zero, c22 = zero, c32 = zero, c42 = zero, c52 = zero;
  let c03 = zero, c13 = zero, c23 = zero, c33 = zero, c43 = zero, c53 = zero;
  let a1 = a + aStride, a2 = a1 + aStride, a3 = a2 + aStride, a4 = a3, a5 = a3;
  if (tall) { a4 = a3 + aStride; a5 = a4 + aStride; }
  let d = b + panel;
  let x = zero, b0 = zero, b1 = zero, b2 = zero, b3 = zero;
  const end = a + (together ? <usize>k << 2 : aStep * k), aMore: usize = together ? 8 : aStep, bMore: usize = together ? 64 : bStep;
  while (a != end) {
    b0 = v128.load(b); b1 = v128.load(b, 16); b2 = v128.load(d); b3 = v128.load(d, 16);
    x = v128.load32_splat(a); c00 = madd(x, b0, c00); c01 = madd(x, b1, c01); c02 = madd(x, b2, c02); c03 = madd(x, b3, c03);
    x = v128.load32_splat(a1); c10 = madd(x, b0, c10); c11 = madd(x, b1, c11); c12 = madd(x, b2, c12); c13 = madd(x, b3, c13);
    x = v128.load32_splat(a2); c20 = madd(x, b0, c20); c21 = madd(x, b1, c21); c22 = madd(x, b2, c22); c23 = madd(x, b3, c23);
    x = v128.load32_splat(a3); c30 = madd(x, b0, c30); c31 = madd(x, b1, c31); c32 = madd(x, b2, c32); c33 = madd(x, b3, c33);
    if (tall) { x = v128.load32_splat(a4); c40 = madd(x, b0, c40); c41 = madd(x, b1, c41); c42 = madd(x, b2, c42); c43 = madd(x, b3, c43); }
    if (tall) { x = v128.load32_splat(a5); c50 = madd(x, b0, c50); c51 = madd(x, b1, c51); c52 = madd(x, b2, c52); c53 = madd(x, b3, c53); }
    if (together) {
      if (a == 0) break; // never; keeps the loads of the next step, and the registers they take, from being scheduled above this one
      b0 = v128.load(b, 32); b1 = v128.load(b, 48); b2 = v128.load(d, 32); b3 = v128.load(d, 48);
      x = v128.load32_splat(a, 4); c00 = madd(x, b0, c00); c01 = madd(x, b1, c01); c02 = madd(x, b2, c02); c03 = madd(x, b3, c03);
      x = v128.load32_splat(a1, 4); c10 = madd(x, b0, c10); c11 = madd(x, b1, c11); c12 = madd(x, b2, c12); c13 = madd(x, b3, c13);
      x = v128.load32_splat(a2, 4); c20 = madd(x, b0, c20); c21 = madd(x, b1, c21); c22 = madd(x, b2, c22); c23 = madd(x, b3, c23);
      x = v128.load32_splat(a3, 4); c30 = madd(x, b0, c30); c31 = madd(x, b1, c31); c32 = madd(x, b2, c32); c33 = madd(x, b3, c33);
      if (tall) {
        x = v128.load32_splat(a4, 4); c40 = madd(x, b0, c40); c41 = madd(x, b1, c41); c42 = madd(x, b2, c42); c43 = madd(x, b3, c43);
      }
      if (tall) {
        x = v128.load32_splat(a5, 4); c50 = madd(x, b0, c50); c51 = madd(x, b1, c51); c52 = madd(x, b2, c52); c53 = madd(x, b3, c53);
      }
    }
    b += bMore; d += bMore;
    a += aMore; a1 += aMore; a2 += aMore; a3 += aMore;
    if (tall) { a4 += aMore; a5 += aMore; }
  }
  const last = tall ? 5 : 3;
  c += cStride * last; from += fromStride * last;
  if (tall) { put16(c, from, fromStep, c50, c51, c52, c53); c -= cStride; from -= fromStride; }
  if (tall) { put16(c, from, fromStep, c40, c41, c42, c43); c -= cStride; from -= fromStride; }
  put16(c, from, fromStep, c30, c31, c32, c33); c -= cStride; from -= fromStride;
  put16(c, from, fromStep, c20, c21, c22, c23); c -= cStride; from -= fromStride;
  put16(c, from, fromStep, c10, c11, c12, c13); c -= cStride; from -= fromStride;
  put16(c, from, fromStep, c00, c01, c02, c03);
}

/** Sixteen sums; a pair of stores has nothing between it, or it is not made one. */
// @ts-ignore: decorator
@inline
function put16(c: usize, from: usize, fromStep: usize, x0: v128, x1: v128, x2: v128, x3: v128): void {
  const next = from + fromStep;
  const y0 = f32x4.add(v128.load(from), x0), y1 = f32x4.add(v128.load(from, 16), x1);
  const y2 = f32x4.add(v128.load(next), x2), y3 = f32x4.add(v128.load(next, 16), x3);
  store4(c, y0, y1, y2, y3);
}
