// Softmax and its relatives over the rows of x[rows, n]; threads take rows. y may be x; dx may be dy or y.
import { exp, log, log1p } from '../math';
import { addWide, copyColumns, cut, firstLanes, mapRow, spare, sumRowOf, sumWide } from '../rows';
import { store2, store4 } from '../simd';
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

/** Where the first n < 16 elements at x stand, followed by `rest`. */
function padded(x: usize, n: i32, rest: v128): usize {
  const to = spare + 64, count = i32x4.splat(n);
  const a = v128.bitselect(v128.load(x), rest, i32x4.lt_s(i32x4(0, 1, 2, 3), count));
  const b = v128.bitselect(v128.load(x, 16), rest, i32x4.lt_s(i32x4(4, 5, 6, 7), count));
  const c = v128.bitselect(v128.load(x, 32), rest, i32x4.lt_s(i32x4(8, 9, 10, 11), count));
  const d = v128.bitselect(v128.load(x, 48), rest, i32x4.lt_s(i32x4(12, 13, 14, 15), count));
  store4(to, a, b, c, d);
  return to;
}

/** y[n] = e = exp(x[n] − shift), and Σ e; y may be x. */
export function expRow(y: usize, x: usize, n: i32, shift: f32): f64 {
  const by = f32x4.splat(shift), zero = f32x4.splat(0);
  let sum = zero;
  for (; n > 0; n -= 16, x += 64, y += 64) {
    const from = n < 16 ? padded(x, n, by) : x, to = n < 16 ? spare : y;
    const a = exp(f32x4.sub(v128.load(from), by)), b = exp(f32x4.sub(v128.load(from, 16), by));
    const c = exp(f32x4.sub(v128.load(from, 32), by)), d = exp(f32x4.sub(v128.load(from, 48), by));
    store4(to, a, b, c, d);
    if (n < 16) {
      const first = f32x4.add(firstLanes(v128.load(to), zero, n), firstLanes(v128.load(to, 16), zero, n - 4));
      sum = addWide(sum, f32x4.add(first,
          f32x4.add(firstLanes(v128.load(to, 32), zero, n - 8), firstLanes(v128.load(to, 48), zero, n - 12))));
      copyColumns(y, to, n);
    } else sum = addWide(sum, f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
  }
  return sumWide(sum);
}

/**
 * Adds the first `count` lanes of e to two sums in float64 at `spare` + 32: the ones, where x is the greatest of its row, and the others.
 */
function addRest(e: v128, count: i32): void {
  const zero = f32x4.splat(0), first = firstLanes(e, zero, count), one = v128.and(f32x4.eq(first, f32x4.splat(1)), first);
  v128.store(spare, addWide(v128.load(spare, 32), one), 32);
  v128.store(spare, addWide(v128.load(spare, 48), v128.andnot(first, one)), 48);
}

/** Σ exp(x[n] − shift) − 1, where shift is the greatest of x: the others are added up without it, so that a small sum keeps its digits. */
function restRow(x: usize, n: i32, shift: f32): f64 {
  const by = f32x4.splat(shift), zero = f32x4.splat(0);
  store2(spare + 32, zero, zero);
  for (; n > 0; n -= 8, x += 32) {
    store2(spare, exp(f32x4.sub(v128.load(x), by)), exp(f32x4.sub(v128.load(x, 16), by)));
    addRest(v128.load(spare), n);
    addRest(v128.load(spare, 16), n - 4);
  }
  return sumWide(v128.load(spare, 32)) - 1 + sumWide(v128.load(spare, 48));
}

@unmanaged
class Scaled {
  @inline vec(x: v128, _b: v128, by: v128, _q: v128, _r: v128): v128 { return f32x4.mul(x, by); }
}

/** y[n] ·= scale */
export function scaleRow(y: usize, n: i32, scale: f32): void {
  const by = f32x4.splat(scale);
  mapRow<Scaled>(y, n, 0, 0, by, by, by);
}

// Calls, for there are many who take few logarithms.
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
  return f32x4.extract_lane(log1p(f32x4.splat(<f32>restRow(x, n, shift))), 0);
}

/** y = exp(x) / Σ exp(x) */
export function softmax(args: SoftmaxArgs, ith: i32, nth: i32): void {
  const n = args.n, end = cut(args.rows, 1, ith + 1, nth);
  for (let row = cut(args.rows, 1, ith, nth); row < end; ++row) {
    const at = <usize>(row * n) << 2, y = args.y + at, x = args.x + at;
    const sum = expRow(y, x, n, maxRow(x, n));
    scaleRow(y, n, <f32>(1 / sum));
  }
}

/** ln p of a logit, with the row's maximum and its logarithm of Σ exp(x − shift). */
@unmanaged
export class LogP {
  @inline vec(x: v128, _b: v128, shift: v128, sum: v128, _r: v128): v128 { return f32x4.sub(f32x4.sub(x, shift), sum); }
}

/** y = x − ln Σ exp(x) */
export function logSoftmax(args: SoftmaxArgs, ith: i32, nth: i32): void {
  const n = args.n, end = cut(args.rows, 1, ith + 1, nth), toX = args.x - args.y;
  for (let row = cut(args.rows, 1, ith, nth); row < end; ++row) {
    const y = args.y + (<usize>(row * n) << 2), shift = maxRow(y + toX, n);
    const by = f32x4.splat(shift), sum = f32x4.splat(logSumRow(y + toX, n, shift));
    mapRow<LogP>(y, n, toX, toX, by, sum, sum);
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

@unmanaged
class Product {
  @inline vec(a: v128, b: v128, _p: v128, _q: v128, _r: v128): v128 { return f32x4.mul(a, b); }
}

@unmanaged
class SoftmaxSlope {
  @inline vec(dy: v128, y: v128, dot: v128, _q: v128, _r: v128): v128 { return f32x4.mul(y, f32x4.sub(dy, dot)); }
}

/** dx = y · (dy − Σ dy·y), y = softmax(x) */
export function softmaxGrad(args: SoftmaxGradArgs, ith: i32, nth: i32): void {
  const n = args.n, end = cut(args.rows, 1, ith + 1, nth), toDy = args.dy - args.dx, toY = args.y - args.dx, zero = f32x4.splat(0);
  for (let row = cut(args.rows, 1, ith, nth); row < end; ++row) {
    const dx = args.dx + (<usize>(row * n) << 2);
    const dot = f32x4.splat(<f32>sumRowOf<Product>(n, dx + toDy, dx + toY, zero, zero, zero));
    mapRow<SoftmaxSlope>(dx, n, toDy, toY, dot, dot, dot);
  }
}

@unmanaged
class LogSoftmaxSlope {
  @inline vec(dy: v128, y: v128, sum: v128, _q: v128, _r: v128): v128 { return f32x4.sub(dy, f32x4.mul(exp(y), sum)); }
}

/** dx = dy − exp(y) · Σ dy, y = logSoftmax(x) */
export function logSoftmaxGrad(args: SoftmaxGradArgs, ith: i32, nth: i32): void {
  const n = args.n, end = cut(args.rows, 1, ith + 1, nth), toDy = args.dy - args.dx, toY = args.y - args.dx;
  for (let row = cut(args.rows, 1, ith, nth); row < end; ++row) {
    const dx = args.dx + (<usize>(row * n) << 2);
    const sum = f32x4.splat(sumRow(dx + toDy, n));
    mapRow<LogSoftmaxSlope>(dx, n, toDy, toY, sum, sum, sum);
  }
}
