// Normalization of x[outer, r, inner] with a mean and a scale for each (outer, inner): batch, group and instance normalization.
//
// Statistics: each strip of 16 columns of `chunk` rows is read twice while it is in the cache (mean, then squares of what is left), so that
// a large mean costs no digits; chunks are joined in float64. Chunks depend on sizes alone, never on the number of threads.
import { cut, storeNext, storeStrip } from '../rows';
import { shareStart } from '../share';
import { madd, store2 } from '../simd';
import { In, Out } from '../types';

@unmanaged
export class MomentsArgs {
  mean: Out; // of each chunk, [outer, chunks, inner]
  spread: Out; // Σ (x − mean)² of each chunk
  x: In;
  outer: i32;
  r: i32;
  inner: i32;
  chunk: i32;
}

@unmanaged
export class JoinMomentsArgs {
  mean: Out; // [outer, inner]
  variance: Out;
  means: In; // [outer, chunks, inner]
  spreads: In;
  outer: i32;
  r: i32;
  inner: i32;
  chunk: i32;
}

@unmanaged
export class NormalizeArgs {
  y: Out; // [outer, r, inner]
  x: In;
  mean: In; // [outer, inner], as scale and shift
  scale: In;
  shift: In;
  n: i32; // outer · r · inner
  r: i32;
  inner: i32;
  floor: f32; // 0 for a rectifier, else −∞
}

@unmanaged
export class NormalizeGradArgs {
  dx: Out; // [outer, r, inner]
  dy: In;
  x: In;
  mean: In; // [outer, inner], as scale, slope and shift
  scale: In;
  slope: In;
  shift: In;
  n: i32;
  r: i32;
  inner: i32;
}

@unmanaged
export class NormalizeSumsArgs {
  sum: Out; // [outer, chunks, inner]
  product: Out;
  dy: In;
  x: In;
  mean: In; // [outer, inner]
  outer: i32;
  r: i32;
  inner: i32;
  chunk: i32;
}

/** mean = Σ x / rows, spread = Σ (x − mean)² over the rows of each chunk. */
export function moments(args: MomentsArgs, ith: i32, nth: i32): void {
  const r = args.r, inner = args.inner, chunk = args.chunk, stride = <usize>inner << 2;
  const chunks = (r + chunk - 1) / chunk, strips = (inner + 15) / 16, units = args.outer * chunks * strips;
  for (let unit = cut(units, 1, ith, nth), end = cut(units, 1, ith + 1, nth); unit < end; ++unit) {
    const place = unit / strips, j = (unit - place * strips) * 16, o = place / chunks, first = (place - o * chunks) * chunk;
    const count = min(chunk, r - first), width = min(16, inner - j);
    const top = args.x + (<usize>((o * r + first) * inner + j) << 2), to = <usize>(place * inner + j) << 2;
    // Sums of distances from the first row: a large mean costs no digits.
    let x = top, m0 = v128.load(x), m1 = v128.load(x, 16), m2 = v128.load(x, 32), m3 = v128.load(x, 48);
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    for (let i = count; i > 0; --i, x += stride) {
      s0 = f32x4.add(s0, f32x4.sub(v128.load(x), m0));
      s1 = f32x4.add(s1, f32x4.sub(v128.load(x, 16), m1));
      s2 = f32x4.add(s2, f32x4.sub(v128.load(x, 32), m2));
      s3 = f32x4.add(s3, f32x4.sub(v128.load(x, 48), m3));
    }
    const rows = f32x4.splat(<f32>count);
    m0 = f32x4.add(m0, f32x4.div(s0, rows)), m1 = f32x4.add(m1, f32x4.div(s1, rows));
    m2 = f32x4.add(m2, f32x4.div(s2, rows)), m3 = f32x4.add(m3, f32x4.div(s3, rows));
    storeStrip(args.mean + to, m0, m1, m2, m3, width);
    s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, x = top;
    for (let i = count; i > 0; --i, x += stride) {
      const a = f32x4.sub(v128.load(x), m0), b = f32x4.sub(v128.load(x, 16), m1), c = f32x4.sub(v128.load(x, 32), m2);
      const d = f32x4.sub(v128.load(x, 48), m3);
      s0 = madd(a, a, s0), s1 = madd(b, b, s1), s2 = madd(c, c, s2), s3 = madd(d, d, s3);
    }
    storeStrip(args.spread + to, s0, s1, s2, s3, width);
  }
}

