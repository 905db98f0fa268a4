// What the optimizers share. A rule is one pass over a weight, its gradient and its state, by the formulas of Keras 3; what changes from
// step to step is read from memory. Buffers are padded and shares are cut at sixteen elements, so two vectors a step run over the end of
// the weight.
//
// Every rule first takes g' = clip(g · scale), and w' = w − w·weightDecay·lr.
import { cut } from '../rows';
import { madd, store2 } from '../simd';
import { InOut } from '../types';

@unmanaged
export class IncrementIntArgs {
  y: InOut;
  by: i32;
}

/** Where the share of thread ith begins, in bytes. */
// @ts-ignore: decorator
@inline
export function start(n: i32, ith: i32, nth: i32): usize {
  return <usize>cut(n, 16, ith, nth) << 2;
}

// @ts-ignore: decorator
@inline
export function splat(x: f64): v128 {
  return f32x4.splat(<f32>x);
}

/** The factor of the gradient. */
// @ts-ignore: decorator
@inline
export function factor(scale: usize): v128 {
  return f32x4.splat(scale ? load<f32>(scale) : 1);
}

// @ts-ignore: decorator
@inline
export function limit(clip: f32): v128 {
  return f32x4.splat(clip > 0 ? clip : Infinity);
}

/** x in [−limit, limit]; a NaN stays one. */
// @ts-ignore: decorator
@inline
export function clamp(x: v128, limit: v128): v128 {
  return f32x4.pmin(f32x4.pmax(x, f32x4.neg(limit)), limit);
}

/** clip(g · scale) */
// @ts-ignore: decorator
@inline
export function gradient(g: v128, scale: v128, limit: v128): v128 {
  return clamp(f32x4.mul(g, scale), limit);
}

/** x + x·decay, where decay is −weightDecay·lr. */
// @ts-ignore: decorator
@inline
export function decayed(x: v128, decay: v128): v128 {
  return madd(x, decay, x);
}

/** a·p + b·q */
// @ts-ignore: decorator
@inline
export function mix(a: v128, p: v128, b: v128, q: v128): v128 {
  return madd(a, p, f32x4.mul(b, q));
}

/**
 * Subnormal numbers as 0. A decaying average of zeros would end in them for good, and there x86 is a hundred times slower; Keras's JAX
 * backend flushes them, too.
 */
// @ts-ignore: decorator
@inline
function flush(x: v128): v128 {
  return v128.andnot(x, i32x4.lt_s(v128.and(x, i32x4.splat(0x7fffffff)), i32x4.splat(0x00800000)));
}

/** Stores two vectors of an average. */
// @ts-ignore: decorator
@inline
export function storeAverage2(to: usize, a: v128, b: v128): void {
  store2(to, flush(a), flush(b));
}

/** w' − step, for two vectors. */
// @ts-ignore: decorator
@inline
export function descend2(w: usize, decay: v128, step0: v128, step1: v128): void {
  const x0 = v128.load(w), x1 = v128.load(w, 16);
  store2(w, f32x4.sub(decayed(x0, decay), step0), f32x4.sub(decayed(x1, decay), step1));
}

/** w' + step·rate, for two vectors. */
// @ts-ignore: decorator
@inline
export function move2(w: usize, decay: v128, rate: v128, step0: v128, step1: v128): void {
  const x0 = v128.load(w), x1 = v128.load(w, 16);
  store2(w, madd(step0, rate, decayed(x0, decay)), madd(step1, rate, decayed(x1, decay)));
}

/** y[0] += by; the first thread alone. */
export function incrementInt(args: IncrementIntArgs, ith: i32, _nth: i32): void {
  if (ith == 0) store<i32>(args.y, load<i32>(args.y) + args.by);
}
