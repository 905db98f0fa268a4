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

/** y[outer, i, inner] = Σ x[outer, k, inner] over k ≤ i, summed in float64. Threads take columns, four at a time. y may be x. */
export function cumsum(args: CumsumArgs, ith: i32, nth: i32): void {
  const r = args.r, inner = args.inner, total = args.outer * inner, exclusive = args.exclusive;
  if (total == 0 || r == 0) return;
  const grain = min(4, inner), end = cut(total, grain, ith + 1, nth), row = inner << 2;
  const stride = args.reverse ? -row : row, first = args.reverse ? (r - 1) * inner : 0;
  for (let at = cut(total, grain, ith, nth), width = 0; at < end; at += width) {
    const o = at / inner, j = at % inner;
    width = min(min(4, inner - j), end - at);
    let offset = <usize>(o * r * inner + first + j) << 2;
    let low = f64x2.splat(0), high = low;
    for (let i = 0; i < r; ++i, offset += stride) {
      const x = v128.load(args.x + offset), before = narrow(low, high);
      low = f64x2.add(low, f64x2.promote_low_f32x4(x));
      high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3)));
      storeNext(args.y + offset, exclusive ? before : narrow(low, high), width);
    }
  }
}

// @ts-ignore: decorator
@inline
function narrow(low: v128, high: v128): v128 {
  return v128.shuffle<f32>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);
}
