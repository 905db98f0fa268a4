// Optimizers of moments, debiased by the number of the step: Adam, Adamax, Nadam.
import { madd, store2 } from '../simd';
import { In, InOut } from '../types';
import { descend2, factor, gradient, limit, mix, splat, start, storeAverage2 } from './optimizer';

@unmanaged
export class AdamArgs {
  w: InOut;
  m: InOut;
  v: InOut;
  vhat: InOut; // or 0: no AMSGrad
  g: In;
  lr: In;
  scale: In;
  step: In; // int32, steps taken before this one
  n: i32;
  clip: f32;
  weightDecay: f32;
  beta1: f64;
  beta2: f64;
  epsilon: f32;
}

@unmanaged
export class AdamaxArgs {
  w: InOut;
  m: InOut;
  u: InOut;
  g: In;
  lr: In;
  scale: In;
  step: In;
  n: i32;
  clip: f32;
  weightDecay: f32;
  beta1: f64;
  beta2: f64;
  epsilon: f32;
}

@unmanaged
export class NadamArgs {
  w: InOut;
  m: InOut;
  v: InOut;
  g: In;
  lr: In;
  scale: In;
  step: In;
  uProduct: In; // scalar, moved by nadamProduct once before the weights of a step
  n: i32;
  clip: f32;
  weightDecay: f32;
  beta1: f64;
  beta2: f64;
  epsilon: f32;
}

@unmanaged
export class NadamProductArgs {
  uProduct: InOut;
  step: In;
  beta1: f64;
}

/** average + (x − average)·rest */
// @ts-ignore: decorator
@inline
function towards(average: v128, x: v128, rest: v128): v128 {
  return madd(f32x4.sub(x, average), rest, average);
}

/** x to an integer power, by squaring. */
function power(x: f64, n: i32): f32 {
  let y: f64 = 1;
  for (; n > 0; n >>= 1, x *= x) if (n & 1) y *= x;
  return <f32>y;
}

/** m += (g − m)(1 − β₁); v += (g² − v)(1 − β₂); w −= α·m / (√v + ε), α = lr·√(1 − β₂ᵗ) / (1 − β₁ᵗ) */
export function adam(args: AdamArgs, ith: i32, nth: i32): void {
  const end = start(args.n, ith + 1, nth), w = args.w, m = args.m, v = args.v, g = args.g, vhat = args.vhat;
  const scale = factor(args.scale), clip = limit(args.clip), epsilon = f32x4.splat(args.epsilon);
  const rate = load<f32>(args.lr), decay = f32x4.splat(-args.weightDecay * rate), t = load<i32>(args.step) + 1;
  const alpha = f32x4.splat(rate * sqrt<f32>(1 - power(<f32>args.beta2, t)) / (1 - power(<f32>args.beta1, t)));
  const rest1 = splat(1 - args.beta1), rest2 = splat(1 - args.beta2);
  for (let at = start(args.n, ith, nth); at < end; at += 32) {
    const g0 = gradient(v128.load(g + at), scale, clip), g1 = gradient(v128.load(g + at, 16), scale, clip);
    const m0 = towards(v128.load(m + at), g0, rest1), m1 = towards(v128.load(m + at, 16), g1, rest1);
    let v0 = towards(v128.load(v + at), f32x4.mul(g0, g0), rest2), v1 = towards(v128.load(v + at, 16), f32x4.mul(g1, g1), rest2);
    storeAverage2(m + at, m0, m1);
    storeAverage2(v + at, v0, v1);
    if (vhat) {
      v0 = f32x4.max(v128.load(vhat + at), v0);
      v1 = f32x4.max(v128.load(vhat + at, 16), v1);
      store2(vhat + at, v0, v1);
    }
    const step0 = f32x4.div(f32x4.mul(m0, alpha), f32x4.add(f32x4.sqrt(v0), epsilon));
    const step1 = f32x4.div(f32x4.mul(m1, alpha), f32x4.add(f32x4.sqrt(v1), epsilon));
    descend2(w + at, decay, step0, step1);
  }
}

