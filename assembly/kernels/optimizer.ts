// Optimizers: one pass over a weight, its gradient and its state, by the formulas of Keras 3. What changes from step to step is read
// from memory. Buffers are padded, so vectors run over the end of the weight.
//
// Every rule first takes g' = clip(g · scale), and w' = w − w·weightDecay·lr.
import { exp } from '../math';
import { cut } from '../rows';
import { madd, store2 } from '../simd';
import { In, InOut } from '../types';
import { ln } from './softmax';

@unmanaged
export class SgdArgs {
  w: InOut;
  m: InOut; // or 0: no momentum
  g: In;
  lr: In;
  scale: In; // or 0: the gradient as it is
  n: i32;
  clip: f32; // the gradient's limit, 0: none
  weightDecay: f32;
  momentum: f32;
  nesterov: i32;
}

@unmanaged
export class RmspropArgs {
  w: InOut;
  v: InOut;
  mom: InOut; // or 0: no momentum
  avg: InOut; // or 0: not centered
  g: In;
  lr: In;
  scale: In;
  n: i32;
  clip: f32;
  weightDecay: f32;
  rho: f64;
  momentum: f32;
  epsilon: f32;
}

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
export class AdagradArgs {
  w: InOut;
  acc: InOut;
  g: In;
  lr: In;
  scale: In;
  n: i32;
  clip: f32;
  weightDecay: f32;
  epsilon: f32;
}

