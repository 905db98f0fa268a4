// v128 helpers that every kernel shares.

/** a · b + c: fused in the relaxed build, two roundings in the plain one. */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

/** Sum of the four lanes: (0 + 2) + (1 + 3). */
// @ts-ignore: decorator
@inline
export function sumLanes(x: v128): f32 {
  const pairs = f32x4.add(x, v128.shuffle<f32>(x, x, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/**
 * Stores two vectors side by side. The last comes first: where V8 makes them one store of 256 bits, it leaves out both only in this order.
 */
// @ts-ignore: decorator
@inline
export function store2(to: usize, a: v128, b: v128): void {
  v128.store(to, b, 16);
  v128.store(to, a);
}

/** Stores four vectors side by side, in the order of store2. */
// @ts-ignore: decorator
@inline
export function store4(to: usize, a: v128, b: v128, c: v128, d: v128): void {
  v128.store(to, d, 48);
  v128.store(to, c, 32);
  v128.store(to, b, 16);
  v128.store(to, a);
}

/** Stores the first `count` (1 to 4) lanes. */
// @ts-ignore: decorator
@inline
export function storeLanes(to: usize, x: v128, count: i32): void {
  if (count >= 4) v128.store(to, x);
  else if (count == 3) {
    v128.store64_lane(to, x, 0);
    v128.store32_lane(to, x, 2, 8);
  } else if (count == 2) v128.store64_lane(to, x, 0);
  else v128.store32_lane(to, x, 0);
}
