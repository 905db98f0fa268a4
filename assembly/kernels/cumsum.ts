// Running sums.
import { cut, storeNext } from '../rows';
import { In, Out } from '../types';

@unmanaged
export class CumsumArgs {
  y: Out;
  x: In;
  outer: i32;
  r: i32;
  inner: i32;
  exclusive: i32; // without the element itself
  reverse: i32; // from the end
}

/** Four sums in float64. */
@unmanaged
class Floats {
  @inline low(low: v128, x: v128): v128 { return f64x2.add(low, f64x2.promote_low_f32x4(x)); }
  @inline high(high: v128, x: v128): v128 { return f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3))); }
  @inline sums(low: v128, high: v128): v128 {
    return v128.shuffle<f32>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);
  }
}

/** Four sums of int32, which wrap. */
@unmanaged
class Integers {
  @inline low(low: v128, x: v128): v128 { return i32x4.add(low, x); }
  @inline high(high: v128, x: v128): v128 { return high; }
  @inline sums(low: v128, high: v128): v128 { return low; }
}

// @ts-ignore: decorator
@inline
function runningSum<T>(args: CumsumArgs, ith: i32, nth: i32): void {
  const kind = changetype<T>(0);
  const r = args.r, inner = args.inner, total = args.outer * inner, exclusive = args.exclusive;
  if (total == 0 || r == 0) return;
  const grain = min(4, inner), end = cut(total, grain, ith + 1, nth), row = inner << 2;
  const stride = args.reverse ? -row : row, first = args.reverse ? (r - 1) * inner : 0;
  for (let at = cut(total, grain, ith, nth), width = 0; at < end; at += width) {
    const o = at / inner, j = at % inner;
    width = min(min(4, inner - j), end - at);
    let offset = <usize>(o * r * inner + first + j) << 2;
    let low = i32x4.splat(0), high = low;
    for (let i = 0; i < r; ++i, offset += stride) {
      const x = v128.load(args.x + offset), before = kind.sums(low, high);
      low = kind.low(low, x);
      high = kind.high(high, x);
      storeNext(args.y + offset, exclusive ? before : kind.sums(low, high), width);
    }
  }
}

/** y[outer, i, inner] = Σ x[outer, k, inner] over k ≤ i, summed in float64. Threads take columns, four at a time. y may be x. */
export function cumsum(args: CumsumArgs, ith: i32, nth: i32): void { runningSum<Floats>(args, ith, nth); }
/** As cumsum, int32 */
export function cumsumInt(args: CumsumArgs, ith: i32, nth: i32): void { runningSum<Integers>(args, ith, nth); }
