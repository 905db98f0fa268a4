// Where the extreme of x[outer, r, inner] over r stands: the first of equals; a NaN is the extreme, the first one, as in NumPy.
import { cut, storeHalfStrip } from '../rows';
import { In, Out } from '../types';
import { maxRow, minRow } from './reduce';

@unmanaged
export class ArgReduceArgs {
  y: Out; // int32
  x: In;
  outer: i32;
  r: i32;
  inner: i32;
}

// @ts-ignore: decorator
@inline
function found(v: v128, extreme: v128): v128 {
  return v128.or(f32x4.eq(v, extreme), f32x4.ne(v, v));
}

/** First place in the row x[r] of its extreme. */
function argRow(x: usize, r: i32, least: bool): i32 {
  const extreme = f32x4.splat(least ? minRow(x, r) : maxRow(x, r));
  let i = 0;
  for (; i + 16 <= r; i += 16, x += 64) {
    const first = v128.or(found(v128.load(x), extreme), found(v128.load(x, 16), extreme));
    if (v128.any_true(v128.or(first, v128.or(found(v128.load(x, 32), extreme), found(v128.load(x, 48), extreme))))) break;
  }
  for (; i < r; i += 4, x += 16) {
    const here = found(v128.load(x), extreme);
    if (v128.any_true(here)) return i + ctz(i32x4.bitmask(here));
  }
  return 0;
}

/** v is the new extreme: it is greater or a NaN, and best is none. */
// @ts-ignore: decorator
@inline
function better(v: v128, best: v128): v128 {
  return v128.andnot(f32x4.eq(best, best), f32x4.le(v, best));
}

/** y[width] = rows of the extremes of eight columns; `sign`, which turns signs, for the least. */
function argColumns(y: usize, x: usize, r: i32, stride: i32, width: i32, sign: i32): void {
  const flip = i32x4.splat(sign);
  let a = v128.xor(v128.load(x), flip), b = v128.xor(v128.load(x, 16), flip);
  let atA = i32x4.splat(0), atB = atA;
  for (let i = 1; i < r; ++i) {
    x += stride;
    const at = i32x4.splat(i), v = v128.xor(v128.load(x), flip), w = v128.xor(v128.load(x, 16), flip);
    const inA = better(v, a), inB = better(w, b);
    a = v128.bitselect(v, a, inA);
    b = v128.bitselect(w, b, inB);
    atA = v128.bitselect(at, atA, inA);
    atB = v128.bitselect(at, atB, inB);
  }
  storeHalfStrip(y, atA, atB, width);
}

function argReduce(least: bool, args: ArgReduceArgs, ith: i32, nth: i32): void {
  const y = args.y, x = args.x, r = args.r, inner = args.inner, total = args.outer * inner, grain = min(8, inner), stride = inner << 2;
  if (total == 0) return;
  const end = cut(total, grain, ith + 1, nth);
  for (let at = cut(total, grain, ith, nth), width = 1; at < end; at += width) {
    const o = at / inner, j = at % inner;
    const to = y + (<usize>at << 2), from = x + (<usize>(o * r * inner + j) << 2);
    if (inner == 1) {
      store<i32>(to, argRow(from, r, least));
      continue;
    }
    width = min(min(8, inner - j), end - at);
    argColumns(to, from, r, stride, width, least ? i32.MIN_VALUE : 0);
  }
}

/** y[outer, inner] = i of the greatest x[outer, i, inner] */
export function argMax(args: ArgReduceArgs, ith: i32, nth: i32): void {
  argReduce(false, args, ith, nth);
}

/** y[outer, inner] = i of the least x[outer, i, inner] */
export function argMin(args: ArgReduceArgs, ith: i32, nth: i32): void {
  argReduce(true, args, ith, nth);
}
