// Pooling over windows of images, channels last. Cells outside of the image do not count. Vectors are neighbouring channels.
import { cut, storeNext } from '../rows';
import { In, Out } from '../types';
import { endCell, firstCell, Window } from './convwindow';

@unmanaged
export class PoolArgs extends Window {
  y: Out;
}

/** x: the pooled images (max), or 0 (average). */
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
}

@unmanaged
class Average {
  @inline average(): bool { return true; }
  @inline empty(): v128 { return i32x4.splat(0); }
  @inline vec(a: v128, b: v128): v128 { return f32x4.add(a, b); }
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
  let y = args.y + pixel * ow * cut(args.n * args.outRows, 1, ith, nth);
  for (let unit = cut(args.n * args.outRows, 1, ith, nth), end = cut(args.n * args.outRows, 1, ith + 1, nth); unit < end; ++unit) {
    const plane = unit / oh, image = plane / args.od;
    const front = (plane - image * args.od) * args.strideD - args.padFront, top = (unit - plane * oh) * args.strideH - args.padTop;
    const z0 = firstCell(front, 1, args.kd), z1 = endCell(front, 1, args.kd, args.d);
    const y0 = firstCell(top, 1, args.kh), y1 = endCell(top, 1, args.kh, args.h);
    const first = args.x + deep * (image * args.d + front + z0) + down * (top + y0);
    for (let ox = 0, left = -args.padLeft; ox < ow; ++ox, left += args.strideW) {
      const x0 = max(left, 0), x1 = min(left + args.kw, w);
      const count = f32x4.splat(<f32>((z1 - z0) * (y1 - y0) * (x1 - x0)));
      for (let j = 0; j < c; j += 8) {
        let v0 = op.empty(), v1 = v0;
        for (let z = z0, slab = first + pixel * x0 + (<usize>j << 2); z < z1; ++z, slab += deep) {
          for (let ky = y0, row = slab; ky < y1; ++ky, row += down) {
            for (let x = row, to = row + pixel * (x1 - x0); x < to; x += pixel) {
              v0 = op.vec(v0, v128.load(x));
              v1 = op.vec(v1, v128.load(x, 16));
            }
          }
        }
        storeTwo(y + (<usize>j << 2), op.average() ? f32x4.div(v0, count) : v0, op.average() ? f32x4.div(v1, count) : v1, c - j);
      }
      y += pixel;
    }
  }
}

// @ts-ignore: decorator
@inline
function storeTwo(to: usize, a: v128, b: v128, left: i32): void {
  if (left >= 8) {
    v128.store(to, a);
    v128.store(to, b, 16);
  } else {
    storeNext(to, a, left);
    if (left > 4) storeNext(to + 16, b, left - 4);
  }
}

/** As storeTwo of what is there, and a and b. */
// @ts-ignore: decorator
@inline
function addTwo(to: usize, a: v128, b: v128, left: i32): void {
  if (left >= 8) {
    const sum0 = f32x4.add(v128.load(to), a), sum1 = f32x4.add(v128.load(to, 16), b);
    v128.store(to, sum0);
    v128.store(to, sum1, 16);
  } else {
    storeNext(to, f32x4.add(v128.load(to), a), left);
    if (left > 4) storeNext(to + 16, f32x4.add(v128.load(to, 16), b), left - 4);
  }
}

/** dx[n, iz, iy, ix, c] = Σ dy of the windows that have this cell as their first maximum; a NaN counts as the largest. */
export function maxPoolGrad(args: PoolGradArgs, ith: i32, nth: i32): void { scatter<Max>(args, ith, nth); }

/** dx[n, iz, iy, ix, c] = Σ dy / (cells of the window), over the windows that have this cell */
export function averagePoolGrad(args: PoolGradArgs, ith: i32, nth: i32): void { scatter<Average>(args, ith, nth); }

/** The rows of dx are shared out: a thread goes through all windows that reach into its rows, and writes only there. */
// @ts-ignore: decorator
@inline
function scatter<Op>(args: PoolGradArgs, ith: i32, nth: i32): void {
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
      scatterRow<Op>(args, dx, image, outRow, front, z0, z1, top, y0, y1, from, to);
    }
    if (to > clear) memory.fill(dx + rowBytes * clear, 0, rowBytes * (to - clear));
    unit += to - from;
  }
}

