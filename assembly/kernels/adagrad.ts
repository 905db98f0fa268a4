// Optimizers that divide by the root of gathered squares of the gradient: Adagrad, RMSprop, Adadelta, FTRL.
import { exp } from '../math';
import { spare } from '../rows';
import { madd, store2, store4 } from '../simd';
import { In, InOut } from '../types';
import { clamp, decayed, descend2, factor, gradient, limit, mix, move2, splat, start, storeAverage2 } from './optimizer';
import { ln } from './softmax';

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

/** x / √(a + ε) */
// @ts-ignore: decorator
@inline
function overRoot(x: v128, a: v128, epsilon: v128): v128 {
  return f32x4.div(x, f32x4.sqrt(f32x4.add(a, epsilon)));
}

/** a += g²; w −= lr·g / √(a + ε) */
export function adagrad(args: AdagradArgs, ith: i32, nth: i32): void {
  const end = start(args.n, ith + 1, nth), w = args.w, acc = args.acc, g = args.g;
  const scale = factor(args.scale), clip = limit(args.clip), epsilon = f32x4.splat(args.epsilon);
  const rate = load<f32>(args.lr), lr = f32x4.splat(rate), decay = f32x4.splat(-args.weightDecay * rate);
  for (let at = start(args.n, ith, nth); at < end; at += 32) {
    const g0 = gradient(v128.load(g + at), scale, clip), g1 = gradient(v128.load(g + at, 16), scale, clip);
    const sum0 = madd(g0, g0, v128.load(acc + at)), sum1 = madd(g1, g1, v128.load(acc + at, 16));
    store2(acc + at, sum0, sum1);
    descend2(w + at, decay, overRoot(f32x4.mul(g0, lr), sum0, epsilon), overRoot(f32x4.mul(g1, lr), sum1, epsilon));
  }
}

/** v = ρv + (1 − ρ)g²; w −= lr·g / √(v + ε), where v is less avg² if centered; with momentum the steps are gathered in mom */
export function rmsprop(args: RmspropArgs, ith: i32, nth: i32): void {
  const end = start(args.n, ith + 1, nth), w = args.w, v = args.v, g = args.g, mom = args.mom, avg = args.avg;
  const scale = factor(args.scale), clip = limit(args.clip), momentum = f32x4.splat(args.momentum), epsilon = f32x4.splat(args.epsilon);
  const rate = load<f32>(args.lr), lr = f32x4.splat(rate), decay = f32x4.splat(-args.weightDecay * rate);
  const rho = splat(args.rho), rest = splat(1 - args.rho);
  for (let at = start(args.n, ith, nth); at < end; at += 32) {
    const g0 = gradient(v128.load(g + at), scale, clip), g1 = gradient(v128.load(g + at, 16), scale, clip);
    let v0 = mix(f32x4.mul(g0, g0), rest, v128.load(v + at), rho), v1 = mix(f32x4.mul(g1, g1), rest, v128.load(v + at, 16), rho);
    let step0 = f32x4.mul(g0, lr), step1 = f32x4.mul(g1, lr); // here, or the compiler moves one of them behind the branch
    storeAverage2(v + at, v0, v1);
    if (avg) {
      const mean0 = mix(g0, rest, v128.load(avg + at), rho), mean1 = mix(g1, rest, v128.load(avg + at, 16), rho);
      storeAverage2(avg + at, mean0, mean1);
      v0 = f32x4.sub(v0, f32x4.mul(mean0, mean0));
      v1 = f32x4.sub(v1, f32x4.mul(mean1, mean1));
    }
    step0 = overRoot(step0, v0, epsilon);
    step1 = overRoot(step1, v1, epsilon);
    if (mom) {
      step0 = madd(v128.load(mom + at), momentum, step0);
      step1 = madd(v128.load(mom + at, 16), momentum, step1);
      storeAverage2(mom + at, step0, step1);
    }
    descend2(w + at, decay, step0, step1);
  }
}

