// Patches of images as rows, and as columns, of a matrix: copied strip by strip as the product reads them.
import { addRow } from '../rows';
import { store2 } from '../simd';
import { ceilDiv, clampTo, Window } from './convwindow';
import { packRows } from './gemmpack';

@unmanaged
export class Patched extends Window {
  groups: i32;
  oc: i32; // output channels
  scratchStep: i32; // bytes of scratch of each thread

  /** Channels of a group. */
  @inline get depth(): i32 { return this.c / this.groups; }
  @inline get cells(): i32 { return this.kd * this.kh * this.kw; }
  @inline get pixels(): i32 { return this.od * this.oh * this.ow; }
  /** Whether a row of a patch is one piece of memory. */
  @inline get joined(): bool { return this.dilationW == 1 && this.groups == 1; }
}

/** Bytes from one packed row of k elements to the next. Packing may write three elements behind a row: the next one overwrites them. */
// @ts-ignore: decorator
@inline
export function packedStride(k: i32): usize {
  return <usize>((k + 3) & ~3) << 2;
}

// ── rows: to[r, 0:k] = elements p to p + k of patch i + r, r < 6 ──

export function packPatches(args: Patched, group: i32, i: i32, p: i32, k: i32, to: usize): void {
  if (k == 0) return;
  const depth = args.depth, ow = args.ow, pixels = args.pixels, joined = args.joined;
  const run = joined ? args.kw * depth : depth, runs = joined ? 1 : args.kw;
  const first = p / run, row = first / runs, kz = row / args.kh, ky = row - kz * args.kh;
  const image = i / pixels, rest = i - image * pixels, outRow = rest / ow;
  let oz = outRow / args.oh, oy = outRow - oz * args.oh, ox = rest - outRow * ow;
  const down = <usize>(args.w * args.c) << 2, size = down * args.rows;
  let x = args.x + size * image + (<usize>(group * depth) << 2);
  for (let rows = min(6, args.n * pixels - i); rows > 0; --rows) {
    const front = oz * args.strideD - args.padFront, top = oy * args.strideH - args.padTop, left = ox * args.strideW - args.padLeft;
    const inside = joined && args.kd == 1 && (front | top | left) >= 0 && front < args.d && top + (args.kh - 1) * args.dilationH < args.h
        && left + args.kw <= args.w;
    if (inside) packInside(to, x + down * (front * args.h + top + ky * args.dilationH) + (<usize>(left * args.c) << 2),
        down * args.dilationH, p - first * run, k, run);
    else packPatch(args, to, x, front, top, left, kz, ky, first - row * runs, p - first * run, k, run, runs);
    to += packedStride(k);
    if (++ox == ow) {
      ox = 0;
      if (++oy == args.oh) {
        oy = 0;
        if (++oz == args.od) {
          oz = 0;
          x += size;
        }
      }
    }
  }
}

/**
 * k elements from element `from` of the row of cells at x on; rows of `run` elements are `step` bytes apart, and none is outside of the
 * image.
 */
function packInside(to: usize, x: usize, step: usize, from: i32, k: i32, run: i32): void {
  for (; from + k > run; x += step) {
    const n = run - from;
    to = copyRun(to, x + (<usize>from << 2), n); // the next row overwrites what is too much
    k -= n;
    from = 0;
  }
  copyRun(to, x + (<usize>from << 2), k);
}

/** k elements of the patch with its first cell at (front, top, left) of the image at x, from element `from` of the run (kz, ky, kx) on. */
function packPatch(args: Patched, to: usize, x: usize, front: i32, top: i32, left: i32, kz: i32, ky: i32, kx: i32, from: i32, k: i32,
    run: i32, runs: i32): void {
  const c = args.c, w = args.w;
  while (k > 0) {
    const end = min(run, from + k);
    const plane = front + kz * args.dilationD, row = top + ky * args.dilationH, column = left + kx * args.dilationW;
    let low = from, high = from; // the part inside of the image
    if (<u32>plane < <u32>args.d && <u32>row < <u32>args.h) {
      if (runs == 1) {
        low = clampTo(clampTo(-column, 0, args.kw) * c, from, end);
        high = clampTo(clampTo(w - column, 0, args.kw) * c, low, end);
      } else if (<u32>column < <u32>w) high = end;
    }
    if (low > from) to = clearRun(to, low - from);
    if (high > low) to = copyRun(to, x + (<usize>(((plane * args.h + row) * w + column) * c + low) << 2), high - low);
    if (end > high) to = clearRun(to, end - high);
    k -= end - from;
    from = 0;
    if (++kx == runs) {
      kx = 0;
      if (++ky == args.kh) {
        ky = 0;
        ++kz;
      }
    }
  }
}

/** n zeros, and up to three more; returns the place behind them. */
export function clearRun(to: usize, n: i32): usize {
  const zero = i32x4.splat(0), end = to + (<usize>n << 2);
  for (; to + 16 < end; to += 32) store2(to, zero, zero);
  if (to < end) v128.store(to, zero);
  return end;
}

/** A copy of n elements, and up to three more; returns the place behind it. */
export function copyRun(to: usize, from: usize, n: i32): usize {
  const end = to + (<usize>n << 2);
  for (; n > 4; n -= 8) {
    store2(to, v128.load(from), v128.load(from, 16));
    to += 32;
    from += 32;
  }
  if (n > 0) v128.store(to, v128.load(from));
  return end;
}

// ── columns: to[r, 0:k] = element i + r of the patches p to p + k, r < 6 ──

