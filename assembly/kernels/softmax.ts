// Softmax and its relatives over the rows of x[rows, n]; threads take rows. y may be x; dx may be dy or y.
import { exp, log } from '../math';
import { addWide, cut, firstLanes, storeNext, storeStrip, sumWide } from '../rows';
import { In, Out } from '../types';
import { maxRow, sumRow } from './reduce';

@unmanaged
export class SoftmaxArgs {
  y: Out;
  x: In;
  rows: i32;
  n: i32;
}

@unmanaged
export class SoftmaxGradArgs {
  dx: Out;
  dy: In;
  y: In;
  rows: i32;
  n: i32;
}

/** Σ e, e = exp(x[n] − shift). Unless y is 0, y[n] = e; if there is a dy[n], which y may be, then y = dy − factor·e. */
export function expRow(y: usize, x: usize, n: i32, shift: f32, dy: usize, factor: f32): f64 {
  const by = f32x4.splat(shift), zero = f32x4.splat(0), times = f32x4.splat(factor);
  let sum = zero;
  for (; n > 0; n -= 16, x += 64) {
    let a = exp(f32x4.sub(v128.load(x), by)), b = exp(f32x4.sub(v128.load(x, 16), by));
    let c = exp(f32x4.sub(v128.load(x, 32), by)), d = exp(f32x4.sub(v128.load(x, 48), by));
    if (dy) {
      a = f32x4.sub(v128.load(dy), f32x4.mul(a, times)), b = f32x4.sub(v128.load(dy, 16), f32x4.mul(b, times));
      c = f32x4.sub(v128.load(dy, 32), f32x4.mul(c, times)), d = f32x4.sub(v128.load(dy, 48), f32x4.mul(d, times));
      dy += 64;
    }
    if (y) {
      storeStrip(y, a, b, c, d, n);
      y += 64;
    }
    if (n < 16) {
      a = firstLanes(a, zero, n), b = firstLanes(b, zero, n - 4);
      c = firstLanes(c, zero, n - 8), d = firstLanes(d, zero, n - 12);
    }
    sum = addWide(sum, f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
  }
  return sumWide(sum);
}

/** y[n] ·= scale */
export function scaleRow(y: usize, n: i32, scale: f32): void {
  const by = f32x4.splat(scale);
  for (; n > 0; n -= 4, y += 16) storeNext(y, f32x4.mul(v128.load(y), by), n);
}

// A call, for there are many who take few logarithms.
function logCall(x: v128): v128 {
  return log(x);
}

/** ln x */
// @ts-ignore: decorator
@inline
export function ln(x: v128): v128 {
  return logCall(x);
}

/** ln Σ exp(x[n] − shift) */
export function logSumRow(x: usize, n: i32, shift: f32): f32 {
  return f32x4.extract_lane(ln(f32x4.splat(<f32>expRow(0, x, n, shift, 0, 0))), 0);
}

/** y = exp(x) / Σ exp(x) */
export function softmax(args: SoftmaxArgs, ith: i32, nth: i32): void {
  const n = args.n, end = cut(args.rows, 1, ith + 1, nth);
  for (let row = cut(args.rows, 1, ith, nth); row < end; ++row) {
    const at = <usize>(row * n) << 2, y = args.y + at, x = args.x + at;
    const sum = expRow(y, x, n, maxRow(x, n), 0, 0);
    scaleRow(y, n, <f32>(1 / sum));
  }
}

/** y = x − ln Σ exp(x) */
export function logSoftmax(args: SoftmaxArgs, ith: i32, nth: i32): void {
  const n = args.n, end = cut(args.rows, 1, ith + 1, nth);
  for (let row = cut(args.rows, 1, ith, nth); row < end; ++row) {
    let at = <usize>(row * n) << 2;
    const shift = maxRow(args.x + at, n), by = f32x4.splat(shift), sum = f32x4.splat(logSumRow(args.x + at, n, shift));
    for (let left = n; left > 0; left -= 4, at += 16) {
      storeNext(args.y + at, f32x4.sub(f32x4.sub(v128.load(args.x + at), by), sum), left);
    }
  }
}

/** y[rows] = ln Σ exp(x[rows, n]); ±∞ if the largest is */
export function logSumExp(args: SoftmaxArgs, ith: i32, nth: i32): void {
  const n = args.n, end = cut(args.rows, 1, ith + 1, nth);
  for (let row = cut(args.rows, 1, ith, nth); row < end; ++row) {
    const x = args.x + (<usize>(row * n) << 2), most = maxRow(x, n);
    const shift: f32 = abs(most) == Infinity ? 0 : most;
    store<f32>(args.y + (<usize>row << 2), shift + logSumRow(x, n, shift));
  }
}

/** dx = y · (dy − Σ dy·y), y = softmax(x) */
export function softmaxGrad(args: SoftmaxGradArgs, ith: i32, nth: i32): void {
  const n = args.n, end = cut(args.rows, 1, ith + 1, nth), zero = f32x4.splat(0);
  for (let row = cut(args.rows, 1, ith, nth); row < end; ++row) {
    const start = <usize>(row * n) << 2;
    let at = start, sum = zero;
    for (let left = n; left > 0; left -= 4, at += 16) {
      sum = addWide(sum, firstLanes(f32x4.mul(v128.load(args.dy + at), v128.load(args.y + at)), zero, left));
    }
    const dot = f32x4.splat(<f32>sumWide(sum));
    at = start;
    for (let left = n; left > 0; left -= 4, at += 16) {
      storeNext(args.dx + at, f32x4.mul(v128.load(args.y + at), f32x4.sub(v128.load(args.dy + at), dot)), left);
    }
  }
}

/** dx = dy − exp(y) · Σ dy, y = logSoftmax(x) */
export function logSoftmaxGrad(args: SoftmaxGradArgs, ith: i32, nth: i32): void {
  const n = args.n, end = cut(args.rows, 1, ith + 1, nth);
  for (let row = cut(args.rows, 1, ith, nth); row < end; ++row) {
    const at = <usize>(row * n) << 2, dy = args.dy + at;
    expRow(args.dx + at, args.y + at, n, 0, dy, sumRow(dy, n));
  }
}
