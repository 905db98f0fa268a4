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
  const first = deep * (front + z0) + down * (top + y0), toX = args.x + deep * args.d * image - dx, zero = i32x4.splat(0);
  const whole = (front + z0) * h + top + y0 >= from && (front + z1 - 1) * h + top + y1 <= to;
  const low: usize = whole ? 0 : dx + down * from, high: usize = whole ? usize.MAX_VALUE : dx + down * to;
  let dy = args.dy + pixel * args.ow * (image * args.outRows + outRow);
  for (let ox = 0, left = -args.padLeft; ox < args.ow; ++ox, left += args.strideW, dy += pixel) {
    const x0 = max(left, 0), x1 = min(left + args.kw, w), width = pixel * (x1 - x0);
    const count = f32x4.splat(<f32>((z1 - z0) * (y1 - y0) * (x1 - x0)));
    for (let j = 0; j < c; j += 4) {
      const start = dx + first + pixel * x0 + (<usize>j << 2);
      let best = i32x4.splat(0xff800000), done = zero, share = v128.load(dy + (<usize>j << 2));
      if (changetype<Op>(0).average()) share = f32x4.div(share, count);
      else for (let z = z0, slab = start + toX; z < z1; ++z, slab += deep) {
        for (let ky = y0, row = slab; ky < y1; ++ky, row += down) {
          for (let x = row, last = row + width; x < last; x += pixel) best = changetype<Max>(0).vec(best, v128.load(x));
        }
      }
      for (let z = z0, slab = start; z < z1; ++z, slab += deep) {
        for (let ky = y0, row = slab; ky < y1; ++ky, row += down) {
          const inside = row >= low && row < high;
          for (let cell = row, last = row + width; cell < last; cell += pixel) {
            let part = share;
            if (!changetype<Op>(0).average()) {
              const x = v128.load(cell + toX), hit = v128.andnot(v128.or(f32x4.eq(x, best), f32x4.ne(x, x)), done);
              done = v128.or(done, hit);
              part = v128.and(share, hit);
            }
            if (inside) storeNext(cell, f32x4.add(v128.load(cell), part), c - j);
          }
        }
      }
    }
  }
}