/** a = ρa + (1 − ρ)g²; d = g·√(b + ε) / √(a + ε); b = ρb + (1 − ρ)d²; w −= lr·d */
export function adadelta(args: AdadeltaArgs, ith: i32, nth: i32): void {
  const end = start(args.n, ith + 1, nth), w = args.w, accG = args.accG, accX = args.accX, g = args.g;
  const scale = factor(args.scale), clip = limit(args.clip), epsilon = f32x4.splat(args.epsilon);
  const rate = load<f32>(args.lr), decay = f32x4.splat(-args.weightDecay * rate);
  const rho = splat(args.rho), rest = splat(1 - args.rho), down = f32x4.splat(-rate);
  for (let at = start(args.n, ith, nth); at < end; at += 32) {
    const g0 = gradient(v128.load(g + at), scale, clip), g1 = gradient(v128.load(g + at, 16), scale, clip);
    const a0 = mix(f32x4.mul(g0, g0), rest, v128.load(accG + at), rho), a1 = mix(f32x4.mul(g1, g1), rest, v128.load(accG + at, 16), rho);
    storeAverage2(accG + at, a0, a1);
    const b0 = v128.load(accX + at), b1 = v128.load(accX + at, 16);
    const step0 = overRoot(f32x4.mul(f32x4.sqrt(f32x4.add(b0, epsilon)), g0), a0, epsilon);
    const step1 = overRoot(f32x4.mul(f32x4.sqrt(f32x4.add(b1, epsilon)), g1), a1, epsilon);
    storeAverage2(accX + at, mix(f32x4.mul(step0, step0), rest, b0, rho), mix(f32x4.mul(step1, step1), rest, b1, rho));
    move2(w + at, decay, down, step0, step1);
  }
}

/** x[16] = x^p for x > 0. Through memory, one vector after another: this does not pair, but powers other than ½ are rare. */
function positivePowers(x: usize, p: v128): void {
  for (const end = x + 64; x < end; x += 16) v128.store(x, exp(f32x4.mul(ln(v128.load(x)), p)));
}

/**
 * n += g²; z += g + 2·shrinkage·w − (nᵖ − (n before)ᵖ)·w / lr; w = (clip(z, ±l1) − z) / (nᵖ / lr + 2·l2 + β / lr), p = −learningRatePower
 */
export function ftrl(args: FtrlArgs, ith: i32, nth: i32): void {
  const end = start(args.n, ith + 1, nth), w = args.w, acc = args.acc, lin = args.lin, g = args.g;
  const scale = factor(args.scale), clip = limit(args.clip), l1 = f32x4.splat(args.l1), p = f32x4.splat(-args.learningRatePower);
  const rate = load<f32>(args.lr), lr = f32x4.splat(rate), decay = f32x4.splat(-args.weightDecay * rate);
  const root = args.learningRatePower == -0.5;
  const ridge = f32x4.splat(2 * (args.l2 + args.beta / (2 * rate))), shrinkage = f32x4.splat(2 * args.l2Shrinkage);
  for (let at = start(args.n, ith, nth); at < end; at += 32) {
    const g0 = gradient(v128.load(g + at), scale, clip), g1 = gradient(v128.load(g + at, 16), scale, clip);
    let old0 = v128.load(acc + at), old1 = v128.load(acc + at, 16), now0 = madd(g0, g0, old0), now1 = madd(g1, g1, old1);
    store2(acc + at, now0, now1);
    if (root) {
      old0 = f32x4.sqrt(old0), old1 = f32x4.sqrt(old1);
      now0 = f32x4.sqrt(now0), now1 = f32x4.sqrt(now1);
    } else {
      store4(spare, old0, old1, now0, now1);
      positivePowers(spare, p);
      old0 = v128.load(spare), old1 = v128.load(spare, 16);
      now0 = v128.load(spare, 32), now1 = v128.load(spare, 48);
    }
    const w0 = v128.load(w + at), w1 = v128.load(w + at, 16), x0 = decayed(w0, decay), x1 = decayed(w1, decay);
    const pull0 = f32x4.mul(f32x4.div(f32x4.sub(now0, old0), lr), x0), pull1 = f32x4.mul(f32x4.div(f32x4.sub(now1, old1), lr), x1);
    const z0 = f32x4.add(v128.load(lin + at), f32x4.sub(madd(x0, shrinkage, g0), pull0));
    const z1 = f32x4.add(v128.load(lin + at, 16), f32x4.sub(madd(x1, shrinkage, g1), pull1));
    store2(lin + at, z0, z1);
    const y0 = f32x4.div(f32x4.sub(clamp(z0, l1), z0), f32x4.add(f32x4.div(now0, lr), ridge));
    const y1 = f32x4.div(f32x4.sub(clamp(z1, l1), z1), f32x4.add(f32x4.div(now1, lr), ridge));
    store2(w + at, y0, y1);
  }
}
