// Pooling over windows of images, channels last. Cells outside of the image do not count. Vectors are neighbouring channels.
import { cut, put, second, storeNext } from '../rows';
import { store2 } from '../simd';
import { In, Out } from '../types';
import { endCell, firstCell, Window } from './convwindow';

@unmanaged
export class PoolArgs extends Window {
  y: Out;
}

/** x: the pooled images (max), or 0 (average). Where windows do not overlap, dx may be x. */
@unmanaged
export class PoolGradArgs extends Window {
  dx: Out;
  dy: In;
  rectify: i32; // maxPoolGrad: windows without a positive maximum give nothing, as the gradient of a rectifier before the pool
}

@unmanaged
class Max {
  @inline average(): bool { return false; }
  @inline empty(): v128 { return i32x4.splat(0xff800000); }
  /** As in reduce.ts: NaN if either is. */
  @inline vec(a: v128, b: v128): v128 { return v128.or(f32x4.pmax(b, a), f32x4.ne(a, a)); }
  @inline end(a: v128, count: v128): v128 { return a; }
}

@unmanaged
class Average {
  @inline average(): bool { return true; }
  @inline empty(): v128 { return i32x4.splat(0); }
  @inline vec(a: v128, b: v128): v128 { return f32x4.add(a, b); }
  @inline end(a: v128, count: v128): v128 { return f32x4.div(a, count); }
}

/** y[n, oz, oy, ox, c] = max of the window's cells; NaN if one is. */
export function maxPool(args: PoolArgs, ith: i32, nth: i32): void { pool<Max>(args, ith, nth); }

/** y[n, oz, oy, ox, c] = mean of the window's cells */
export function averagePool(args: PoolArgs, ith: i32, nth: i32): void { pool<Average>(args, ith, nth); }

// @ts-ignore: decorator
@inline
function pool<Op>(args: PoolArgs, ith: i32, nth: i32): void {
  const op = changetype<Op>(0);
  const c = args.c, oh = args.oh, ow = args.ow, w = args.w, pixel = <usize>c << 2, down = pixel * w, deep = down * args.h;
  const four = args.kd == 1 && args.kh == 2 && args.kw == 2;
  let y = args.y + pixel * ow * cut(args.n * args.outRows, 1, ith, nth);
  for (let unit = cut(args.n * args.outRows, 1, ith, nth), end = cut(args.n * args.outRows, 1, ith + 1, nth); unit < end; ++unit) {
    const plane = unit / oh, image = plane / args.od;
    const front = (plane - image * args.od) * args.strideD - args.padFront, top = (unit - plane * oh) * args.strideH - args.padTop;
    const z0 = firstCell(front, 1, args.kd), z1 = endCell(front, 1, args.kd, args.d);
    const y0 = firstCell(top, 1, args.kh), y1 = endCell(top, 1, args.kh, args.h);
    const first = args.x + deep * (image * args.d + front + z0) + down * (top + y0);
    for (let ox = 0, left = -args.padLeft; ox < ow; ++ox, left += args.strideW) {
      const x0 = max(left, 0), x1 = min(left + args.kw, w);
      const count = f32x4.splat(<f32>((z1 - z0) * (y1 - y0) * (x1 - x0))), start = first + pixel * x0;
      const square = four && y1 - y0 == 2 && x1 - x0 == 2;
      let j = 0;
      if (square) {
        for (; j + 8 <= c; j += 8) {
          const at = start + (<usize>j << 2), right = at + pixel, under = at + down, last = under + pixel;
          store2(y + (<usize>j << 2), ofFour<Op>(at, right, under, last, count, false), ofFour<Op>(at, right, under, last, count, true));
        }
      }
      for (; j + 8 <= c; j += 8) {
        let v0 = op.empty(), v1 = v0;
        for (let z = z0, slab = start + (<usize>j << 2); z < z1; ++z, slab += deep) {
          for (let ky = y0, row = slab; ky < y1; ++ky, row += down) {
            for (let x = row, to = row + pixel * (x1 - x0); x < to; x += pixel) {
              v0 = op.vec(v0, v128.load(x));
              v1 = op.vec(v1, v128.load(x, 16));
            }
          }
        }
        store2(y + (<usize>j << 2), op.end(v0, count), op.end(v1, count));
      }
      for (; j < c; j += 4) {
        if (square) {
          const at = start + (<usize>j << 2), under = at + down;
          storeNext(y + (<usize>j << 2), ofFour<Op>(at, at + pixel, under, under + pixel, count, false), c - j);
          continue;
        }
        let v = op.empty();
        for (let z = z0, slab = start + (<usize>j << 2); z < z1; ++z, slab += deep) {
          for (let ky = y0, row = slab; ky < y1; ++ky, row += down) {
            for (let x = row, to = row + pixel * (x1 - x0); x < to; x += pixel) v = op.vec(v, v128.load(x));
          }
        }
        storeNext(y + (<usize>j << 2), op.end(v, count), c - j);
      }
      y += pixel;
    }
  }
}

