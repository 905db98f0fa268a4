// Where the extreme of x[outer, r, inner] over r stands: the first of equals; of floats a NaN is the extreme, the first one, as in NumPy.
import { cut, storeHalfStrip } from '../rows';
import { In, Out } from '../types';
import { extremeOf, MAX, MAX_INT, MIN, MIN_INT } from './reduce';

@unmanaged
export class ArgReduceArgs {
  y: Out; // int32
  x: In;
  outer: i32;
  r: i32;
  inner: i32;
}

/** Floats: a NaN is the extreme. `flip` turns the order round. */
@unmanaged
class Floats {
  @inline flip(): i32 { return i32.MIN_VALUE; }
  @inline found(v: v128, extreme: v128): v128 { return v128.or(f32x4.eq(v, extreme), f32x4.ne(v, v)); }
  /** v is the new extreme: it is greater or a NaN, and best is none. */
  @inline better(v: v128, best: v128): v128 { return v128.andnot(f32x4.eq(best, best), f32x4.le(v, best)); }
}

@unmanaged
class Integers {
  @inline flip(): i32 { return -1; }
  @inline found(v: v128, extreme: v128): v128 { return i32x4.eq(v, extreme); }
  @inline better(v: v128, best: v128): v128 { return i32x4.gt_s(v, best); }
}

/** First place in the row x[r] of its extreme, whose bits are given. */
function argRow<Order>(x: usize, r: i32, bits: i32): i32 {
  const order = changetype<Order>(0), extreme = i32x4.splat(bits);
  let i = 0;
  for (; i + 16 <= r; i += 16, x += 64) {
    const first = v128.or(order.found(v128.load(x), extreme), order.found(v128.load(x, 16), extreme));
    const second = v128.or(order.found(v128.load(x, 32), extreme), order.found(v128.load(x, 48), extreme));
    if (v128.any_true(v128.or(first, second))) break;
  }
  for (; i < r; i += 4, x += 16) {
    const here = order.found(v128.load(x), extreme);
    if (v128.any_true(here)) return i + ctz(i32x4.bitmask(here));
  }
  return 0;
}

/** y[width] = rows of the extremes of eight columns; `bits` turns the order round for the least. */
function argColumns<Order>(y: usize, x: usize, r: i32, stride: i32, width: i32, bits: i32): void {
  const order = changetype<Order>(0), flip = i32x4.splat(bits);
  let a = v128.xor(v128.load(x), flip), b = v128.xor(v128.load(x, 16), flip);
  let atA = i32x4.splat(0), atB = atA;
  for (let i = 1; i < r; ++i) {
    x += stride;
    const at = i32x4.splat(i), v = v128.xor(v128.load(x), flip), w = v128.xor(v128.load(x, 16), flip);
    const inA = order.better(v, a), inB = order.better(w, b);
    a = v128.bitselect(v, a, inA);
    b = v128.bitselect(w, b, inB);
    atA = v128.bitselect(at, atA, inA);
    atB = v128.bitselect(at, atB, inB);
  }
  storeHalfStrip(y, atA, atB, width);
}

function argReduce<Order>(kind: i32, args: ArgReduceArgs, ith: i32, nth: i32): void {
  const y = args.y, x = args.x, r = args.r, inner = args.inner, total = args.outer * inner, grain = min(8, inner), stride = inner << 2;
  const flip = kind == MIN || kind == MIN_INT ? changetype<Order>(0).flip() : 0;
  if (total == 0) return;
  const end = cut(total, grain, ith + 1, nth);
  for (let at = cut(total, grain, ith, nth), width = 1; at < end; at += width) {
    const o = at / inner, j = at % inner;
    const to = y + (<usize>at << 2), from = x + (<usize>(o * r * inner + j) << 2);
    if (inner == 1) {
      store<i32>(to, argRow<Order>(from, r, extremeOf(kind, from, r)));
      continue;
    }
    width = min(min(8, inner - j), end - at);
    argColumns<Order>(to, from, r, stride, width, flip);
  }
}

/** y[outer, inner] = i of the greatest x[outer, i, inner] */
export function argMax(args: ArgReduceArgs, ith: i32, nth: i32): void { argReduce<Floats>(MAX, args, ith, nth); }
/** y[outer, inner] = i of the least x[outer, i, inner] */
export function argMin(args: ArgReduceArgs, ith: i32, nth: i32): void { argReduce<Floats>(MIN, args, ith, nth); }
/** As argMax, int32 */
export function argMaxInt(args: ArgReduceArgs, ith: i32, nth: i32): void { argReduce<Integers>(MAX_INT, args, ith, nth); }
/** As argMin, int32 */
export function argMinInt(args: ArgReduceArgs, ith: i32, nth: i32): void { argReduce<Integers>(MIN_INT, args, ith, nth); }
