// y = f(a, b) with broadcasting; bools are int32 0 and 1. One walk over the rows serves all ops: `apply` picks the op for each row.
import { operand, rowOffset } from '../map';
import * as math from '../math';
import { shareStart } from '../share';
import { store2, store4, storeLanes } from '../simd';
import { In, Out } from '../types';

@unmanaged
export class BinaryArgs {
  y: Out; // contiguous over dims; may be an operand that has its shape
  a: In;
  b: In;
  n: i32;
  dims0: i32; dims1: i32; dims2: i32; dims3: i32; dims4: i32; dims5: i32;
  aStrides0: i32; aStrides1: i32; aStrides2: i32; aStrides3: i32; aStrides4: i32; aStrides5: i32; // in elements; 0 repeats; the last is 0 or 1
  bStrides0: i32; bStrides1: i32; bStrides2: i32; bStrides3: i32; bStrides4: i32; bStrides5: i32;
}

/** The steps of 64 bytes that fit into a row of two operands. */
// @ts-ignore: decorator
@inline
function pairs<T>(y: usize, a: usize, b: usize, end: usize): void {
  for (; y < end; y += 64, a += 64, b += 64) {
    const y0 = changetype<T>(0).vec(v128.load(a), v128.load(b)), y1 = changetype<T>(0).vec(v128.load(a, 16), v128.load(b, 16));
    const y2 = changetype<T>(0).vec(v128.load(a, 32), v128.load(b, 32)), y3 = changetype<T>(0).vec(v128.load(a, 48), v128.load(b, 48));
    store4(y, y0, y1, y2, y3);
  }
}

/** The same with one element for all of `other`, which is b, or a where `first`. */
// @ts-ignore: decorator
@inline
function ones<T>(y: usize, x: usize, other: usize, end: usize, first: bool): void {
  const v = v128.load32_splat(other);
  for (; y < end; y += 32, x += 32) {
    const x0 = v128.load(x), x1 = v128.load(x, 16);
    const y0 = first ? changetype<T>(0).vec(v, x0) : changetype<T>(0).vec(x0, v), y1 = first ? changetype<T>(0).vec(v, x1) : changetype<T>(0).vec(x1, v);
    store2(y, y0, y1);
  }
}

// @ts-ignore: decorator
@inline
function steps<T>(y: usize, a: usize, b: usize, count: i32, aMask: v128, bMask: v128): void {
  const end = y + (<usize>(count & -16) << 2);
  if (!i32x4.extract_lane(bMask, 0)) ones<T>(y, a, b, end, false);
  else if (!i32x4.extract_lane(aMask, 0)) ones<T>(y, b, a, end, true);
  else pairs<T>(y, a, b, end);
}

/** 1 where the mask is set. */
// @ts-ignore: decorator
@inline
function asBool(mask: v128): v128 {
  return i32x4.neg(mask);
}

