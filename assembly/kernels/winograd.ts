// Convolution of images with 3×3 filters and stride 1 by F(2×2, 3×3): a tile of 2×2 outputs takes 16 products for each pair of channels,
// not 36.
// Patches, filters and gradients are transformed into 16 planes, whose products are matrices. See: Lavin, Gray, arXiv:1509.09308
import { shareStart } from '../share';
import { store2 } from '../simd';
import { In, Out, Scratch } from '../types';
import { activate, ACT_RELU } from './gemmactivate';
import { isTall, strip } from './gemmblock';

/** Channels and filters are multiples of four. */
@unmanaged
class Tiled {
  x: In;
  n: i32;
  h: i32;
  w: i32;
  c: i32;
  oh: i32;
  ow: i32;
  oc: i32;
  padTop: i32;
  padLeft: i32;
  block: i32; // tiles at a time
  scratchStep: i32; // bytes of scratch of each thread

  @inline get down(): i32 { return (this.oh + 1) >> 1; }
  @inline get across(): i32 { return (this.ow + 1) >> 1; }
}

@unmanaged
export class WinogradArgs extends Tiled {
  y: Out;
  u: In; // transformed filters
  bias: In; // [oc], or 0
  scratch: Scratch; // as below
  activation: i32;
}

@unmanaged
export class WinogradGradFilterArgs extends Tiled {
  du: Out; // [chunks, 16, c, oc], planes apart as below
  dy: In;
  scratch: Scratch;
  chunk: i32; // tiles in a chunk; it must not depend on the number of threads
}

@unmanaged
export class WinogradFilterArgs {
  u: Out; // [16, ⌈oc / 8⌉, c, 8], planes apart as below: panels of eight columns, as the tiles of products read them
  filter: In; // [3, 3, c, oc]
  scratch: Scratch; // 1,024 bytes a thread
  c: i32;
  oc: i32;
  turned: i32; // for the gradient to the input: turned round, filters and channels exchanged
}

@unmanaged
export class WinogradFilterGradArgs {
  df: Out; // [3, 3, c, oc]
  du: In; // [chunks, 16, c, oc]
  scratch: Scratch; // 1,024 bytes a thread
  n: i32; // c · oc
  chunks: i32;
}

/**
 * Bytes from plane to plane, a line more than they have: at distances of whole pages planes would fight for the same places in the cache.
 */
// @ts-ignore: decorator
@inline
function planeOf(elements: i32): usize {
  return (<usize>elements << 2) + 64;
}

// Scratch of each thread: ┊ zeros: 64 bytes ┊ edge tile of products: 192 ┊ patch 16·c or 4·oc ┊ planes of c ┊ planes of oc ┊

// All transforms take eight channels at a time, the last eight of them once more if there are not twice as many: vectors side by side,
// loads before stores.

// Filters: a line is a one-dimensional transform (G of the paper, and its transpose) of pairs of vectors that lie fromStep apart.

@unmanaged
class Filter {
  @inline size(): i32 { return 3; }
  @inline results(): i32 { return 4; }
  @inline line(to: usize, step: usize, from: usize, fromStep: usize): void {
    const a0 = v128.load(from), a1 = v128.load(from, 16);
    const b0 = v128.load(from + fromStep), b1 = v128.load(from + fromStep, 16);
    const c0 = v128.load(from + fromStep * 2), c1 = v128.load(from + fromStep * 2, 16);
    const half = f32x4.splat(0.5), part0 = f32x4.mul(b0, half), part1 = f32x4.mul(b1, half);
    const sum0 = f32x4.mul(f32x4.add(a0, c0), half), sum1 = f32x4.mul(f32x4.add(a1, c1), half);
    store2(to, a0, a1);
    store2(to + step, f32x4.add(sum0, part0), f32x4.add(sum1, part1));
    store2(to + step * 2, f32x4.sub(sum0, part0), f32x4.sub(sum1, part1));
    store2(to + step * 3, c0, c1);
  }
}

