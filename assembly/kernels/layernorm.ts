// Layer normalization: every row of x[rows, n] by its own mean and variance, with a gain and an offset for each column. Without a mean it
// is RMS normalization.
import { addWide, cut, firstLanes, spare, storeNext, sumRowOf, sumWide } from '../rows';
import { madd, store2, store4 } from '../simd';
import { In, Out } from '../types';
import { sumRow } from './reduce';

@unmanaged
export class LayerNormArgs {
  y: Out;
  mean: Out; // [rows]
  inverse: Out; // [rows], 1 / √(variance + epsilon)
  x: In;
  gamma: In; // [n]
  beta: In; // [n]
  rows: i32;
  n: i32;
  epsilon: f32;
  centred: i32; // 0: the mean counts as 0
}

@unmanaged
export class LayerNormGradArgs {
  dx: Out;
  dgamma: Out; // [chunks, n], a sum over each `chunk` rows
  dbeta: Out; // [chunks, n]
  dy: In;
  x: In;
  mean: In; // [rows]
  inverse: In; // [rows]
  gamma: In; // [n]
  rows: i32;
  n: i32;
  chunk: i32;
  centred: i32;
}

@unmanaged
class SquaredDistance {
  @inline vec(x: v128, _b: v128, mean: v128, _q: v128, _r: v128): v128 { return f32x4.mul(f32x4.sub(x, mean), f32x4.sub(x, mean)); }
}

/** Σ (x[n] − mean)² */
function squaresRow(x: usize, n: i32, mean: f32): f64 {
  const by = f32x4.splat(mean);
  return sumRowOf<SquaredDistance>(n, x, x, by, by, by);
}

/** y = (x − mean)·inverse·gamma + beta; y may be x */
export function layerNorm(args: LayerNormArgs, ith: i32, nth: i32): void {
  const n = args.n, toX = args.x - args.y, toBeta = args.beta - args.gamma;
  for (let row = cut(args.rows, 1, ith, nth), end = cut(args.rows, 1, ith + 1, nth); row < end; ++row) {
    let y = args.y + (<usize>(row * n) << 2), gamma = args.gamma;
    const mean: f32 = args.centred ? sumRow(y + toX, n) / <f32>n : 0;
    const inverse = <f32>(1 / sqrt(squaresRow(y + toX, n, mean) / n + args.epsilon));
    store<f32>(args.mean + (<usize>row << 2), mean);
    store<f32>(args.inverse + (<usize>row << 2), inverse);
    const by = f32x4.splat(mean), times = f32x4.splat(inverse);
    let left = n;
    for (; left >= 8; left -= 8, y += 32, gamma += 32) {
      const x = y + toX, beta = gamma + toBeta;
      const a = madd(f32x4.mul(f32x4.sub(v128.load(x), by), times), v128.load(gamma), v128.load(beta));
      const b = madd(f32x4.mul(f32x4.sub(v128.load(x, 16), by), times), v128.load(gamma, 16), v128.load(beta, 16));
      store2(y, a, b);
    }
    for (; left > 0; left -= 4, y += 16, gamma += 16) {
      storeNext(y, madd(f32x4.mul(f32x4.sub(v128.load(y + toX), by), times), v128.load(gamma), v128.load(gamma + toBeta)), left);
    }
  }
}

/** Columns that are added up in float32 before float64 takes the sum. */
const BLOCK: i32 = 256;

/**
 * dgamma = Σ dy·z, dbeta = Σ dy, dx = inverse·(g − Σ g / n − z·Σ g·z / n), z = (x − mean)·inverse, g = dy·gamma; dx may be dy or x. Threads
 * take chunks.
 */
export function layerNormGrad(args: LayerNormGradArgs, ith: i32, nth: i32): void {
  const n = args.n, chunk = args.chunk, chunks = (args.rows + chunk - 1) / chunk, bytes = <usize>n << 2;
  for (let k = cut(chunks, 1, ith, nth), end = cut(chunks, 1, ith + 1, nth); k < end; ++k) {
    const to = bytes * k, last = min(args.rows, (k + 1) * chunk);
    for (let row = k * chunk; row < last; ++row) gradRow(args, row, args.dgamma + to, args.dbeta + to, row == k * chunk);
  }
}

