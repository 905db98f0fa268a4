// Depthwise convolution: every channel has a filter of its own. Vectors are neighbouring channels; a tile is three output columns of
// sixteen channels.
import { cut, storeHalfStrip, storeStrip } from '../rows';
import { madd, store4 } from '../simd';
import { In, Out, Scratch } from '../types';
import { ceilDiv, clampTo, endCell, firstCell, Window } from './convwindow';
import { activate, ACT_NONE } from './gemmactivate';

@unmanaged
export class DepthwiseArgs extends Window {
  y: Out;
  filter: In; // [kh, kw, c]
  bias: In; // [c], or 0
  scratch: Scratch; // 64 bytes of zeros a thread
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
  const oh = args.oh, ow = args.ow, c = args.c, pixel = <usize>c << 2, cellStep = pixel * args.dilationW;
  const rowStep = pixel * args.w * args.dilationH;
  // Columns whose windows are inside of the image.
  const inner0 = min(ow, ceilDiv(args.padLeft, args.strideW));
  const inner1 = clampTo(ceilDiv(args.w - (args.kw - 1) * args.dilationW + args.padLeft, args.strideW), inner0, ow);
  const right = pixel * args.strideW, column = <usize>args.yColumn << 2, zeros = args.scratch + (ith << 6);
  memory.fill(zeros, 0, 64);
  for (let unit = cut(args.n * oh, 1, ith, nth), end = cut(args.n * oh, 1, ith + 1, nth); unit < end; ++unit) {
    const image = unit / oh, oy = unit - image * oh, top = oy * args.strideH - args.padTop;
    const ky0 = firstCell(top, args.dilationH, args.kh), rows = endCell(top, args.dilationH, args.kh, args.h) - ky0;
    const x = args.x + pixel * (args.w * (image * args.h + top + ky0 * args.dilationH) - args.padLeft);
    const f = args.filter + pixel * ky0 * args.kw;
    const y = args.y + (<usize>(image * args.yImage + oy * args.yRow) << 2);
    for (let ox = 0; ox < ow;) {
      const inside = ox >= inner0 && ox < inner1 && inner1 - inner0 >= 3;
      if (inside) ox = min(ox, inner1 - 3); // the last three overlap with those before them: the same values once more
      const columns = inside ? 3 : 1, to = y + column * ox, from = x + right * ox, left = ox * args.strideW - args.padLeft;
      for (let j = 0; j < c; j += 16) {
        const at = <usize>j << 2, bias = args.bias ? args.bias + at : zeros;
        if (inside && c - j >= 16) threeColumns(to + at, column, from + at, right, cellStep, rowStep, f + at, pixel, args.kw, rows, bias);
        else for (let i = 0; i < columns; ++i) oneColumn(args, to + column * i + at, from + right * i + at, cellStep, rowStep, f + at,
            left + i * args.strideW, rows, bias, c - j);
      }
      ox += columns;
    }
    if (args.activation != ACT_NONE) activate(y, 0, 1, ow * c, args.activation);
  }
}

/**
 * Three output columns, sixteen channels; x is the place of the first cell, f of its filter. Registers and the order of stores as in
 * gemmtile.ts.
 */
function threeColumns(y: usize, column: usize, x: usize, right: usize, cellStep: usize, rowStep: usize, f: usize, pixel: usize, kw: i32,
    rows: i32, bias: usize): void {
  let a0 = v128.load(bias), a1 = v128.load(bias, 16), a2 = v128.load(bias, 32), a3 = v128.load(bias, 48);
  let b0 = a0, b1 = a1, b2 = a2, b3 = a3, c0 = a0, c1 = a1, c2 = a2, c3 = a3;
  for (; rows > 0; --rows) {
    let xa = x, xb = x + right, xc = xb + right;
    x += rowStep;
    const end = f + pixel * kw;
    while (f != end) {
      let g = v128.load(f); a0 = madd(v128.load(xa), g, a0); b0 = madd(v128.load(xb), g, b0); c0 = madd(v128.load(xc), g, c0);
      g = v128.load(f, 16); a1 = madd(v128.load(xa, 16), g, a1); b1 = madd(v128.load(xb, 16), g, b1); c1 = madd(v128.load(xc, 16), g, c1);
      g = v128.load(f, 32); a2 = madd(v128.load(xa, 32), g, a2); b2 = madd(v128.load(xb, 32), g, b2); c2 = madd(v128.load(xc, 32), g, c2);
      g = v128.load(f, 48); a3 = madd(v128.load(xa, 48), g, a3); b3 = madd(v128.load(xb, 48), g, b3); c3 = madd(v128.load(xc, 48), g, c3);
      f += pixel; xa += cellStep; xb += cellStep; xc += cellStep;
    }
  }
  y += column * 2;
  store4(y, c0, c1, c2, c3); y -= column;
  store4(y, b0, b1, b2, b3); y -= column;
  store4(y, a0, a1, a2, a3);
}

