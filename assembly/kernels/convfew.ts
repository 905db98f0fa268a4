// Convolution of images with few channels. A patch has so few elements that copying it would take as long as the products: instead the rows of
// the image that a row of windows covers are copied once, with their padding, and the tile walks along them.
import { madd, storeLanes } from '../simd';
import { shareStart } from '../share';
import { ConvArgs } from './conv';
import { clearRun, copyRun } from './convpack';
import { clampTo } from './convwindow';
import { activate, ACT_NONE } from './gemmactivate';

/** As conv, for one group without dilation in width; scratch: kd·kh rows of (ow − 1)·strideW + kw cells. */
export function convFew(args: ConvArgs, ith: i32, nth: i32): void {
  const units = args.n * args.outRows, ow = args.ow, oc = args.oc;
  const band = args.scratch + ith * args.scratchStep, bandStep = <usize>(((ow - 1) * args.strideW + args.kw) * args.c) << 2;
  const y0 = args.y, yStep = <usize>(ow * oc) << 2;
  for (let unit = shareStart(units, 1, ith, nth), end = shareStart(units, 1, ith + 1, nth); unit < end; ++unit) {
    const plane = unit / args.oh, image = plane / args.od;
    fillBand(args, band, bandStep, image, (plane - image * args.od) * args.strideD - args.padFront, (unit - plane * args.oh) * args.strideH - args.padTop);
    const y = y0 + yStep * unit;
    for (let j = 0; j < oc; j += 8) {
      // The last six windows overlap with those before them: the same values once more.
      for (let ox = 0; ox < ow; ox += 6) fewTile(args, y, band, bandStep, min(ox, max(0, ow - 6)), j);
    }
    if (args.activation != ACT_NONE) activate(y, yStep, 1, ow * oc, args.activation);
  }
}

/** Rows of cells from (front, top) on, zeros where they are outside of the image. */
function fillBand(args: ConvArgs, band: usize, bandStep: usize, image: i32, front: i32, top: i32): void {
  const c = args.c, n = <i32>(bandStep >> 2);
  const low = clampTo(args.padLeft * c, 0, n), high = clampTo((args.w + args.padLeft) * c, low, n);
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

/** y[ox:ox+6, j:j+8] of one row of windows. */
function fewTile(args: ConvArgs, y: usize, band: usize, bandStep: usize, ox: i32, j: i32): void {
  const oc = args.oc, aStep = <usize>(args.strideW * args.c) << 2, bStep = <usize>oc << 2, run = <usize>(args.kw * args.c) << 2;
  const none = i32x4.splat(0), bias = args.bias + (<usize>j << 2);
  let c00 = args.bias ? v128.load(bias) : none, c01 = args.bias ? v128.load(bias, 16) : none;
  let c10 = c00, c11 = c01, c20 = c00, c21 = c01, c30 = c00, c31 = c01, c40 = c00, c41 = c01, c50 = c00, c51 = c01;
  let b = args.filter + (<usize>j << 2), line = band + aStep * ox;
  for (let rows = args.kd * args.kh; rows > 0; --rows, line += bandStep) {
    let a = line, a1 = a + aStep, a2 = a1 + aStep, a3 = a2 + aStep, a4 = a3 + aStep, a5 = a4 + aStep;
    for (const end = a + run; a != end;) {
      const b0 = v128.load(b), b1 = v128.load(b, 16);
      let x = v128.load32_splat(a); c00 = madd(x, b0, c00); c01 = madd(x, b1, c01);
      x = v128.load32_splat(a1); c10 = madd(x, b0, c10); c11 = madd(x, b1, c11);
      x = v128.load32_splat(a2); c20 = madd(x, b0, c20); c21 = madd(x, b1, c21);
      x = v128.load32_splat(a3); c30 = madd(x, b0, c30); c31 = madd(x, b1, c31);
      x = v128.load32_splat(a4); c40 = madd(x, b0, c40); c41 = madd(x, b1, c41);
      x = v128.load32_splat(a5); c50 = madd(x, b0, c50); c51 = madd(x, b1, c51);
      b += bStep;
      a += 4; a1 += 4; a2 += 4; a3 += 4; a4 += 4; a5 += 4;
    }
  }
  const rest = args.ow - ox, width = oc - j;
  y += (<usize>(ox * oc + j) << 2);
  put(y, c00, c01, width);
  if (rest > 1) put(y + bStep, c10, c11, width);
  if (rest > 2) put(y + bStep * 2, c20, c21, width);
  if (rest > 3) put(y + bStep * 3, c30, c31, width);
  if (rest > 4) put(y + bStep * 4, c40, c41, width);
  if (rest > 5) put(y + bStep * 5, c50, c51, width);
}

// @ts-ignore: decorator
@inline
function put(y: usize, c0: v128, c1: v128, width: i32): void {
  if (width >= 8) {
    v128.store(y, c0);
    v128.store(y, c1, 16);
  } else putPart(y, c0, c1, width);
}

function putPart(y: usize, c0: v128, c1: v128, width: i32): void {
  storeLanes(y, c0, width);
  if (width > 4) storeLanes(y + 16, c1, width - 4);
}