/** Of 2×2 cells, or of the vectors after them. */
// @ts-ignore: decorator
@inline
function ofFour<Op>(x: usize, right: usize, under: usize, last: usize, count: v128, next: bool): v128 {
  const op = changetype<Op>(0), upper = op.vec(vector(x, next), vector(right, next));
  return op.end(op.vec(op.vec(upper, vector(under, next)), vector(last, next)), count);
}

/** The vector at x, or the one after it. */
// @ts-ignore: decorator
@inline
function vector(x: usize, next: bool): v128 {
  return next ? v128.load(x, 16) : v128.load(x);
}

/** dx[n, iz, iy, ix, c] = Σ dy of the windows that have this cell as their first maximum; a NaN counts as the largest. */
export function maxPoolGrad(args: PoolGradArgs, ith: i32, nth: i32): void { poolGrad(args, ith, nth, false); }

/** dx[n, iz, iy, ix, c] = Σ dy / (cells of the window), over the windows that have this cell */
export function averagePoolGrad(args: PoolGradArgs, ith: i32, nth: i32): void { poolGrad(args, ith, nth, true); }

function poolGrad(args: PoolGradArgs, ith: i32, nth: i32, average: bool): void {
  if (args.strideD >= args.kd && args.strideH >= args.kh && args.strideW >= args.kw) scatterApart(args, ith, nth, average);
  else scatter(args, ith, nth, average);
}

// ── windows that do not overlap: each cell is written once, after its window was read ──

/** The rows of windows are shared out, and with them what lies between: an output has its cells, and those up to the next one's. */
function scatterApart(args: PoolGradArgs, ith: i32, nth: i32, average: bool): void {
  const rowBytes = <usize>(args.w * args.c) << 2, oh = args.oh, h = args.h, d = args.d;
  for (let unit = cut(args.n * args.outRows, 1, ith, nth), end = cut(args.n * args.outRows, 1, ith + 1, nth); unit < end; ++unit) {
    const image = unit / args.outRows, outRow = unit - image * args.outRows, oz = outRow / oh, oy = outRow - oz * oh;
    const front = oz * args.strideD - args.padFront, top = oy * args.strideH - args.padTop, first = max(front, 0), upper = max(top, 0);
    const z1 = min(front + args.kd, d), y1 = min(top + args.kh, h);
    const dx = args.dx + rowBytes * image * args.rows;
    for (let z = oz ? first : 0, below = oz + 1 < args.od ? front + args.strideD : d; z < below; ++z) {
      for (let y = oy ? upper : 0, under = oy + 1 < oh ? top + args.strideH : h; y < under; ++y) {
        clearRow(args, dx + rowBytes * (z * h + y), z >= first && z < z1 && y >= upper && y < y1);
      }
    }
    const cells = dx + rowBytes * (first * h + upper), dy = args.dy + (<usize>(unit * args.ow * args.c) << 2);
    if (average) apartRow<Average>(args, cells, dy, z1 - first, y1 - upper);
    else apartRow<Max>(args, cells, dy, z1 - first, y1 - upper);
  }
}

/** Zeros in a row, but not where windows are. */
function clearRow(args: PoolGradArgs, row: usize, windows: bool): void {
  const pixel = <usize>args.c << 2;
  let from = 0;
  if (windows) {
    for (let ox = 0, left = -args.padLeft; ox < args.ow; ++ox, left += args.strideW) {
      const x0 = max(left, 0);
      if (x0 > from) memory.fill(row + pixel * from, 0, pixel * (x0 - from));
      from = min(left + args.kw, args.w);
    }
  }
  if (from < args.w) memory.fill(row + pixel * from, 0, pixel * (args.w - from));
}

/** One row of windows; dx is the first row of their cells. */
function apartRow<Op>(args: PoolGradArgs, dx: usize, dy: usize, planes: i32, rows: i32): void {
  const c = args.c, w = args.w, pixel = <usize>c << 2, down = pixel * w, toX = args.x - args.dx;
  const four = !changetype<Op>(0).average() && planes == 1 && rows == 2 && args.kw == 2;
  for (let ox = 0, left = -args.padLeft; ox < args.ow; ++ox, left += args.strideW, dy += pixel) {
    const x0 = max(left, 0), x1 = min(left + args.kw, w), first = dx + pixel * x0;
    if (four && x1 - x0 == 2) scatterFour(first, first + toX, dy, pixel, down, c, args.rectify);
    else scatterWindow<Op>(args, first, toX, dy, planes, rows, x1 - x0, true, 0, usize.MAX_VALUE);
  }
}

