// Optimizers that follow a momentum alone: SGD and Lion.
import { madd, store2 } from '../simd';
import { In, InOut } from '../types';
import { decayed, factor, gradient, limit, mix, move2, splat, start, storeAverage2 } from './optimizer';

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

/** m = μm − lr·g; w += m, or with Nesterov's look ahead w += μm − lr·g */
export function sgd(args: SgdArgs, ith: i32, nth: i32): void {
  const end = start(args.n, ith + 1, nth), w = args.w, m = args.m, g = args.g, nesterov = args.nesterov;
  const scale = factor(args.scale), clip = limit(args.clip), momentum = f32x4.splat(args.momentum);
  const rate = load<f32>(args.lr), lr = f32x4.splat(rate), decay = f32x4.splat(-args.weightDecay * rate);
  for (let at = start(args.n, ith, nth); at < end; at += 32) {
    let step0 = f32x4.neg(f32x4.mul(gradient(v128.load(g + at), scale, clip), lr));
    let step1 = f32x4.neg(f32x4.mul(gradient(v128.load(g + at, 16), scale, clip), lr));
    if (m) {
      const moved0 = madd(v128.load(m + at), momentum, step0), moved1 = madd(v128.load(m + at, 16), momentum, step1);
      storeAverage2(m + at, moved0, moved1);
      // one branch for both: choosing each by itself becomes a `select`, which has no 256-bit form
      if (nesterov) step0 = madd(moved0, momentum, step0), step1 = madd(moved1, momentum, step1);
      else step0 = moved0, step1 = moved1;
    }
    const x0 = v128.load(w + at), x1 = v128.load(w + at, 16);
    store2(w + at, f32x4.add(decayed(x0, decay), step0), f32x4.add(decayed(x1, decay), step1));
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
  for (let at = start(args.n, ith, nth); at < end; at += 32) {
    const g0 = gradient(v128.load(g + at), scale, clip), g1 = gradient(v128.load(g + at, 16), scale, clip);
    const m0 = v128.load(m + at), m1 = v128.load(m + at, 16);
    storeAverage2(m + at, mix(m0, beta2, g0, rest2), mix(m1, beta2, g1, rest2));
    move2(w + at, decay, down, sign(mix(m0, beta1, g0, rest1)), sign(mix(m1, beta1, g1, rest1)));
  }
}
