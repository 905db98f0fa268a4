// Depthwise convolution: every channel has a filter of its own. Vectors are neighbouring channels; a tile is four output columns of eight channels.
import { cut } from '../rows';
import { madd, storeLanes } from '../simd';
import { In, Out } from '../types';
import { ceilDiv, clampTo, endCell, firstCell, Window } from './convwindow';
import { activate, ACT_NONE } from './gemmactivate';

@unmanaged
export class DepthwiseArgs extends Window {
  y: Out;
  filter: In; // [kh, kw, c]
  bias: In; // [c], or 0
  yImage: i32; // elements of y from image to image, row to row and column to column: more than a pixel if others lie between
  yRow: i32;
  yColumn: i32;
  activation: i32; // only with columns side by side
}

@unmanaged
export class DepthwiseGradFilterArgs extends Window {
  df: Out; // [kh, kw, c]
  dy: In;
}

/** y[n, oy, ox, c] = act(bias[c] + Σ x[n, cell(oy, ox, ky, kx), c] · filter[ky, kx, c]) */
export function depthwiseConv2d(args: DepthwiseArgs, ith: i32, nth: i32): void {
  const oh = args.oh, ow = args.ow, c = args.c, pixel = <usize>c << 2;
  // Columns whose windows are inside of the image.
  const inner0 = min(ow, ceilDiv(args.padLeft, args.strideW)), inner1 = clampTo(ceilDiv(args.w - (args.kw - 1) * args.dilationW + args.padLeft, args.strideW), inner0, ow);
  for (let unit = cut(args.n * oh, 1, ith, nth), end = cut(args.n * oh, 1, ith + 1, nth); unit < end; ++unit) {
    const image = unit / oh, oy = unit - image * oh, top = oy * args.strideH - args.padTop;
    const ky0 = firstCell(top, args.dilationH, args.kh), ky1 = endCell(top, args.dilationH, args.kh, args.h);
    const x = args.x + pixel * args.w * (image * args.h + top + ky0 * args.dilationH), f = args.filter + pixel * ky0 * args.kw;
    const y = args.y + (<usize>(image * args.yImage + oy * args.yRow) << 2);
    for (let j = 0; j < c; j += 8) {
      const at = <usize>j << 2;
      for (let ox = 0; ox < ow;) {
        const inside = ox >= inner0 && ox < inner1 && inner1 - inner0 >= 4 && c - j >= 8;
        // The last four of a row overlap with those before them: the same values once more.
        if (inside) ox = min(ox, inner1 - 4);
        const left = ox * args.strideW - args.padLeft;
        const to = y + (<usize>(ox * args.yColumn) << 2) + at, from = x + pixel * left + at;
        if (inside) fourColumns(args, to, from, f + at, ky1 - ky0, j);
        else oneColumn(args, to, from, f + at, ky1 - ky0, j, left);
        ox += inside ? 4 : 1;
      }
    }
    if (args.activation != ACT_NONE) activate(y, 0, 1, ow * c, args.activation);
  }
}

/** Four output columns, eight channels from j on; x is the place of the first cell, f of the first row's filter. */
function fourColumns(args: DepthwiseArgs, y: usize, x: usize, f: usize, rows: i32, j: i32): void {
  const kw = args.kw, filterStep = <usize>args.c << 2, cellStep = filterStep * args.dilationW, rowStep = filterStep * args.w * args.dilationH;
  const right = filterStep * args.strideW, yColumn = <usize>args.yColumn << 2;
  let a0 = i32x4.splat(0), a1 = a0;
  if (args.bias) {
    a0 = v128.load(args.bias + (<usize>j << 2));
    a1 = v128.load(args.bias + (<usize>j << 2), 16);
  }
  let b0 = a0, b1 = a1, c0 = a0, c1 = a1, d0 = a0, d1 = a1;
  for (; rows > 0; --rows, x += rowStep) {
    let xa = x, xb = xa + right, xc = xb + right, xd = xc + right;
    for (let kx = kw; kx > 0; --kx) {
      const f0 = v128.load(f), f1 = v128.load(f, 16);
      a0 = madd(v128.load(xa), f0, a0); a1 = madd(v128.load(xa, 16), f1, a1);
      b0 = madd(v128.load(xb), f0, b0); b1 = madd(v128.load(xb, 16), f1, b1);
      c0 = madd(v128.load(xc), f0, c0); c1 = madd(v128.load(xc, 16), f1, c1);
      d0 = madd(v128.load(xd), f0, d0); d1 = madd(v128.load(xd, 16), f1, d1);
      f += filterStep;
      xa += cellStep; xb += cellStep; xc += cellStep; xd += cellStep;
    }
  }
  y += yColumn * 3;
  v128.store(y, d1, 16); v128.store(y, d0); y -= yColumn;
  v128.store(y, c1, 16); v128.store(y, c0); y -= yColumn;
  v128.store(y, b1, 16); v128.store(y, b0); y -= yColumn;
  v128.store(y, a1, 16); v128.store(y, a0);
}

