// What kernels over rows and strips of columns share. Small functions that are called, not inlined, keep the module small.
import { SPARE, SPARE_BYTES } from './layout';
import { shareStart } from './share';
import { store2, store4, storeLanes } from './simd';

/**
 * 256 bytes of this thread's own. Vectors that an engine may pair are stored here side by side and loaded again where they are then used
 * one by one: without such stores V8 finds no pairs in a sum that a loop carries, and it aborts where half of a pair is also stored or
 * passed by itself.
 */
export let spare: usize = SPARE;

export function chooseSpare(ith: i32): void {
  spare = SPARE + SPARE_BYTES * ith;
}

/** First of n units that thread ith does. */
export function cut(n: i32, grain: i32, ith: i32, nth: i32): i32 {
  return shareStart(n, grain, ith, nth);
}

/** The first `count` (any integer) lanes of x, the others of `rest`. */
// @ts-ignore: decorator
@inline
export function firstLanes(x: v128, rest: v128, count: i32): v128 {
  return v128.bitselect(x, rest, i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count)));
}

/** Stores the first `width` (at least 1) of the columns at `from`, of which sixteen may be read. */
export function copyColumns(to: usize, from: usize, width: i32): void {
  for (; width > 0; width -= 4, to += 16, from += 16) storeLanes(to, v128.load(from), width);
}

/** Stores the first `width` of 16 columns. */
// @ts-ignore: decorator
@inline
export function storeStrip(to: usize, a: v128, b: v128, c: v128, d: v128, width: i32): void {
  const at = width >= 16 ? to : spare;
  store4(at, a, b, c, d);
  if (width < 16) copyColumns(to, at, width);
}

/** Stores the first `width` of 8 columns. */
// @ts-ignore: decorator
@inline
export function storeHalfStrip(to: usize, a: v128, b: v128, width: i32): void {
  const at = width >= 8 ? to : spare;
  store2(at, a, b);
  if (width < 8) copyColumns(to, at, width);
}

function storeCall(to: usize, x: v128, count: i32): void {
  storeLanes(to, x, count);
}

/** Stores the next vector of a row of which `left` > 0 elements remain. */
// @ts-ignore: decorator
@inline
export function storeNext(to: usize, x: v128, left: i32): void {
  if (left >= 4) v128.store(to, x);
  else storeCall(to, x, left);
}

/** Lanes 2 and 3 as the first. */
// @ts-ignore: decorator
@inline
function upper(x: v128): v128 {
  return v128.shuffle<f32>(x, x, 2, 3, 2, 3);
}

/** Adds the lanes of x to two sums in float64. */
// @ts-ignore: decorator
@inline
export function addWide(sums: v128, x: v128): v128 {
  return f64x2.add(sums, f64x2.add(f64x2.promote_low_f32x4(x), f64x2.promote_low_f32x4(upper(x))));
}

// @ts-ignore: decorator
@inline
export function sumWide(sums: v128): f64 {
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}

// Bodies of loops that do one vector or, where `two`, two: the second has a name of its own.

/** The vector after the one at x, or where there are not two the first. */
// @ts-ignore: decorator
@inline
export function second(x: usize, first: v128, two: bool): v128 {
  return two ? v128.load(x, 16) : first;
}

/** Stores two vectors, or one of a row of which `left` elements remain. */
// @ts-ignore: decorator
@inline
export function put(to: usize, a: v128, b: v128, left: i32, two: bool): void {
  if (two) store2(to, a, b);
  else storeNext(to, a, left);
}

/** to[i] += from[i], i < n */
export function addRow(to: usize, from: usize, n: i32): void {
  for (; n >= 8; n -= 8, to += 32, from += 32) store2(to, f32x4.add(v128.load(to), v128.load(from)),
      f32x4.add(v128.load(to, 16), v128.load(from, 16)));
  for (; n > 0; n -= 4, to += 16, from += 16) storeNext(to, f32x4.add(v128.load(to), v128.load(from)), n);
}

/** y[i] = op.vec(a[i], b[i], p, q, r) of n elements; a and b are distances from y. */
// @ts-ignore: decorator
@inline
export function mapRow<Op>(y: usize, n: i32, a: usize, b: usize, p: v128, q: v128, r: v128): void {
  const op = changetype<Op>(0);
  for (; n >= 8; n -= 8, y += 32) {
    store2(y, op.vec(v128.load(y + a), v128.load(y + b), p, q, r), op.vec(v128.load(y + a, 16), v128.load(y + b, 16), p, q, r));
  }
  for (; n > 0; n -= 4, y += 16) storeNext(y, op.vec(v128.load(y + a), v128.load(y + b), p, q, r), n);
}

/** Steps of sixteen columns that sumRowOf adds up in float32. */
const SUM_BLOCK: i32 = 32;

/** Σ op.vec(a[i], b[i], p, q, r) of n elements: blocks in float32, their sums in float64. */
// @ts-ignore: decorator
@inline
export function sumRowOf<Op>(n: i32, a: usize, b: usize, p: v128, q: v128, r: v128): f64 {
  const op = changetype<Op>(0), zero = i32x4.splat(0);
  let sums = zero;
  for (b -= a; n >= 16;) {
    let s0 = zero, s1 = zero, s2 = zero, s3 = zero;
    for (let steps = min(n >> 4, SUM_BLOCK); steps > 0; --steps, n -= 16, a += 64) {
      s0 = f32x4.add(s0, op.vec(v128.load(a), v128.load(a + b), p, q, r));
      s1 = f32x4.add(s1, op.vec(v128.load(a, 16), v128.load(a + b, 16), p, q, r));
      s2 = f32x4.add(s2, op.vec(v128.load(a, 32), v128.load(a + b, 32), p, q, r));
      s3 = f32x4.add(s3, op.vec(v128.load(a, 48), v128.load(a + b, 48), p, q, r));
    }
    store4(spare, s0, s1, s2, s3);
    sums = addWide(sums, f32x4.add(f32x4.add(v128.load(spare), v128.load(spare, 16)),
        f32x4.add(v128.load(spare, 32), v128.load(spare, 48))));
  }
  for (; n > 0; n -= 4, a += 16) sums = addWide(sums, firstLanes(op.vec(v128.load(a), v128.load(a + b), p, q, r), zero, n));
  return sumWide(sums);
}