@unmanaged
class FilterGrad {
  @inline size(): i32 { return 4; }
  @inline results(): i32 { return 3; }
  @inline line(to: usize, step: usize, from: usize, fromStep: usize): void {
    const a0 = v128.load(from), a1 = v128.load(from, 16);
    const b0 = v128.load(from + fromStep), b1 = v128.load(from + fromStep, 16);
    const c0 = v128.load(from + fromStep * 2), c1 = v128.load(from + fromStep * 2, 16);
    const d0 = v128.load(from + fromStep * 3), d1 = v128.load(from + fromStep * 3, 16);
    const half = f32x4.splat(0.5), sum0 = f32x4.mul(f32x4.add(b0, c0), half), sum1 = f32x4.mul(f32x4.add(b1, c1), half);
    store2(to, f32x4.add(a0, sum0), f32x4.add(a1, sum1));
    store2(to + step, f32x4.mul(f32x4.sub(b0, c0), half), f32x4.mul(f32x4.sub(b1, c1), half));
    store2(to + step * 2, f32x4.add(sum0, d0), f32x4.add(sum1, d1));
  }
}

/**
 * The line down the columns, then along the rows, of pairs of vectors with these bytes from row to row and column to column; temporary: 16
 * pairs.
 */
// @ts-ignore: decorator
@inline
function transform<T>(to: usize, toRow: usize, toColumn: usize, from: usize, fromRow: usize, fromColumn: usize, temporary: usize): void {
  const line = changetype<T>(0);
  for (let x = 0; x < line.size(); ++x) line.line(temporary + (x << 5), 128, from + fromColumn * x, fromRow);
  for (let y = 0; y < line.results(); ++y) line.line(to + toRow * y, toColumn, temporary + (y << 7), 32);
}

/** u = G · filter · Gᵀ */
export function winogradFilter(args: WinogradFilterArgs, ith: i32, nth: i32): void {
  const c = args.c, oc = args.oc, turned = args.turned, temporary = args.scratch + ith * 1024, vectors = temporary + 512;
  const cell = <usize>(c * oc) << 2, row = cell * 3;
  const depth = turned ? oc : c, plane = planeOf(((turned ? c : oc) + 7 & ~7) * depth);
  for (let i = shareStart(c, 1, ith, nth), end = shareStart(c, 1, ith + 1, nth); i < end; ++i) {
    for (let f = 0; f < oc; f += 8) {
      f = min(f, oc - 8);
      const from = args.filter + (<usize>(i * oc + f) << 2);
      if (turned) {
        transform<Filter>(vectors, 128, 32, from + cell * 8, -row, -cell, temporary);
        const to = args.u + (<usize>((i & ~7) * depth + f * 8 + (i & 7)) << 2);
        for (let k: usize = 0; k < 16; ++k) {
          scatterLanes(to + plane * k, v128.load(vectors + (k << 5)));
          scatterLanes(to + plane * k + 128, v128.load(vectors + (k << 5), 16));
        }
      } else if (f & 4) { // the two vectors are in different panels
        transform<Filter>(vectors, 128, 32, from, row, cell, temporary);
        const to = args.u + (<usize>((f & ~7) * depth + i * 8 + 4) << 2), next = args.u + (<usize>((f + 4) * depth + i * 8) << 2);
        for (let k: usize = 0; k < 16; ++k) {
          v128.store(to + plane * k, v128.load(vectors + (k << 5)));
          v128.store(next + plane * k, v128.load(vectors + (k << 5), 16));
        }
      } else transform<Filter>(args.u + (<usize>(f * depth + i * 8) << 2), plane * 4, plane, from, row, cell, temporary);
    }
  }
}

/** The lanes of x, 32 bytes apart. */
// @ts-ignore: decorator
@inline
function scatterLanes(to: usize, x: v128): void {
  v128.store32_lane(to, x, 0);
  v128.store32_lane(to, x, 1, 32);
  v128.store32_lane(to, x, 2, 64);
  v128.store32_lane(to, x, 3, 96);
}

/** y = act(conv2d(x, filter) + bias) */
export function winograd(args: WinogradArgs, ith: i32, nth: i32): void {
  const c = args.c, oc = args.oc, tiles = args.n * args.down * args.across, block = args.block;
  const scratch = args.scratch + ith * args.scratchStep, patch = scratch + 256, v = patch + (<usize>c << 6);
  const vPlane = planeOf(block * c), m = v + vPlane * 16, mPlane = planeOf(block * oc), uPlane = planeOf((oc + 7 & ~7) * c);
  memory.fill(scratch, 0, 64);
  const to = shareStart(tiles, 6, ith + 1, nth);
  for (let tile = shareStart(tiles, 6, ith, nth); tile < to; tile += block) {
    const count = min(block, to - tile);
    for (let t = 0; t < count; ++t) transformPatch(args, tile + t, v + (<usize>(t * c) << 2), vPlane, patch);
    for (let plane = 0; plane < 16; ++plane) {
      product(m + mPlane * plane, oc, scratch, 0, 0, v + vPlane * plane, <usize>c << 2, 4, count, args.u + uPlane * plane, 32,
          <usize>c << 5, c, scratch + 64);
    }
    for (let t = 0; t < count; ++t) writeTile(args, tile + t, m + (<usize>(t * oc) << 2), mPlane, scratch);
  }
}

