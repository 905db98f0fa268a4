// Layer normalization: every row of x[rows, n] by its own mean and variance, with a gain and an offset for each column. Without a mean it is RMS normalization.
import { addWide, cut, firstLanes, storeNext, sumWide } from '../rows';
import { madd } from '../simd';
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

/** Σ (x[n] − mean)² */
function squaresRow(x: usize, n: i32, mean: f32): f64 {
  const by = f32x4.splat(mean), zero = f32x4.splat(0);
  let sum = zero;
  for (; n >= 16; n -= 16, x += 64) {
    const a = f32x4.sub(v128.load(x), by), b = f32x4.sub(v128.load(x, 16), by), c = f32x4.sub(v128.load(x, 32), by), d = f32x4.sub(v128.load(x, 48), by);
    sum = addWide(sum, f32x4.add(madd(a, a, f32x4.mul(b, b)), madd(c, c, f32x4.mul(d, d))));
  }
  for (; n > 0; n -= 4, x += 16) {
    const a = firstLanes(f32x4.sub(v128.load(x), by), zero, n);
    sum = addWide(sum, f32x4.mul(a, a));
  }
  return sumWide(sum);
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
    for (let left = n; left > 0; left -= 4, y += 16, gamma += 16) {
      storeNext(y, madd(f32x4.mul(f32x4.sub(v128.load(y + toX), by), times), v128.load(gamma), v128.load(gamma + toBeta)), left);
    }
  }
}

/** Columns that are added up in float32 before float64 takes the sum. */
const BLOCK: i32 = 256;

/** dgamma = Σ dy·z, dbeta = Σ dy, dx = inverse·(g − Σ g / n − z·Σ g·z / n), z = (x − mean)·inverse, g = dy·gamma; dx may be dy or x. Threads take chunks. */
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
  let sum = zero, product = zero;
  let dy = args.dy + start, x = args.x + start, gamma = args.gamma;
  for (let rest = n; rest > 0; rest -= BLOCK) {
    let g = zero, gz = zero;
    for (let left = min(rest, BLOCK); left > 0; left -= 4, dy += 16, x += 16, gamma += 16, dgamma += 16, dbeta += 16) {
      const d = v128.load(dy), z = f32x4.mul(f32x4.sub(v128.load(x), mean), inverse), dz = f32x4.mul(d, z), gain = v128.load(gamma);
      let a = f32x4.mul(d, gain), b = f32x4.mul(dz, gain);
      if (left < 4) a = firstLanes(a, zero, left), b = firstLanes(b, zero, left);
      g = f32x4.add(g, a), gz = f32x4.add(gz, b);
      storeNext(dgamma, first ? dz : f32x4.add(v128.load(dgamma), dz), left);
      storeNext(dbeta, first ? d : f32x4.add(v128.load(dbeta), d), left);
    }
    sum = addWide(sum, g), product = addWide(product, gz);
  }
  const shift = f32x4.splat(args.centred ? <f32>(sumWide(sum) / n) : 0), slope = f32x4.splat(<f32>(sumWide(product) / n));
  dy = args.dy + start, x = args.x + start, gamma = args.gamma;
  let dx = args.dx + start;
  for (let left = n; left > 0; left -= 4, dy += 16, x += 16, gamma += 16, dx += 16) {
    const z = f32x4.mul(f32x4.sub(v128.load(x), mean), inverse), g = f32x4.mul(v128.load(dy), v128.load(gamma));
    storeNext(dx, f32x4.mul(inverse, f32x4.sub(f32x4.sub(g, shift), f32x4.mul(z, slope))), left);
  }
}
