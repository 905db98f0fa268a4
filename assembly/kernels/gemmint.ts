// Matrix products of int32: exact, wrapped to 32 bits. For counts and masks, not for networks: simple, and small.
import { cut, storeHalfStrip } from '../rows';
import { In, Out } from '../types';

@unmanaged
export class GemmIntArgs {
  c: Out;
  a: In;
  b: In;
  m: i32;
  n: i32;
  k: i32;
  batch: i32;
  aStep: i32; // elements from one matrix of the batch to the next; 0: the same for all
  bStep: i32;
}

/** c[batch, m, n] = a[batch, m, k] · b[batch, k, n], eight columns at a time; threads take rows. */
export function gemmInt(args: GemmIntArgs, ith: i32, nth: i32): void {
  const m = args.m, n = args.n, k = args.k, rows = args.batch * m, step = <usize>n << 2;
  const end = cut(rows, 1, ith + 1, nth);
  for (let row = cut(rows, 1, ith, nth); row < end; ++row) {
    const batch = row / m, c = args.c + <usize>row * step;
    const a = args.a + (<usize>(batch * args.aStep + (row - batch * m) * k) << 2), b = args.b + (<usize>(batch * args.bStep) << 2);
    for (let j = 0; j < n; j += 8) {
      let low = i32x4.splat(0), high = low;
      let from = b + (<usize>j << 2);
      for (let p = 0; p < k; ++p, from += step) {
        const x = v128.load32_splat(a + (<usize>p << 2));
        low = i32x4.add(low, i32x4.mul(x, v128.load(from)));
        high = i32x4.add(high, i32x4.mul(x, v128.load(from, 16)));
      }
      storeHalfStrip(c + (<usize>j << 2), low, high, n - j);
    }
  }
}
