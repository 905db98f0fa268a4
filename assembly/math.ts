// exp, log, tanh … of four floats at once: no tables, no branches, no scalar paths, so an element's bits never depend on its place.
// A bound in ULP holds for every float32, denormal ones too, in both builds. NaN gives NaN; the odd functions keep −0.
import { spare } from './rows';
import { madd } from './simd';

// @ts-ignore: decorator
@inline const LOG2E: f32 = 1.442695;
// ln 2 = LN2_HI + LN2_LO; the first has 15 bits, so that its product with an exponent is exact
// @ts-ignore: decorator
@inline const LN2_HI: f32 = 0.693145751953125;
// @ts-ignore: decorator
@inline const LN2_LO: f32 = 1.4286068e-6;
/** x + ROUND has the integer nearest to x in its low bits. */
// @ts-ignore: decorator
@inline const ROUND: f32 = 12582912; // 1.5 · 2^23
// @ts-ignore: decorator
@inline const SIGN: i32 = 0x80000000;
// @ts-ignore: decorator
@inline const SQRT_HALF: i32 = 0x3f3504f3; // bits of √½

// @ts-ignore: decorator
@inline
function f32s(x: f32): v128 {
  return f32x4.splat(x);
}

// @ts-ignore: decorator
@inline
function i32s(x: i32): v128 {
  return i32x4.splat(x);
}

// @ts-ignore: decorator
@inline
export function signBits(x: v128): v128 {
  return v128.and(x, i32s(SIGN));
}

// ── exponentials ──

/** e^r − 1 − high for r = high + low, |r| ≤ ln 2 / 2: low + r² q(r). */
// @ts-ignore: decorator
@inline
function expm1Tail(high: v128, low: v128): v128 {
  const r = f32x4.add(high, low);
  let q = madd(f32s(0.0013839016), r, f32s(0.00836707));
  q = madd(q, r, f32s(0.041667745));
  q = madd(q, r, f32s(0.16666539));
  q = madd(q, r, f32s(0.49999997));
  return madd(f32x4.mul(r, r), q, low);
}

/** e^(x − n ln 2) − 1. */
// @ts-ignore: decorator
@inline
function expm1Reduced(x: v128, n: v128): v128 {
  const high = madd(n, f32s(-LN2_HI), x); // exact
  return f32x4.add(high, expm1Tail(high, f32x4.mul(n, f32s(-LN2_LO))));
}

// A power too small for float32 goes in three factors, 2^⌊n/2⌋, 2^⌈n/2⌉ and a number near 1, of which a product takes the small ones last:
// it is then rounded once, even if it is denormal.

/** Low bits: n + 254, n = log2 e^x to the nearest integer. */
// @ts-ignore: decorator
@inline
function exponentOf(x: v128): v128 {
  return madd(x, f32s(LOG2E), f32s(ROUND + 254));
}

/** 2^⌊n/2⌋ */
// @ts-ignore: decorator
@inline
function lowPower(t: v128): v128 {
  return i32x4.shl(i32x4.shr_s(t, 1), 23);
}

/** 2^⌈n/2⌉ */
// @ts-ignore: decorator
@inline
function highPower(t: v128): v128 {
  return i32x4.sub(i32x4.shl(t, 23), lowPower(t));
}

/** x · 2^n */
// @ts-ignore: decorator
@inline
export function scaled(x: v128, t: v128): v128 {
  return f32x4.mul(f32x4.mul(x, lowPower(t)), highPower(t));
}

/** e^x 2^-n */
// @ts-ignore: decorator
@inline
function expNear1(x: v128, t: v128): v128 {
  return f32x4.add(expm1Reduced(x, f32x4.sub(t, f32s(ROUND + 254))), f32s(1));
}

/** e^x for x in [-104, 89] or NaN. */
// @ts-ignore: decorator
@inline
function expWithin(x: v128): v128 {
  const t = exponentOf(x);
  return scaled(expNear1(x, t), t);
}

/** e^x; 1 ULP. */
// @ts-ignore: decorator
@inline
export function exp(x: v128): v128 {
  return expWithin(f32x4.pmin(f32x4.pmax(x, f32s(-104)), f32s(89)));
}

/** e^-|x|; 1 ULP. */
// @ts-ignore: decorator
@inline
function expNegative(x: v128): v128 {
  return expWithin(minusSize(x));
}

