// Matrix products: C = act(A · B + bias), blocked over k and n, each thread with its own part of C.
import { shareStart } from '../share';
import { storeLanes } from '../simd';
import { In, Out, Scratch } from '../types';
import { activate, ACT_NONE } from './gemmactivate';
import { packColumns, packRows, packTransposed } from './gemmpack';
import { gemvColumns, gemvRows } from './gemv';
import { tile, Tile4x4, Tile4x8, Tile6x4, Tile6x8 } from './gemmtile';

// Bytes of scratch per thread: 4 · min(k, KC) · (min(⌈m⌉MR, MC) + min(⌈n⌉NR, NC)) + 512, where ⌈x⌉y is x rounded up to y.
/** Rows and columns of a tile. */
export const GEMM_MR: i32 = 6;
export const GEMM_NR: i32 = 8;
/** Most steps of k in a block; rows of A, and columns of B, that are packed at a time: together they fit the second-level cache. */
export const GEMM_KC: i32 = 384;
export const GEMM_MC: i32 = 6;
export const GEMM_NC: i32 = 256;

@unmanaged
export class GemmArgs {
  c: Out;
  a: In;
  b: In;
  bias: In; // [n], or 0
  scratch: Scratch;
  m: i32;
  n: i32;
  k: i32;
  transposeA: i32;
  transposeB: i32;
  batch: i32;
  aStep: i32; // elements from one matrix of the batch to the next; 0: the same for all
  bStep: i32;
  cStep: i32;
  activation: i32;
  scratchStep: i32; // bytes of scratch of each thread
}

/** c[batch, m, n] = act(a[batch, m, k] · b[batch, k, n] + bias[n]) */
export function gemm(args: GemmArgs, ith: i32, nth: i32): void {
  if (args.m == 0 || args.n == 0 || args.batch == 0) return;
  const column = args.n == 1;
  const m = column ? 1 : args.m, n = column ? args.m : args.n;
  const byColumns = cutColumns(m, n, args.transposeA, (nth + args.batch - 1) / args.batch);
  const grain = byColumns ? 16 : 4;
  const units = ((byColumns ? n : m) + grain - 1) / grain;
  const from = shareStart(args.batch * units, 1, ith, nth), to = shareStart(args.batch * units, 1, ith + 1, nth);
  for (let unit = from; unit < to;) {
    const batch = unit / units;
    const first = unit - batch * units, last = min(to - batch * units, units);
    const i0 = byColumns ? 0 : first * grain, i1 = byColumns ? m : min(m, last * grain);
    const j0 = byColumns ? first * grain : 0, j1 = byColumns ? min(n, last * grain) : n;
    part(batch, args, args.scratch + ith * args.scratchStep, i0, i1, j0, j1);
    unit = batch * units + last;
  }
}

/** Whether `parts` threads had better share the columns than the rows of C: what the largest share takes, packing included. */
// @ts-ignore: decorator
@inline
function cutColumns(m: i32, n: i32, transposeA: i32, parts: i32): bool {
  if (m <= 3) return true;
  const rows = <i64>((m + 4 * parts - 1) / (4 * parts) * 4), columns = <i64>((n + 16 * parts - 1) / (16 * parts) * 16);
  return columns * (m + 1) + (transposeA ? 2 * m : 0) < rows * n + n;
}

/** c[batch, i0:i1, j0:j1]; when C is a column, as the row that it is in memory. */
function part(batch: i32, args: GemmArgs, scratch: usize, i0: i32, i1: i32, j0: i32, j1: i32): void {
  const m = args.m, n = args.n, k = args.k, activation = args.activation;
  const a = args.a + (<usize>(batch * args.aStep) << 2);
  const b = args.b + (<usize>(batch * args.bStep) << 2);
  const c = args.c + (<usize>(batch * args.cStep) << 2);
  if (n == 1) {
    const bias = scratch + 192;
    v128.store(bias, args.bias ? v128.load32_splat(args.bias) : i32x4.splat(0));
    multiplyRow(c, b, 4, a, !args.transposeA, m, bias, 0, scratch, j0, j1, k, activation);
  } else if (m <= 3) {
    const zeros = scratch + 192, xStep: usize = args.transposeA ? <usize>m << 2 : 4;
    v128.store(zeros, i32x4.splat(0));
    for (let i = i0; i < i1; ++i) {
      const x = a + (<usize>(args.transposeA ? i : i * k) << 2);
      multiplyRow(c + (<usize>(i * n) << 2), x, xStep, b, args.transposeB, n, args.bias ? args.bias : zeros, args.bias ? 16 : 0, scratch, j0, j1, k, activation);
    }
  } else {
    const aStride: usize = args.transposeA ? 4 : <usize>k << 2, aStep: usize = args.transposeA ? <usize>m << 2 : 4;
    if (args.transposeA && n > 16) multiply<TurnedRows>(a, aStride, aStep, c, b, args.bias, scratch, i0, i1, j0, j1, n, k, args.transposeB, activation);
    else multiply<Rows>(a, aStride, aStep, c, b, args.bias, scratch, i0, i1, j0, j1, n, k, args.transposeB, activation);
  }
}

