// Activations y[i] = f(x[i]), each with its gradient dx[i] = dy[i] f'(x[i]) beside it, and the loss that a sigmoid ends in.
import { GradArgs, UnaryArgs, gradient, shareOf, unary } from '../map';
import * as math from '../math';
import { madd, store2 } from '../simd';
import { In, Out } from '../types';

@unmanaged class Relu { @inline vec(x: v128): v128 { return f32x4.pmax(x, f32x4.splat(0)); } }
export function relu(args: UnaryArgs, ith: i32, nth: i32): void { unary<Relu>(ith, nth, args, 4); }

@unmanaged class ReluGrad { @inline vec(dy: v128, y: v128): v128 { return v128.andnot(dy, f32x4.le(y, f32x4.splat(0))); } }
export function reluGrad(args: GradArgs, ith: i32, nth: i32): void { gradient<ReluGrad>(ith, nth, args, 2); }

/** beta where x ≥ beta, x where x ≥ gamma, else alpha (x − gamma). */
@unmanaged class LeakyRelu {
  @inline with(x: v128, alpha: v128, beta: v128, gamma: v128): v128 {
    const start = v128.bitselect(gamma, f32x4.splat(-Infinity), f32x4.eq(alpha, f32x4.splat(0))); // no 0 · ∞
    const low = f32x4.mul(alpha, f32x4.sub(f32x4.pmax(x, start), gamma));
    return v128.bitselect(beta, v128.bitselect(x, low, f32x4.ge(x, gamma)), f32x4.ge(x, beta));
  }
}
export function leakyRelu(args: UnaryArgs, ith: i32, nth: i32): void { unary<LeakyRelu>(ith, nth, args, 2); }

@unmanaged class LeakyReluGrad {
  @inline with(dy: v128, x: v128, alpha: v128, beta: v128, gamma: v128): v128 {
    const low = v128.bitselect(dy, f32x4.mul(dy, alpha), f32x4.ge(x, gamma));
    return v128.andnot(low, f32x4.ge(x, beta));
  }
}
export function leakyReluGrad(args: GradArgs, ith: i32, nth: i32): void { gradient<LeakyReluGrad>(ith, nth, args, 2); }

@unmanaged class Sigmoid { @inline vec(x: v128): v128 { return math.sigmoid(x); } }
export function sigmoid(args: UnaryArgs, ith: i32, nth: i32): void { unary<Sigmoid>(ith, nth, args, 2); }

@unmanaged class SigmoidGrad { @inline vec(dy: v128, y: v128): v128 { return f32x4.mul(f32x4.mul(dy, y), f32x4.sub(f32x4.splat(1), y)); } }
export function sigmoidGrad(args: GradArgs, ith: i32, nth: i32): void { gradient<SigmoidGrad>(ith, nth, args, 2); }

@unmanaged class Tanh { @inline vec(x: v128): v128 { return math.tanh(x); } }
export function tanh(args: UnaryArgs, ith: i32, nth: i32): void { unary<Tanh>(ith, nth, args, 2); }

@unmanaged class TanhGrad {
  @inline vec(dy: v128, y: v128): v128 {
    return f32x4.mul(dy, f32x4.mul(f32x4.add(f32x4.splat(1), y), f32x4.sub(f32x4.splat(1), y)));
  }
}
export function tanhGrad(args: GradArgs, ith: i32, nth: i32): void { gradient<TanhGrad>(ith, nth, args, 2); }

// ── beta x where x > 0, else beta alpha (e^x − 1) ──