/** e^x − 1 = 2^n p + (2^n − 1), p = e^r − 1; 2 ULP. */
// @ts-ignore: decorator
@inline
export function expm1(x: v128): v128 {
  const a = f32x4.pmin(f32x4.pmax(x, f32s(-18)), f32s(89));
  const t = madd(a, f32s(LOG2E), f32s(ROUND + 127));
  const p = expm1Reduced(a, f32x4.sub(t, f32s(ROUND + 127)));
  const huge = f32x4.gt(a, f32s(88)); // 2^128 is out of range: half of it, twice
  const s = i32x4.shl(i32x4.add(t, huge), 23);
  const y = madd(s, p, f32x4.sub(s, f32s(1)));
  return v128.or(f32x4.add(y, v128.and(y, huge)), signBits(x));
}

/** e^x in factors that are all 0: times x that is 0, or NaN for −∞. */
// @ts-ignore: decorator
@inline const LEAST: f32 = -176;

// @ts-ignore: decorator
@inline
function atLeast(x: v128): v128 {
  return f32x4.pmax(x, f32s(LEAST));
}

// @ts-ignore: decorator
@inline
function minusSize(x: v128): v128 {
  return atLeast(v128.or(x, i32s(SIGN)));
}

/** s + d', where e^|x| = d' / s and s = 2^-n. */
// @ts-ignore: decorator
@inline
function sigmoidWhole(a: v128, t: v128, s: v128): v128 {
  const n = f32x4.sub(t, f32s(ROUND + 254));
  const high = madd(n, f32s(-LN2_HI), a), tail = expm1Tail(f32x4.neg(high), f32x4.mul(n, f32s(LN2_LO)));
  const sum = f32x4.sub(f32x4.add(s, f32s(1)), high);
  return f32x4.add(sum, f32x4.add(f32x4.sub(f32x4.add(f32x4.sub(f32s(1), sum), s), high), tail));
}

/** 1 / (1 + e^-x); 2 ULP: s / (s + d') below 0, d' / (s + d') above. */
// @ts-ignore: decorator
@inline
export function sigmoid(x: v128): v128 {
  const a = minusSize(x), t = exponentOf(a), s = f32x4.mul(lowPower(t), highPower(t)), d = sigmoidWhole(a, t, s);
  return f32x4.div(v128.bitselect(s, f32x4.sub(d, s), i32x4.shr_s(x, 31)), d);
}

/** x / (1 + e^-z) for z with the sign of x; 3 ULP, denormal results too. */
// @ts-ignore: decorator
@inline
export function gate(x: v128, z: v128): v128 {
  const a = minusSize(z), t = exponentOf(a), half = lowPower(t), rest = highPower(t), s = f32x4.mul(half, rest), d = sigmoidWhole(a, t, s);
  const positive = f32x4.ge(x, f32s(0)), over = f32x4.pmin(f32x4.sub(d, s), v128.or(half, positive)); // all ones is a NaN, not less
  return f32x4.mul(f32x4.div(f32x4.mul(x, over), d), f32x4.pmax(rest, v128.and(f32s(1), positive)));
}

/** The slope of x / (1 + e^-z(x)): σ + x z' σ (1 − σ). */
// @ts-ignore: decorator
@inline
export function gateSlope(x: v128, z: v128, slope: v128): v128 {
  const a = minusSize(z), t = exponentOf(a), half = lowPower(t), rest = highPower(t), s = f32x4.mul(half, rest), d = sigmoidWhole(a, t, s);
  const negative = i32x4.shr_s(x, 31), near = f32x4.div(f32x4.sub(d, s), d), far = f32x4.div(half, d);
  const held = f32x4.pmin(atLeast(x), f32s(-LEAST)); // no ∞ · 0
  const y = madd(f32x4.mul(held, slope), v128.bitselect(near, f32x4.mul(far, rest), negative), f32s(1));
  return f32x4.mul(f32x4.mul(v128.bitselect(far, near, negative), y), v128.bitselect(rest, f32s(1), negative));
}

/** (1 − e^-2|x|) / (1 + e^-2|x|) with the sign of x; 2 ULP. */
// @ts-ignore: decorator
@inline
export function tanh(x: v128): v128 {
  const a = f32x4.pmax(v128.or(f32x4.add(x, x), i32s(SIGN)), f32s(-20));
  const t = madd(a, f32s(LOG2E), f32s(ROUND + 127));
  const s = i32x4.shl(t, 23);
  const p = f32x4.mul(s, expm1Reduced(a, f32x4.sub(t, f32s(ROUND + 127)))); // exact
  const y = f32x4.div(f32x4.sub(f32x4.sub(f32s(1), s), p), f32x4.add(f32x4.add(f32s(1), s), p));
  return v128.or(y, signBits(x));
}