@unmanaged class Add { @inline vec(a: v128, b: v128): v128 { return f32x4.add(a, b); } }
@unmanaged class Sub { @inline vec(a: v128, b: v128): v128 { return f32x4.sub(a, b); } }
@unmanaged class Mul { @inline vec(a: v128, b: v128): v128 { return f32x4.mul(a, b); } }
@unmanaged class Div { @inline vec(a: v128, b: v128): v128 { return f32x4.div(a, b); } }
/** A NaN on either side gives NaN. */
@unmanaged class Maximum { @inline vec(a: v128, b: v128): v128 { return v128.or(f32x4.pmax(a, b), f32x4.ne(b, b)); } }
@unmanaged class Minimum { @inline vec(a: v128, b: v128): v128 { return v128.or(f32x4.pmin(a, b), f32x4.ne(b, b)); } }
@unmanaged class SquaredDifference { @inline vec(a: v128, b: v128): v128 { return f32x4.mul(f32x4.sub(a, b), f32x4.sub(a, b)); } }
@unmanaged class Pow { @inline vec(a: v128, b: v128): v128 { return math.pow(a, b); } }
@unmanaged class Mod { @inline vec(a: v128, b: v128): v128 { return math.mod(a, b); } }
@unmanaged class FloorDiv { @inline vec(a: v128, b: v128): v128 { return math.floorDiv(a, b); } }
@unmanaged class Equal { @inline vec(a: v128, b: v128): v128 { return asBool(f32x4.eq(a, b)); } }
@unmanaged class NotEqual { @inline vec(a: v128, b: v128): v128 { return asBool(f32x4.ne(a, b)); } }
@unmanaged class Less { @inline vec(a: v128, b: v128): v128 { return asBool(f32x4.lt(a, b)); } }
@unmanaged class LessEqual { @inline vec(a: v128, b: v128): v128 { return asBool(f32x4.le(a, b)); } }
@unmanaged class AddInt { @inline vec(a: v128, b: v128): v128 { return i32x4.add(a, b); } }
@unmanaged class SubInt { @inline vec(a: v128, b: v128): v128 { return i32x4.sub(a, b); } }
@unmanaged class MulInt { @inline vec(a: v128, b: v128): v128 { return i32x4.mul(a, b); } }
@unmanaged class MaximumInt { @inline vec(a: v128, b: v128): v128 { return i32x4.max_s(a, b); } }
@unmanaged class MinimumInt { @inline vec(a: v128, b: v128): v128 { return i32x4.min_s(a, b); } }
@unmanaged class FloorDivInt { @inline vec(a: v128, b: v128): v128 { return math.floorDivInt(a, b); } }
@unmanaged class ModInt { @inline vec(a: v128, b: v128): v128 { return v128.and(i32x4.sub(a, i32x4.mul(math.floorDivInt(a, b), b)), i32x4.ne(b, i32x4.splat(0))); } }
@unmanaged class EqualInt { @inline vec(a: v128, b: v128): v128 { return asBool(i32x4.eq(a, b)); } }
@unmanaged class NotEqualInt { @inline vec(a: v128, b: v128): v128 { return asBool(i32x4.ne(a, b)); } }
@unmanaged class LessInt { @inline vec(a: v128, b: v128): v128 { return asBool(i32x4.lt_s(a, b)); } }
@unmanaged class LessEqualInt { @inline vec(a: v128, b: v128): v128 { return asBool(i32x4.le_s(a, b)); } }
@unmanaged class LogicalAnd { @inline vec(a: v128, b: v128): v128 { return v128.and(a, b); } }
@unmanaged class LogicalOr { @inline vec(a: v128, b: v128): v128 { return v128.or(a, b); } }
@unmanaged class LogicalXor { @inline vec(a: v128, b: v128): v128 { return v128.xor(a, b); } }

const enum Op { Add, Sub, Mul, Div, Maximum, Minimum, SquaredDifference, Pow, Mod, FloorDiv, Equal, NotEqual, Less, LessEqual, AddInt, SubInt, MulInt, MaximumInt, MinimumInt, FloorDivInt, ModInt, EqualInt, NotEqualInt, LessInt, LessEqualInt, LogicalAnd, LogicalOr, LogicalXor }

/** A vector of a light op. */
// @ts-ignore: decorator
@inline
function light(op: Op, a: v128, b: v128): v128 {
  switch (op) {
    case Op.Add: return changetype<Add>(0).vec(a, b);
    case Op.Sub: return changetype<Sub>(0).vec(a, b);
    case Op.Mul: return changetype<Mul>(0).vec(a, b);
    case Op.Div: return changetype<Div>(0).vec(a, b);
    case Op.Maximum: return changetype<Maximum>(0).vec(a, b);
    case Op.Minimum: return changetype<Minimum>(0).vec(a, b);
    case Op.SquaredDifference: return changetype<SquaredDifference>(0).vec(a, b);
    case Op.Equal: return changetype<Equal>(0).vec(a, b);
    case Op.NotEqual: return changetype<NotEqual>(0).vec(a, b);
    case Op.Less: return changetype<Less>(0).vec(a, b);
    case Op.LessEqual: return changetype<LessEqual>(0).vec(a, b);
    case Op.AddInt: return changetype<AddInt>(0).vec(a, b);
    case Op.SubInt: return changetype<SubInt>(0).vec(a, b);
    case Op.MulInt: return changetype<MulInt>(0).vec(a, b);
    case Op.MaximumInt: return changetype<MaximumInt>(0).vec(a, b);
    case Op.MinimumInt: return changetype<MinimumInt>(0).vec(a, b);
    case Op.EqualInt: return changetype<EqualInt>(0).vec(a, b);
    case Op.NotEqualInt: return changetype<NotEqualInt>(0).vec(a, b);
    case Op.LessInt: return changetype<LessInt>(0).vec(a, b);
    case Op.LessEqualInt: return changetype<LessEqualInt>(0).vec(a, b);
    case Op.LogicalAnd: return changetype<LogicalAnd>(0).vec(a, b);
    case Op.LogicalOr: return changetype<LogicalOr>(0).vec(a, b);
    default: return changetype<LogicalXor>(0).vec(a, b);
  }
}