@unmanaged
export class AdadeltaArgs {
  w: InOut;
  accG: InOut;
  accX: InOut;
  g: In;
  lr: In;
  scale: In;
  n: i32;
  clip: f32;
  weightDecay: f32;
  rho: f64;
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

@unmanaged
export class LionArgs {
  w: InOut;
  m: InOut;
  g: In;
  lr: In;
  scale: In;
  n: i32;
  clip: f32;
  weightDecay: f32;
  beta1: f64;
  beta2: f64;
}

@unmanaged
export class FtrlArgs {
  w: InOut;
  acc: InOut;
  lin: InOut;
  g: In;
  lr: In;
  scale: In;
  n: i32;
  clip: f32;
  weightDecay: f32;
  learningRatePower: f32; // ≤ 0
  l1: f32;
  l2: f32;
  l2Shrinkage: f32;
  beta: f32;
}

@unmanaged
export class IncrementIntArgs {
  y: InOut;
  by: i32;
}

// @ts-ignore: decorator
@inline
function start(n: i32, ith: i32, nth: i32): usize {
  return <usize>cut(n, 16, ith, nth) << 2;
}

// @ts-ignore: decorator
@inline
function splat(x: f64): v128 {
  return f32x4.splat(<f32>x);
}

/** The factor of the gradient. */
// @ts-ignore: decorator
@inline
function factor(scale: usize): v128 {
  return f32x4.splat(scale ? load<f32>(scale) : 1);
}

// @ts-ignore: decorator
@inline
function limit(clip: f32): v128 {
  return f32x4.splat(clip > 0 ? clip : Infinity);
}

/** x in [−limit, limit]; a NaN stays one. */
// @ts-ignore: decorator
@inline
function clamp(x: v128, limit: v128): v128 {
  return f32x4.pmin(f32x4.pmax(x, f32x4.neg(limit)), limit);
}

/** clip(g · scale) */
// @ts-ignore: decorator
@inline
function gradient(g: usize, scale: v128, limit: v128): v128 {
  return clamp(f32x4.mul(v128.load(g), scale), limit);
}

/**
 * Subnormal numbers as 0. A decaying average of zeros would end in them for good, and there x86 is a hundred times slower; Keras's JAX backend
 * flushes them, too.
 */
// @ts-ignore: decorator
@inline
function flush(x: v128): v128 {
  return v128.andnot(x, i32x4.lt_s(v128.and(x, i32x4.splat(0x7fffffff)), i32x4.splat(0x00800000)));
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

/** m = μm − lr·g; w += m, or with Nesterov's look ahead w += μm − lr·g */
export function sgd(args: SgdArgs, ith: i32, nth: i32): void {
  const end = start(args.n, ith + 1, nth), w = args.w, m = args.m, g = args.g, nesterov = args.nesterov;
  const scale = factor(args.scale), clip = limit(args.clip), momentum = f32x4.splat(args.momentum);
  const rate = load<f32>(args.lr), lr = f32x4.splat(rate), decay = f32x4.splat(-args.weightDecay * rate);
  let at = start(args.n, ith, nth);
  if (!m) {
    for (; at < end; at += 32) {
      const x0 = v128.load(w + at), step0 = f32x4.neg(f32x4.mul(gradient(g + at, scale, clip), lr));
      const x1 = v128.load(w + at, 16), step1 = f32x4.neg(f32x4.mul(gradient(g + at + 16, scale, clip), lr));
      store2(w + at, f32x4.add(madd(x0, decay, x0), step0), f32x4.add(madd(x1, decay, x1), step1));
    }
    return;
  }
  for (; at < end; at += 16) {
    const step = f32x4.neg(f32x4.mul(gradient(g + at, scale, clip), lr));
    const moved = madd(v128.load(m + at), momentum, step);
    v128.store(m + at, flush(moved));
    const x = v128.load(w + at);
    v128.store(w + at, f32x4.add(madd(x, decay, x), nesterov ? madd(moved, momentum, step) : moved));
  }
}

/** v = ρv + (1 − ρ)g²; w −= lr·g / √(v + ε), where v is less avg² if centered; with momentum the steps are gathered in mom */
export function rmsprop(args: RmspropArgs, ith: i32, nth: i32): void {
  const end = start(args.n, ith + 1, nth), w = args.w, v = args.v, g = args.g, mom = args.mom, avg = args.avg;
  const scale = factor(args.scale), clip = limit(args.clip), momentum = f32x4.splat(args.momentum), epsilon = f32x4.splat(args.epsilon);
  const rate = load<f32>(args.lr), lr = f32x4.splat(rate), decay = f32x4.splat(-args.weightDecay * rate);
  const rho = splat(args.rho), rest = splat(1 - args.rho);
  let at = start(args.n, ith, nth);
  if (!avg && !mom) {
    for (; at < end; at += 32) {
      const g0 = gradient(g + at, scale, clip), g1 = gradient(g + at + 16, scale, clip);
      const v0 = madd(f32x4.mul(g0, g0), rest, f32x4.mul(v128.load(v + at), rho));
      const v1 = madd(f32x4.mul(g1, g1), rest, f32x4.mul(v128.load(v + at, 16), rho));
      const x0 = v128.load(w + at), step0 = f32x4.div(f32x4.mul(g0, lr), f32x4.sqrt(f32x4.add(v0, epsilon)));
      const x1 = v128.load(w + at, 16), step1 = f32x4.div(f32x4.mul(g1, lr), f32x4.sqrt(f32x4.add(v1, epsilon)));
      store2(v + at, flush(v0), flush(v1));
      store2(w + at, f32x4.sub(madd(x0, decay, x0), step0), f32x4.sub(madd(x1, decay, x1), step1));
    }
    return;
  }
  for (; at < end; at += 16) {
    const grad = gradient(g + at, scale, clip);
    let square = madd(f32x4.mul(grad, grad), rest, f32x4.mul(v128.load(v + at), rho));
    v128.store(v + at, flush(square));
    if (avg) {
      const mean = madd(grad, rest, f32x4.mul(v128.load(avg + at), rho));
      v128.store(avg + at, flush(mean));
      square = f32x4.sub(square, f32x4.mul(mean, mean));
    }
    let step = f32x4.div(f32x4.mul(grad, lr), f32x4.sqrt(f32x4.add(square, epsilon)));
    if (mom) {
      step = madd(v128.load(mom + at), momentum, step);
      v128.store(mom + at, flush(step));
    }
    const x = v128.load(w + at);
    v128.store(w + at, f32x4.sub(madd(x, decay, x), step));
  }
}

/** m += (g − m)(1 − β₁); v += (g² − v)(1 − β₂); w −= α·m / (√v + ε), α = lr·√(1 − β₂ᵗ) / (1 − β₁ᵗ) */
export function adam(args: AdamArgs, ith: i32, nth: i32): void {
  const end = start(args.n, ith + 1, nth), w = args.w, m = args.m, v = args.v, g = args.g, vhat = args.vhat;
  const scale = factor(args.scale), clip = limit(args.clip), epsilon = f32x4.splat(args.epsilon);
  const rate = load<f32>(args.lr), decay = f32x4.splat(-args.weightDecay * rate), t = load<i32>(args.step) + 1;
  const alpha = f32x4.splat(rate * sqrt<f32>(1 - power(<f32>args.beta2, t)) / (1 - power(<f32>args.beta1, t)));
  const rest1 = splat(1 - args.beta1), rest2 = splat(1 - args.beta2);
  for (let at = start(args.n, ith, nth); at < end; at += 32) {
    const g0 = clamp(f32x4.mul(v128.load(g + at), scale), clip), g1 = clamp(f32x4.mul(v128.load(g + at, 16), scale), clip);
    const m0 = towards(v128.load(m + at), g0, rest1), m1 = towards(v128.load(m + at, 16), g1, rest1);
    let v0 = towards(v128.load(v + at), f32x4.mul(g0, g0), rest2), v1 = towards(v128.load(v + at, 16), f32x4.mul(g1, g1), rest2);
    store2(m + at, flush(m0), flush(m1));
    store2(v + at, flush(v0), flush(v1));
    if (vhat) {
      v0 = f32x4.max(v128.load(vhat + at), v0);
      v1 = f32x4.max(v128.load(vhat + at, 16), v1);
      store2(vhat + at, v0, v1);
    }
    const w0 = v128.load(w + at), step0 = f32x4.div(f32x4.mul(m0, alpha), f32x4.add(f32x4.sqrt(v0), epsilon));
    const w1 = v128.load(w + at, 16), step1 = f32x4.div(f32x4.mul(m1, alpha), f32x4.add(f32x4.sqrt(v1), epsilon));
    store2(w + at, f32x4.sub(madd(w0, decay, w0), step0), f32x4.sub(madd(w1, decay, w1), step1));
  }
}

/** a += g²; w −= lr·g / √(a + ε) */
export function adagrad(args: AdagradArgs, ith: i32, nth: i32): void {
  const end = start(args.n, ith + 1, nth), w = args.w, acc = args.acc, g = args.g;
  const scale = factor(args.scale), clip = limit(args.clip), epsilon = f32x4.splat(args.epsilon);
  const rate = load<f32>(args.lr), lr = f32x4.splat(rate), decay = f32x4.splat(-args.weightDecay * rate);
  for (let at = start(args.n, ith, nth); at < end; at += 16) {
    const grad = gradient(g + at, scale, clip);
    const sum = madd(grad, grad, v128.load(acc + at));
    v128.store(acc + at, sum);
    const x = v128.load(w + at), step = f32x4.div(f32x4.mul(grad, lr), f32x4.sqrt(f32x4.add(sum, epsilon)));
    v128.store(w + at, f32x4.sub(madd(x, decay, x), step));
  }
}

/** a = ρa + (1 − ρ)g²; d = g·√(b + ε) / √(a + ε); b = ρb + (1 − ρ)d²; w −= lr·d */
export function adadelta(args: AdadeltaArgs, ith: i32, nth: i32): void {
  const end = start(args.n, ith + 1, nth), w = args.w, accG = args.accG, accX = args.accX, g = args.g;
  const scale = factor(args.scale), clip = limit(args.clip), epsilon = f32x4.splat(args.epsilon);
  const rate = load<f32>(args.lr), decay = f32x4.splat(-args.weightDecay * rate);
  const rho = splat(args.rho), rest = splat(1 - args.rho), down = f32x4.splat(-rate);
  for (let at = start(args.n, ith, nth); at < end; at += 16) {
    const grad = gradient(g + at, scale, clip), before = v128.load(accX + at);
    const square = madd(f32x4.mul(grad, grad), rest, f32x4.mul(v128.load(accG + at), rho));
    v128.store(accG + at, flush(square));
    const step = f32x4.div(f32x4.mul(f32x4.sqrt(f32x4.add(before, epsilon)), grad), f32x4.sqrt(f32x4.add(square, epsilon)));
    v128.store(accX + at, flush(madd(f32x4.mul(step, step), rest, f32x4.mul(before, rho))));
    const x = v128.load(w + at);
    v128.store(w + at, madd(step, down, madd(x, decay, x)));
  }
}

/** m += (g − m)(1 − β₁); u = max(β₂u, |g|); w −= lr·m / ((1 − β₁ᵗ)(u + ε)) */
export function adamax(args: AdamaxArgs, ith: i32, nth: i32): void {
  const end = start(args.n, ith + 1, nth), w = args.w, m = args.m, u = args.u, g = args.g;
  const scale = factor(args.scale), clip = limit(args.clip), epsilon = f32x4.splat(args.epsilon);
  const rate = load<f32>(args.lr), lr = f32x4.splat(rate), decay = f32x4.splat(-args.weightDecay * rate);
  const rest = splat(1 - args.beta1), beta2 = splat(args.beta2);
  const debias = f32x4.splat(1 - power(<f32>args.beta1, load<i32>(args.step) + 1));
  for (let at = start(args.n, ith, nth); at < end; at += 16) {
    const grad = gradient(g + at, scale, clip);
    const mean = towards(v128.load(m + at), grad, rest);
    const most = f32x4.max(f32x4.mul(v128.load(u + at), beta2), f32x4.abs(grad));
    v128.store(m + at, flush(mean));
    v128.store(u + at, flush(most));
    const x = v128.load(w + at), step = f32x4.div(f32x4.mul(mean, lr), f32x4.mul(f32x4.add(most, epsilon), debias));
    v128.store(w + at, f32x4.sub(madd(x, decay, x), step));
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
  const beta1 = <f32>args.beta1, beta2 = <f32>args.beta2, rest1 = f32x4.splat(1 - beta1), rest2 = f32x4.splat(1 - beta2);
  const u = nadamMomentum(beta1, t), next = nadamMomentum(beta1, t + 1), product = load<f32>(args.uProduct);
  const ofMean = f32x4.splat(next / (1 - product * next)), ofGrad = f32x4.splat((1 - u) / (1 - product)), debias = f32x4.splat(1 - power(beta2, t));
  for (let at = start(args.n, ith, nth); at < end; at += 16) {
    const grad = gradient(g + at, scale, clip);
    const mean = towards(v128.load(m + at), grad, rest1), square = towards(v128.load(v + at), f32x4.mul(grad, grad), rest2);
    v128.store(m + at, flush(mean));
    v128.store(v + at, flush(square));
    const ahead = f32x4.mul(madd(mean, ofMean, f32x4.mul(grad, ofGrad)), lr);
    const x = v128.load(w + at), step = f32x4.div(ahead, f32x4.add(f32x4.sqrt(f32x4.div(square, debias)), epsilon));
    v128.store(w + at, f32x4.sub(madd(x, decay, x), step));
  }
}

/** −1, ±0, 1 or NaN. */
// @ts-ignore: decorator
@inline
function sign(x: v128): v128 {
  const one = v128.or(v128.and(x, i32x4.splat(i32.MIN_VALUE)), f32x4.splat(1)), zero = f32x4.splat(0);
  return v128.bitselect(one, x, v128.or(f32x4.lt(x, zero), f32x4.gt(x, zero)));
}

/** w −= lr·sign(β₁m + (1 − β₁)g); m = β₂m + (1 − β₂)g */
export function lion(args: LionArgs, ith: i32, nth: i32): void {
  const end = start(args.n, ith + 1, nth), w = args.w, m = args.m, g = args.g;
  const scale = factor(args.scale), clip = limit(args.clip);
  const rate = load<f32>(args.lr), down = f32x4.splat(-rate), decay = f32x4.splat(-args.weightDecay * rate);
  const beta1 = splat(args.beta1), beta2 = splat(args.beta2);
  const rest1 = f32x4.sub(f32x4.splat(1), beta1), rest2 = f32x4.sub(f32x4.splat(1), beta2);
  for (let at = start(args.n, ith, nth); at < end; at += 16) {
    const grad = gradient(g + at, scale, clip), mean = v128.load(m + at);
    v128.store(m + at, flush(madd(mean, beta2, f32x4.mul(grad, rest2))));
    const x = v128.load(w + at), step = sign(madd(mean, beta1, f32x4.mul(grad, rest1)));
    v128.store(w + at, madd(step, down, madd(x, decay, x)));
  }
}

/** x^p for x > 0 */
function positivePower(x: v128, p: v128): v128 {
  return exp(f32x4.mul(ln(x), p));
}

/** n += g²; z += g + 2·shrinkage·w − (nᵖ − (n before)ᵖ)·w / lr; w = (clip(z, ±l1) − z) / (nᵖ / lr + 2·l2 + β / lr), p = −learningRatePower */
export function ftrl(args: FtrlArgs, ith: i32, nth: i32): void {
  const end = start(args.n, ith + 1, nth), w = args.w, acc = args.acc, lin = args.lin, g = args.g;
  const scale = factor(args.scale), clip = limit(args.clip), l1 = f32x4.splat(args.l1), p = f32x4.splat(-args.learningRatePower);
  const rate = load<f32>(args.lr), lr = f32x4.splat(rate), decay = f32x4.splat(-args.weightDecay * rate), root = args.learningRatePower == -0.5;
  const ridge = f32x4.splat(2 * (args.l2 + args.beta / (2 * rate))), shrinkage = f32x4.splat(2 * args.l2Shrinkage);
  for (let at = start(args.n, ith, nth); at < end; at += 16) {
    const grad = gradient(g + at, scale, clip), before = v128.load(acc + at), after = madd(grad, grad, before);
    const old = root ? f32x4.sqrt(before) : positivePower(before, p), now = root ? f32x4.sqrt(after) : positivePower(after, p);
    let x = v128.load(w + at);
    x = madd(x, decay, x);
    const pull = f32x4.mul(f32x4.div(f32x4.sub(now, old), lr), x);
    const z = f32x4.add(v128.load(lin + at), f32x4.sub(madd(x, shrinkage, grad), pull));
    v128.store(acc + at, after);
    v128.store(lin + at, z);
    v128.store(w + at, f32x4.div(f32x4.sub(clamp(z, l1), z), f32x4.add(f32x4.div(now, lr), ridge)));
  }
}

/** y[0] += by; the first thread alone. */
export function incrementInt(args: IncrementIntArgs, ith: i32, _nth: i32): void {
  if (ith == 0) store<i32>(args.y, load<i32>(args.y) + args.by);
}