/** 1 − e^-q(|x|) with the sign of x; 2 ULP. */
// @ts-ignore: decorator
@inline
export function erf(x: v128): v128 {
  const a = f32x4.pmin(f32x4.abs(x), f32s(4));
  let r = madd(f32s(1.0885631e-6), a, f32s(-2.0370848e-5));
  r = madd(r, a, f32s(0.0001638277));
  r = madd(r, a, f32s(-0.0007338813));
  r = madd(r, a, f32s(0.001792775));
  r = madd(r, a, f32s(-0.00025012653));
  r = madd(r, a, f32s(-0.019117933));
  r = madd(r, a, f32s(0.102771096));
  r = madd(r, a, f32s(0.63661987));
  r = madd(r, a, f32s(0.12837917));
  const q = madd(r, a, a);
  const t = madd(q, f32s(-LOG2E), f32s(ROUND + 127));
  const p = expm1Reduced(f32x4.neg(q), f32x4.sub(t, f32s(ROUND + 127)));
  const s = i32x4.shl(t, 23);
  return v128.or(f32x4.sub(f32x4.sub(f32s(1), s), f32x4.mul(s, p)), signBits(x)); // s · p is exact
}

// ── normal distribution: e^(-v²/2) in three factors, with v² as a sum of two numbers, of which the first has 24 bits ──

/** The exponent of e^(-v²/2), as exponentOf. */
// @ts-ignore: decorator
@inline
export function densityExponent(v: v128): v128 {
  return exponentOf(f32x4.mul(f32x4.mul(v, v), f32s(-0.5)));
}

/** e^(-v²/2) 2^-n for 0 ≤ v ≤ 15 */
// @ts-ignore: decorator
@inline
export function densityNear1(v: v128, t: v128): v128 {
  const first = v128.and(v, i32s(0xfffff000)), n = f32x4.sub(t, f32s(ROUND + 254));
  const rest = f32x4.mul(f32x4.mul(f32x4.add(v, first), f32x4.sub(v, first)), f32s(-0.5));
  const high = madd(n, f32s(-LN2_HI), f32x4.mul(f32x4.mul(first, first), f32s(-0.5))); // exact
  return f32x4.add(f32x4.add(high, expm1Tail(high, madd(n, f32s(-LN2_LO), rest))), f32s(1));
}

/** e^(v²/2) Φ(-v) for 0 ≤ v ≤ 15, t P(t), t = 1 / (1 + 0.35 v): a minimax fit of the relative error; 3 ULP. */
// @ts-ignore: decorator
@inline
export function millsRatio(v: v128): v128 {
  const t = f32x4.div(f32s(1), madd(v, f32s(0.35), f32s(1)));
  let p = madd(f32s(-0.0291639417), t, f32s(0.144060895));
  p = madd(p, t, f32s(-0.255902052));
  p = madd(p, t, f32s(0.159393162));
  p = madd(p, t, f32s(-0.0232639983));
  p = madd(p, t, f32s(0.105574869));
  p = madd(p, t, f32s(0.119815476));
  p = madd(p, t, f32s(0.13986434));
  return f32x4.mul(madd(p, t, f32s(0.139621258)), t);
}

// ── x tanh(ln(1 + e^x)), with w = e^-|x|: x w (w + 2) / (w² + 2 w + 2) below 0, x (1 + 2 w) / (2 w² + 2 w + 1) above ──

/** 4 ULP, denormal results too. */
// @ts-ignore: decorator
@inline
export function mish(x: v128): v128 {
  const a = minusSize(x), t = exponentOf(a), near = expNear1(a, t), w = scaled(near, t), negative = i32x4.shr_s(x, 31), two = f32s(2);
  const low = f32x4.add(w, two), high = madd(w, two, f32s(1));
  const over = v128.bitselect(f32x4.mul(near, low), high, negative);
  const under = v128.bitselect(madd(w, low, two), madd(f32x4.add(w, w), w, high), negative);
  const y = f32x4.mul(f32x4.mul(x, v128.bitselect(lowPower(t), f32s(1), negative)), f32x4.div(over, under));
  return f32x4.mul(y, v128.bitselect(highPower(t), f32s(1), negative));
}