/** A row or the rest of it, a vector at a time. */
// @ts-ignore: decorator
@inline
function singles<T>(isLight: bool, op: Op, y: usize, a: usize, b: usize, count: i32, aMask: v128, bMask: v128): void {
  const aStep = i32x4.extract_lane(aMask, 0) & 16, aSplat = v128.andnot(v128.load32_splat(a), aMask);
  const bStep = i32x4.extract_lane(bMask, 0) & 16, bSplat = v128.andnot(v128.load32_splat(b), bMask);
  for (; count > 0; count -= 4, y += 16, a += aStep, b += bStep) {
    const u = operand(v128.load(a), aMask, aSplat), v = v128.xor(v128.and(v128.load(b), bMask), bSplat); // the same: alike, V8 would try to pair the two, and abort
    storeLanes(y, isLight ? light(op, u, v) : changetype<T>(0).vec(u, v), count);
  }
}

function narrow(op: Op, y: usize, a: usize, b: usize, count: i32, aMask: v128, bMask: v128): void {
  switch (op) {
    case Op.Pow: return singles<Pow>(false, op, y, a, b, count, aMask, bMask);
    case Op.Mod: return singles<Mod>(false, op, y, a, b, count, aMask, bMask);
    case Op.FloorDiv: return singles<FloorDiv>(false, op, y, a, b, count, aMask, bMask);
    case Op.FloorDivInt: return singles<FloorDivInt>(false, op, y, a, b, count, aMask, bMask);
    case Op.ModInt: return singles<ModInt>(false, op, y, a, b, count, aMask, bMask);
    default: return singles<Add>(true, op, y, a, b, count, aMask, bMask);
  }
}

/** The whole steps of a row for the ops that are worth a loop of their own; returns how many elements that were. */
function wide(op: Op, y: usize, a: usize, b: usize, count: i32, aMask: v128, bMask: v128): i32 {
  switch (op) {
    case Op.Add: steps<Add>(y, a, b, count, aMask, bMask); break;
    case Op.Sub: steps<Sub>(y, a, b, count, aMask, bMask); break;
    case Op.Mul: steps<Mul>(y, a, b, count, aMask, bMask); break;
    case Op.Div: steps<Div>(y, a, b, count, aMask, bMask); break;
    default: return 0;
  }
  return count & -16;
}

/** Walks the rows of a share, which begins and ends anywhere in a row. */
function rows(op: Op, args: BinaryArgs, ith: i32, nth: i32): void {
  const dims = changetype<usize>(args) + offsetof<BinaryArgs>('dims0'), inner = args.dims5, height = args.dims4;
  const aStrides = changetype<usize>(args) + offsetof<BinaryArgs>('aStrides0'), aStep = <usize>args.aStrides5 << 2, aMask = i32x4.splat(-args.aStrides5);
  const bStrides = changetype<usize>(args) + offsetof<BinaryArgs>('bStrides0'), bStep = <usize>args.bStrides5 << 2, bMask = i32x4.splat(-args.bStrides5);
  const end = shareStart(args.n, 16, ith + 1, nth);
  for (let at = shareStart(args.n, 16, ith, nth); at < end;) {
    const index = at / inner;
    let column = at - index * inner;
    let aRow = args.a + rowOffset(dims, aStrides, index), bRow = args.b + rowOffset(dims, bStrides, index);
    for (let left = height - index % height; left > 0 && at < end; --left) {
      const y = args.y + (<usize>at << 2), a = aRow + <usize>column * aStep, b = bRow + <usize>column * bStep;
      const count = min(inner - column, end - at), done = count >= 16 && args.aStrides5 + args.bStrides5 > 0 ? wide(op, y, a, b, count, aMask, bMask) : 0;
      if (done < count) narrow(op, y + (<usize>done << 2), a + <usize>done * aStep, b + <usize>done * bStep, count - done, aMask, bMask);
      at += count;
      column = 0;
      aRow += <usize>args.aStrides4 << 2;
      bRow += <usize>args.bStrides4 << 2;
    }
  }
}

