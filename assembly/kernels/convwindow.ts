// Where the windows of convolutions and pooling lie: images x[n, d, h, w, c], windows of kd×kh×kw cells, output positions od×oh×ow.
// Images with fewer dimensions have leading ones.
import { In } from '../types';

/**
 * Cell (kz, ky, kx) of output (oz, oy, ox) is x[oz·strideD + kz·dilationD − padFront, oy·strideH + ky·dilationH − padTop, ox·strideW +
 * kx·dilationW − padLeft].
 */
@unmanaged
export class Window {
  x: In;
  n: i32;
  d: i32;
  h: i32;
  w: i32;
  c: i32;
  od: i32;
  oh: i32;
  ow: i32;
  kd: i32;
  kh: i32;
  kw: i32;
  strideD: i32;
  strideH: i32;
  strideW: i32;
  dilationD: i32;
  dilationH: i32;
  dilationW: i32;
  padFront: i32;
  padTop: i32;
  padLeft: i32;

  /** Rows of an image, and of its output. */
  @inline get rows(): i32 { return this.d * this.h; }
  @inline get outRows(): i32 { return this.od * this.oh; }
}

/** ⌈a / b⌉, or 0 if a is negative; b is positive. */
export function ceilDiv(a: i32, b: i32): i32 {
  return a > 0 ? (a + b - 1) / b : 0;
}

/** x held between low and high; low where they cross. */
export function clampTo(x: i32, low: i32, high: i32): i32 {
  return max(low, min(x, high));
}

/** First cell of a window that begins at `start` which is not before the image. */
export function firstCell(start: i32, dilation: i32, cells: i32): i32 {
  return start >= 0 ? 0 : min(cells, ceilDiv(-start, dilation));
}

/** The cell after the last one that is within `size`. */
export function endCell(start: i32, dilation: i32, cells: i32, size: i32): i32 {
  return start + (cells - 1) * dilation < size ? cells : min(cells, ceilDiv(size - start, dilation));
}