// ── logarithms ──

/** Exponent of u as √½ 2^k ≤ u < √2 2^k, with bits = bits of u − bits of √½. */
// @ts-ignore: decorator
@inline
function exponent(bits: v128): v128 {
  return i32x4.shr_s(bits, 23);
}

/** u 2^-k. */
// @ts-ignore: decorator
@inline
function mantissa(bits: v128): v128 {
  return i32x4.add(v128.and(bits, i32s(0x007fffff)), i32s(SQRT_HALF));
}

/** ln(1 + f) + k ln 2 for √½ ≤ 1 + f < √2: f − f²/2 + s (f²/2 + r), s = f / (2 + f). */
// @ts-ignore: decorator
@inline
function logSum(f: v128, k: v128): v128 {
  const s = f32x4.div(f, f32x4.add(f, f32s(2)));
  const z = f32x4.mul(s, s);
  const r = f32x4.mul(madd(madd(f32s(0.29872128), z, f32s(0.39977553)), z, f32s(0.66666776)), z);
  const square = f32x4.mul(f32x4.mul(f, f), f32s(0.5));
  const high = f32x4.mul(k, f32s(LN2_HI)); // exact
  const sum = f32x4.add(high, f);
  const lost = f32x4.sub(f, f32x4.sub(sum, high));
  const tail = madd(s, f32x4.add(square, r), madd(k, f32s(LN2_LO), lost));
  return f32x4.add(sum, f32x4.sub(tail, square));
}

/** y = ln u where 0 < u < ∞; elsewhere −∞ at 0, ∞ at ∞, else NaN. */
// @ts-ignore: decorator
@inline
function logSpecial(y: v128, u: v128): v128 {
  const infinite = v128.and(f32x4.eq(u, f32s(Infinity)), f32s(Infinity));
  const bad = v128.or(f32x4.ne(u, f32s(0)), f32s(-Infinity)); // all ones is a NaN
  return v128.bitselect(f32x4.add(y, infinite), bad, f32x4.gt(u, f32s(0)));
}

/** ln x; 1 ULP. */
// @ts-ignore: decorator
@inline
export function log(x: v128): v128 {
  const tiny = f32x4.lt(x, f32s(1.17549435e-38));
  const bits = i32x4.sub(v128.bitselect(f32x4.mul(x, f32s(8388608)), x, tiny), i32s(SQRT_HALF));
  const k = i32x4.sub(exponent(bits), v128.and(tiny, i32s(23)));
  return logSpecial(logSum(f32x4.sub(mantissa(bits), f32s(1)), f32x4.convert_i32x4_s(k)), x);
}

/** ln(1 + x) for u = 1 + x normal and finite; what rounding u lost comes back scaled by 2^-k. */
// @ts-ignore: decorator
@inline
function log1pSum(x: v128, u: v128): v128 {
  const bits = i32x4.sub(u, i32s(SQRT_HALF));
  const k = exponent(bits);
  const scale = i32x4.max_s(i32x4.sub(i32s(0x3f800000), i32x4.shl(k, 23)), i32s(0));
  const lost = f32x4.sub(x, f32x4.sub(u, f32s(1)));
  return logSum(madd(lost, scale, f32x4.sub(mantissa(bits), f32s(1))), f32x4.convert_i32x4_s(k));
}

/** ln(1 + x); 2 ULP. */
// @ts-ignore: decorator
@inline
export function log1p(x: v128): v128 {
  const a = f32x4.pmin(x, f32s(3.4028234663852886e38));
  return v128.or(logSpecial(log1pSum(a, f32x4.add(a, f32s(1))), f32x4.add(x, f32s(1))), signBits(x));
}

/** ln(1 + e^-|x|), garbage but no infinity for NaN; with max(x, 0) it is ln(1 + e^x) within 2 ULP. */
// @ts-ignore: decorator
@inline
export function softplusTail(x: v128): v128 {
  const z = expNegative(x);
  return log1pSum(z, f32x4.add(z, f32s(1)));
}