/** One row of windows; only rows from `from` to `to` are written. */
function scatterRow<Op>(args: PoolGradArgs, dx: usize, image: i32, outRow: i32, front: i32, z0: i32, z1: i32, top: i32, y0: i32, y1: i32, from: i32, to: i32): void {
  const c = args.c, w = args.w, h = args.h, pixel = <usize>c << 2, down = pixel * w, deep = down * h;
  const start = dx + deep * (front + z0) + down * (top + y0), toX = args.x + deep * args.d * image - dx;
  const whole = (front + z0) * h + top + y0 >= from && (front + z1 - 1) * h + top + y1 <= to;
  const low: usize = whole ? 0 : dx + down * from, high: usize = whole ? usize.MAX_VALUE : dx + down * to;
  // Four cells that no other window has.
  const apart = !changetype<Op>(0).average() && whole && args.kd == 1 && y1 - y0 == 2 && args.kw == 2 && args.strideH >= 2 && args.strideW >= 2;
  const keep = i32x4.splat(args.rectify - 1);
  let dy = args.dy + pixel * args.ow * (image * args.outRows + outRow);
  for (let ox = 0, left = -args.padLeft; ox < args.ow; ++ox, left += args.strideW, dy += pixel) {
    const x0 = max(left, 0), x1 = min(left + args.kw, w), first = start + pixel * x0;
    if (apart && x1 - x0 == 2) scatterFour(first, first + toX, dy, pixel, down, c, keep);
    else scatterWindow<Op>(args, first, toX, dy, z1 - z0, y1 - y0, x1 - x0, low, high, keep);
  }
}

/** The largest of 2×2 cells at x takes dy, the others 0. */
function scatterFour(dx: usize, x: usize, dy: usize, pixel: usize, down: usize, c: i32, keep: v128): void {
  for (; c > 0; c -= 4) {
    const x0 = v128.load(x), x1 = v128.load(x + pixel), x2 = v128.load(x + down), x3 = v128.load(x + down + pixel);
    const most = changetype<Max>(0), best = most.vec(most.vec(x0, x1), most.vec(x2, x3)), g = v128.and(v128.load(dy), kept(best, keep));
    const here0 = hit(x0, best), here1 = hit(x1, best), here2 = hit(x2, best), here3 = hit(x3, best);
    const before2 = v128.or(here0, here1), before3 = v128.or(before2, here2);
    storeNext(dx, v128.and(g, here0), c);
    storeNext(dx + pixel, v128.and(g, v128.andnot(here1, here0)), c);
    storeNext(dx + down, v128.and(g, v128.andnot(here2, before2)), c);
    storeNext(dx + down + pixel, v128.and(g, v128.andnot(here3, before3)), c);
    dx += 16;
    x += 16;
    dy += 16;
  }
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

/** The dy of one window goes to its cells, in rows from `low` to `high`; first is the place of the first cell in dx, toX from there to x. */
function scatterWindow<Op>(args: PoolGradArgs, first: usize, toX: usize, dy: usize, planes: i32, rows: i32, columns: i32, low: usize, high: usize, keep: v128): void {
  const c = args.c, pixel = <usize>c << 2, down = pixel * args.w, deep = down * args.h, width = pixel * columns, zero = i32x4.splat(0);
  const count = f32x4.splat(<f32>(planes * rows * columns));
  for (let j = 0; j < c; j += 8) {
    const start = first + (<usize>j << 2);
    let best0 = i32x4.splat(0xff800000), best1 = best0, done0 = zero, done1 = zero;
    let share0 = v128.load(dy + (<usize>j << 2)), share1 = v128.load(dy + (<usize>j << 2), 16);
    if (changetype<Op>(0).average()) {
      share0 = f32x4.div(share0, count);
      share1 = f32x4.div(share1, count);
    } else {
      for (let z = 0, slab = start + toX; z < planes; ++z, slab += deep) {
        for (let y = 0, row = slab; y < rows; ++y, row += down) {
          for (let x = row, last = row + width; x < last; x += pixel) {
            best0 = changetype<Max>(0).vec(best0, v128.load(x));
            best1 = changetype<Max>(0).vec(best1, v128.load(x, 16));
          }
        }
      }
      share0 = v128.and(share0, kept(best0, keep));
      share1 = v128.and(share1, kept(best1, keep));
    }
    for (let z = 0, slab = start; z < planes; ++z, slab += deep) {
      for (let y = 0, row = slab; y < rows; ++y, row += down) {
        const inside = row >= low && row < high;
        for (let cell = row, last = row + width; cell < last; cell += pixel) {
          let part0 = share0, part1 = share1;
          if (!changetype<Op>(0).average()) {
            const here0 = v128.andnot(hit(v128.load(cell + toX), best0), done0), here1 = v128.andnot(hit(v128.load(cell + toX, 16), best1), done1);
            done0 = v128.or(done0, here0);
            done1 = v128.or(done1, here1);
            part0 = v128.and(share0, here0);
            part1 = v128.and(share1, here1);
          }
          if (inside) addTwo(cell, part0, part1, c - j);
        }
      }
    }
  }
}
