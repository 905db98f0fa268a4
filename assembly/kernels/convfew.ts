// Convolution of images with few channels. A patch has so few elements that copying it would take as long as the products: instead the rows
// of the image that a row of windows covers are copied once, with their padding, and the tile walks along them.
import { WIDE } from '../layout';
import { spare } from '../rows';
import { madd, store2, store4 } from '../simd';
import { shareStart } from '../share';
import { ConvArgs } from './conv';
import { clearRun, copyRun } from './convpack';
import { clampTo } from './convwindow';
import { activate, ACT_NONE } from './gemmactivate';
import { copyTile } from './gemmblock';

/** What the tiles of a share have in common, in this thread's spare memory. */
@unmanaged
class FewTile {
  step: usize; // bytes from window to window in the band
  bandStep: usize; // from row to row of the band
  run: usize; // of a row of a window
  bStep: usize; // from filter element to filter element
  rows: i32; // of a window, over all planes
  windows: i32; // at most six; those that are less are read as the last
}

/**
 * As conv, for one group without dilation in width; scratch: 64 bytes of zeros, edge tile 6×8, kd·kh rows of (ow − 1)·strideW + kw cells.
 */
export function convFew(args: ConvArgs, ith: i32, nth: i32): void {
  const units = args.n * args.outRows, ow = args.ow, oc = args.oc, pixel = <usize>oc << 2;
  const scratch = args.scratch + ith * args.scratchStep, band = scratch + 256, edge = scratch + 64, tile = changetype<FewTile>(spare + 128);
  tile.step = <usize>(args.strideW * args.c) << 2;
  tile.bandStep = <usize>(((ow - 1) * args.strideW + args.kw) * args.c) << 2;
  tile.run = <usize>(args.kw * args.c) << 2;
  tile.bStep = pixel;
  tile.rows = args.kd * args.kh;
  tile.windows = min(6, ow);
  memory.fill(scratch, 0, 64);
  for (let unit = shareStart(units, 1, ith, nth), end = shareStart(units, 1, ith + 1, nth); unit < end; ++unit) {
    const plane = unit / args.oh, image = plane / args.od;
    const front = (plane - image * args.od) * args.strideD - args.padFront, top = (unit - plane * args.oh) * args.strideH - args.padTop;
    fillBand(args, band, tile.bandStep, image, front, top);
    const y = args.y + pixel * ow * unit;
    for (let j = 0; j < oc;) {
      const filter = args.filter + (<usize>j << 2), bias = args.bias ? args.bias + (<usize>j << 2) : scratch;
      const whole = ow >= 6 && oc - j >= 8;
      const two = whole && oc - j >= 16 && load<i32>(WIDE);
      for (let ox = 0; ox < ow; ox += 6) {
        if (ow >= 6) ox = min(ox, ow - 6); // the last six windows overlap with those before them: the same values once more
        const to = y + pixel * ox + (<usize>j << 2), line = band + tile.step * ox;
        if (two) fewTile<Sixteen>(tile, to, pixel, line, filter, bias);
        else fewTile<Eight>(tile, whole ? to : edge, whole ? pixel : 32, line, filter, bias);
        if (!whole) copyTile(to, pixel, edge, 32, min(6, ow - ox), oc - j);
      }
      j += two ? 16 : 8;
    }
    if (args.activation != ACT_NONE) activate(y, 0, 1, ow * oc, args.activation);
  }
}

/** Rows of cells from (front, top) on, zeros where they are outside of the image. */
function fillBand(args: ConvArgs, band: usize, bandStep: usize, image: i32, front: i32, top: i32): void {
  const c = args.c, n = <i32>(bandStep >> 2), cells = n / c;
  const low = clampTo(args.padLeft, 0, cells) * c, high = clampTo(args.w + args.padLeft, 0, cells) * c;
  for (let kz = 0; kz < args.kd; ++kz) {
    for (let ky = 0; ky < args.kh; ++ky) {
      const plane = front + kz * args.dilationD, row = top + ky * args.dilationH;
      if (<u32>plane < <u32>args.d && <u32>row < <u32>args.h) {
        const x = args.x + (<usize>(((image * args.d + plane) * args.h + row) * args.w * c) << 2);
        clearRun(copyRun(clearRun(band, low), x, high - low), n - high);
      } else clearRun(band, n);
      band += bandStep;
    }
  }
}