/** Inverse of erf: x p(w), w = −ln(1 − x²), with one polynomial in w for w < 5 and one in √w above; 4 ULP. */
// @ts-ignore: decorator
@inline
export function erfinv(x: v128): v128 {
  const u = f32x4.mul(f32x4.sub(f32s(1), x), f32x4.add(f32s(1), x));
  const bits = i32x4.sub(u, i32s(SQRT_HALF));
  const w = f32x4.neg(logSpecial(logSum(f32x4.sub(mantissa(bits), f32s(1)), f32x4.convert_i32x4_s(exponent(bits))), u));
  const a = f32x4.sub(w, f32s(2.5));
  let p = madd(f32s(2.853511e-8), a, f32s(3.4372732e-7));
  p = madd(p, a, f32s(-3.5288635e-6));
  p = madd(p, a, f32s(-4.396785e-6));
  p = madd(p, a, f32s(0.0002186022));
  p = madd(p, a, f32s(-0.0012537075));
  p = madd(p, a, f32s(-0.0041777077));
  p = madd(p, a, f32s(0.24664073));
  p = madd(p, a, f32s(1.5014094));
  const b = f32x4.sub(f32x4.sqrt(f32x4.pmin(w, f32s(16))), f32s(3));
  let q = madd(f32s(-0.00015034979), b, f32s(7.594279e-5));
  q = madd(q, b, f32s(0.0012789803));
  q = madd(q, b, f32s(-0.0036498066));
  q = madd(q, b, f32s(0.00577181));
  q = madd(q, b, f32s(-0.0076280637));
  q = madd(q, b, f32s(0.00943404));
  q = madd(q, b, f32s(1.0016743));
  q = madd(q, b, f32s(2.832977));
  q = f32x4.add(q, v128.and(f32x4.eq(w, f32s(Infinity)), w));
  return f32x4.mul(x, v128.bitselect(p, q, f32x4.lt(w, f32s(5))));
}

// ── trigonometry ──

/** x · 2/π + 1.5 · 2^52: the quadrant in the low bits. */
// @ts-ignore: decorator
@inline
function quadrants(x: v128): v128 {
  return f64x2.add(f64x2.mul(x, f64x2.splat(0.6366197723675814)), f64x2.splat(6755399441055744));
}

/** x − n π/2; the first part of π/2 has 33 bits. */
// @ts-ignore: decorator
@inline
function reduceTrig(x: v128, t: v128): v128 {
  const n = f64x2.sub(t, f64x2.splat(6755399441055744));
  const high = f64x2.sub(x, f64x2.mul(n, f64x2.splat(1.5707963267341256)));
  return f32x4.demote_f64x2_zero(f64x2.sub(high, f64x2.mul(n, f64x2.splat(6.077100506506192e-11))));
}

/** Bits of 2/π, 32 at a time; the first word is what stands before the point. */
function twoOverPi(word: i32): u64 {
  switch (word) {
    case 1: return 0xa2f9836e;
    case 2: return 0x4e441529;
    case 3: return 0xfc2757d1;
    case 4: return 0xf534ddc0;
    case 5: return 0xdb629599;
    case 6: return 0x3c439041;
    case 7: return 0xfe5163ab;
  }
  return 0;
}

/**
 * a · 2/π mod 4 of a number m 2^k beyond FAR, in units of 2^-62: of the product only the 96 bits of 2/π count that are worth between 2 and
 * 2^-94.
 * See: Payne, Hanek, Radian reduction for trigonometric functions, 1983.
 */
function quartersOf(bits: i32): u64 {
  const first = (bits >>> 23) - 120, word = first >> 5, m = <u64>((bits & 0x7fffff) | 0x800000);
  const shift = <u64>(first & 31), next = twoOverPi(word + 2);
  const high = (twoOverPi(word) << 32 | twoOverPi(word + 1)) << shift | next >> (32 - shift);
  const low = (next << 32 | twoOverPi(word + 3)) << shift >> 32;
  return m * high + (m * low >> 32);
}

/** Where the way in float64 ends. */
// @ts-ignore: decorator
@inline const FAR: f32 = 1048576;

/** r, with the remainders of the numbers in a beyond FAR in their places; n, with their quadrants, is at `spare` + 32. */
function reduceFar(a: v128, r: v128, n: v128): v128 {
  v128.store(spare, a);
  v128.store(spare, r, 16);
  v128.store(spare, n, 32);
  for (let at = spare, end = at + 16; at < end; at += 4) {
    if (load<f32>(at) <= FAR) continue;
    const quarters = quartersOf(load<i32>(at));
    const rest = <f32>(<f64><i64>(quarters << 2) * 8.515303950216386e-20);
    store<f32>(at, load<f32>(at) - load<f32>(at) + rest, 16); // NaN for ∞ and NaN
    store<i32>(at, <i32>((quarters + (1 << 61)) >> 62), 32);
  }
  return v128.load(spare, 16);
}