// ── windows that overlap: dx is cleared, and added to ──

/** The rows of dx are shared out: a thread goes through all windows that reach into its rows, and writes only there. */
function scatter(args: PoolGradArgs, ith: i32, nth: i32, average: bool): void {
  const rows = args.rows, rowBytes = <usize>(args.w * args.c) << 2;
  for (let unit = cut(args.n * rows, 1, ith, nth), end = cut(args.n * rows, 1, ith + 1, nth); unit < end;) {
    const image = unit / rows, from = unit - image * rows, to = min(rows, from + end - unit);
    const dx = args.dx + rowBytes * image * rows;
    let clear = from; // rows before this one hold numbers
    for (let outRow = 0; outRow < args.outRows; ++outRow) {
      const oz = outRow / args.oh, front = oz * args.strideD - args.padFront, top = (outRow - oz * args.oh) * args.strideH - args.padTop;
      const z0 = firstCell(front, 1, args.kd), z1 = endCell(front, 1, args.kd, args.d);
      const y0 = firstCell(top, 1, args.kh), y1 = endCell(top, 1, args.kh, args.h);
      const last = (front + z1 - 1) * args.h + top + y1;
      if (last <= from || (front + z0) * args.h + top + y0 >= to) continue;
      if (last > clear) {
        const next = min(to, last);
        memory.fill(dx + rowBytes * clear, 0, rowBytes * (next - clear));
        clear = next;
      }
      if (average) scatterRow<Average>(args, dx, image, outRow, front, z0, z1, top, y0, y1, from, to);
      else scatterRow<Max>(args, dx, image, outRow, front, z0, z1, top, y0, y1, from, to);
    }
    if (to > clear) memory.fill(dx + rowBytes * clear, 0, rowBytes * (to - clear));
    unit += to - from;
  }
}

/** One row of windows; only rows from `from` to `to` are written. */
function scatterRow<Op>(args: PoolGradArgs, dx: usize, image: i32, outRow: i32, front: i32, z0: i32, z1: i32, top: i32, y0: i32, y1: i32,
    from: i32, to: i32): void {
  const c = args.c, w = args.w, h = args.h, pixel = <usize>c << 2, down = pixel * w, deep = down * h;
  const start = dx + deep * (front + z0) + down * (top + y0), toX = args.x + deep * args.d * image - dx;
  const whole = (front + z0) * h + top + y0 >= from && (front + z1 - 1) * h + top + y1 <= to;
  const low: usize = whole ? 0 : dx + down * from, high: usize = whole ? usize.MAX_VALUE : dx + down * to;
  let dy = args.dy + pixel * args.ow * (image * args.outRows + outRow);
  for (let ox = 0, left = -args.padLeft; ox < args.ow; ++ox, left += args.strideW, dy += pixel) {
    const x0 = max(left, 0), x1 = min(left + args.kw, w), first = start + pixel * x0;
    scatterWindow<Op>(args, first, toX, dy, z1 - z0, y1 - y0, x1 - x0, false, low, high);
  }
}

// ── both ──

/** The largest of 2×2 cells at x takes dy, the others 0. */
function scatterFour(dx: usize, x: usize, dy: usize, pixel: usize, down: usize, c: i32, rectify: i32): void {
  const keep = i32x4.splat(rectify - 1);
  for (; c >= 8; c -= 8) {
    fourVectors(dx, x, dy, pixel, down, c, keep, true);
    dx += 32;
    x += 32;
    dy += 32;
  }
  for (; c > 0; c -= 4) {
    fourVectors(dx, x, dy, pixel, down, c, keep, false);
    dx += 16;
    x += 16;
    dy += 16;
  }
}

/** The same for four channels or, where `two`, eight. */
// @ts-ignore: decorator
@inline
function fourVectors(dx: usize, x: usize, dy: usize, pixel: usize, down: usize, c: i32, keep: v128, two: bool): void {
  const a0 = v128.load(x), a1 = v128.load(x + pixel), a2 = v128.load(x + down), a3 = v128.load(x + down + pixel);
  const b0 = second(x, a0, two), b1 = second(x + pixel, a1, two), b2 = second(x + down, a2, two), b3 = second(x + down + pixel, a3, two);
  const aBest = largest(a0, a1, a2, a3), bBest = largest(b0, b1, b2, b3), aGrad = v128.load(dy);
  const a = v128.and(aGrad, kept(aBest, keep)), b = v128.and(second(dy, aGrad, two), kept(bBest, keep));
  const aHit0 = hit(a0, aBest), aHit1 = hit(a1, aBest), aHit2 = hit(a2, aBest), aTop = v128.or(aHit0, aHit1);
  const bHit0 = hit(b0, bBest), bHit1 = hit(b1, bBest), bHit2 = hit(b2, bBest), bTop = v128.or(bHit0, bHit1);
  put(dx, v128.and(a, aHit0), v128.and(b, bHit0), c, two);
  put(dx + pixel, v128.and(a, v128.andnot(aHit1, aHit0)), v128.and(b, v128.andnot(bHit1, bHit0)), c, two);
  put(dx + down, v128.and(a, v128.andnot(aHit2, aTop)), v128.and(b, v128.andnot(bHit2, bTop)), c, two);
  const aLast = v128.andnot(hit(a3, aBest), v128.or(aTop, aHit2)), bLast = v128.andnot(hit(b3, bBest), v128.or(bTop, bHit2));
  put(dx + down + pixel, v128.and(a, aLast), v128.and(b, bLast), c, two);
}

