// Convolutions of images (NHWC, filters HWIO) as matrix products. The rows of A are patches of the image, copied together strip by
// strip as the product reads them; there is no buffer of all patches.
import { shareStart } from '../share';
import { storeLanes } from '../simd';
import { In, Out, Scratch } from '../types';
import { ceilDiv, clampTo, Window } from './convwindow';
import { multiply, Product } from './gemmblock';
import { packRows } from './gemmpack';

/** Bytes per thread before the scratch of the product that conv2dGradFilter uses: GEMM_KC steps of 12 elements. */
export const CONV_GATHER: i32 = 384 * 48;

@unmanaged
class Patched extends Window {
  groups: i32;
  oc: i32; // output channels
  scratchStep: i32; // bytes of scratch of each thread
}

@unmanaged
export class Conv2dArgs extends Patched {
  y: Out;
  filter: In; // [kh, kw, c / groups, oc]
  bias: In; // [oc], or 0
  scratch: Scratch;
  activation: i32;
}

@unmanaged
export class Conv2dGradFilterArgs extends Patched {
  df: Out;
  dy: In;
  scratch: Scratch;
}

/** y[n·oh·ow, oc] = act(patches[n·oh·ow, kh·kw·c] · filter[kh·kw·c, oc] + bias[oc]), each group with its own channels */
export function conv2d(args: Conv2dArgs, ith: i32, nth: i32): void {
  const product = changetype<Product>(args.scratch + ith * args.scratchStep);
  product.k = args.kh * args.kw * (args.c / args.groups);
  product.activation = args.activation;
  multiplyGroups<Patches>(product, args, args.y, args.filter, args.bias, args.n * args.oh * args.ow, ith, nth);
}

/** df[kh·kw·c, oc] = patchesᵀ · dy[n·oh·ow, oc] */
export function conv2dGradFilter(args: Conv2dGradFilterArgs, ith: i32, nth: i32): void {
  const product = changetype<Product>(args.scratch + ith * args.scratchStep + CONV_GATHER);
  product.k = args.n * args.oh * args.ow;
  product.activation = 0;
  multiplyGroups<PatchColumns>(product, args, args.df, args.dy, 0, args.kh * args.kw * (args.c / args.groups), ith, nth);
}

/** This thread's part of c[m, oc] = A · b[k, oc]. */
function multiplyGroups<S>(product: Product, args: Patched, c: usize, b: usize, bias: usize, m: i32, ith: i32, nth: i32): void {
  const n = args.oc, columns = n / args.groups;
  const byColumns = nth > 1 && <i64>((n + 16 * nth - 1) / (16 * nth) * 16) * m + 12 * m < <i64>((m + 6 * nth - 1) / (6 * nth) * 6) * n + n;
  const i0 = byColumns ? 0 : shareStart(m, 6, ith, nth), i1 = byColumns ? m : shareStart(m, 6, ith + 1, nth);
  const j0 = byColumns ? shareStart(n, 16, ith, nth) : 0, j1 = byColumns ? shareStart(n, 16, ith + 1, nth) : n;
  if (i0 >= i1) return;
  product.a = changetype<usize>(args);
  product.n = n;
  product.transposeB = 0;
  for (let group = 0; group < args.groups; ++group) {
    const from = max(j0, group * columns), to = min(j1, (group + 1) * columns), start = <usize>from << 2;
    if (from >= to) continue;
    product.aStride = group;
    product.c = c + start;
    product.b = b + start;
    product.startAt(bias ? bias + start : 0, false);
    multiply<S>(product, i0, i1, 0, to - from);
  }
}

// Sources of A: product.a points to the arguments, product.aStride is the group.

/** Rows are output positions, steps of k are the cells and channels of their patches. */
@unmanaged
class Patches {
  @inline strip(x: Product, i: i32, p: i32, k: i32, to: usize): usize {
    packPatches(changetype<Patched>(x.a), <i32>x.aStride, i, p, k, to);
    return to;
  }
  @inline rowStride(x: Product, k: i32): usize { return <usize>((k + 3) & ~3) << 2; }
  @inline rowStep(x: Product): usize { return 4; }
}

/** Rows are cells and channels, steps of k are output positions. */
@unmanaged
class PatchColumns {
  @inline strip(x: Product, i: i32, p: i32, k: i32, to: usize): usize {
    packColumnsOfPatches(changetype<Patched>(x.a), <i32>x.aStride, i, p, k, to, changetype<usize>(x) - CONV_GATHER);
    return to;
  }
  @inline rowStride(x: Product, k: i32): usize { return <usize>((k + 3) & ~3) << 2; }
  @inline rowStep(x: Product): usize { return 4; }
}

/** to[r, 0:k] = elements p to p + k of patch i + r, r < 6. */
function packPatches(args: Patched, group: i32, i: i32, p: i32, k: i32, to: usize): void {
  if (k == 0) return;
  const depth = args.c / args.groups, ow = args.ow, pixels = args.oh * ow;
  const joined = args.dilationW == 1 && args.groups == 1; // a row of the patch is one piece of memory
  const run = joined ? args.kw * depth : depth, runs = joined ? 1 : args.kw;
  const first = p / run, ky = first / runs;
  const image = i / pixels, rest = i - image * pixels;
  let oy = rest / ow, ox = rest - oy * ow;
  const size = <usize>(args.h * args.w * args.c) << 2;
  let x = args.x + size * image + (<usize>(group * depth) << 2);
  for (let rows = min(6, args.n * pixels - i); rows > 0; --rows) {
    const top = oy * args.strideH - args.padTop, left = ox * args.strideW - args.padLeft;
    const inside = joined && (top | left) >= 0 && top + (args.kh - 1) * args.dilationH < args.h && left + args.kw <= args.w;
    if (inside) packInside(to, x + (<usize>(((top + ky * args.dilationH) * args.w + left) * args.c) << 2), <usize>(args.dilationH * args.w * args.c) << 2, p - first * run, k, run);
    else packPatch(args, to, x, top, left, ky, first - ky * runs, p - first * run, k, run, runs);
    to += <usize>((k + 3) & ~3) << 2;
    if (++ox == ow) {
      ox = 0;
      if (++oy == args.oh) {
        oy = 0;
        x += size;
      }
    }
  }
}