/** cos x where the mask is set, else sin x; 2 ULP. */
// @ts-ignore: decorator
@inline
export function sine(x: v128, cosine: v128): v128 {
  const a = f32x4.abs(x);
  const low = f64x2.promote_low_f32x4(a), high = f64x2.promote_low_f32x4(v128.shuffle<f32>(a, a, 2, 3, 2, 3));
  const tLow = quadrants(low), tHigh = quadrants(high);
  let r = v128.shuffle<f32>(reduceTrig(low, tLow), reduceTrig(high, tHigh), 0, 1, 4, 5);
  let n = v128.shuffle<i32>(tLow, tHigh, 0, 2, 4, 6);
  if (v128.any_true(f32x4.gt(a, f32s(FAR)))) {
    r = reduceFar(a, r, n);
    n = v128.load(spare, 32);
  }
  n = i32x4.sub(n, cosine);
  const z = f32x4.mul(r, r);
  const s = madd(madd(madd(f32s(-0.00019518599), z, f32s(0.008332191)), z, f32s(-0.16666655)), f32x4.mul(z, r), r);
  const c = madd(madd(madd(f32s(2.443067e-5), z, f32s(-0.0013887301)), z, f32s(0.041666646)), f32x4.mul(z, z),
      madd(z, f32s(-0.5), f32s(1)));
  const odd = i32x4.shr_s(i32x4.shl(n, 31), 31);
  const signs = v128.xor(i32x4.shl(i32x4.shr_u(n, 1), 31), v128.andnot(signBits(x), cosine));
  return v128.xor(v128.bitselect(c, s, odd), signs);
}

// ── powers ──

/** log2 of two finite positive numbers; relative error 2^-37. */
// @ts-ignore: decorator
@inline
function log2Pair(x: v128): v128 {
  const bits = i64x2.sub(x, i64x2.splat(0x3fe6a09e667f3bcd)); // √½
  const k = i64x2.shr_s(bits, 52);
  const m = i64x2.add(v128.and(bits, i64x2.splat(0x000fffffffffffff)), i64x2.splat(0x3fe6a09e667f3bcd));
  const f = f64x2.sub(m, f64x2.splat(1));
  const s = f64x2.div(f, f64x2.add(f, f64x2.splat(2)));
  const z = f64x2.mul(s, s);
  let p = f64x2.add(f64x2.mul(z, f64x2.splat(0.34077000113418315)), f64x2.splat(0.41167066126789925));
  p = f64x2.add(f64x2.mul(z, p), f64x2.splat(0.5770836174578473));
  p = f64x2.add(f64x2.mul(z, p), f64x2.splat(0.9617966731821574));
  p = f64x2.add(f64x2.mul(z, p), f64x2.splat(2.8853900817902036));
  const exponents = f64x2.sub(i64x2.add(k, f64x2.splat(6755399441055744)), f64x2.splat(6755399441055744));
  return f64x2.add(exponents, f64x2.mul(s, p));
}

/** 2^t of two numbers, in float32; relative error 2^-29 before rounding. */
// @ts-ignore: decorator
@inline
function exp2Pair(t: v128): v128 {
  const a = f64x2.pmin(f64x2.pmax(t, f64x2.splat(-1000)), f64x2.splat(1000));
  const n = f64x2.add(a, f64x2.splat(6755399441055744 + 1023));
  const r = f64x2.sub(a, f64x2.sub(n, f64x2.splat(6755399441055744 + 1023)));
  let p = f64x2.add(f64x2.mul(r, f64x2.splat(0.00015345787344116848)), f64x2.splat(0.001339995768126376));
  p = f64x2.add(f64x2.mul(r, p), f64x2.splat(0.009618489255484655));
  p = f64x2.add(f64x2.mul(r, p), f64x2.splat(0.05550328711750265));
  p = f64x2.add(f64x2.mul(r, p), f64x2.splat(0.24022646885898322));
  p = f64x2.add(f64x2.mul(r, p), f64x2.splat(0.6931472057670472));
  p = f64x2.add(f64x2.mul(r, p), f64x2.splat(1.0000000005550829));
  return f32x4.demote_f64x2_zero(f64x2.mul(p, i64x2.shl(n, 52)));
}

