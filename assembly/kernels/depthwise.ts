// Depthwise convolution: every channel has a filter of its own. Vectors are neighbouring channels.
import { cut, storeStrip } from '../rows';
import { madd } from '../simd';
import { In, Out } from '../types';
import { ceilDiv, endCell, firstCell, Window } from './convwindow';

@unmanaged
export class DepthwiseArgs extends Window {
  y: Out;
  filter: In; // [kh, kw, c]
}

@unmanaged
export class DepthwiseGradFilterArgs extends Window {
  df: Out; // [kh, kw, c]
  dy: In;
}

/** y[n, oy, ox, c] = Σ x[n, cell(oy, ox, ky, kx), c] · filter[ky, kx, c] */
export function depthwiseConv2d(args: DepthwiseArgs, ith: i32, nth: i32): void {
  const c = args.c, oh = args.oh, ow = args.ow;
  for (let unit = cut(args.n * oh, 1, ith, nth), end = cut(args.n * oh, 1, ith + 1, nth); unit < end; ++unit) {
    const image = unit / oh, top = (unit - image * oh) * args.strideH - args.padTop;
    for (let ox = 0; ox < ow; ++ox) {
      const left = ox * args.strideW - args.padLeft;
      const x = args.x + (<usize>(((image * args.h + top) * args.w + left) * c) << 2);
      pixel(args, args.y + (<usize>((unit * ow + ox) * c) << 2), x, top, left);
    }
  }
}

/** All channels of one output position; x is the place of its first cell. */
function pixel(args: DepthwiseArgs, y: usize, x: usize, top: i32, left: i32): void {
  const c = args.c, filter = args.filter;
  const ky0 = firstCell(top, args.dilationH, args.kh), ky1 = endCell(top, args.dilationH, args.kh, args.h);
  const kx0 = firstCell(left, args.dilationW, args.kw), kx1 = endCell(left, args.dilationW, args.kw, args.w);
  const step = <usize>(args.dilationW * c) << 2, rowStep = <usize>(args.dilationH * args.w * c) << 2, filterStep = <usize>c << 2;
  for (let j = 0; j < c; j += 16) {
    let s0 = i32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    const wide = c - j > 4;
    for (let ky = ky0; ky < ky1; ++ky) {
      let from = x + (<usize>j << 2) + rowStep * ky + step * kx0;
      let f = filter + (<usize>((ky * args.kw + kx0) * c + j) << 2);
      for (let kx = kx0; kx < kx1; ++kx) {
        s0 = madd(v128.load(from), v128.load(f), s0);
        if (wide) {
          s1 = madd(v128.load(from, 16), v128.load(f, 16), s1);
          s2 = madd(v128.load(from, 32), v128.load(f, 32), s2);
          s3 = madd(v128.load(from, 48), v128.load(f, 48), s3);
        }
        from += step;
        f += filterStep;
      }
    }
    const to = y + (<usize>j << 2);
    if (c - j >= 16) {
      v128.store(to, s0);
      v128.store(to, s1, 16);
      v128.store(to, s2, 32);
      v128.store(to, s3, 48);
    } else storeStrip(to, s0, s1, s2, s3, c - j);
  }
}

/** df[ky, kx, c] = Σ over n, oy, ox of x[n, cell(oy, ox, ky, kx), c] · dy[n, oy, ox, c] */
export function depthwiseConv2dGradFilter(args: DepthwiseGradFilterArgs, ith: i32, nth: i32): void {
  const strips = (args.c + 15) / 16, units = args.kh * args.kw * strips;
  for (let unit = cut(units, 1, ith, nth), end = cut(units, 1, ith + 1, nth); unit < end; ++unit) {
    const cell = unit / strips;
    gradCell(args, cell, (unit - cell * strips) * 16);
  }
}

/** 16 channels from j on of one cell: rows of output positions are summed, then the rows. */
function gradCell(args: DepthwiseGradFilterArgs, cell: i32, j: i32): void {
  const c = args.c, ow = args.ow, wide = c - j > 4;
  const ky = cell / args.kw, shift = (cell - ky * args.kw) * args.dilationW - args.padLeft;
  const first = min(ow, ceilDiv(-shift, args.strideW)), last = min(ow, ceilDiv(args.w - shift, args.strideW));
  const step = <usize>(args.strideW * c) << 2;
  let t0 = i32x4.splat(0), t1 = t0, t2 = t0, t3 = t0;
  for (let unit = 0; unit < args.n * args.oh; ++unit) {
    const image = unit / args.oh, row = (unit - image * args.oh) * args.strideH - args.padTop + ky * args.dilationH;
    if (<u32>row >= <u32>args.h) continue;
    let s0 = i32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    let x = args.x + (<usize>(((image * args.h + row) * args.w + first * args.strideW + shift) * c + j) << 2);
    let dy = args.dy + (<usize>((unit * ow + first) * c + j) << 2);
    for (let ox = first; ox < last; ++ox) {
      s0 = madd(v128.load(x), v128.load(dy), s0);
      if (wide) {
        s1 = madd(v128.load(x, 16), v128.load(dy, 16), s1);
        s2 = madd(v128.load(x, 32), v128.load(dy, 32), s2);
        s3 = madd(v128.load(x, 48), v128.load(dy, 48), s3);
      }
      x += step;
      dy += <usize>c << 2;
    }
    t0 = f32x4.add(t0, s0);
    t1 = f32x4.add(t1, s1);
    t2 = f32x4.add(t2, s2);
    t3 = f32x4.add(t3, s3);
  }
  storeStrip(args.df + (<usize>(cell * c + j) << 2), t0, t1, t2, t3, min(16, c - j));
}
