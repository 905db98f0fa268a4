// Reductions over the middle axis of x[outer, r, inner], running sums, and the accumulator of metrics.
//
// Everything rests on one loop over a strip of 16 columns, held in four vectors. A contiguous row (inner = 1) is read as a strip of
// r/16 steps whose columns are then folded into one. Each output is folded by one thread in an order that depends on r alone.
//
// Sums: blocks of 32 steps in float32, and their sum with the rounding errors carried along. |error| ≤ 48·2⁻²⁴·Σ|x| for any r.
import { copyColumns, cut, firstLanes, spare } from '../rows';
import { store4, sumLanes } from '../simd';
import { In, InOut, Out } from '../types';

@unmanaged
export class ReduceArgs {
  y: Out;
  x: In;
  outer: i32;
  r: i32;
  inner: i32;
  divisor: f32; // sums are divided by it: 1, or r for a mean
}

/** As ReduceArgs, but for the last. */
@unmanaged
export class ReduceChunksArgs {
  y: Out;
  x: In;
  outer: i32;
  r: i32;
  inner: i32;
  chunk: i32; // rows in a chunk; it must not depend on the number of threads
}

// min and max are kernels here.
// @ts-ignore: decorator
@inline
function smaller(a: i32, b: i32): i32 {
  return a < b ? a : b;
}

const SIGN: i32 = i32.MIN_VALUE; // the bit that negates a float
const LEAST: i32 = 0xff800000; // −Infinity

@unmanaged
class Max {
  /** pmax(b, a) yields b if either is a NaN; ones over it keep a NaN in a. Three instructions, f32x4.max takes eight on x86. */
  @inline vec(a: v128, b: v128): v128 { return v128.or(f32x4.pmax(b, a), f32x4.ne(a, a)); }
}

@unmanaged
class Prod {
  @inline vec(a: v128, b: v128): v128 { return f32x4.mul(a, b); }
}

@unmanaged
class SumInt {
  @inline vec(a: v128, b: v128): v128 { return i32x4.add(a, b); }
}

@unmanaged
class MaxInt {
  @inline vec(a: v128, b: v128): v128 { return i32x4.max_s(a, b); }
}

@unmanaged
class ProdInt {
  @inline vec(a: v128, b: v128): v128 { return i32x4.mul(a, b); }
}

/**
 * y = flip(fold of flip(x), beginning with `empty`): the minimum is the maximum of −x, or of ~x for integers; flip is the bits to turn.
 * Folds r steps, `stride` bytes apart, of a strip of `width` columns into y[width].
 * Width 0: folds the row x[r] into one element, whose bits it returns.
 */
function fold<T>(y: usize, x: usize, r: i32, stride: i32, width: i32, empty: i32, flip: i32): i32 {
  const op = changetype<T>(0);
  const none = i32x4.splat(empty), flips = i32x4.splat(flip);
  const to = select(y, spare, width >= 16);
  let one = none;
  if (width || r >= 16) {
    let a = none, b = a, c = a, d = a;
    for (let steps = width ? r : r >> 4; steps > 0; --steps, x += stride) {
      a = op.vec(a, v128.xor(v128.load(x), flips));
      b = op.vec(b, v128.xor(v128.load(x, 16), flips));
      c = op.vec(c, v128.xor(v128.load(x, 32), flips));
      d = op.vec(d, v128.xor(v128.load(x, 48), flips));
    }
    const turned = width ? flips : i32x4.splat(0);
    store4(to, v128.xor(a, turned), v128.xor(b, turned), v128.xor(c, turned), v128.xor(d, turned));
    if (width) {
      if (width < 16) copyColumns(y, to, width);
      return 0;
    }
    one = op.vec(op.vec(v128.load(to), v128.load(to, 16)), op.vec(v128.load(to, 32), v128.load(to, 48)));
  }
  for (let left = r & 15; left > 0; left -= 4, x += 16) one = op.vec(one, firstLanes(v128.xor(v128.load(x), flips), none, left));
  one = op.vec(one, v128.shuffle<i32>(one, one, 2, 3, 0, 1));
  one = op.vec(one, v128.shuffle<i32>(one, one, 1, 0, 3, 2));
  return i32x4.extract_lane(one, 0) ^ flip;
}

@unmanaged
class Itself {
  @inline vec(x: v128, _squares: v128, _ones: v128): v128 { return x; }
}

/** |x|·(|x| masked by `squares`, or `ones`): x² or |x|. */
@unmanaged
class Magnitude {
  @inline vec(x: v128, squares: v128, ones: v128): v128 {
    const size = f32x4.abs(x);
    return f32x4.mul(size, v128.or(v128.and(size, squares), ones));
  }
}

/** Steps that are added up in plain float32. */
const BLOCK: i32 = 32;

/** What rounding took from sum = fl(a + b), exactly. See: Knuth, The Art of Computer Programming 2, 4.2.2 */
// @ts-ignore: decorator
@inline
function lost(a: v128, b: v128, sum: v128): v128 {
  const part = f32x4.sub(sum, a);
  return f32x4.add(f32x4.sub(a, f32x4.sub(sum, part)), f32x4.sub(b, part));
}