function gradRow(args: LayerNormGradArgs, row: i32, dgamma: usize, dbeta: usize, first: bool): void {
  const n = args.n, start = <usize>(row * n) << 2, zero = f32x4.splat(0);
  const mean = v128.load32_splat(args.mean + (<usize>row << 2)), inverse = v128.load32_splat(args.inverse + (<usize>row << 2));
  const old = v128.not(i32x4.splat(-<i32>first)), toX = args.x - args.dy, toOffsets = dbeta - dgamma;
  let sum = zero, product = zero;
  let dy = args.dy + start, gamma = args.gamma;
  for (let rest = n; rest > 0; rest -= BLOCK) {
    let g0 = zero, g1 = zero, gz0 = zero, gz1 = zero, left = min(rest, BLOCK);
    for (; left >= 8; left -= 8, dy += 32, gamma += 32, dgamma += 32) {
      const x = dy + toX, offsets = dgamma + toOffsets;
      const d0 = v128.load(dy), d1 = v128.load(dy, 16), gain0 = v128.load(gamma), gain1 = v128.load(gamma, 16);
      const dz0 = f32x4.mul(d0, f32x4.mul(f32x4.sub(v128.load(x), mean), inverse));
      const dz1 = f32x4.mul(d1, f32x4.mul(f32x4.sub(v128.load(x, 16), mean), inverse));
      g0 = madd(d0, gain0, g0), g1 = madd(d1, gain1, g1);
      gz0 = madd(dz0, gain0, gz0), gz1 = madd(dz1, gain1, gz1);
      // What stands there before the first row is not a number of ours: it is masked out.
      const total0 = f32x4.add(v128.and(v128.load(dgamma), old), dz0), total1 = f32x4.add(v128.and(v128.load(dgamma, 16), old), dz1);
      store2(dgamma, total0, total1);
      const offset0 = f32x4.add(v128.and(v128.load(offsets), old), d0), offset1 = f32x4.add(v128.and(v128.load(offsets, 16), old), d1);
      store2(offsets, offset0, offset1);
    }
    store4(spare, g0, g1, gz0, gz1);
    let g = f32x4.add(v128.load(spare), v128.load(spare, 16)), gz = f32x4.add(v128.load(spare, 32), v128.load(spare, 48));
    for (; left > 0; left -= 4, dy += 16, gamma += 16, dgamma += 16) {
      const d = v128.load(dy), dz = f32x4.mul(d, f32x4.mul(f32x4.sub(v128.load(dy + toX), mean), inverse)), gain = v128.load(gamma);
      g = f32x4.add(g, firstLanes(f32x4.mul(d, gain), zero, left)), gz = f32x4.add(gz, firstLanes(f32x4.mul(dz, gain), zero, left));
      storeNext(dgamma, f32x4.add(v128.and(v128.load(dgamma), old), dz), left);
      storeNext(dgamma + toOffsets, f32x4.add(v128.and(v128.load(dgamma + toOffsets), old), d), left);
    }
    sum = addWide(sum, g), product = addWide(product, gz);
  }
  const shift = f32x4.splat(args.centred ? <f32>(sumWide(sum) / n) : 0), slope = f32x4.splat(<f32>(sumWide(product) / n));
  const toDy = args.dy - args.dx;
  let dx = args.dx + start, left = n;
  gamma = args.gamma;
  for (; left >= 8; left -= 8, dx += 32, gamma += 32) {
    const from = dx + toDy, x = from + toX;
    const z0 = f32x4.mul(f32x4.sub(v128.load(x), mean), inverse), z1 = f32x4.mul(f32x4.sub(v128.load(x, 16), mean), inverse);
    const g0 = f32x4.mul(v128.load(from), v128.load(gamma)), g1 = f32x4.mul(v128.load(from, 16), v128.load(gamma, 16));
    const dx0 = f32x4.mul(inverse, f32x4.sub(f32x4.sub(g0, shift), f32x4.mul(z0, slope)));
    const dx1 = f32x4.mul(inverse, f32x4.sub(f32x4.sub(g1, shift), f32x4.mul(z1, slope)));
    store2(dx, dx0, dx1);
  }
  for (; left > 0; left -= 4, dx += 16, gamma += 16) {
    const z = f32x4.mul(f32x4.sub(v128.load(dx + toDy + toX), mean), inverse), g = f32x4.mul(v128.load(dx + toDy), v128.load(gamma));
    storeNext(dx, f32x4.mul(inverse, f32x4.sub(f32x4.sub(g, shift), f32x4.mul(z, slope))), left);
  }
}
