// y = c ? a : b with broadcasting.
import { rowFrom, rowOffset } from '../map';
import { copyColumns, spare } from '../rows';
import { shareStart } from '../share';
import { store2 } from '../simd';
import { In, Out } from '../types';

@unmanaged
export class SelectArgs {
  y: Out; // contiguous over dims; may be an operand that has its shape
  c: In; // int32: 0 chooses b
  a: In;
  b: In;
  n: i32;
  dims0: i32; dims1: i32; dims2: i32; dims3: i32; dims4: i32; dims5: i32;
  // in elements; 0 repeats; the last is 0 or 1
  cStrides0: i32; cStrides1: i32; cStrides2: i32; cStrides3: i32; cStrides4: i32; cStrides5: i32;
  aStrides0: i32; aStrides1: i32; aStrides2: i32; aStrides3: i32; aStrides4: i32; aStrides5: i32;
  bStrides0: i32; bStrides1: i32; bStrides2: i32; bStrides3: i32; bStrides4: i32; bStrides5: i32;
}

/** Two vectors at a time; a step of 0 repeats what stands there. */
function choose(y: usize, end: usize, c: usize, cStep: usize, a: usize, aStep: usize, b: usize, bStep: usize): void {
  for (; y < end; y += 32, c += cStep, a += aStep, b += bStep) {
    const y0 = chosen(v128.load(c), v128.load(a), v128.load(b)), y1 = chosen(v128.load(c, 16), v128.load(a, 16), v128.load(b, 16));
    store2(y, y0, y1);
  }
}

// @ts-ignore: decorator
@inline
function chosen(c: v128, a: v128, b: v128): v128 {
  return v128.bitselect(b, a, i32x4.eq(c, i32x4.splat(0)));
}

export function select(args: SelectArgs, ith: i32, nth: i32): void {
  const at0 = changetype<usize>(args), dims = at0 + offsetof<SelectArgs>('dims0'), inner = args.dims5;
  const cStrides = at0 + offsetof<SelectArgs>('cStrides0'), cStep = <usize>args.cStrides5 << 5;
  const aStrides = at0 + offsetof<SelectArgs>('aStrides0'), aStep = <usize>args.aStrides5 << 5;
  const bStrides = at0 + offsetof<SelectArgs>('bStrides0'), bStep = <usize>args.bStrides5 << 5;
  const end = shareStart(args.n, 16, ith + 1, nth);
  for (let at = shareStart(args.n, 16, ith, nth); at < end;) {
    const index = at / inner, column = at - index * inner, y = args.y + (<usize>at << 2);
    const c = rowFrom(args.c + rowOffset(dims, cStrides, index), cStep, column, spare);
    const a = rowFrom(args.a + rowOffset(dims, aStrides, index), aStep, column, spare + 32);
    const b = rowFrom(args.b + rowOffset(dims, bStrides, index), bStep, column, spare + 64);
    const count = min(inner - column, end - at), whole = count & -8, steps = <usize>(whole >> 3);
    if (whole) choose(y, y + (<usize>whole << 2), c, cStep, a, aStep, b, bStep);
    if (whole < count) {
      choose(spare + 96, spare + 128, c + cStep * steps, cStep, a + aStep * steps, aStep, b + bStep * steps, bStep);
      copyColumns(y + (<usize>whole << 2), spare + 96, count - whole);
    }
    at += count;
  }
}
