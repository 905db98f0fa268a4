// y = f(a, b) with broadcasting; bools are int32 0 and 1. One walk over the rows serves all ops: `apply` picks the op for each row.
import { rowFrom, rowOffset } from '../map';
import { copyColumns, spare } from '../rows';
import * as math from '../math';
import { shareStart } from '../share';
import { store2, store4 } from '../simd';
import { In, Out } from '../types';

@unmanaged
export class BinaryArgs {
  y: Out; // contiguous over dims; may be an operand that has its shape
  a: In;
  b: In;
  n: i32;
  dims0: i32; dims1: i32; dims2: i32; dims3: i32; dims4: i32; dims5: i32;
  // in elements; 0 repeats; the last is 0 or 1
  aStrides0: i32; aStrides1: i32; aStrides2: i32; aStrides3: i32; aStrides4: i32; aStrides5: i32;
  bStrides0: i32; bStrides1: i32; bStrides2: i32; bStrides3: i32; bStrides4: i32; bStrides5: i32;
}

/** y = op(a, b) up to `end`, two vectors at a time; a step of 0 repeats what stands at a or b. */
// @ts-ignore: decorator
@inline
function pairs<T>(y: usize, end: usize, a: usize, aStep: usize, b: usize, bStep: usize): void {
  for (; y < end; y += 32, a += aStep, b += bStep) {
    const y0 = changetype<T>(0).vec(v128.load(a), v128.load(b)), y1 = changetype<T>(0).vec(v128.load(a, 16), v128.load(b, 16));
    store2(y, y0, y1);
  }
}

/** The same, four vectors at a time where there are so many and nothing repeats: for the most frequent ops. */
// @ts-ignore: decorator
@inline
function fours<T>(y: usize, end: usize, a: usize, aStep: usize, b: usize, bStep: usize): void {
  for (const last = aStep & bStep ? end - 32 : 0; y < last; y += 64, a += 64, b += 64) {
    const y0 = changetype<T>(0).vec(v128.load(a), v128.load(b)), y1 = changetype<T>(0).vec(v128.load(a, 16), v128.load(b, 16));
    const y2 = changetype<T>(0).vec(v128.load(a, 32), v128.load(b, 32)), y3 = changetype<T>(0).vec(v128.load(a, 48), v128.load(b, 48));
    store4(y, y0, y1, y2, y3);
  }
  pairs<T>(y, end, a, aStep, b, bStep);
}