@unmanaged class ScaledElu {
  @inline with(x: v128, alpha: v128, beta: v128, gamma: v128): v128 {
    return f32x4.mul(beta, v128.bitselect(x, f32x4.mul(alpha, math.expm1(x)), f32x4.gt(x, f32x4.splat(0))));
  }
}
@unmanaged class ScaledEluGrad {
  @inline with(dy: v128, x: v128, alpha: v128, beta: v128, gamma: v128): v128 {
    return f32x4.mul(f32x4.mul(dy, beta), v128.bitselect(f32x4.splat(1), f32x4.mul(alpha, math.exp(x)), f32x4.gt(x, f32x4.splat(0))));
  }
}
function scaledElu(ith: i32, nth: i32, args: UnaryArgs, alpha: f32, beta: f32): void { unary<ScaledElu>(ith, nth, args, 2, alpha, beta); }
function scaledEluGrad(ith: i32, nth: i32, args: GradArgs, alpha: f32, beta: f32): void {
  gradient<ScaledEluGrad>(ith, nth, args, 2, alpha, beta);
}
export function elu(args: UnaryArgs, ith: i32, nth: i32): void { scaledElu(ith, nth, args, args.alpha, 1); }
export function eluGrad(args: GradArgs, ith: i32, nth: i32): void { scaledEluGrad(ith, nth, args, args.alpha, 1); }
export function selu(args: UnaryArgs, ith: i32, nth: i32): void { scaledElu(ith, nth, args, 1.6732632423543772, 1.0507009873554805); }
export function seluGrad(args: GradArgs, ith: i32, nth: i32): void {
  scaledEluGrad(ith, nth, args, 1.6732632423543772, 1.0507009873554805);
}

// ── x σ(u x), u = alpha + beta x²; with s = σ(u x) the slope is s + x s (1 − s) (alpha + 3 beta x²) ──

@unmanaged class Gated {
  @inline with(x: v128, alpha: v128, beta: v128, gamma: v128): v128 {
    const z = f32x4.pmin(f32x4.mul(x, x), f32x4.splat(1e30)); // no 0 · ∞
    return math.gate(x, f32x4.mul(x, madd(z, beta, alpha)));
  }
}
@unmanaged class GatedGrad {
  @inline with(dy: v128, x: v128, alpha: v128, beta: v128, gamma: v128): v128 {
    const z = f32x4.pmin(f32x4.mul(x, x), f32x4.splat(1e30));
    const slope = madd(f32x4.mul(z, beta), f32x4.splat(3), alpha);
    return f32x4.mul(dy, math.gateSlope(x, f32x4.mul(x, madd(z, beta, alpha)), slope));
  }
}
function gated(ith: i32, nth: i32, args: UnaryArgs, alpha: f32, beta: f32): void { unary<Gated>(ith, nth, args, 2, alpha, beta); }
function gatedGrad(ith: i32, nth: i32, args: GradArgs, alpha: f32, beta: f32): void { gradient<GatedGrad>(ith, nth, args, 2, alpha, beta); }
export function silu(args: UnaryArgs, ith: i32, nth: i32): void { gated(ith, nth, args, 1, 0); }
export function siluGrad(args: GradArgs, ith: i32, nth: i32): void { gatedGrad(ith, nth, args, 1, 0); }
/** x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2: alpha = 2 √(2/π), beta = 0.044715 alpha. */
export function geluTanh(args: UnaryArgs, ith: i32, nth: i32): void { gated(ith, nth, args, 1.5957691216057308, 0.07135481282701385); }
export function geluTanhGrad(args: GradArgs, ith: i32, nth: i32): void {
  gatedGrad(ith, nth, args, 1.5957691216057308, 0.07135481282701385);
}

// ── x Φ(x): with v = |x| and w = Φ(-v), x w below 0 and x − x w above ──

// @ts-ignore: decorator
@inline
function within(x: v128): v128 { return f32x4.pmin(x, f32x4.splat(18.77)); } // where all factors of e^(-v²/2) are 0

@unmanaged class Gelu {
  @inline vec(x: v128): v128 {
    const v = within(f32x4.abs(x)), t = math.densityExponent(v);
    const w = math.scaled(f32x4.mul(within(x), f32x4.mul(math.densityNear1(v, t), math.millsRatio(v))), t);
    return v128.bitselect(w, f32x4.sub(x, w), i32x4.shr_s(x, 31));
  }
}
export function gelu(args: UnaryArgs, ith: i32, nth: i32): void { unary<Gelu>(ith, nth, args, 2); }