/** k elements from element `from` of the row of cells at x on; rows of `run` elements are `step` bytes apart, and none is outside of the image. */
function packInside(to: usize, x: usize, step: usize, from: i32, k: i32, run: i32): void {
  for (; from + k > run; x += step) {
    const n = run - from, source = x + (<usize>from << 2);
    for (let at: usize = 0; at < <usize>n << 2; at += 16) v128.store(to + at, v128.load(source + at)); // the next row overwrites what is too much
    to += <usize>n << 2;
    k -= n;
    from = 0;
  }
  copyRun(to, x + (<usize>from << 2), k);
}

/** k elements of the patch with its first cell at (top, left) of the image at x, from element `from` of the run (ky, kx) on. */
function packPatch(args: Patched, to: usize, x: usize, top: i32, left: i32, ky: i32, kx: i32, from: i32, k: i32, run: i32, runs: i32): void {
  const c = args.c, w = args.w;
  while (k > 0) {
    const end = min(run, from + k);
    const row = top + ky * args.dilationH, column = left + kx * args.dilationW;
    let low = from, high = from; // the part inside of the image
    if (<u32>row < <u32>args.h) {
      if (runs == 1) {
        low = clampTo(-column * c, from, end);
        high = clampTo((w - column) * c, low, end);
      } else if (<u32>column < <u32>w) high = end;
    }
    if (low > from) to = clearRun(to, low - from);
    if (high > low) to = copyRun(to, x + (<usize>((row * w + column) * c + low) << 2), high - low);
    if (end > high) to = clearRun(to, end - high);
    k -= end - from;
    from = 0;
    if (++kx == runs) {
      kx = 0;
      ++ky;
    }
  }
}

function clearRun(to: usize, n: i32): usize {
  const end = to + (<usize>n << 2);
  for (; n > 0; n -= 4) {
    storeLanes(to, i32x4.splat(0), n);
    to += 16;
  }
  return end;
}

function copyRun(to: usize, from: usize, n: i32): usize {
  const end = to + (<usize>n << 2);
  for (; n >= 8; n -= 8) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    to += 32;
    from += 32;
  }
  for (; n > 0; n -= 4) {
    storeLanes(to, v128.load(from), n);
    to += 16;
    from += 16;
  }
  return end;
}

/**
 * to[r, 0:k] = element i + r of the patches p to p + k, r < 6.
 * They are gathered patch by patch, 12 elements each, and turned from there.
 */
function packColumnsOfPatches(args: Patched, group: i32, i: i32, p: i32, k: i32, to: usize, gathered: usize): void {
  if (k == 0) return;
  const depth = args.c / args.groups;
  let slot = gathered;
  for (let left = min(6, args.kh * args.kw * depth - i); left > 0;) {
    const cell = i / depth, channel = i - cell * depth, count = min(left, depth - channel);
    const ky = cell / args.kw;
    gatherCell(args, slot, args.x + (<usize>(group * depth + channel) << 2), ky, cell - ky * args.kw, p, k, count > 4);
    slot += <usize>count << 2;
    i += count;
    left -= count;
  }
  packRows(to, gathered, 48, k);
}

/** Four or eight channels of cell (ky, kx) of the patches p to p + k, 48 bytes apart. */
function gatherCell(args: Patched, to: usize, x: usize, ky: i32, kx: i32, p: i32, k: i32, wide: bool): void {
  const ow = args.ow, oh = args.oh, zero = i32x4.splat(0);
  const shift = kx * args.dilationW - args.padLeft;
  const begin = ceilDiv(-shift, args.strideW), end = ceilDiv(args.w - shift, args.strideW); // output columns whose cell is in the image
  const step = <usize>(args.strideW * args.c) << 2;
  let oy = p / ow, ox = p - oy * ow;
  let image = oy / oh;
  oy -= image * oh;
  while (k > 0) {
    const run = min(k, ow - ox), row = oy * args.strideH - args.padTop + ky * args.dilationH;
    let first = run, last = run;
    if (<u32>row < <u32>args.h) {
      first = clampTo(begin - ox, 0, run);
      last = clampTo(end - ox, first, run);
    }
    let from = x + (<usize>(((image * args.h + row) * args.w + (ox + first) * args.strideW + shift) * args.c) << 2);
    for (let j = 0; j < run; ++j) {
      if (j >= first && j < last) {
        v128.store(to, v128.load(from));
        if (wide) v128.store(to, v128.load(from, 16), 16);
        from += step;
      } else {
        v128.store(to, zero);
        if (wide) v128.store(to, zero, 16);
      }
      to += 48;
    }
    k -= run;
    ox = 0;
    if (++oy == oh) {
      oy = 0;
      ++image;
    }
  }
}
