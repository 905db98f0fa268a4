// y[i] = f(x[i]), and dx[i] = dy[i] f'(x[i]) beside it; bools are int32 0 and 1.
import { GradArgs, UnaryArgs, gradient, unary } from '../map';
import * as math from '../math';
import { madd } from '../simd';

/** 1 where the mask is set. */
// @ts-ignore: decorator
@inline
function asBool(mask: v128): v128 {
  return i32x4.neg(mask);
}

// ── float ──

@unmanaged class Neg { @inline vec(x: v128): v128 { return f32x4.neg(x); } }
export function neg(args: UnaryArgs, ith: i32, nth: i32): void { unary<Neg>(ith, nth, args, 4); }

@unmanaged class Abs { @inline vec(x: v128): v128 { return f32x4.abs(x); } }
export function abs(args: UnaryArgs, ith: i32, nth: i32): void { unary<Abs>(ith, nth, args, 4); }

@unmanaged class AbsGrad { @inline vec(dy: v128, x: v128): v128 { return f32x4.mul(dy, math.sign(x)); } }
export function absGrad(args: GradArgs, ith: i32, nth: i32): void { gradient<AbsGrad>(ith, nth, args, 2); }

@unmanaged class Sign { @inline vec(x: v128): v128 { return math.sign(x); } }
export function sign(args: UnaryArgs, ith: i32, nth: i32): void { unary<Sign>(ith, nth, args, 2); }

@unmanaged class Square { @inline vec(x: v128): v128 { return f32x4.mul(x, x); } }
export function square(args: UnaryArgs, ith: i32, nth: i32): void { unary<Square>(ith, nth, args, 4); }

@unmanaged class Sqrt { @inline vec(x: v128): v128 { return f32x4.sqrt(x); } }
export function sqrt(args: UnaryArgs, ith: i32, nth: i32): void { unary<Sqrt>(ith, nth, args, 4); }

@unmanaged class SqrtGrad { @inline vec(dy: v128, y: v128): v128 { return f32x4.div(f32x4.mul(dy, f32x4.splat(0.5)), y); } }
export function sqrtGrad(args: GradArgs, ith: i32, nth: i32): void { gradient<SqrtGrad>(ith, nth, args, 2); }

@unmanaged class Rsqrt { @inline vec(x: v128): v128 { return f32x4.div(f32x4.splat(1), f32x4.sqrt(x)); } }
export function rsqrt(args: UnaryArgs, ith: i32, nth: i32): void { unary<Rsqrt>(ith, nth, args, 2); }

@unmanaged class Floor { @inline vec(x: v128): v128 { return f32x4.floor(x); } }
export function floor(args: UnaryArgs, ith: i32, nth: i32): void { unary<Floor>(ith, nth, args, 4); }

@unmanaged class Ceil { @inline vec(x: v128): v128 { return f32x4.ceil(x); } }
export function ceil(args: UnaryArgs, ith: i32, nth: i32): void { unary<Ceil>(ith, nth, args, 4); }

/** Half to even. */
@unmanaged class Round { @inline vec(x: v128): v128 { return f32x4.nearest(x); } }
export function round(args: UnaryArgs, ith: i32, nth: i32): void { unary<Round>(ith, nth, args, 4); }

/** alpha x + beta, fused where the build fuses. */
@unmanaged class Affine { @inline with(x: v128, alpha: v128, beta: v128, gamma: v128): v128 { return madd(alpha, x, beta); } }
export function affine(args: UnaryArgs, ith: i32, nth: i32): void { unary<Affine>(ith, nth, args, 4); }

/** Within [alpha, beta]. */
@unmanaged class Clip {
  @inline with(x: v128, alpha: v128, beta: v128, gamma: v128): v128 {
    return f32x4.pmin(f32x4.pmax(x, alpha), beta);
  }
}
export function clip(args: UnaryArgs, ith: i32, nth: i32): void { unary<Clip>(ith, nth, args, 4); }

@unmanaged class ClipGrad {
  @inline with(dy: v128, x: v128, alpha: v128, beta: v128, gamma: v128): v128 {
    return v128.andnot(dy, v128.or(f32x4.lt(x, alpha), f32x4.gt(x, beta)));
  }
}
export function clipGrad(args: GradArgs, ith: i32, nth: i32): void { gradient<ClipGrad>(ith, nth, args, 2); }

@unmanaged class Exp { @inline vec(x: v128): v128 { return math.exp(x); } }
export function exp(args: UnaryArgs, ith: i32, nth: i32): void { unary<Exp>(ith, nth, args, 2); }

@unmanaged class Log { @inline vec(x: v128): v128 { return math.log(x); } }
export function log(args: UnaryArgs, ith: i32, nth: i32): void { unary<Log>(ith, nth, args, 2); }

@unmanaged class Expm1 { @inline vec(x: v128): v128 { return math.expm1(x); } }
export function expm1(args: UnaryArgs, ith: i32, nth: i32): void { unary<Expm1>(ith, nth, args, 2); }

@unmanaged class Log1p { @inline vec(x: v128): v128 { return math.log1p(x); } }
export function log1p(args: UnaryArgs, ith: i32, nth: i32): void { unary<Log1p>(ith, nth, args, 2); }

@unmanaged class Erf { @inline vec(x: v128): v128 { return math.erf(x); } }
export function erf(args: UnaryArgs, ith: i32, nth: i32): void { unary<Erf>(ith, nth, args, 2); }

@unmanaged class Erfinv { @inline vec(x: v128): v128 { return math.erfinv(x); } }
export function erfinv(args: UnaryArgs, ith: i32, nth: i32): void { unary<Erfinv>(ith, nth, args, 1); }

@unmanaged class Sine {
  @inline with(x: v128, alpha: v128, beta: v128, gamma: v128): v128 {
    return math.sine(x, f32x4.ne(alpha, f32x4.splat(0)));
  }
}
function sine(ith: i32, nth: i32, args: UnaryArgs, cosine: f32): void { unary<Sine>(ith, nth, args, 2, cosine); }
export function sin(args: UnaryArgs, ith: i32, nth: i32): void { sine(ith, nth, args, 0); }
export function cos(args: UnaryArgs, ith: i32, nth: i32): void { sine(ith, nth, args, 2); }

// ── to bool, to and from int ──

/** NaN is true. */
@unmanaged class ToBool { @inline vec(x: v128): v128 { return asBool(f32x4.ne(x, f32x4.splat(0))); } }
export function toBool(args: UnaryArgs, ith: i32, nth: i32): void { unary<ToBool>(ith, nth, args, 2); }

@unmanaged class ToBoolInt { @inline vec(x: v128): v128 { return asBool(i32x4.ne(x, i32x4.splat(0))); } }
export function toBoolInt(args: UnaryArgs, ith: i32, nth: i32): void { unary<ToBoolInt>(ith, nth, args, 2); }

/** Toward zero; NaN gives 0, what is too large the nearest int32. */
@unmanaged class CastToInt { @inline vec(x: v128): v128 { return i32x4.trunc_sat_f32x4_s(x); } }
export function castToInt(args: UnaryArgs, ith: i32, nth: i32): void { unary<CastToInt>(ith, nth, args, 2); }

@unmanaged class CastToFloat { @inline vec(x: v128): v128 { return f32x4.convert_i32x4_s(x); } }
export function castToFloat(args: UnaryArgs, ith: i32, nth: i32): void { unary<CastToFloat>(ith, nth, args, 2); }