/** Bytes of B that stay in the first-level cache, or close to it, while all rows of A go by. */
const NEAR: i32 = 65536;

/** c[i, 0:n] = from[i, 0:n] + A · B, i < rows */
function product(c: usize, n: i32, from: usize, fromStride: usize, fromStep: usize, a: usize, aStride: usize, aStep: usize, rows: i32,
    b: usize, bStride: usize, bStep: usize, k: i32, edge: usize): void {
  const cStride = <usize>n << 2, panels = max(1, NEAR / (k << 5));
  for (let j = 0; j < n; j += panels * 8) {
    const width = min(n - j, panels * 8);
    for (let i = 0; i < rows;) {
      const left = rows - i, tall = isTall(left), height = min(left, tall ? 6 : 4);
      strip(c + cStride * i, cStride, from + fromStride * i, fromStride, fromStep, a + aStride * i, aStride, aStep, height, tall, b,
          bStride, bStep, width, k, edge);
      i += height;
    }
    c += <usize>width << 2;
    b += bStep * panels;
    from += fromStep * panels;
  }
}

/** Planes of one patch of 4×4 cells: v[plane, 0:c] = Bᵀ · patch · B */
function transformPatch(args: Tiled, tile: i32, v: usize, vPlane: usize, patch: usize): void {
  const across = args.across, row = tile / across, image = row / args.down, pixel = <usize>args.c << 2;
  const top = (row - image * args.down) * 2 - args.padTop, left = (tile - row * across) * 2 - args.padLeft;
  let from = args.x + pixel * ((image * args.h + top) * args.w + left), fromRow = pixel * args.w;
  if ((top | left) < 0 || top + 4 > args.h || left + 4 > args.w) {
    from = clipped(patch, args.x + pixel * args.h * args.w * image, pixel, args.h, args.w, top, left, 4);
    fromRow = pixel * 4;
  }
  for (let j: usize = 0; j < pixel; j += 32) {
    j = min(j, pixel - 32);
    const d0 = from + j, d1 = d0 + fromRow, d2 = d1 + fromRow, d3 = d2 + fromRow;
    let to = v + j;
    patchRow(to, vPlane, d0, d2, pixel, false);
    patchRow(to += vPlane << 2, vPlane, d1, d2, pixel, true);
    patchRow(to += vPlane << 2, vPlane, d2, d1, pixel, false);
    patchRow(to += vPlane << 2, vPlane, d1, d3, pixel, false);
  }
}

/** A row of Bᵀ · patch, which is p + q or p − q, times B. */
// @ts-ignore: decorator
@inline
function patchRow(to: usize, step: usize, p: usize, q: usize, pixel: usize, plus: bool): void {
  const p2 = p + (pixel << 1), q2 = q + (pixel << 1);
  const a0 = either(v128.load(p), v128.load(q), plus), a1 = either(v128.load(p, 16), v128.load(q, 16), plus);
  const b0 = either(v128.load(p + pixel), v128.load(q + pixel), plus);
  const b1 = either(v128.load(p + pixel, 16), v128.load(q + pixel, 16), plus);
  const c0 = either(v128.load(p2), v128.load(q2), plus), c1 = either(v128.load(p2, 16), v128.load(q2, 16), plus);
  const d0 = either(v128.load(p2 + pixel), v128.load(q2 + pixel), plus);
  const d1 = either(v128.load(p2 + pixel, 16), v128.load(q2 + pixel, 16), plus);
  store2(to, f32x4.sub(a0, c0), f32x4.sub(a1, c1));
  store2(to + step, f32x4.add(b0, c0), f32x4.add(b1, c1));
  store2(to + step * 2, f32x4.sub(c0, b0), f32x4.sub(c1, b1));
  store2(to + step * 3, f32x4.sub(b0, d0), f32x4.sub(b1, d1));
}

// @ts-ignore: decorator
@inline
function either(x: v128, y: v128, plus: bool): v128 { return plus ? f32x4.add(x, y) : f32x4.sub(x, y); }