/** Mean and variance of all r rows from those of the chunks: spreads add up, and so do the squared distances of the chunks' means. */
export function joinMoments(args: JoinMomentsArgs, ith: i32, nth: i32): void {
  const r = args.r, inner = args.inner, chunk = args.chunk, stride = <usize>inner << 2;
  const chunks = (r + chunk - 1) / chunk, groups = (inner + 3) / 4, units = args.outer * groups;
  const all = f64x2.splat(<f64>chunk), last = f64x2.splat(<f64>(r - (chunks - 1) * chunk)), total = f64x2.splat(<f64>r);
  for (let unit = cut(units, 1, ith, nth), end = cut(units, 1, ith + 1, nth); unit < end; ++unit) {
    const o = unit / groups, j = (unit - o * groups) * 4, width = min(4, inner - j);
    const from = <usize>(o * chunks * inner + j) << 2, to = <usize>(o * inner + j) << 2;
    let low = f64x2.splat(0), high = low;
    for (let k = chunks, at = args.means + from; k > 0; --k, at += stride) {
      const mean = v128.load(at), rows = k == 1 ? last : all;
      low = f64x2.add(low, f64x2.mul(rows, lower(mean)));
      high = f64x2.add(high, f64x2.mul(rows, upper(mean)));
    }
    const lowMean = f64x2.div(low, total), highMean = f64x2.div(high, total);
    low = f64x2.splat(0), high = low;
    for (let k = chunks, at = from; k > 0; --k, at += stride) {
      const mean = v128.load(args.means + at), spread = v128.load(args.spreads + at), rows = k == 1 ? last : all;
      const a = f64x2.sub(lower(mean), lowMean), b = f64x2.sub(upper(mean), highMean);
      low = f64x2.add(low, f64x2.add(lower(spread), f64x2.mul(rows, f64x2.mul(a, a))));
      high = f64x2.add(high, f64x2.add(upper(spread), f64x2.mul(rows, f64x2.mul(b, b))));
    }
    storeNext(args.mean + to, narrow(lowMean, highMean), width);
    storeNext(args.variance + to, narrow(f64x2.div(low, total), f64x2.div(high, total)), width);
  }
}

// @ts-ignore: decorator
@inline
function lower(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

// @ts-ignore: decorator
@inline
function upper(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3));
}

// @ts-ignore: decorator
@inline
function narrow(low: v128, high: v128): v128 {
  return v128.shuffle<f32>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);
}

/** y = max((x − mean)·scale + shift, floor); y may be x */
export function normalize(args: NormalizeArgs, ith: i32, nth: i32): void {
  const inner = args.inner, r = args.r, floor = f32x4.splat(args.floor);
  const toX = args.x - args.y, toScale = args.scale - args.mean, toShift = args.shift - args.mean;
  const end = shareStart(args.n, 16, ith + 1, nth);
  for (let at = shareStart(args.n, 16, ith, nth); at < end;) {
    const row = at / inner, j = at - row * inner;
    let count = min(inner - j, end - at), y = args.y + (<usize>at << 2), mean = args.mean + (<usize>((row / r) * inner + j) << 2);
    at += count;
    for (; count >= 8; count -= 8, y += 32, mean += 32) {
      const x = y + toX, scale = mean + toScale, shift = mean + toShift;
      const y0 = normalized(v128.load(x), v128.load(mean), v128.load(scale), v128.load(shift), floor);
      const y1 = normalized(v128.load(x, 16), v128.load(mean, 16), v128.load(scale, 16), v128.load(shift, 16), floor);
      store2(y, y0, y1);
    }
    for (; count > 0; count -= 4, y += 16, mean += 16) {
      storeNext(y, normalized(v128.load(y + toX), v128.load(mean), v128.load(mean + toScale), v128.load(mean + toShift), floor), count);
    }
  }
}