// @ts-ignore: decorator
@inline
function largest(x0: v128, x1: v128, x2: v128, x3: v128): v128 {
  const most = changetype<Max>(0);
  return most.vec(most.vec(x0, x1), most.vec(x2, x3));
}

/** Where x is the maximum; a NaN is. */
// @ts-ignore: decorator
@inline
function hit(x: v128, best: v128): v128 {
  return v128.or(f32x4.eq(x, best), f32x4.ne(x, x));
}

/** Ones where the maximum is positive, or anywhere if keep is ones. */
// @ts-ignore: decorator
@inline
function kept(best: v128, keep: v128): v128 {
  return v128.or(keep, f32x4.gt(best, i32x4.splat(0)));
}

/**
 * The dy of one window goes to its cells, stored or added, in rows from `low` to `high`; first is the place of the first cell in dx, toX
 * from there to x.
 */
function scatterWindow<Op>(args: PoolGradArgs, first: usize, toX: usize, dy: usize, planes: i32, rows: i32, columns: i32, alone: bool,
    low: usize, high: usize): void {
  const pixel = <usize>args.c << 2, down = pixel * args.w, deep = down * args.h, width = pixel * columns;
  const count = f32x4.splat(<f32>(planes * rows * columns)), keep = i32x4.splat(args.rectify - 1);
  let c = args.c;
  for (; c >= 8; c -= 8) {
    windowVectors<Op>(first, toX, dy, pixel, down, deep, width, planes, rows, count, keep, alone, low, high, c, true);
    first += 32;
    dy += 32;
  }
  for (; c > 0; c -= 4) {
    windowVectors<Op>(first, toX, dy, pixel, down, deep, width, planes, rows, count, keep, alone, low, high, c, false);
    first += 16;
    dy += 16;
  }
}

/** The same for four channels or, where `two`, eight. */
// @ts-ignore: decorator
@inline
function windowVectors<Op>(first: usize, toX: usize, dy: usize, pixel: usize, down: usize, deep: usize, width: usize, planes: i32,
    rows: i32, count: v128, keep: v128, alone: bool, low: usize, high: usize, c: i32, two: bool): void {
  const op = changetype<Op>(0);
  let a = v128.load(dy), b = second(dy, a, two), aBest = op.empty(), bBest = aBest, aDone = i32x4.splat(0), bDone = aDone;
  if (op.average()) {
    a = f32x4.div(a, count);
    b = f32x4.div(b, count);
  } else {
    for (let z = 0, slab = first + toX; z < planes; ++z, slab += deep) {
      for (let y = 0, row = slab; y < rows; ++y, row += down) {
        for (let x = row, last = row + width; x < last; x += pixel) {
          const v = v128.load(x);
          aBest = op.vec(aBest, v);
          bBest = op.vec(bBest, second(x, v, two));
        }
      }
    }
    a = v128.and(a, kept(aBest, keep));
    b = v128.and(b, kept(bBest, keep));
  }
  for (let z = 0, slab = first; z < planes; ++z, slab += deep) {
    for (let y = 0, row = slab; y < rows; ++y, row += down) {
      const here = row >= low && row < high;
      if (!here && op.average()) continue;
      for (let cell = row, last = row + width; cell < last; cell += pixel) {
        let aPart = a, bPart = b;
        if (!op.average()) {
          const v = v128.load(cell + toX);
          aPart = v128.andnot(hit(v, aBest), aDone);
          bPart = v128.andnot(hit(second(cell + toX, v, two), bBest), bDone);
          aDone = v128.or(aDone, aPart);
          bDone = v128.or(bDone, bPart);
          if (!here) continue;
          aPart = v128.and(a, aPart);
          bPart = v128.and(b, bPart);
        }
        if (alone) put(cell, aPart, bPart, c, two);
        else {
          const v = v128.load(cell);
          put(cell, f32x4.add(v, aPart), f32x4.add(second(cell, v, two), bPart), c, two);
        }
      }
    }
  }
}