/** Eight or sixteen filters; the methods fold to constants. */
@unmanaged
class Eight {
  @inline wide(): bool { return false; }
}
@unmanaged
class Sixteen {
  @inline wide(): bool { return true; }
}

/**
 * to[0:6, 0:8 or 16] = six windows from `line` on, filters from b on. Registers and the order of stores as in gemmtile.ts; sixteen are for
 * wide mode, as tile16.
 */
function fewTile<T>(tile: FewTile, to: usize, toStride: usize, line: usize, b: usize, bias: usize): void {
  const step = tile.step, last = tile.windows - 1, run = tile.run, bStep = tile.bStep, bandStep = tile.bandStep;
  const s1 = step * min(1, last), s2 = step * min(2, last), s3 = step * min(3, last), s4 = step * min(4, last), s5 = step * min(5, last);
  const wide = changetype<T>(0).wide(), zero = i32x4.splat(0);
  let c00 = v128.load(bias), c01 = v128.load(bias, 16), c02 = zero, c03 = zero;
  if (wide) { // V8 finds pairs of differences here, not of what is loaded
    c00 = f32x4.sub(c00, zero); c01 = f32x4.sub(c01, zero);
    c02 = f32x4.sub(v128.load(bias, 32), zero); c03 = f32x4.sub(v128.load(bias, 48), zero);
  }
  let c10 = c00, c11 = c01, c12 = c02, c13 = c03;
  let c20 = c00, c21 = c01, c22 = c02, c23 = c03;
  let c30 = c00, c31 = c01, c32 = c02, c33 = c03;
  let c40 = c00, c41 = c01, c42 = c02, c43 = c03;
  let c50 = c00, c51 = c01, c52 = c02, c53 = c03;
  let b2 = zero, b3 = zero;
  for (let rows = tile.rows; rows > 0; --rows) {
    let a = line, a1 = a + s1, a2 = a + s2, a3 = a + s3, a4 = a + s4, a5 = a + s5;
    line += bandStep;
    const end = a + run;
    while (a != end) {
      const b0 = v128.load(b), b1 = v128.load(b, 16);
      if (wide) { b2 = v128.load(b, 32); b3 = v128.load(b, 48); }
      let x = v128.load32_splat(a); c00 = madd(x, b0, c00); c01 = madd(x, b1, c01);
      if (wide) { c02 = madd(x, b2, c02); c03 = madd(x, b3, c03); }
      x = v128.load32_splat(a1); c10 = madd(x, b0, c10); c11 = madd(x, b1, c11);
      if (wide) { c12 = madd(x, b2, c12); c13 = madd(x, b3, c13); }
      x = v128.load32_splat(a2); c20 = madd(x, b0, c20); c21 = madd(x, b1, c21);
      if (wide) { c22 = madd(x, b2, c22); c23 = madd(x, b3, c23); }
      x = v128.load32_splat(a3); c30 = madd(x, b0, c30); c31 = madd(x, b1, c31);
      if (wide) { c32 = madd(x, b2, c32); c33 = madd(x, b3, c33); }
      x = v128.load32_splat(a4); c40 = madd(x, b0, c40); c41 = madd(x, b1, c41);
      if (wide) { c42 = madd(x, b2, c42); c43 = madd(x, b3, c43); }
      x = v128.load32_splat(a5); c50 = madd(x, b0, c50); c51 = madd(x, b1, c51);
      if (wide) { c52 = madd(x, b2, c52); c53 = madd(x, b3, c53); }
      b += bStep;
      a += 4; a1 += 4; a2 += 4; a3 += 4; a4 += 4; a5 += 4;
    }
  }
  to += toStride * 5;
  put<T>(to, c50, c51, c52, c53); to -= toStride;
  put<T>(to, c40, c41, c42, c43); to -= toStride;
  put<T>(to, c30, c31, c32, c33); to -= toStride;
  put<T>(to, c20, c21, c22, c23); to -= toStride;
  put<T>(to, c10, c11, c12, c13); to -= toStride;
  put<T>(to, c00, c01, c02, c03);
}

// @ts-ignore: decorator
@inline
function put<T>(to: usize, c0: v128, c1: v128, c2: v128, c3: v128): void {
  if (changetype<T>(0).wide()) store4(to, c0, c1, c2, c3);
  else store2(to, c0, c1);
}
