// Optimizers: one pass over a weight, its gradient and its state, by the formulas of Keras 3. What changes from step to step is read
// from memory. Buffers are padded, so vectors run over the end of the weight.
//
// Every rule first takes g' = clip(g · scale), and w' = w − w·weightDecay·lr.
import { madd } from '../simd';
import { shareStart } from '../share';
import { In, InOut } from '../types';

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

// @ts-ignore: decorator
@inline
function start(n: i32, ith: i32, nth: i32): usize {
  return <usize>shareStart(n, 16, ith, nth) << 2;
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

/** clip(g · scale); a NaN stays one. */
// @ts-ignore: decorator
@inline
function gradient(g: usize, scale: v128, limit: v128): v128 {
  return f32x4.pmin(f32x4.pmax(f32x4.mul(v128.load(g), scale), f32x4.neg(limit)), limit);
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
  for (let at = start(args.n, ith, nth); at < end; at += 16) {
    let step = f32x4.neg(f32x4.mul(gradient(g + at, scale, clip), lr));
    if (m) {
      const moved = madd(v128.load(m + at), momentum, step);
      v128.store(m + at, moved);
      step = nesterov ? madd(moved, momentum, step) : moved;
    }
    const x = v128.load(w + at);
    v128.store(w + at, f32x4.add(madd(x, decay, x), step));
  }
}

/** v = ρv + (1 − ρ)g²; w −= lr·g / √(v + ε), where v is less avg² if centered; with momentum the steps are gathered in mom */
export function rmsprop(args: RmspropArgs, ith: i32, nth: i32): void {
  const end = start(args.n, ith + 1, nth), w = args.w, v = args.v, g = args.g, mom = args.mom, avg = args.avg;
  const scale = factor(args.scale), clip = limit(args.clip), momentum = f32x4.splat(args.momentum), epsilon = f32x4.splat(args.epsilon);
  const rate = load<f32>(args.lr), lr = f32x4.splat(rate), decay = f32x4.splat(-args.weightDecay * rate);
  const rho = splat(args.rho), rest = splat(1 - args.rho);
  for (let at = start(args.n, ith, nth); at < end; at += 16) {
    const grad = gradient(g + at, scale, clip);
    let square = madd(f32x4.mul(grad, grad), rest, f32x4.mul(v128.load(v + at), rho));
    v128.store(v + at, square);
    if (avg) {
      const mean = madd(grad, rest, f32x4.mul(v128.load(avg + at), rho));
      v128.store(avg + at, mean);
      square = f32x4.sub(square, f32x4.mul(mean, mean));
    }
    let step = f32x4.div(f32x4.mul(grad, lr), f32x4.sqrt(f32x4.add(square, epsilon)));
    if (mom) {
      step = madd(v128.load(mom + at), momentum, step);
      v128.store(mom + at, step);
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
  for (let at = start(args.n, ith, nth); at < end; at += 16) {
    const grad = gradient(g + at, scale, clip);
    let mean = v128.load(m + at), square = v128.load(v + at);
    mean = madd(f32x4.sub(grad, mean), rest1, mean);
    square = madd(f32x4.sub(f32x4.mul(grad, grad), square), rest2, square);
    v128.store(m + at, mean);
    v128.store(v + at, square);
    if (vhat) {
      square = f32x4.max(v128.load(vhat + at), square);
      v128.store(vhat + at, square);
    }
    const x = v128.load(w + at), step = f32x4.div(f32x4.mul(mean, alpha), f32x4.add(f32x4.sqrt(square), epsilon));
    v128.store(w + at, f32x4.sub(madd(x, decay, x), step));
  }
}
