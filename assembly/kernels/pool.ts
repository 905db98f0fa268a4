// Pooling over windows of images, NHWC. Cells outside of the image do not count. Vectors are neighbouring channels.
import { cut, storeNext } from '../rows';
import { In, Out } from '../types';
import { ceilDiv, endCell, firstCell, Window } from './convwindow';

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

/** y[n, oy, ox, c] = max of the window's cells; NaN if one is. */
export function maxPool2d(args: PoolArgs, ith: i32, nth: i32): void { pool<Max>(args, ith, nth); }

/** y[n, oy, ox, c] = mean of the window's cells */
export function averagePool2d(args: PoolArgs, ith: i32, nth: i32): void { pool<Average>(args, ith, nth); }

// @ts-ignore: decorator
@inline
function pool<Op>(args: PoolArgs, ith: i32, nth: i32): void {
  const op = changetype<Op>(0);
  const c = args.c, oh = args.oh, ow = args.ow, w = args.w;
  for (let unit = cut(args.n * oh, 1, ith, nth), end = cut(args.n * oh, 1, ith + 1, nth); unit < end; ++unit) {
    const image = unit / oh, top = (unit - image * oh) * args.strideH - args.padTop;
    const y0 = firstCell(top, 1, args.kh), y1 = endCell(top, 1, args.kh, args.h);
    for (let ox = 0; ox < ow; ++ox) {
      const left = ox * args.strideW - args.padLeft;
      const x0 = firstCell(left, 1, args.kw), x1 = endCell(left, 1, args.kw, w);
      const count = f32x4.splat(<f32>((y1 - y0) * (x1 - x0)));
      for (let j = 0; j < c; j += 4) {
        let value = op.empty();
        for (let ky = y0; ky < y1; ++ky) {
          let x = args.x + (<usize>(((image * args.h + top + ky) * w + left + x0) * c + j) << 2);
          for (let kx = x0; kx < x1; ++kx) {
            value = op.vec(value, v128.load(x));
            x += <usize>c << 2;
          }
        }
        storeNext(args.y + (<usize>((unit * ow + ox) * c + j) << 2), op.average() ? f32x4.div(value, count) : value, c - j);
      }
    }
  }
}

/** dx[n, iy, ix, c] = Σ dy of the windows that have (iy, ix) as their first maximum; a NaN counts as the largest. */
export function maxPool2dGrad(args: PoolGradArgs, ith: i32, nth: i32): void {
  const h = args.h, row = args.w * args.c;
  for (let unit = cut(args.n * h, 1, ith, nth), end = cut(args.n * h, 1, ith + 1, nth); unit < end;) {
    // Rows from iy to last of one image: all windows that reach into them, but only what falls into them is written.
    const image = unit / h, iy = unit - image * h, last = min(h, iy + end - unit);
    memory.fill(args.dx + (<usize>(unit * row) << 2), 0, <usize>((last - iy) * row) << 2);
    const oy1 = min(args.oh, (last - 1 + args.padTop) / args.strideH + 1);
    for (let oy = ceilDiv(iy + args.padTop - args.kh + 1, args.strideH); oy < oy1; ++oy) scatterRow(args, image, oy, iy, last);
    unit += last - iy;
  }
}

/** The windows of output row oy: dy goes to their first maximum, if that is in a row from `from` to `to`. */
function scatterRow(args: PoolGradArgs, image: i32, oy: i32, from: i32, to: i32): void {
  const c = args.c, w = args.w, top = oy * args.strideH - args.padTop;
  const y0 = firstCell(top, 1, args.kh), y1 = endCell(top, 1, args.kh, args.h);
  for (let ox = 0; ox < args.ow; ++ox) {
    const left = ox * args.strideW - args.padLeft;
    const x0 = firstCell(left, 1, args.kw), x1 = endCell(left, 1, args.kw, w);
    const first = <usize>(((image * args.h + top + y0) * w + left + x0) * c) << 2, down = <usize>(w * c) << 2, right = <usize>c << 2;
    for (let j = 0; j < c; j += 4) {
      const at = first + (<usize>j << 2);
      let best = v128.load(args.x + at), where = i32x4.splat(0);
      for (let y = y0, start = at; y < y1; ++y, start += down) {
        for (let x = x0, cell = start; x < x1; ++x, cell += right) {
          const value = v128.load(args.x + cell);
          const better = v128.or(f32x4.lt(best, value), v128.andnot(f32x4.ne(value, value), f32x4.ne(best, best)));
          best = v128.bitselect(value, best, better);
          where = v128.bitselect(i32x4.splat(<i32>(cell - at)), where, better);
        }
      }
      const dy = v128.load(args.dy + (<usize>(((image * args.oh + oy) * args.ow + ox) * c + j) << 2));
      for (let y = max(y0, from - top), yEnd = min(y1, to - top); y < yEnd; ++y) {
        for (let x = x0; x < x1; ++x) {
          const offset = down * (y - y0) + right * (x - x0), dx = args.dx + at + offset;
          const here = i32x4.eq(where, i32x4.splat(<i32>offset));
          if (v128.any_true(here)) storeNext(dx, f32x4.add(v128.load(dx), v128.and(dy, here)), c - j);
        }
      }
    }
  }
}

/** dx[n, iy, ix, c] = Σ dy / (cells of the window), over the windows that have (iy, ix) */
export function averagePool2dGrad(args: PoolGradArgs, ith: i32, nth: i32): void {
  const c = args.c, h = args.h, w = args.w, ow = args.ow;
  for (let unit = cut(args.n * h, 1, ith, nth), end = cut(args.n * h, 1, ith + 1, nth); unit < end; ++unit) {
    const image = unit / h, iy = unit - image * h;
    const oy0 = ceilDiv(iy + args.padTop - args.kh + 1, args.strideH), oy1 = min(args.oh, (iy + args.padTop) / args.strideH + 1);
    for (let ix = 0; ix < w; ++ix) {
      const ox0 = ceilDiv(ix + args.padLeft - args.kw + 1, args.strideW), ox1 = min(ow, (ix + args.padLeft) / args.strideW + 1);
      for (let j = 0; j < c; j += 4) {
        let sum = i32x4.splat(0);
        for (let oy = oy0; oy < oy1; ++oy) {
          const rows = cells(oy * args.strideH - args.padTop, args.kh, h);
          for (let ox = ox0; ox < ox1; ++ox) {
            const dy = v128.load(args.dy + (<usize>(((image * args.oh + oy) * ow + ox) * c + j) << 2));
            sum = f32x4.add(sum, f32x4.div(dy, f32x4.splat(<f32>(rows * cells(ox * args.strideW - args.padLeft, args.kw, w)))));
          }
        }
        storeNext(args.dx + (<usize>((unit * w + ix) * c + j) << 2), sum, c - j);
      }
    }
  }
}

/** Cells of a window that are in the image. */
function cells(start: i32, count: i32, size: i32): i32 {
  return min(size, start + count) - max(0, start);
}