/** With few channels row by row; else gathered patch by patch, 12 elements each, and turned from there. */
export function packColumnsOfPatches(args: Patched, group: i32, i: i32, p: i32, k: i32, to: usize, gathered: usize): void {
  if (k == 0) return;
  const depth = args.depth, few = depth < 4;
  let slot = gathered;
  for (let left = min(6, args.cells * depth - i); left > 0;) {
    const cell = i / depth, channel = i - cell * depth, count = few ? 1 : min(left, depth - channel);
    const row = cell / args.kw, kz = row / args.kh;
    const x = args.x + (<usize>(group * depth + channel) << 2);
    gatherCell(args, few ? to : slot, x, kz, row - kz * args.kh, cell - row * args.kw, p, k, few ? 1 : count > 4 ? 8 : 4);
    slot += <usize>count << 2;
    to += packedStride(k) & -<usize>few;
    i += count;
    left -= count;
  }
  if (!few) packRows(to, gathered, 48, packedStride(k), k);
}

/** Channels of cell (kz, ky, kx) of the patches p to p + k: four or eight, 48 bytes apart, or one after the other if it is `lanes` = 1. */
function gatherCell(args: Patched, to: usize, x: usize, kz: i32, ky: i32, kx: i32, p: i32, k: i32, lanes: i32): void {
  const ow = args.ow, oh = args.oh, down = <usize>(args.w * args.c) << 2, toStep: usize = lanes == 1 ? 4 : 48;
  const shift = kx * args.dilationW - args.padLeft;
  const begin = ceilDiv(-shift, args.strideW), end = ceilDiv(args.w - shift, args.strideW); // output columns whose cell is in the image
  const step = <usize>(args.strideW * args.c) << 2;
  const outRow = p / ow, plane = outRow / oh;
  let ox = p - outRow * ow, oy = outRow - plane * oh, image = plane / args.od, oz = plane - image * args.od;
  while (k > 0) {
    const run = min(k, ow - ox), deep = oz * args.strideD - args.padFront + kz * args.dilationD;
    const row = oy * args.strideH - args.padTop + ky * args.dilationH;
    let first = run, last = run;
    if (<u32>deep < <u32>args.d && <u32>row < <u32>args.h) {
      first = clampTo(begin - ox, 0, run);
      last = clampTo(end - ox, first, run);
    }
    const from = x + down * ((image * args.d + deep) * args.h + row) + (<usize>(((ox + first) * args.strideW + shift) * args.c) << 2);
    to = spread(to, toStep, first, lanes);
    to = gather(to, toStep, from, step, last - first, lanes);
    to = spread(to, toStep, run - last, lanes);
    k -= run;
    ox = 0;
    if (++oy == oh) {
      oy = 0;
      if (++oz == args.od) {
        oz = 0;
        ++image;
      }
    }
  }
}

/** n times zeros. */
function spread(to: usize, toStep: usize, n: i32, lanes: i32): usize {
  const zero = i32x4.splat(0);
  if (lanes == 1) return clearRun(to, n);
  for (; n > 0; --n) {
    v128.store(to, zero);
    if (lanes == 8) v128.store(to, zero, 16);
    to += toStep;
  }
  return to;
}

/** n elements or vectors, `step` bytes apart. */
function gather(to: usize, toStep: usize, from: usize, step: usize, n: i32, lanes: i32): usize {
  if (lanes == 1) {
    if (step == 4) return copyRun(to, from, n);
    for (; n > 0; --n) {
      store<f32>(to, load<f32>(from));
      to += 4;
      from += step;
    }
  } else if (lanes == 4) {
    for (; n > 0; --n) {
      v128.store(to, v128.load(from));
      to += toStep;
      from += step;
    }
  } else {
    for (; n > 0; --n) {
      store2(to, v128.load(from), v128.load(from, 16));
      to += toStep;
      from += step;
    }
  }
  return to;
}

// ── and back ──

/**
 * Adds columns j to j + width of the patch with its first cell at (front, top, left) to the image at x, where they fall into rows from
 * `low` to `high`.
 */
export function addPatch(args: Patched, x: usize, from: usize, front: i32, top: i32, left: i32, j: i32, width: i32, low: i32,
    high: i32): void {
  const c = args.c, w = args.w, depth = args.depth, joined = args.joined;
  const run = joined ? args.kw * depth : depth, runs = joined ? 1 : args.kw;
  const first = j / run, firstRow = first / runs;
  let kz = firstRow / args.kh, ky = firstRow - kz * args.kh, kx = first - firstRow * runs;
  for (let start = j - first * run; width > 0; start = 0) {
    const end = min(run, start + width);
    const plane = front + kz * args.dilationD, row = top + ky * args.dilationH, column = left + kx * args.dilationW;
    const line = plane * args.h + row;
    if (<u32>plane < <u32>args.d && <u32>row < <u32>args.h && line >= low && line < high) {
      let begin = start, last = end;
      if (runs == 1) {
        begin = clampTo(clampTo(-column, 0, args.kw) * c, start, end);
        last = clampTo(clampTo(w - column, 0, args.kw) * c, begin, end);
      } else if (<u32>column >= <u32>w) last = begin;
      addRow(x + (<usize>((line * w + column) * c + begin) << 2), from + (<usize>(begin - start) << 2), last - begin);
    }
    from += <usize>(end - start) << 2;
    width -= end - start;
    if (++kx == runs) {
      kx = 0;
      if (++ky == args.kh) {
        ky = 0;
        ++kz;
      }
    }
  }
}