/** A copy of size×size cells of an image at x, zeros where they are outside of it. */
function clipped(to: usize, x: usize, pixel: usize, h: i32, w: i32, top: i32, left: i32, size: i32): usize {
  for (let y = 0, at = to; y < size; ++y) {
    for (let i = 0; i < size; ++i, at += pixel) {
      if (<u32>(top + y) < <u32>h && <u32>(left + i) < <u32>w) memory.copy(at, x + pixel * ((top + y) * w + left + i), pixel);
      else memory.fill(at, 0, pixel);
    }
  }
  return to;
}

/** The 2×2 outputs of a tile: act(Aᵀ · m · A + bias) */
function writeTile(args: WinogradArgs, tile: i32, m: usize, mPlane: usize, zeros: usize): void {
  const across = args.across, row = tile / across, image = row / args.down, oc = args.oc, pixel = <usize>oc << 2;
  const oy = (row - image * args.down) * 2, ox = (tile - row * across) * 2, lower = oy + 1 < args.oh, right = ox + 1 < args.ow;
  const y = args.y + pixel * ((image * args.oh + oy) * args.ow + ox), next = pixel * args.ow;
  const floor = f32x4.splat(args.activation == ACT_RELU ? 0 : -Infinity);
  for (let j: usize = 0; j < pixel; j += 32) {
    j = min(j, pixel - 32);
    const bias = args.bias ? args.bias + j : zeros, planes = m + j;
    tileRow(y + j, pixel, right, planes, mPlane, bias, floor, false);
    if (lower) tileRow(y + j + next, pixel, right, planes + (mPlane << 2), mPlane, bias, floor, true);
  }
  if (args.activation > ACT_RELU) activate(y, next, lower ? 2 : 1, right ? oc * 2 : oc, args.activation);
}

/** A row of Aᵀ · m, which is a + b + c or a − b − c of three rows from m on, times A. */
// @ts-ignore: decorator
@inline
function tileRow(y: usize, pixel: usize, right: bool, m: usize, step: usize, bias: usize, floor: v128, minus: bool): void {
  const m2 = m + (step << 1), down = step << 2;
  const a0 = three(m, down, minus), a1 = three(m + 16, down, minus), b0 = three(m + step, down, minus);
  const b1 = three(m + step + 16, down, minus);
  const c0 = three(m2, down, minus), c1 = three(m2 + 16, down, minus), d0 = three(m2 + step, down, minus);
  const d1 = three(m2 + step + 16, down, minus);
  const bias0 = v128.load(bias), bias1 = v128.load(bias, 16);
  store2(y, f32x4.pmax(f32x4.add(f32x4.add(f32x4.add(a0, b0), c0), bias0), floor),
      f32x4.pmax(f32x4.add(f32x4.add(f32x4.add(a1, b1), c1), bias1), floor));
  if (right) store2(y + pixel, f32x4.pmax(f32x4.add(f32x4.sub(f32x4.sub(b0, c0), d0), bias0), floor),
      f32x4.pmax(f32x4.add(f32x4.sub(f32x4.sub(b1, c1), d1), bias1), floor));
}

// @ts-ignore: decorator
@inline
function three(from: usize, step: usize, minus: bool): v128 {
  const a = v128.load(from), b = v128.load(from + step), c = v128.load(from + (step << 1));
  return minus ? f32x4.sub(f32x4.sub(a, b), c) : f32x4.add(f32x4.add(a, b), c);
}

/**
 * du = Σ over tiles of (Bᵀ · patch · B) ⊗ (A · dy · Aᵀ): chunks of tiles by themselves, shared out; the planes, if there is only one chunk.
 */
