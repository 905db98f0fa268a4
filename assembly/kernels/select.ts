// y = c ? a : b with broadcasting.
import { operand, rowOffset } from '../map';
import { shareStart } from '../share';
import { store2, storeLanes } from '../simd';
import { In, Out } from '../types';

@unmanaged
export class SelectArgs {
  y: Out; // contiguous over dims; may be an operand that has its shape
  c: In; // int32: 0 chooses b
  a: In;
  b: In;
  n: i32;
  dims0: i32; dims1: i32; dims2: i32; dims3: i32; dims4: i32; dims5: i32;
  cStrides0: i32; cStrides1: i32; cStrides2: i32; cStrides3: i32; cStrides4: i32; cStrides5: i32; // in elements; 0 repeats; the last is 0 or 1
  aStrides0: i32; aStrides1: i32; aStrides2: i32; aStrides3: i32; aStrides4: i32; aStrides5: i32;
  bStrides0: i32; bStrides1: i32; bStrides2: i32; bStrides3: i32; bStrides4: i32; bStrides5: i32;
}

// @ts-ignore: decorator
@inline
function chosen(c: v128, a: v128, b: v128): v128 {
  return v128.bitselect(b, a, i32x4.eq(c, i32x4.splat(0)));
}

export function select(args: SelectArgs, ith: i32, nth: i32): void {
  const at0 = changetype<usize>(args), dims = at0 + offsetof<SelectArgs>('dims0'), inner = args.dims5;
  const cStrides = at0 + offsetof<SelectArgs>('cStrides0'), cMask = i32x4.splat(-args.cStrides5);
  const aStrides = at0 + offsetof<SelectArgs>('aStrides0'), aMask = i32x4.splat(-args.aStrides5);
  const bStrides = at0 + offsetof<SelectArgs>('bStrides0'), bMask = i32x4.splat(-args.bStrides5);
  const end = shareStart(args.n, 16, ith + 1, nth);
  for (let at = shareStart(args.n, 16, ith, nth); at < end;) {
    const index = at / inner, column = at - index * inner;
    let c = args.c + rowOffset(dims, cStrides, index) + (<usize>(column * args.cStrides5) << 2);
    let a = args.a + rowOffset(dims, aStrides, index) + (<usize>(column * args.aStrides5) << 2);
    let b = args.b + rowOffset(dims, bStrides, index) + (<usize>(column * args.bStrides5) << 2);
    let y = args.y + (<usize>at << 2), count = min(inner - column, end - at);
    at += count;
    if (args.cStrides5 + args.aStrides5 + args.bStrides5 == 3) {
      for (; count >= 8; count -= 8, y += 32, c += 32, a += 32, b += 32) {
        const y0 = chosen(v128.load(c), v128.load(a), v128.load(b)), y1 = chosen(v128.load(c, 16), v128.load(a, 16), v128.load(b, 16));
        store2(y, y0, y1);
      }
      if (!count) continue;
    }
    const cSplat = v128.andnot(v128.load32_splat(c), cMask);
    const aSplat = v128.andnot(v128.load32_splat(a), aMask), bSplat = v128.andnot(v128.load32_splat(b), bMask);
    for (; count > 0; count -= 4, y += 16) {
      storeLanes(y, chosen(operand(v128.load(c), cMask, cSplat), operand(v128.load(a), aMask, aSplat), operand(v128.load(b), bMask, bSplat)), count);
      c += <usize>args.cStrides5 << 4;
      a += <usize>args.aStrides5 << 4;
      b += <usize>args.bStrides5 << 4;
    }
  }
}
