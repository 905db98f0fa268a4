// What kernels over rows and strips of columns share. Small functions that are called, not inlined, keep the module small.
import { shareStart } from './share';
import { storeLanes } from './simd';

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

function storeColumns(to: usize, a: v128, b: v128, c: v128, d: v128, width: i32): void {
  storeLanes(to, a, width);
  if (width > 4) storeLanes(to + 16, b, width - 4);
  if (width > 8) storeLanes(to + 32, c, width - 8);
  if (width > 12) storeLanes(to + 48, d, width - 12);
}

/** Stores the first `width` of 16 columns. */
// @ts-ignore: decorator
@inline
export function storeStrip(to: usize, a: v128, b: v128, c: v128, d: v128, width: i32): void {
  storeColumns(to, a, b, c, d, width);
}

/** Stores the next vector of a row of which `left` > 0 elements remain. */
// @ts-ignore: decorator
@inline
export function storeNext(to: usize, x: v128, left: i32): void {
  if (left >= 4) v128.store(to, x);
  else storeColumns(to, x, x, x, x, left);
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