export function winogradGradFilter(args: WinogradGradFilterArgs, ith: i32, nth: i32): void {
  const c = args.c, oc = args.oc, tiles = args.n * args.down * args.across, block = args.block, chunk = args.chunk;
  const chunks = (tiles + chunk - 1) / chunk;
  const scratch = args.scratch + ith * args.scratchStep, patch = scratch + 256, v = patch + (<usize>max(c, oc) << 6);
  const vPlane = planeOf(block * c), z = v + vPlane * 16, zPlane = planeOf(block * oc), uPlane = planeOf(c * oc);
  const alone = chunks == 1, from = alone ? 0 : shareStart(chunks, 1, ith, nth), to = alone ? 1 : shareStart(chunks, 1, ith + 1, nth);
  const plane0 = alone ? shareStart(16, 1, ith, nth) : 0, plane1 = alone ? shareStart(16, 1, ith + 1, nth) : 16;
  memory.fill(scratch, 0, 64);
  for (let i = from; i < to; ++i) {
    const du = args.du + uPlane * 16 * i, first = i * chunk, last = min(tiles, first + chunk);
    for (let tile = first; tile < last; tile += block) {
      const count = min(block, last - tile), more = tile > first;
      for (let t = 0; t < count; ++t) {
        transformPatch(args, tile + t, v + (<usize>(t * c) << 2), vPlane, patch);
        transformGrad(args, tile + t, z + (<usize>(t * oc) << 2), zPlane, patch);
      }
      for (let plane = plane0; plane < plane1; ++plane) {
        const sums = du + uPlane * plane;
        product(sums, oc, more ? sums : scratch, more ? <usize>oc << 2 : 0, more ? 32 : 0, v + vPlane * plane, 4, <usize>c << 2, c,
            z + zPlane * plane, <usize>oc << 2, 32, count, scratch + 64);
      }
    }
  }
}

/** Planes of the gradients to the 2×2 outputs of a tile: z[plane, 0:oc] = A · dy · Aᵀ */
function transformGrad(args: WinogradGradFilterArgs, tile: i32, z: usize, zPlane: usize, patch: usize): void {
  const across = args.across, row = tile / across, image = row / args.down, pixel = <usize>args.oc << 2;
  const oy = (row - image * args.down) * 2, ox = (tile - row * across) * 2;
  let from = args.dy + pixel * ((image * args.oh + oy) * args.ow + ox), fromRow = pixel * args.ow;
  if (oy + 2 > args.oh || ox + 2 > args.ow) {
    from = clipped(patch, args.dy + pixel * args.oh * args.ow * image, pixel, args.oh, args.ow, oy, ox, 2);
    fromRow = pixel * 2;
  }
  for (let j: usize = 0; j < pixel; j += 32) {
    j = min(j, pixel - 32);
    const p = from + j, q = p + fromRow;
    const a0 = v128.load(p), a1 = v128.load(p, 16), b0 = v128.load(p + pixel), b1 = v128.load(p + pixel, 16);
    const c0 = v128.load(q), c1 = v128.load(q, 16), d0 = v128.load(q + pixel), d1 = v128.load(q + pixel, 16);
    let to = z + j;
    gradRow(to, zPlane, a0, a1, b0, b1);
    gradRow(to += zPlane << 2, zPlane, f32x4.add(a0, c0), f32x4.add(a1, c1), f32x4.add(b0, d0), f32x4.add(b1, d1));
    gradRow(to += zPlane << 2, zPlane, f32x4.sub(a0, c0), f32x4.sub(a1, c1), f32x4.sub(b0, d0), f32x4.sub(b1, d1));
    gradRow(to += zPlane << 2, zPlane, f32x4.neg(c0), f32x4.neg(c1), f32x4.neg(d0), f32x4.neg(d1));
  }
}

/** A row of A · dy, times Aᵀ. */
// @ts-ignore: decorator
@inline
function gradRow(to: usize, step: usize, a0: v128, a1: v128, b0: v128, b1: v128): void {
  store2(to, a0, a1);
  store2(to + step, f32x4.add(a0, b0), f32x4.add(a1, b1));
  store2(to + step * 2, f32x4.sub(a0, b0), f32x4.sub(a1, b1));
  store2(to + step * 3, f32x4.neg(b0), f32x4.neg(b1));
}

/** df = Gᵀ · Σ du · G, summed over the chunks */
export function winogradFilterGrad(args: WinogradFilterGradArgs, ith: i32, nth: i32): void {
  const plane = planeOf(args.n), cell = <usize>args.n << 2, temporary = args.scratch + ith * 1024, vectors = temporary + 512;
  for (let i = shareStart(args.n, 16, ith, nth), end = shareStart(args.n, 16, ith + 1, nth); i < end; i += 8) {
    for (let k: usize = 0; k < 16; ++k) {
      let du = args.du + plane * k + (<usize>i << 2), sum0 = v128.load(du), sum1 = v128.load(du, 16);
      for (let chunk = 1; chunk < args.chunks; ++chunk) {
        du += plane * 16;
        sum0 = f32x4.add(sum0, v128.load(du));
        sum1 = f32x4.add(sum1, v128.load(du, 16));
      }
      store2(vectors + (k << 5), sum0, sum1);
    }
    transform<FilterGrad>(args.df + (<usize>i << 2), cell * 3, cell, vectors, 128, 32, temporary);
  }
}