/** |a|^b of two; special is what log2 |a| needs added where a is 0, ∞ or NaN. */
// @ts-ignore: decorator
@inline
function powPair(a: v128, b: v128, special: v128): v128 {
  const log2 = f64x2.add(log2Pair(f64x2.promote_low_f32x4(a)), f64x2.promote_low_f32x4(special));
  return exp2Pair(f64x2.mul(log2, f64x2.promote_low_f32x4(b)));
}

// @ts-ignore: decorator
@inline
function upper(x: v128): v128 {
  return v128.shuffle<f32>(x, x, 2, 3, 2, 3);
}

/** a^b in float64, with the special cases of IEEE 754; 1 ULP. */
// @ts-ignore: decorator
@inline
export function pow(a: v128, b: v128): v128 {
  const x = f32x4.abs(a), zero = f32x4.eq(x, f32s(0)), infinite = f32x4.eq(x, f32s(Infinity));
  const special = v128.or(v128.or(v128.and(zero, f32s(-Infinity)), v128.and(infinite, f32s(Infinity))), f32x4.ne(x, x));
  const y = v128.shuffle<f32>(powPair(x, b, special), powPair(upper(x), upper(b), upper(special)), 0, 1, 4, 5);
  const half = f32x4.mul(b, f32s(0.5));
  const fraction = f32x4.ne(f32x4.floor(b), b);
  const odd = v128.andnot(f32x4.ne(f32x4.floor(half), half), fraction);
  const negative = v128.and(f32x4.lt(a, f32s(0)), v128.and(fraction, f32x4.gt(a, f32s(-Infinity))));
  const result = v128.or(v128.or(y, v128.and(odd, signBits(a))), negative);
  const unit = v128.and(f32x4.eq(x, f32s(1)), f32x4.eq(f32x4.abs(b), f32s(Infinity)));
  const one = v128.or(v128.or(f32x4.eq(a, f32s(1)), f32x4.eq(b, f32s(0))), unit);
  return v128.bitselect(f32s(1), result, one);
}

// ── division with a floor, in float64 ──

/** Quotients beyond it are taken apart. */
// @ts-ignore: decorator
@inline const APART: f64 = 67108864; // 2^26

/** Finite quotients beyond APART. */
// @ts-ignore: decorator
@inline
function beyond(q: v128): v128 {
  const size = f64x2.abs(q);
  return v128.and(f64x2.ge(size, f64x2.splat(APART)), f64x2.lt(size, f64x2.splat(Infinity)));
}

/** x − trunc(x / y) y of two float32 as float64, exact for any quotient: multiples y 2^k, with quotients below 2^26, go first. */
function remainderOf(x: v128, y: v128): v128 {
  let q = f64x2.div(x, y);
  for (let far = beyond(q); v128.any_true(far); far = beyond(q)) {
    const exponents = i64x2.sub(v128.and(q, i64x2.splat(0x7ff0000000000000)), i64x2.splat(0x4180000000000000)); // of 2^25
    const multiple = i64x2.add(y, v128.and(exponents, far));
    x = f64x2.sub(x, f64x2.mul(f64x2.trunc(f64x2.div(x, multiple)), multiple));
    q = f64x2.div(x, y);
  }
  return f64x2.sub(x, f64x2.mul(f64x2.trunc(q), y));
}

/** a − trunc(a / b) b, exact; a for b = ±∞, and NaN for b = 0 or a = ±∞. */
function remainder(a: v128, b: v128): v128 {
  const low = remainderOf(f64x2.promote_low_f32x4(a), f64x2.promote_low_f32x4(b));
  const high = remainderOf(f64x2.promote_low_f32x4(upper(a)), f64x2.promote_low_f32x4(upper(b)));
  const exact = v128.shuffle<f32>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);
  return v128.bitselect(f32x4.add(a, f32x4.sub(a, a)), exact, f32x4.eq(f32x4.abs(b), f32s(Infinity)));
}

/** a − trunc(a / b) b of two whose quotient is not beyond APART. */
// @ts-ignore: decorator
@inline
function nearRemainderPair(a: v128, b: v128): v128 {
  const x = f64x2.promote_low_f32x4(a), y = f64x2.promote_low_f32x4(b);
  return f32x4.demote_f64x2_zero(f64x2.sub(x, f64x2.mul(f64x2.trunc(f64x2.div(x, y)), y)));
}