/** Up to sixteen channels of one output column, whose first cell is at `left`. */
function oneColumn(args: DepthwiseArgs, y: usize, x: usize, cellStep: usize, rowStep: usize, f: usize, left: i32, rows: i32, bias: usize,
    width: i32): void {
  const pixel = <usize>args.c << 2, kx0 = firstCell(left, args.dilationW, args.kw), kx1 = endCell(left, args.dilationW, args.kw, args.w);
  let a0 = v128.load(bias), a1 = v128.load(bias, 16), a2 = v128.load(bias, 32), a3 = v128.load(bias, 48);
  for (; rows > 0; --rows, x += rowStep, f += pixel * args.kw) {
    let from = x + cellStep * kx0, filter = f + pixel * kx0;
    for (let kx = kx0; kx < kx1; ++kx) {
      a0 = madd(v128.load(from), v128.load(filter), a0); a1 = madd(v128.load(from, 16), v128.load(filter, 16), a1);
      a2 = madd(v128.load(from, 32), v128.load(filter, 32), a2); a3 = madd(v128.load(from, 48), v128.load(filter, 48), a3);
      from += cellStep;
      filter += pixel;
    }
  }
  storeStrip(y, a0, a1, a2, a3, width);
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
  const shift = kx * args.dilationW - args.padLeft, right = pixel * step, zero = i32x4.splat(0);
  // From `from` to `to` some cell is in the image, from low to high all are.
  const from = min(ow, ceilDiv(-shift - last, step)), to = min(ow, ceilDiv(w - shift, step)), low = min(ow, ceilDiv(-shift, step));
  const high = min(ow, ceilDiv(w - shift - last, step));
  let a0 = zero, a1 = zero, b0 = zero, b1 = zero, c0 = zero, c1 = zero;
  for (let unit = 0; unit < args.n * args.oh; ++unit) {
    const image = unit / args.oh, row = (unit - image * args.oh) * args.strideH - args.padTop + ky * args.dilationH;
    if (<u32>row >= <u32>args.h) continue;
    let s0 = zero, s1 = zero, t0 = zero, t1 = zero, u0 = zero, u1 = zero;
    let x = args.x + pixel * ((image * args.h + row) * w + from * step + shift) + (<usize>j << 2);
    let dy = args.dy + pixel * (unit * ow + from) + (<usize>j << 2);
    for (let ox = from; ox < to;) {
      if (ox >= low && ox < high) {
        const end = dy + pixel * (high - ox);
        let xb = x + pixel * b, xc = x + pixel * last;
        while (dy != end) {
          const d0 = v128.load(dy), d1 = v128.load(dy, 16);
          s0 = madd(v128.load(x), d0, s0); s1 = madd(v128.load(x, 16), d1, s1);
          t0 = madd(v128.load(xb), d0, t0); t1 = madd(v128.load(xb, 16), d1, t1);
          u0 = madd(v128.load(xc), d0, u0); u1 = madd(v128.load(xc, 16), d1, u1);
          x += right; xb += right; xc += right;
          dy += pixel;
        }
        ox = high;
        continue;
      }
      const d0 = v128.load(dy), d1 = v128.load(dy, 16), column = ox * step + shift;
      if (<u32>column < <u32>w) { s0 = madd(v128.load(x), d0, s0); s1 = madd(v128.load(x, 16), d1, s1); }
      if (<u32>(column + b) < <u32>w) { t0 = madd(v128.load(x + pixel * b), d0, t0); t1 = madd(v128.load(x + pixel * b, 16), d1, t1); }
      if (<u32>(column + last) < <u32>w) {
        u0 = madd(v128.load(x + pixel * last), d0, u0); u1 = madd(v128.load(x + pixel * last, 16), d1, u1);
      }
      ++ox;
      x += pixel * step;
      dy += pixel;
    }
    a0 = f32x4.add(a0, s0); a1 = f32x4.add(a1, s1);
    b0 = f32x4.add(b0, t0); b1 = f32x4.add(b1, t1);
    c0 = f32x4.add(c0, u0); c1 = f32x4.add(c1, u1);
  }
  const df = args.df + pixel * (ky * args.kw + kx) + (<usize>j << 2);
  storeHalfStrip(df, a0, a1, width);
  if (count > 1) storeHalfStrip(df + pixel, b0, b1, width);
  if (count > 2) storeHalfStrip(df + pixel * 2, c0, c1, width);
}
