// What kernels over rows and strips of columns share. Small functions that are called, not inlined, keep the module small.
import { SPARE, SPARE_BYTES } from './layout';
import { shareStart } from './share';
import { store4, storeLanes } from './simd';

/**
 * 256 bytes of this thread's own. Vectors that an engine may pair are stored here side by side and loaded again where they are then used one by one:
 * without such stores V8 finds no pairs in a sum that a loop carries, and it aborts where half of a pair is also stored or passed by itself.
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
