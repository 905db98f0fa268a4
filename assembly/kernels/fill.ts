// y[i] = value
import { shareStart } from '../share';
import { store4 } from '../simd';
import { Out } from '../types';

@unmanaged
export class FillArgs {
  y: Out;
  n: i32;
  value: u32; // the element's bits
}

export function fill(args: FillArgs, ith: i32, nth: i32): void {
  const from = args.y + (<usize>shareStart(args.n, 16, ith, nth) << 2);
  const to = args.y + (<usize>shareStart(args.n, 16, ith + 1, nth) << 2);
  const value = i32x4.splat(args.value);
  for (let at = from; at < to; at += 64) store4(at, value, value, value, value); // shares are whole steps, the last one into the padding
}