/** The slope is w − v φ(v) below 0, and 1 less that above. */
@unmanaged class GeluGrad {
  @inline vec(dy: v128, x: v128): v128 {
    const v = within(f32x4.abs(x)), t = math.densityExponent(v), ratio = madd(v, f32x4.splat(-0.3989422804014327), math.millsRatio(v));
    const w = math.scaled(f32x4.mul(math.densityNear1(v, t), ratio), t);
    return f32x4.mul(dy, v128.bitselect(w, f32x4.sub(f32x4.splat(1), w), i32x4.shr_s(x, 31)));
  }
}
export function geluGrad(args: GradArgs, ith: i32, nth: i32): void { gradient<GeluGrad>(ith, nth, args, 2); }

@unmanaged class Mish { @inline vec(x: v128): v128 { return math.mish(x); } }
export function mish(args: UnaryArgs, ith: i32, nth: i32): void { unary<Mish>(ith, nth, args, 1); }

// ── ln(1 + e^x), alone and as cross entropy of logits x with labels z ──

/** max(x, 0) + ln(1 + e^-|x|), less x z where mask is set. */
// @ts-ignore: decorator
@inline
function logisticLoss(x: v128, z: v128, mask: v128): v128 {
  return f32x4.add(f32x4.sub(f32x4.pmax(x, f32x4.splat(0)), v128.and(f32x4.mul(x, z), mask)), math.softplusTail(x));
}

function logistic(y: usize, x: usize, z: usize, n: i32, ith: i32, nth: i32, masked: i32): void {
  const share = shareOf(y, n, ith, nth), toX = x - y, toZ = z - y, mask = i32x4.splat(masked);
  for (let at = <usize><u32>share, end = <usize>(share >> 32); at < end; at += 32) {
    const y0 = logisticLoss(v128.load(at + toX), v128.load(at + toZ), mask);
    const y1 = logisticLoss(v128.load(at + toX, 16), v128.load(at + toZ, 16), mask);
    store2(at, y0, y1);
  }
}

/** dx = dy σ(x), less dy z where mask is set. */
function logisticGrad(dx: usize, dy: usize, x: usize, z: usize, n: i32, ith: i32, nth: i32, masked: i32): void {
  const share = shareOf(dx, n, ith, nth), toDy = dy - dx, toX = x - dx, toZ = z - dx, mask = i32x4.splat(masked);
  for (let at = <usize><u32>share, end = <usize>(share >> 32); at < end; at += 32) {
    const slope0 = f32x4.sub(math.sigmoid(v128.load(at + toX)), v128.and(v128.load(at + toZ), mask));
    const slope1 = f32x4.sub(math.sigmoid(v128.load(at + toX, 16)), v128.and(v128.load(at + toZ, 16), mask));
    const dx0 = f32x4.mul(v128.load(at + toDy), slope0), dx1 = f32x4.mul(v128.load(at + toDy, 16), slope1);
    store2(at, dx0, dx1);
  }
}

export function softplus(args: UnaryArgs, ith: i32, nth: i32): void {
  logistic(args.y, args.x, args.x, args.n, ith, nth, 0);
}

export function softplusGrad(args: GradArgs, ith: i32, nth: i32): void {
  logisticGrad(args.dx, args.dy, args.x, args.x, args.n, ith, nth, 0);
}

@unmanaged
export class SigmoidCrossEntropyArgs {
  y: Out;
  x: In;
  z: In;
  n: i32;
}

export function sigmoidCrossEntropy(args: SigmoidCrossEntropyArgs, ith: i32, nth: i32): void {
  logistic(args.y, args.x, args.z, args.n, ith, nth, -1);
}

@unmanaged
export class SigmoidCrossEntropyGradArgs {
  dx: Out;
  dy: In;
  x: In;
  z: In;
  n: i32;
}

export function sigmoidCrossEntropyGrad(args: SigmoidCrossEntropyGradArgs, ith: i32, nth: i32): void {
  logisticGrad(args.dx, args.dy, args.x, args.z, args.n, ith, nth, -1);
}