// @ts-ignore: decorator
@inline
function normalized(x: v128, mean: v128, scale: v128, shift: v128, floor: v128): v128 {
  return f32x4.pmax(madd(f32x4.sub(x, mean), scale, shift), floor);
}

/** dx = dy·scale + (x − mean)·slope + shift; dx may be dy */
export function normalizeGrad(args: NormalizeGradArgs, ith: i32, nth: i32): void {
  const inner = args.inner, r = args.r;
  const toDy = args.dy - args.dx, toX = args.x - args.dx, toScale = args.scale - args.mean, toSlope = args.slope - args.mean;
  const toShift = args.shift - args.mean;
  const end = shareStart(args.n, 16, ith + 1, nth);
  for (let at = shareStart(args.n, 16, ith, nth); at < end;) {
    const row = at / inner, j = at - row * inner;
    let count = min(inner - j, end - at), dx = args.dx + (<usize>at << 2), mean = args.mean + (<usize>((row / r) * inner + j) << 2);
    at += count;
    for (; count >= 8; count -= 8, dx += 32, mean += 32) {
      const dy = dx + toDy, x = dx + toX, scale = mean + toScale, slope = mean + toSlope, shift = mean + toShift;
      const dx0 = graded(v128.load(dy), v128.load(x), v128.load(mean), v128.load(scale), v128.load(slope), v128.load(shift));
      const dx1 = graded(v128.load(dy, 16), v128.load(x, 16), v128.load(mean, 16), v128.load(scale, 16), v128.load(slope, 16),
          v128.load(shift, 16));
      store2(dx, dx0, dx1);
    }
    for (; count > 0; count -= 4, dx += 16, mean += 16) {
      storeNext(dx, graded(v128.load(dx + toDy), v128.load(dx + toX), v128.load(mean), v128.load(mean + toScale),
          v128.load(mean + toSlope), v128.load(mean + toShift)), count);
    }
  }
}

// @ts-ignore: decorator
@inline
function graded(dy: v128, x: v128, mean: v128, scale: v128, slope: v128, shift: v128): v128 {
  return madd(dy, scale, madd(f32x4.sub(x, mean), slope, shift));
}

/** sum = Σ dy, product = Σ dy·(x − mean) over the rows of each chunk. */
export function normalizeSums(args: NormalizeSumsArgs, ith: i32, nth: i32): void {
  const r = args.r, inner = args.inner, chunk = args.chunk, stride = <usize>inner << 2, toX = args.x - args.dy;
  const chunks = (r + chunk - 1) / chunk, strips = (inner + 15) / 16, units = args.outer * chunks * strips;
  for (let unit = cut(units, 1, ith, nth), end = cut(units, 1, ith + 1, nth); unit < end; ++unit) {
    const place = unit / strips, j = (unit - place * strips) * 16, o = place / chunks, first = (place - o * chunks) * chunk;
    const width = min(16, inner - j), to = <usize>(place * inner + j) << 2, mean = args.mean + (<usize>(o * inner + j) << 2);
    const m0 = v128.load(mean), m1 = v128.load(mean, 16), m2 = v128.load(mean, 32), m3 = v128.load(mean, 48);
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, p0 = s0, p1 = s0, p2 = s0, p3 = s0;
    let dy = args.dy + (<usize>((o * r + first) * inner + j) << 2);
    for (let i = min(chunk, r - first); i > 0; --i, dy += stride) {
      const x = dy + toX, a = v128.load(dy), b = v128.load(dy, 16), c = v128.load(dy, 32), d = v128.load(dy, 48);
      s0 = f32x4.add(s0, a), p0 = madd(a, f32x4.sub(v128.load(x), m0), p0);
      s1 = f32x4.add(s1, b), p1 = madd(b, f32x4.sub(v128.load(x, 16), m1), p1);
      s2 = f32x4.add(s2, c), p2 = madd(c, f32x4.sub(v128.load(x, 32), m2), p2);
      s3 = f32x4.add(s3, d), p3 = madd(d, f32x4.sub(v128.load(x, 48), m3), p3);
    }
    storeStrip(args.sum + to, s0, s1, s2, s3, width);
    storeStrip(args.product + to, p0, p1, p2, p3, width);
  }
}