/** high + low, but for the NaN that an infinite high leaves in low. */
// @ts-ignore: decorator
@inline
function whole(high: v128, low: v128): v128 {
  return f32x4.add(high, v128.and(low, f32x4.eq(low, low)));
}

/** Sixteen elements. */
function divide(at: usize, divisor: f32): void {
  const over = f32x4.splat(divisor);
  store4(at, f32x4.div(v128.load(at), over), f32x4.div(v128.load(at, 16), over), f32x4.div(v128.load(at, 32), over),
      f32x4.div(v128.load(at, 48), over));
}

/** As fold, for y = Σ T(x) / divisor. Width 0: returns Σ T(x) of the row x[r]. */
function foldSum<T>(y: usize, x: usize, r: i32, stride: i32, width: i32, divisor: f32, square: i32): f32 {
  const op = changetype<T>(0);
  const zero = f32x4.splat(0), squares = i32x4.splat(square), ones = v128.andnot(f32x4.splat(1), squares);
  const to = select(y, spare, width >= 16);
  let one = zero;
  if (width || r >= 16) {
    let a0 = zero, a1 = zero, b0 = zero, b1 = zero, c0 = zero, c1 = zero, d0 = zero, d1 = zero;
    for (let steps = width ? r : r >> 4; steps > 0; steps -= BLOCK) {
      let a = zero, b = zero, c = zero, d = zero;
      for (let block = smaller(steps, BLOCK); block > 0; --block, x += stride) {
        a = f32x4.add(a, op.vec(v128.load(x), squares, ones));
        b = f32x4.add(b, op.vec(v128.load(x, 16), squares, ones));
        c = f32x4.add(c, op.vec(v128.load(x, 32), squares, ones));
        d = f32x4.add(d, op.vec(v128.load(x, 48), squares, ones));
      }
      let sum = f32x4.add(a0, a);
      a1 = f32x4.add(a1, lost(a0, a, sum)), a0 = sum;
      sum = f32x4.add(b0, b);
      b1 = f32x4.add(b1, lost(b0, b, sum)), b0 = sum;
      sum = f32x4.add(c0, c);
      c1 = f32x4.add(c1, lost(c0, c, sum)), c0 = sum;
      sum = f32x4.add(d0, d);
      d1 = f32x4.add(d1, lost(d0, d, sum)), d0 = sum;
    }
    store4(to, whole(a0, a1), whole(b0, b1), whole(c0, c1), whole(d0, d1));
    if (width) {
      if (divisor != 1) divide(to, divisor);
      if (width < 16) copyColumns(y, to, width);
      return 0;
    }
    one = f32x4.add(f32x4.add(v128.load(to), v128.load(to, 16)), f32x4.add(v128.load(to, 32), v128.load(to, 48)));
  }
  for (let left = r & 15; left > 0; left -= 4, x += 16) one = f32x4.add(one, op.vec(firstLanes(v128.load(x), zero, left), squares, ones));
  return sumLanes(one);
}

/** Σ x[n] of a contiguous row. */
export function sumRow(x: usize, n: i32): f32 {
  return foldSum<Itself>(0, x, n, 64, 0, 1, 0);
}

/** max x[n] of a contiguous row; NaN if it has one. */
export function maxRow(x: usize, n: i32): f32 {
  return reinterpret<f32>(fold<Max>(0, x, n, 64, 0, LEAST, 0));
}

// What share() folds with; CHUNKS is added for partial folds.
export const MAX = 3, MIN = 4, MAX_INT = 5, MIN_INT = 6;
const SUM = 0, SUM_SQUARES = 1, SUM_ABS = 2, PROD = 7, SUM_INT = 8, PROD_INT = 9, CHUNKS = 16;

/** The bits of the extreme of a contiguous row x[n]. */
export function extremeOf(kind: i32, x: usize, n: i32): i32 {
  foldKind(kind, spare + 64, x, n, 64, 0, 1);
  return load<i32>(spare + 64);
}

/** Folds r steps of a strip, or of a row (width 0), with what `kind` says. */
function foldKind(kind: i32, y: usize, x: usize, r: i32, stride: i32, width: i32, divisor: f32): void {
  if (kind <= SUM_ABS) {
    const sum = kind == SUM
      ? foldSum<Itself>(y, x, r, stride, width, divisor, 0)
      : foldSum<Magnitude>(y, x, r, stride, width, divisor, kind == SUM_SQUARES ? -1 : 0);
    if (!width) store<f32>(y, sum / divisor);
    return;
  }
  let bits: i32;
  const flip = kind == MIN ? SIGN : kind == MIN_INT ? -1 : 0;
  const empty = kind <= MIN ? LEAST : kind <= MIN_INT ? i32.MIN_VALUE : kind == PROD ? 0x3f800000 : <i32>(kind == PROD_INT);
  if (kind <= MIN) bits = fold<Max>(y, x, r, stride, width, empty, flip);
  else if (kind <= MIN_INT) bits = fold<MaxInt>(y, x, r, stride, width, empty, flip);
  else if (kind == PROD) bits = fold<Prod>(y, x, r, stride, width, empty, flip);
  else if (kind == SUM_INT) bits = fold<SumInt>(y, x, r, stride, width, empty, flip);
  else bits = fold<ProdInt>(y, x, r, stride, width, empty, flip);
  if (!width) store<i32>(y, bits);
}

