// The blocked product: C = act(A · B + bias), packed where that pays, with A's rows from any source (a matrix, patches of an image).
// An element is the sum of its blocks of k, in order, and a block is summed in order: its bits depend on nothing else.
import { WIDE } from '../layout';
import { store2, storeLanes } from '../simd';
import { activate, ACT_NONE } from './gemmactivate';
import { packColumns, packRows, packTransposed } from './gemmpack';
import { tile, tile16, Tile4x16, Tile4x16Apart, Tile4x4, Tile4x8, Tile6x16, Tile6x16Apart, Tile6x4, Tile6x8 } from './gemmtile';

// Bytes of scratch per thread: 4 · min(k, KC) · (min(⌈m⌉MR, MC) + min(⌈n⌉NR, NC)) + 512, where ⌈x⌉y is x rounded up to y.
/** Rows and columns of a tile. */
export const GEMM_MR: i32 = 6;
export const GEMM_NR: i32 = 8;
/** Most steps of k in a block; rows of A, and columns of B, that are packed at a time: together they fit the second-level cache. */
export const GEMM_KC: i32 = 384;
export const GEMM_MC: i32 = 6;
export const GEMM_NC: i32 = 256;

/**
 * What a thread knows of its product, at the start of its scratch space:
 * ┊ Product ┊ zeros, or the one bias of a column: 32 bytes ┊ edge tile 6×8 ┊ rows of A 6×KC, and 32 bytes ┊ block of B KC×NC ┊
 */
@unmanaged
export class Product {
  c: usize;
  a: usize; // for the source of A: a matrix and its bytes from row to row and from step to step of k, or what else it needs
  aStride: usize;
  aStep: usize;
  b: usize;
  n: i32;
  k: i32;
  transposeB: i32;
  activation: i32;
  start: usize; // what the first block of k is added to: the bias, or zeros
  startStep: usize; // bytes from one vector of it to the next

  @inline get edge(): usize { return changetype<usize>(this) + 96; }
  @inline get sums(): usize { return changetype<usize>(this) + 288; }

  /** Sums start from the bias, or from nothing when it is 0; a column has one bias for all. */
  startAt(bias: usize, column: bool): void {
    const at = changetype<usize>(this) + 64;
    const splat = column && bias ? v128.load32_splat(bias) : i32x4.splat(0);
    store2(at, splat, splat);
    this.start = bias && !column ? bias : at;
    this.startStep = bias && !column ? 16 : 0;
  }
}

// A source of A gives the address of a strip of up to MR rows by k steps, from (i, p) on: either where it lies, or packed at `to` in rows
// of k elements rounded up to four, and up to three elements behind the last. rowStride and rowStep are its bytes from row to row and from
// step to step.

/** A matrix where it lies. */
@unmanaged
export class Rows {
  @inline strip(x: Product, i: i32, p: i32, k: i32, to: usize): usize { return x.a + x.aStride * i + x.aStep * p; }
  @inline rowStride(x: Product, k: i32): usize { return x.aStride; }
  @inline rowStep(x: Product): usize { return x.aStep; }
}

/** A transposed matrix: its steps, which lie far apart, are brought together. */
@unmanaged
export class TurnedRows {
  @inline strip(x: Product, i: i32, p: i32, k: i32, to: usize): usize {
    packRows(to, x.a + x.aStride * i + x.aStep * p, x.aStep, this.rowStride(x, k), k);
    return to;
  }
  @inline rowStride(x: Product, k: i32): usize { return <usize>((k + 3) & ~3) << 2; }
  @inline rowStep(x: Product): usize { return 4; }
}

/** Length of the blocks that n is cut into, all about the same, at most `most`. */
// @ts-ignore: decorator
@inline
export function blockLength(n: i32, most: i32, grain: i32): i32 {
  const blocks = max(1, (n + most - 1) / most);
  return ((n + blocks - 1) / blocks + grain - 1) / grain * grain;
}