/** The same a vector at a time, for long ops that have no wider form. */
// @ts-ignore: decorator
@inline
function singles<T>(y: usize, end: usize, a: usize, aStep: usize, b: usize, bStep: usize): void {
  for (; y < end; y += 16, a += aStep >> 1, b += bStep >> 1) v128.store(y, changetype<T>(0).vec(v128.load(a), v128.load(b)));
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
@unmanaged class ModInt {
  @inline vec(a: v128, b: v128): v128 {
    return v128.and(i32x4.sub(a, i32x4.mul(math.floorDivInt(a, b), b)), i32x4.ne(b, i32x4.splat(0)));
  }
}
@unmanaged class PowInt { @inline vec(a: v128, b: v128): v128 { return math.powInt(a, b); } }
@unmanaged class EqualInt { @inline vec(a: v128, b: v128): v128 { return asBool(i32x4.eq(a, b)); } }
@unmanaged class NotEqualInt { @inline vec(a: v128, b: v128): v128 { return asBool(i32x4.ne(a, b)); } }
@unmanaged class LessInt { @inline vec(a: v128, b: v128): v128 { return asBool(i32x4.lt_s(a, b)); } }
@unmanaged class LessEqualInt { @inline vec(a: v128, b: v128): v128 { return asBool(i32x4.le_s(a, b)); } }
@unmanaged class LogicalAnd { @inline vec(a: v128, b: v128): v128 { return v128.and(a, b); } }
@unmanaged class LogicalOr { @inline vec(a: v128, b: v128): v128 { return v128.or(a, b); } }
@unmanaged class LogicalXor { @inline vec(a: v128, b: v128): v128 { return v128.xor(a, b); } }

const enum Op { Add, Sub, Mul, Div, Maximum, Minimum, SquaredDifference, Pow, Mod, FloorDiv, Equal, NotEqual, Less, LessEqual, AddInt,
    SubInt, MulInt, MaximumInt, MinimumInt, FloorDivInt, ModInt, PowInt, EqualInt, NotEqualInt, LessInt, LessEqualInt, LogicalAnd,
        LogicalOr, LogicalXor }

function apply(op: Op, y: usize, end: usize, a: usize, aStep: usize, b: usize, bStep: usize): void {
  switch (op) {
    case Op.Add: return fours<Add>(y, end, a, aStep, b, bStep);
    case Op.Sub: return fours<Sub>(y, end, a, aStep, b, bStep);
    case Op.Mul: return fours<Mul>(y, end, a, aStep, b, bStep);
    case Op.Div: return pairs<Div>(y, end, a, aStep, b, bStep);
    case Op.Maximum: return pairs<Maximum>(y, end, a, aStep, b, bStep);
    case Op.Minimum: return pairs<Minimum>(y, end, a, aStep, b, bStep);
    case Op.SquaredDifference: return pairs<SquaredDifference>(y, end, a, aStep, b, bStep);
    case Op.Pow: return singles<Pow>(y, end, a, aStep, b, bStep);
    case Op.Mod: return singles<Mod>(y, end, a, aStep, b, bStep);
    case Op.FloorDiv: return singles<FloorDiv>(y, end, a, aStep, b, bStep);
    case Op.Equal: return pairs<Equal>(y, end, a, aStep, b, bStep);
    case Op.NotEqual: return pairs<NotEqual>(y, end, a, aStep, b, bStep);
    case Op.Less: return pairs<Less>(y, end, a, aStep, b, bStep);
    case Op.LessEqual: return pairs<LessEqual>(y, end, a, aStep, b, bStep);
    case Op.AddInt: return pairs<AddInt>(y, end, a, aStep, b, bStep);
    case Op.SubInt: return pairs<SubInt>(y, end, a, aStep, b, bStep);
    case Op.MulInt: return pairs<MulInt>(y, end, a, aStep, b, bStep);
    case Op.MaximumInt: return pairs<MaximumInt>(y, end, a, aStep, b, bStep);
    case Op.MinimumInt: return pairs<MinimumInt>(y, end, a, aStep, b, bStep);
    case Op.FloorDivInt: return singles<FloorDivInt>(y, end, a, aStep, b, bStep);
    case Op.ModInt: return singles<ModInt>(y, end, a, aStep, b, bStep);
    case Op.PowInt: return singles<PowInt>(y, end, a, aStep, b, bStep);
    case Op.EqualInt: return pairs<EqualInt>(y, end, a, aStep, b, bStep);
    case Op.NotEqualInt: return pairs<NotEqualInt>(y, end, a, aStep, b, bStep);
    case Op.LessInt: return pairs<LessInt>(y, end, a, aStep, b, bStep);
    case Op.LessEqualInt: return pairs<LessEqualInt>(y, end, a, aStep, b, bStep);
    case Op.LogicalAnd: return pairs<LogicalAnd>(y, end, a, aStep, b, bStep);
    case Op.LogicalOr: return pairs<LogicalOr>(y, end, a, aStep, b, bStep);
    case Op.LogicalXor: return pairs<LogicalXor>(y, end, a, aStep, b, bStep);
  }
}

/** Walks the rows of a share, which begins and ends anywhere in a row. */
function rows(op: Op, args: BinaryArgs, ith: i32, nth: i32): void {
  const dims = changetype<usize>(args) + offsetof<BinaryArgs>('dims0'), inner = args.dims5, height = args.dims4;
  const aStrides = changetype<usize>(args) + offsetof<BinaryArgs>('aStrides0'), aStep = <usize>args.aStrides5 << 5;
  const bStrides = changetype<usize>(args) + offsetof<BinaryArgs>('bStrides0'), bStep = <usize>args.bStrides5 << 5;
  const end = shareStart(args.n, 16, ith + 1, nth);
  for (let at = shareStart(args.n, 16, ith, nth); at < end;) {
    const index = at / inner;
    let column = at - index * inner;
    let aRow = args.a + rowOffset(dims, aStrides, index), bRow = args.b + rowOffset(dims, bStrides, index);
    for (let left = height - index % height; left > 0 && at < end; --left) {
      const count = min(inner - column, end - at), whole = count & -8, y = args.y + (<usize>at << 2);
      const a = rowFrom(aRow, aStep, column, spare), b = rowFrom(bRow, bStep, column, spare + 32);
      if (whole) apply(op, y, y + (<usize>whole << 2), a, aStep, b, bStep);
      if (whole < count) {
        apply(op, spare + 64, spare + 96, a + aStep * (whole >> 3), aStep, b + bStep * (whole >> 3), bStep);
        copyColumns(y + (<usize>whole << 2), spare + 64, count - whole);
      }
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
export function powInt(args: BinaryArgs, ith: i32, nth: i32): void { rows(Op.PowInt, args, ith, nth); }
export function equalInt(args: BinaryArgs, ith: i32, nth: i32): void { rows(Op.EqualInt, args, ith, nth); }
export function notEqualInt(args: BinaryArgs, ith: i32, nth: i32): void { rows(Op.NotEqualInt, args, ith, nth); }
export function lessInt(args: BinaryArgs, ith: i32, nth: i32): void { rows(Op.LessInt, args, ith, nth); }
export function lessEqualInt(args: BinaryArgs, ith: i32, nth: i32): void { rows(Op.LessEqualInt, args, ith, nth); }
export function logicalAnd(args: BinaryArgs, ith: i32, nth: i32): void { rows(Op.LogicalAnd, args, ith, nth); }
export function logicalOr(args: BinaryArgs, ith: i32, nth: i32): void { rows(Op.LogicalOr, args, ith, nth); }
export function logicalXor(args: BinaryArgs, ith: i32, nth: i32): void { rows(Op.LogicalXor, args, ith, nth); }