export function add(args: BinaryArgs, ith: i32, nth: i32): void { rows(Op.Add, args, ith, nth); }
export function sub(args: BinaryArgs, ith: i32, nth: i32): void { rows(Op.Sub, args, ith, nth); }
export function mul(args: BinaryArgs, ith: i32, nth: i32): void { rows(Op.Mul, args, ith, nth); }
export function div(args: BinaryArgs, ith: i32, nth: i32): void { rows(Op.Div, args, ith, nth); }
export function maximum(args: BinaryArgs, ith: i32, nth: i32): void { rows(Op.Maximum, args, ith, nth); }
export function minimum(args: BinaryArgs, ith: i32, nth: i32): void { rows(Op.Minimum, args, ith, nth); }
export function squaredDifference(args: BinaryArgs, ith: i32, nth: i32): void { rows(Op.SquaredDifference, args, ith, nth); }
export function pow(args: BinaryArgs, ith: i32, nth: i32): void { rows(Op.Pow, args, ith, nth); }
export function mod(args: BinaryArgs, ith: i32, nth: i32): void { rows(Op.Mod, args, ith, nth); }
export function floorDiv(args: BinaryArgs, ith: i32, nth: i32): void { rows(Op.FloorDiv, args, ith, nth); }
export function equal(args: BinaryArgs, ith: i32, nth: i32): void { rows(Op.Equal, args, ith, nth); }
export function notEqual(args: BinaryArgs, ith: i32, nth: i32): void { rows(Op.NotEqual, args, ith, nth); }
export function less(args: BinaryArgs, ith: i32, nth: i32): void { rows(Op.Less, args, ith, nth); }
export function lessEqual(args: BinaryArgs, ith: i32, nth: i32): void { rows(Op.LessEqual, args, ith, nth); }
export function addInt(args: BinaryArgs, ith: i32, nth: i32): void { rows(Op.AddInt, args, ith, nth); }
export function subInt(args: BinaryArgs, ith: i32, nth: i32): void { rows(Op.SubInt, args, ith, nth); }
export function mulInt(args: BinaryArgs, ith: i32, nth: i32): void { rows(Op.MulInt, args, ith, nth); }
export function maximumInt(args: BinaryArgs, ith: i32, nth: i32): void { rows(Op.MaximumInt, args, ith, nth); }
export function minimumInt(args: BinaryArgs, ith: i32, nth: i32): void { rows(Op.MinimumInt, args, ith, nth); }
export function floorDivInt(args: BinaryArgs, ith: i32, nth: i32): void { rows(Op.FloorDivInt, args, ith, nth); }
export function modInt(args: BinaryArgs, ith: i32, nth: i32): void { rows(Op.ModInt, args, ith, nth); }
export function equalInt(args: BinaryArgs, ith: i32, nth: i32): void { rows(Op.EqualInt, args, ith, nth); }
export function notEqualInt(args: BinaryArgs, ith: i32, nth: i32): void { rows(Op.NotEqualInt, args, ith, nth); }
export function lessInt(args: BinaryArgs, ith: i32, nth: i32): void { rows(Op.LessInt, args, ith, nth); }
export function lessEqualInt(args: BinaryArgs, ith: i32, nth: i32): void { rows(Op.LessEqualInt, args, ith, nth); }
export function logicalAnd(args: BinaryArgs, ith: i32, nth: i32): void { rows(Op.LogicalAnd, args, ith, nth); }
export function logicalOr(args: BinaryArgs, ith: i32, nth: i32): void { rows(Op.LogicalOr, args, ith, nth); }
export function logicalXor(args: BinaryArgs, ith: i32, nth: i32): void { rows(Op.LogicalXor, args, ith, nth); }