/** c[i0:i1, j0:j1] = act(A · B + bias), A from source S. */
export function multiply<S>(product: Product, i0: i32, i1: i32, j0: i32, j1: i32): void {
  const n = product.n, k = product.k, transposeB = product.transposeB;
  const cStride = <usize>n << 2;
  const kBlock = blockLength(k, GEMM_KC, 4), nBlock = blockLength(j1 - j0, GEMM_NC, 8);
  const packedA = product.sums, packedB = packedA + (<usize>(kBlock * 6) << 2) + 32;
  const packB = transposeB || k * (j1 - j0) > (i1 - i0 <= 16 ? 131072 : load<i32>(WIDE) ? 0 : 16384);
  for (let j = j0; j < j1; j += nBlock) {
    const width = min(nBlock, j1 - j);
    let p = 0;
    do {
      const kc = min(kBlock, k - p);
      let b = product.b, bStride = cStride, bStep: usize = 32;
      if (transposeB) packTransposed(packedB, b + (<usize>(j * k + p) << 2), <usize>k << 2, width, kc);
      else {
        b += <usize>(p * n + j) << 2;
        if (packB) packColumns(packedB, b, cStride, width, kc);
      }
      if (packB) {
        b = packedB;
        bStride = 32;
        bStep = <usize>kc << 5;
      }
      for (let i = i0; i < i1;) {
        const tall = isTall(i1 - i), height = min(i1 - i, tall ? 6 : 4);
        const c = product.c + (<usize>(i * n + j) << 2);
        const from = p ? c : product.start + product.startStep * (<usize>j >> 2);
        const rows = changetype<S>(0).strip(product, i, p, kc, packedA);
        strip(c, cStride, from, p ? cStride : 0, p ? 32 : product.startStep << 1, rows, changetype<S>(0).rowStride(product, kc),
            changetype<S>(0).rowStep(product), height, tall, b, bStride, bStep, width, kc, product.edge);
        if (p + kc == k && product.activation != ACT_NONE) activate(c, cStride, height, width, product.activation);
        i += height;
      }
      p += kc;
    } while (p < k);
  }
}

/** Whether so many rows begin with a strip of six, not of four. */
// @ts-ignore: decorator
@inline
export function isTall(left: i32): bool {
  return !(left <= 4 || left == 7 || left == 8);
}

/** A strip of C, `height` rows by `width` columns, over one block of k: c = from + A · B. */
export function strip(c: usize, cStride: usize, from: usize, fromStride: usize, fromStep: usize, a: usize, aStride: usize, aStep: usize,
    height: i32, tall: bool, b: usize, bStride: usize, bStep: usize, width: i32, k: i32, edge: usize): void {
  if (height == (tall ? 6 : 4)) {
    if (load<i32>(WIDE)) {
      const together = bStride == 32 && aStep == 4 && !(k & 1);
      for (; width >= 16; width -= 16) {
        if (together) {
          if (tall) tile16<Tile6x16>(c, cStride, from, fromStride, fromStep, a, aStride, aStep, b, bStride, bStep, k);
          else tile16<Tile4x16>(c, cStride, from, fromStride, fromStep, a, aStride, aStep, b, bStride, bStep, k);
        } else if (tall) tile16<Tile6x16Apart>(c, cStride, from, fromStride, fromStep, a, aStride, aStep, b, bStride, bStep, k);
        else tile16<Tile4x16Apart>(c, cStride, from, fromStride, fromStep, a, aStride, aStep, b, bStride, bStep, k);
        c += 64;
        b += bStep << 1;
        from += fromStep << 1;
      }
    }
    for (; width >= 8; width -= 8) {
      if (tall) tile<Tile6x8>(c, cStride, from, fromStride, a, aStride, aStep, height, b, bStride, k);
      else tile<Tile4x8>(c, cStride, from, fromStride, a, aStride, aStep, height, b, bStride, k);
      c += 32;
      b += bStep;
      from += fromStep;
    }
  }
  for (; width > 0; width -= 8) {
    copyTile(edge, 32, from, fromStride, height, 8);
    if (width > 4) {
      if (tall) tile<Tile6x8>(edge, 32, edge, 32, a, aStride, aStep, height, b, bStride, k);
      else tile<Tile4x8>(edge, 32, edge, 32, a, aStride, aStep, height, b, bStride, k);
    } else if (tall) tile<Tile6x4>(edge, 32, edge, 32, a, aStride, aStep, height, b, bStride, k);
    else tile<Tile4x4>(edge, 32, edge, 32, a, aStride, aStep, height, b, bStride, k);
    copyTile(c, cStride, edge, 32, height, width);
    c += 32;
    b += bStep;
    from += fromStep;
  }
}

export function copyTile(to: usize, toStride: usize, from: usize, fromStride: usize, height: i32, width: i32): void {
  for (; height > 0; --height) {
    storeLanes(to, v128.load(from), width);
    if (width > 4) storeLanes(to + 16, v128.load(from, 16), width - 4);
    to += toStride;
    from += fromStride;
  }
}
