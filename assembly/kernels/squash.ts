// Sigmoid and tanh over rows, for the gates of recurrent layers: four vectors at a time, and one rational function for both.
import { storeNext } from '../rows';
import { madd, store4 } from '../simd';

/**
 * tanh x as x P(x²) / Q(x²), |x| ≤ 9: relative error 4e-7, mean 5e-8. Fewer steps, and in shorter chains, than with an exponential.
 * Coefficients: a minimax fit of the relative error.
 */
// @ts-ignore: decorator
@inline
function numerator(t: v128): v128 {
  let p = madd(f32x4.splat(1.3354694239353648e-8), t, f32x4.splat(2.0609108105418272e-5));
  p = madd(p, t, f32x4.splat(0.003495589829981327));
  p = madd(p, t, f32x4.splat(0.13381026685237885));
  return madd(p, t, f32x4.splat(1));
}

// @ts-ignore: decorator
@inline
function denominator(t: v128): v128 {
  let q = madd(f32x4.splat(7.776572488182865e-7), t, f32x4.splat(0.0003285637649241835));
  q = madd(q, t, f32x4.splat(0.02587698958814144));
  q = madd(q, t, f32x4.splat(0.4671434164047241));
  return madd(q, t, f32x4.splat(1));
}

// @ts-ignore: decorator
@inline
function within(x: v128): v128 { return f32x4.pmax(f32x4.pmin(x, f32x4.splat(9)), f32x4.splat(-9)); } // NaN stays

// @ts-ignore: decorator
@inline
function squashed(x: v128, slope: v128, shift: v128): v128 {
  const a = within(f32x4.mul(x, slope)), t = f32x4.mul(a, a);
  return madd(slope, f32x4.div(f32x4.mul(a, numerator(t)), denominator(t)), shift);
}

/** y[i] = ½ + ½ tanh(½ x[i]), i < n; or with sigmoid = 0, tanh(x[i]). May be in place. */
export function squash(y: usize, x: usize, n: i32, sigmoid: i32): void {
  const slope = f32x4.splat(sigmoid ? 0.5 : 1), shift = f32x4.splat(sigmoid ? 0.5 : 0);
  for (; n >= 16; n -= 16) {
    const a0 = within(f32x4.mul(v128.load(x), slope)), a1 = within(f32x4.mul(v128.load(x, 16), slope));
    const a2 = within(f32x4.mul(v128.load(x, 32), slope)), a3 = within(f32x4.mul(v128.load(x, 48), slope));
    const t0 = f32x4.mul(a0, a0), t1 = f32x4.mul(a1, a1), t2 = f32x4.mul(a2, a2), t3 = f32x4.mul(a3, a3);
    const y0 = f32x4.div(f32x4.mul(a0, numerator(t0)), denominator(t0)), y1 = f32x4.div(f32x4.mul(a1, numerator(t1)), denominator(t1));
    const y2 = f32x4.div(f32x4.mul(a2, numerator(t2)), denominator(t2)), y3 = f32x4.div(f32x4.mul(a3, numerator(t3)), denominator(t3));
    store4(y, madd(slope, y0, shift), madd(slope, y1, shift), madd(slope, y2, shift), madd(slope, y3, shift));
    x += 64;
    y += 64;
  }
  for (; n > 0; n -= 4) {
    storeNext(y, squashed(v128.load(x), slope, shift), n);
    x += 16;
    y += 16;
  }
}