/** m += (g − m)(1 − β₁); u = max(β₂u, |g|); w −= lr·m / ((1 − β₁ᵗ)(u + ε)) */
export function adamax(args: AdamaxArgs, ith: i32, nth: i32): void {
  const end = start(args.n, ith + 1, nth), w = args.w, m = args.m, u = args.u, g = args.g;
  const scale = factor(args.scale), clip = limit(args.clip), epsilon = f32x4.splat(args.epsilon);
  const rate = load<f32>(args.lr), lr = f32x4.splat(rate), decay = f32x4.splat(-args.weightDecay * rate);
  const rest = splat(1 - args.beta1), beta2 = splat(args.beta2);
  const debias = f32x4.splat(1 - power(<f32>args.beta1, load<i32>(args.step) + 1));
  for (let at = start(args.n, ith, nth); at < end; at += 32) {
    const g0 = gradient(v128.load(g + at), scale, clip), g1 = gradient(v128.load(g + at, 16), scale, clip);
    const m0 = towards(v128.load(m + at), g0, rest), m1 = towards(v128.load(m + at, 16), g1, rest);
    const u0 = f32x4.max(f32x4.mul(v128.load(u + at), beta2), f32x4.abs(g0));
    const u1 = f32x4.max(f32x4.mul(v128.load(u + at, 16), beta2), f32x4.abs(g1));
    storeAverage2(m + at, m0, m1);
    storeAverage2(u + at, u0, u1);
    const step0 = f32x4.div(f32x4.mul(m0, lr), f32x4.mul(f32x4.add(u0, epsilon), debias));
    const step1 = f32x4.div(f32x4.mul(m1, lr), f32x4.mul(f32x4.add(u1, epsilon), debias));
    descend2(w + at, decay, step0, step1);
  }
}

/** Nadam's momentum at step t: β₁(1 − ½·0.96ᵗ). */
function nadamMomentum(beta1: f32, t: i32): f32 {
  return beta1 * (1 - <f32>0.5 * power(<f32>0.96, t));
}

/** Moves Nadam's product of momenta to this step; before the weights. */
export function nadamProduct(args: NadamProductArgs, ith: i32, _nth: i32): void {
  if (ith == 0) store<f32>(args.uProduct, load<f32>(args.uProduct) * nadamMomentum(<f32>args.beta1, load<i32>(args.step) + 1));
}

/** m and v as in Adam; w −= lr·(uₜ₊₁m / (1 − Πuₜ₊₁) + (1 − uₜ)g / (1 − Πuₜ)) / (√(v / (1 − β₂ᵗ)) + ε) */
export function nadam(args: NadamArgs, ith: i32, nth: i32): void {
  const end = start(args.n, ith + 1, nth), w = args.w, m = args.m, v = args.v, g = args.g;
  const scale = factor(args.scale), clip = limit(args.clip), epsilon = f32x4.splat(args.epsilon);
  const rate = load<f32>(args.lr), lr = f32x4.splat(rate), decay = f32x4.splat(-args.weightDecay * rate), t = load<i32>(args.step) + 1;
  const beta1 = <f32>args.beta1, rest1 = splat(1 - args.beta1), rest2 = splat(1 - args.beta2);
  const u = nadamMomentum(beta1, t), next = nadamMomentum(beta1, t + 1), product = load<f32>(args.uProduct);
  const ofMean = f32x4.splat(next / (1 - product * next)), ofGrad = f32x4.splat((1 - u) / (1 - product));
  const debias = f32x4.splat(1 - power(<f32>args.beta2, t));
  for (let at = start(args.n, ith, nth); at < end; at += 32) {
    const g0 = gradient(v128.load(g + at), scale, clip), g1 = gradient(v128.load(g + at, 16), scale, clip);
    const m0 = towards(v128.load(m + at), g0, rest1), m1 = towards(v128.load(m + at, 16), g1, rest1);
    const v0 = towards(v128.load(v + at), f32x4.mul(g0, g0), rest2), v1 = towards(v128.load(v + at, 16), f32x4.mul(g1, g1), rest2);
    storeAverage2(m + at, m0, m1);
    storeAverage2(v + at, v0, v1);
    const ahead0 = f32x4.mul(mix(m0, ofMean, g0, ofGrad), lr), ahead1 = f32x4.mul(mix(m1, ofMean, g1, ofGrad), lr);
    const step0 = f32x4.div(ahead0, f32x4.add(f32x4.sqrt(f32x4.div(v0, debias)), epsilon));
    const step1 = f32x4.div(ahead1, f32x4.add(f32x4.sqrt(f32x4.div(v1, debias)), epsilon));
    descend2(w + at, decay, step0, step1);
  }
}