/** a − ⌊a / b⌋ b with the sign of b: NaN for b = 0 or a = ±∞; a, or b where the signs differ, for b = ±∞. */
// @ts-ignore: decorator
@inline
export function mod(a: v128, b: v128): v128 {
  const most = f32x4.mul(f32x4.abs(b), f32s(<f32>APART)); // ∞ is left to the long way, too
  const near = v128.and(f32x4.le(f32x4.abs(a), most), f32x4.lt(most, f32s(Infinity)));
  let r: v128;
  if (i32x4.all_true(near)) r = v128.shuffle<f32>(nearRemainderPair(a, b), nearRemainderPair(upper(a), upper(b)), 0, 1, 4, 5);
  else r = remainder(a, b);
  const other = v128.and(i32x4.shr_s(v128.xor(r, b), 31), f32x4.ne(r, f32s(0)));
  const y = f32x4.add(r, v128.and(b, other));
  return v128.or(f32x4.abs(y), signBits(b));
}

/** ⌊x / y⌋ of two: float64 tells quotients from whole numbers up to 2^28, beyond that the remainder does. */
function floorQuotient(a: v128, b: v128): v128 {
  const x = f64x2.promote_low_f32x4(a), y = f64x2.promote_low_f32x4(b);
  const q = f64x2.div(x, y), far = beyond(q);
  if (!v128.any_true(far)) return f32x4.demote_f64x2_zero(f64x2.floor(q));
  const r = remainderOf(x, y), whole = f64x2.nearest(f64x2.div(f64x2.sub(x, r), y));
  const below = v128.and(f64x2.ne(r, f64x2.splat(0)), i64x2.shr_s(v128.xor(r, y), 63));
  return f32x4.demote_f64x2_zero(v128.bitselect(f64x2.sub(whole, v128.and(below, f64x2.splat(1))), f64x2.floor(q), far));
}

/** ⌊a / b⌋. */
// @ts-ignore: decorator
@inline
export function floorDiv(a: v128, b: v128): v128 {
  const q = v128.shuffle<f32>(floorQuotient(a, b), floorQuotient(upper(a), upper(b)), 0, 1, 4, 5);
  const below = v128.and(f32x4.eq(q, f32s(0)), v128.and(f32x4.ne(a, f32s(0)), i32x4.shr_s(v128.xor(a, b), 31))); // b = ±∞
  const endless = v128.and(f32x4.eq(f32x4.abs(a), f32s(Infinity)), f32x4.ne(b, f32s(0)));
  return v128.or(v128.or(q, v128.and(below, f32s(-1))), endless);
}

/** The low 32 bits of ⌊a / b⌋ of two, where b ≠ 0. */
// @ts-ignore: decorator
@inline
function floorDivIntPair(a: v128, b: v128): v128 {
  return f64x2.add(f64x2.floor(f64x2.div(f64x2.convert_low_i32x4_s(a), f64x2.convert_low_i32x4_s(b))), f64x2.splat(6755399441055744));
}

/** ⌊a / b⌋, wrapped to 32 bits; 0 for b = 0. */
// @ts-ignore: decorator
@inline
export function floorDivInt(a: v128, b: v128): v128 {
  const q = v128.shuffle<i32>(floorDivIntPair(a, b), floorDivIntPair(upper(a), upper(b)), 0, 2, 4, 6);
  return v128.and(q, i32x4.ne(b, i32s(0)));
}

/** a^b, wrapped to 32 bits; for b < 0 the whole part of it, and 0 for a = 0. */
// @ts-ignore: decorator
@inline
export function powInt(a: v128, b: v128): v128 {
  const one = i32s(1), negative = i32x4.shr_s(b, 31);
  const unit = i32x4.eq(i32x4.abs(a), one); // all else is less than 1 for b < 0
  let power = one, factor = a, left = v128.andnot(b, v128.andnot(negative, unit));
  for (; v128.any_true(left); left = i32x4.shr_u(left, 1), factor = i32x4.mul(factor, factor)) {
    power = i32x4.mul(power, v128.bitselect(factor, one, i32x4.ne(v128.and(left, one), i32s(0))));
  }
  return v128.andnot(power, v128.andnot(negative, unit));
}

/** −1, 0 or 1; NaN stays. */
// @ts-ignore: decorator
@inline
export function sign(x: v128): v128 {
  const unit = v128.or(f32s(1), signBits(x));
  return v128.or(v128.and(unit, f32x4.ne(x, f32s(0))), f32x4.ne(x, x));
}