/** One output column whose first cell is at `left`. */
function oneColumn(args: DepthwiseArgs, y: usize, x: usize, f: usize, rows: i32, j: i32, left: i32): void {
  const filterStep = <usize>args.c << 2, cellStep = filterStep * args.dilationW, rowStep = filterStep * args.w * args.dilationH;
  const kx0 = firstCell(left, args.dilationW, args.kw), kx1 = endCell(left, args.dilationW, args.kw, args.w);
  let a0 = i32x4.splat(0), a1 = a0;
  if (args.bias) {
    a0 = v128.load(args.bias + (<usize>j << 2));
    a1 = v128.load(args.bias + (<usize>j << 2), 16);
  }
  for (; rows > 0; --rows, x += rowStep, f += filterStep * args.kw) {
    let from = x + cellStep * kx0, filter = f + filterStep * kx0;
    for (let kx = kx0; kx < kx1; ++kx) {
      a0 = madd(v128.load(from), v128.load(filter), a0);
      a1 = madd(v128.load(from, 16), v128.load(filter, 16), a1);
      from += cellStep;
      filter += filterStep;
    }
  }
  put(y, a0, a1, args.c - j);
}

// @ts-ignore: decorator
@inline
function put(y: usize, a: v128, b: v128, width: i32): void {
  if (width >= 8) {
    v128.store(y, a);
    v128.store(y, b, 16);
  } else putPart(y, a, b, width);
}

function putPart(y: usize, a: v128, b: v128, width: i32): void {
  storeLanes(y, a, width);
  if (width > 4) storeLanes(y + 16, b, width - 4);
}

/** df[ky, kx, c] = Σ over n, oy, ox of x[n, cell(oy, ox, ky, kx), c] · dy[n, oy, ox, c] */
export function depthwiseConv2dGradFilter(args: DepthwiseGradFilterArgs, ith: i32, nth: i32): void {
  const threes = (args.kw + 2) / 3, strips = (args.c + 7) / 8, units = args.kh * threes * strips;
  for (let unit = cut(units, 1, ith, nth), end = cut(units, 1, ith + 1, nth); unit < end; ++unit) {
    const row = unit / strips, ky = row / threes;
    gradCells(args, ky, (row - ky * threes) * 3, (unit - row * strips) * 8);
  }
}

/** Eight channels from j on of up to three cells in a row: rows of output positions are summed, then the rows. */
function gradCells(args: DepthwiseGradFilterArgs, ky: i32, kx: i32, j: i32): void {
  const c = args.c, w = args.w, ow = args.ow, pixel = <usize>c << 2, count = min(3, args.kw - kx), width = c - j;
  const step = args.strideW, b = count > 1 ? args.dilationW : 0, last = count > 2 ? 2 * b : b; // columns from the first cell to the others
  const shift = kx * args.dilationW - args.padLeft, zero = i32x4.splat(0);
  // From `from` to `to` some cell is in the image, from low to high all are.
  const from = min(ow, ceilDiv(-shift - last, step)), to = min(ow, ceilDiv(w - shift, step)), low = min(ow, ceilDiv(-shift, step)), high = min(ow, ceilDiv(w - shift - last, step));
  let a0 = zero, a1 = zero, b0 = zero, b1 = zero, c0 = zero, c1 = zero;
  for (let unit = 0; unit < args.n * args.oh; ++unit) {
    const image = unit / args.oh, row = (unit - image * args.oh) * args.strideH - args.padTop + ky * args.dilationH;
    if (<u32>row >= <u32>args.h) continue;
    let s0 = zero, s1 = zero, t0 = zero, t1 = zero, u0 = zero, u1 = zero;
    let x = args.x + pixel * ((image * args.h + row) * w + from * step + shift) + (<usize>j << 2);
    let dy = args.dy + pixel * (unit * ow + from) + (<usize>j << 2);
    for (let ox = from; ox < to;) {
      if (ox >= low && ox < high) {
        for (; ox < high; ++ox) {
          const d0 = v128.load(dy), d1 = v128.load(dy, 16), xb = x + pixel * b, xc = x + pixel * last;
          s0 = madd(v128.load(x), d0, s0); s1 = madd(v128.load(x, 16), d1, s1);
          t0 = madd(v128.load(xb), d0, t0); t1 = madd(v128.load(xb, 16), d1, t1);
          u0 = madd(v128.load(xc), d0, u0); u1 = madd(v128.load(xc, 16), d1, u1);
          x += pixel * step;
          dy += pixel;
        }
        continue;
      }
      const d0 = v128.load(dy), d1 = v128.load(dy, 16), column = ox * step + shift;
      if (<u32>column < <u32>w) { s0 = madd(v128.load(x), d0, s0); s1 = madd(v128.load(x, 16), d1, s1); }
      if (<u32>(column + b) < <u32>w) { t0 = madd(v128.load(x + pixel * b), d0, t0); t1 = madd(v128.load(x + pixel * b, 16), d1, t1); }
      if (<u32>(column + last) < <u32>w) { u0 = madd(v128.load(x + pixel * last), d0, u0); u1 = madd(v128.load(x + pixel * last, 16), d1, u1); }
      ++ox;
      x += pixel * step;
      dy += pixel;
    }
    a0 = f32x4.add(a0, s0); a1 = f32x4.add(a1, s1);
    b0 = f32x4.add(b0, t0); b1 = f32x4.add(b1, t1);
    c0 = f32x4.add(c0, u0); c1 = f32x4.add(c1, u1);
  }
  const df = args.df + pixel * (ky * args.kw + kx) + (<usize>j << 2);
  put(df, a0, a1, width);
  if (count > 1) put(df + pixel, b0, b1, width);
  if (count > 2) put(df + pixel * 2, c0, c1, width);
}