/** The share (ith, nth) of y[outer, chunks, inner] = fold of each `chunk` rows of x[outer, r, inner]; without chunks there is one. */
function share(kind: i32, args: ReduceArgs, ith: i32, nth: i32): void {
  const y = args.y, x = args.x, r = args.r, inner = args.inner;
  let chunk = r, divisor = args.divisor;
  if (kind & CHUNKS) {
    chunk = changetype<ReduceChunksArgs>(args).chunk;
    divisor = 1;
    kind -= CHUNKS;
  }
  const chunks = r > chunk ? (r + chunk - 1) / chunk : 1;
  const total = args.outer * chunks * inner, grain = smaller(16, inner);
  if (total == 0) return;
  let at = cut(total, grain, ith, nth);
  const end = cut(total, grain, ith + 1, nth);
  if (at >= end) return;
  const stride = inner == 1 ? 64 : inner << 2;
  let row = at / inner, j = at % inner;
  let o = row / chunks, first = (row % chunks) * chunk;
  for (;;) {
    const width = smaller(smaller(16, inner - j), end - at);
    const from = x + (<usize>((o * r + first) * inner + j) << 2);
    foldKind(kind, y + (<usize>at << 2), from, smaller(chunk, r - first), stride, inner == 1 ? 0 : width, divisor);
    at += width;
    if (at >= end) return;
    j += width;
    if (j < inner) continue;
    j = 0;
    first += chunk;
    if (first < r) continue;
    first = 0;
    ++o;
  }
}

// y[outer, inner] = fold of x[outer, r, inner] over r

/** y = Σ x / divisor */
export function sum(args: ReduceArgs, ith: i32, nth: i32): void {
  share(SUM, args, ith, nth);
}

/** y = Σ x² / divisor */
export function sumSquares(args: ReduceArgs, ith: i32, nth: i32): void {
  share(SUM_SQUARES, args, ith, nth);
}

/** y = Σ |x| / divisor */
export function sumAbs(args: ReduceArgs, ith: i32, nth: i32): void {
  share(SUM_ABS, args, ith, nth);
}

/** y = max x; NaN if there is one */
export function max(args: ReduceArgs, ith: i32, nth: i32): void {
  share(MAX, args, ith, nth);
}

/** y = min x; NaN if there is one */
export function min(args: ReduceArgs, ith: i32, nth: i32): void {
  share(MIN, args, ith, nth);
}

/** y = Π x */
export function prod(args: ReduceArgs, ith: i32, nth: i32): void {
  share(PROD, args, ith, nth);
}

/** y = Σ x, int32 */
export function sumInt(args: ReduceArgs, ith: i32, nth: i32): void {
  share(SUM_INT, args, ith, nth);
}

/** y = max x, int32 */
export function maxInt(args: ReduceArgs, ith: i32, nth: i32): void {
  share(MAX_INT, args, ith, nth);
}

/** y = min x, int32 */
export function minInt(args: ReduceArgs, ith: i32, nth: i32): void {
  share(MIN_INT, args, ith, nth);
}

/** y = Π x, int32 */
export function prodInt(args: ReduceArgs, ith: i32, nth: i32): void {
  share(PROD_INT, args, ith, nth);
}

// y[outer, ⌈r/chunk⌉, inner] = fold of each `chunk` rows of x[outer, r, inner]: for few outputs and long r, to be folded once more

export function sumChunks(args: ReduceChunksArgs, ith: i32, nth: i32): void {
  share(SUM + CHUNKS, changetype<ReduceArgs>(args), ith, nth);
}

export function sumSquaresChunks(args: ReduceChunksArgs, ith: i32, nth: i32): void {
  share(SUM_SQUARES + CHUNKS, changetype<ReduceArgs>(args), ith, nth);
}

export function sumAbsChunks(args: ReduceChunksArgs, ith: i32, nth: i32): void {
  share(SUM_ABS + CHUNKS, changetype<ReduceArgs>(args), ith, nth);
}

export function maxChunks(args: ReduceChunksArgs, ith: i32, nth: i32): void {
  share(MAX + CHUNKS, changetype<ReduceArgs>(args), ith, nth);
}

export function minChunks(args: ReduceChunksArgs, ith: i32, nth: i32): void {
  share(MIN + CHUNKS, changetype<ReduceArgs>(args), ith, nth);
}

export function prodChunks(args: ReduceChunksArgs, ith: i32, nth: i32): void {
  share(PROD + CHUNKS, changetype<ReduceArgs>(args), ith, nth);
}

@unmanaged
export class AccumulateArgs {
  total: InOut;
  x: In;
  n: i32;
  scale: f32;
}

/** total[0] += scale · Σ x[n]; the first thread alone. */
export function accumulate(args: AccumulateArgs, ith: i32, _nth: i32): void {
  if (ith == 0) store<f32>(args.total, load<f32>(args.total) + args.scale * sumRow(args.x, args.n));
}