/** y[j0:j1] = act(x · B + bias), where B is k×n, or n×k when transposed. */
function multiplyRow(y: usize, x: usize, xStep: usize, b: usize, transposed: i32, n: i32, bias: usize, biasStep: usize, scratch: usize, j0: i32, j1: i32, k: i32, activation: i32): void {
  const kBlock = blockLength(k);
  const chunk = transposed ? 256 : min(1024, (64 + 14 * min(k, GEMM_KC)) & ~3); // of sums: so many fit the scratch space
  for (let j = j0; j < j1; j += chunk) {
    const width = min(chunk, j1 - j);
    const yj = y + (<usize>j << 2);
    let p = 0;
    do {
      const kc = min(kBlock, k - p);
      const from = p ? yj : bias + biasStep * (<usize>j >> 2), fromStep: usize = p ? 16 : biasStep;
      const xp = x + xStep * p;
      if (transposed) gemvColumns(yj, from, fromStep, xp, xStep, b + (<usize>(j * k + p) << 2), <usize>k << 2, width, kc);
      else gemvRows(yj, from, fromStep, xp, xStep, b + (<usize>(p * n + j) << 2), <usize>n << 2, width, kc, scratch + 256);
      p += kc;
    } while (p < k);
    if (activation != ACT_NONE) activate(yj, 0, 1, width, activation);
  }
}

// Where a strip of A, up to MR rows by k steps from (i, p), comes from. A source either points to it where it lies, with A's strides
// in bytes from row to row and from step to step, or packs it at `to`, in rows of k elements rounded up to four.

@unmanaged
export class Rows {
  @inline packs(): bool { return false; }
  @inline rows(a: usize, aStride: usize, aStep: usize, i: i32, p: i32, k: i32, to: usize): usize { return a + aStride * i + aStep * p; }
}

/** Steps that lie far apart are brought together. */
@unmanaged
export class TurnedRows {
  @inline packs(): bool { return true; }
  @inline rows(a: usize, aStride: usize, aStep: usize, i: i32, p: i32, k: i32, to: usize): usize {
    packRows(to, a + aStride * i + aStep * p, aStep, k);
    return to;
  }
}

/** Steps of k in a block: all blocks about the same length, whatever m, n and the threads are. */
// @ts-ignore: decorator
@inline
function blockLength(k: i32): i32 {
  const blocks = max(1, (k + GEMM_KC - 1) / GEMM_KC);
  return ((k + blocks - 1) / blocks + 3) & ~3;
}

/**
 * c[i0:i1, j0:j1] = act(A · B + bias) with A's rows from `S`.
 * scratch: ┊ edge tile 6×8 ┊ zeros 1×16 ┊ rows of A 6×KC ┊ block of B KC×NC ┊
 */
export function multiply<S>(a: usize, aStride: usize, aStep: usize, c: usize, b: usize, bias: usize, scratch: usize, i0: i32, i1: i32, j0: i32, j1: i32, n: i32, k: i32, transposeB: i32, activation: i32): void {
  const kBlock = blockLength(k);
  const cStride = <usize>n << 2;
  const zeros = scratch + 192, packedA = scratch + 256, packedB = packedA + (<usize>(kBlock * 6) << 2);
  v128.store(zeros, i32x4.splat(0));
  v128.store(zeros, i32x4.splat(0), 16);
  const packB = transposeB || k * (j1 - j0) > (i1 - i0 > 16 ? 16384 : 131072);
  for (let j = j0; j < j1; j += GEMM_NC) {
    const width = min(GEMM_NC, j1 - j);
    let p = 0;
    do {
      const kc = min(kBlock, k - p);
      const last = p + kc == k;
      const start = bias ? bias + (<usize>j << 2) : zeros;
      let panels = packedB, panelStride: usize = 32, panelStep = <usize>kc << 5;
      if (transposeB) packTransposed(packedB, b + (<usize>(j * k + p) << 2), <usize>k << 2, width, kc);
      else if (packB) packColumns(packedB, b + (<usize>(p * n + j) << 2), cStride, width, kc);
      else {
        panels = b + (<usize>(p * n + j) << 2);
        panelStride = cStride;
        panelStep = 32;
      }
      const packs = changetype<S>(0).packs();
      const rowStride = packs ? <usize>((kc + 3) & ~3) << 2 : aStride, rowStep: usize = packs ? 4 : aStep;
      for (let i = i0; i < i1;) {
        const left = i1 - i;
        const tall = !(left <= 4 || left == 7 || left == 8);
        const height = min(left, tall ? 6 : 4);
        const rows = changetype<S>(0).rows(a, aStride, aStep, i, p, kc, packedA);
        const ci = c + (<usize>(i * n + j) << 2);
        strip(ci, cStride, p ? ci : start, p ? cStride : 0, p || bias ? 32 : 0, rows, rowStride, rowStep, height, tall, panels, panelStride, panelStep, width, kc, scratch);
        if (last && activation != ACT_NONE) activate(ci, cStride, height, width, activation);
        i += height;
      }
      p += kc;
    } while (p < k);
  }
}

/** A strip of C, `height` rows by `width` columns, over one block of k: c = from + A · B. */
function strip(c: usize, cStride: usize, from: usize, fromStride: usize, fromStep: usize, a: usize, aStride: usize, aStep: usize, height: i32, tall: bool, b: usize, bStride: usize, bStep: usize, width: i32, k: i32, edge: usize): void {
  if (height == (tall ? 6 : 4)) {
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

function copyTile(to: usize, toStride: usize, from: usize, fromStride: usize, height: i32, width: i32): void {
  for (; height > 0; --height) {
    storeLanes(to, v128.load(from), width);
    if (width > 4) storeLanes(to + 16, v128.load(from, 16), width - 4);
    to += toStride;
    from += fromStride;
  }
}
