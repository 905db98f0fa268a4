// Random numbers by counter (Philox 4×32-10, Salmon et al. 2011): an element's words depend on its place, the stream and the seed alone,
// so that any thread can make any part, and a dropout mask is made again instead of stored.
//
// Block b is Philox(counter: b, stream, seed[2], seed[3]; key: seed[0], seed[1]): four words. Sixteen elements share four blocks, one in
// each lane:
//   element 16 g + 4 w + lane  ←  word w of block 4 g + lane
import { log } from '../math';
import { spare } from '../rows';
import { shareStart } from '../share';
import { madd, store2, store4 } from '../simd';
import { In, Out } from '../types';

/** Elements whose words are made before the first is turned into a number: they stay in the first cache. */
const CHUNK: i32 = 1024;
/** The same for dropout, whose y may be x: as many as fit into `spare`. */
const SPARE_CHUNK: i32 = 64;

@unmanaged
export class RandomArgs {
  y: Out;
  seed: In; // four u32
  stream: u32;
  n: i32;
  a: f32;
  b: f32;
}

@unmanaged
export class RandomIntArgs {
  y: Out;
  seed: In; // four u32
  stream: u32;
  n: i32;
  low: i32;
  high: i32;

  /** low + ⌊word · (high − low) / 2^32⌋ */
  @inline
  vec(words: v128): v128 {
    return i32x4.add(i32x4.splat(this.low), upperProduct(words, i32x4.splat(this.high - this.low)));
  }
}

@unmanaged
export class DropoutArgs {
  y: Out; // may be x
  x: In;
  seed: In; // four u32
  stream: u32;
  n: i32;
  rate: f32;

  @inline
  vec(x: v128, words: v128): v128 {
    return v128.and(f32x4.ge(unit(words), f32x4.splat(this.rate)), f32x4.div(x, f32x4.splat(1 - this.rate)));
  }
}

/** The upper 24 bits as a number in [0, 1). */
// @ts-ignore: decorator
@inline
function unit(words: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(words, 8)), f32x4.splat(5.9604645e-8)); // 2^-24
}

/** ⌊a · b / 2^32⌋ of unsigned lanes. */
// @ts-ignore: decorator
@inline
function upperProduct(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(i64x2.extmul_low_i32x4_u(a, b), i64x2.extmul_high_i32x4_u(a, b), 1, 3, 5, 7);
}

/**
 * y[i] = the words of elements [from, end), sixteen elements at a time; `from` is a multiple of 16. Turn = 16 lets the second four and the
 * third change places.
 */
function philox(y: usize, seed: usize, stream: u32, from: i32, end: i32, turn: usize): void {
  // Engines make a constant vector anew at each use, or at least in each round: what a loop carries stays in its register.
  const zero = i32x4.splat(from >> 31);
  let m0 = i32x4.splat(0xd2511f53);
  let m1 = i32x4.splat(0xcd9e8d57);
  let step0 = i32x4.splat(0x9e3779b9);
  let step1 = i32x4.splat(0xbb67ae85);
  const key0 = v128.load32_splat(seed);
  const key1 = v128.load32_splat(seed, 4);
  for (let i = from; i < end; i += 16) {
    let c0 = i32x4.add(i32x4.splat(i >> 2), i32x4(0, 1, 2, 3));
    let c1 = i32x4.splat(stream);
    let c2 = v128.load32_splat(seed, 8);
    let c3 = v128.load32_splat(seed, 12);
    let k0 = key0;
    let k1 = key1;
    for (let round = 0; round < 10; ++round) {
      const upper0 = upperProduct(c0, m0);
      const upper1 = upperProduct(c2, m1);
      const lower0 = i32x4.mul(c0, m0); // a shuffle of the wide products would do, but shuffles are what this loop waits for
      const lower1 = i32x4.mul(c2, m1);
      c0 = v128.xor(upper1, v128.xor(c1, k0));
      c1 = lower1;
      c2 = v128.xor(upper0, v128.xor(c3, k1));
      c3 = lower0;
      k0 = i32x4.add(k0, step0);
      k1 = i32x4.add(k1, step1);
    }
    m0 = v128.or(m0, zero);
    m1 = v128.or(m1, zero);
    step0 = v128.or(step0, zero);
    step1 = v128.or(step1, zero);
    const at = y + (<usize>i << 2);
    v128.store(at, c0);
    v128.store(at + turn, c1, 16);
    v128.store(at - turn, c2, 32);
    v128.store(at, c3, 48);
  }
}

/** First element of a share; not inlined, for the sake of size. */
function start(n: i32, ith: i32, nth: i32): i32 {
  return shareStart(n, 16, ith, nth);
}

/** Fills the share with words and has law.vec turn them into numbers, or law.convert all of a chunk. */
// @ts-ignore: decorator
@inline
function draw<Law>(law: Law, ith: i32, nth: i32): void {
  const to = start(law.n, ith + 1, nth);
  for (let from = start(law.n, ith, nth); from < to; from += CHUNK) {
    const end = min(to, from + CHUNK);
    philox(law.y, law.seed, law.stream, from, end, isDefined(law.convert) ? 16 : 0);
    const first = law.y + (<usize>from << 2), last = law.y + (<usize>end << 2);
    if (isDefined(law.convert)) law.convert(first, last);
    else {
      for (let at = first; at < last; at += 32) {
        const y0 = law.vec(v128.load(at)), y1 = law.vec(v128.load(at, 16));
        store2(at, y0, y1);
      }
    }
  }
}

@unmanaged
class Uniform extends RandomArgs {
  @inline
  vec(words: v128): v128 {
    const a = f32x4.splat(this.a), b = f32x4.splat(this.b);
    const x = f32x4.add(a, f32x4.mul(f32x4.sub(b, a), unit(words)));
    return v128.bitselect(a, x, f32x4.eq(x, b)); // b itself, by rounding, is outside
  }
}

/** Box–Muller: a radius of 31 bits (up to 6.66), and an angle of two bits for the quarter and 30 for the place in it. */
@unmanaged
class Normal extends RandomArgs {
  /** Two vectors of radii and two of angles at a time. */
  convert(at: usize, last: usize): void {
    const a = f32x4.splat(this.a), b = f32x4.splat(this.b), even = spare, odd = even + 32;
    for (; at < last; at += 64) {
      const p = v128.load(at, 32), q = v128.load(at, 48), pScale = f32x4.mul(radius(v128.load(at), p), b);
      const qScale = f32x4.mul(radius(v128.load(at, 16), q), b);
      const pSine = sine(p), pCosine = cosine(p), qSine = sine(q), qCosine = cosine(q);
      // The numbers of an angle lie side by side in y, but here those of like kind must.
      store2(even, madd(pScale, v128.bitselect(pSine, pCosine, swap(p)), a), madd(qScale, v128.bitselect(qSine, qCosine, swap(q)), a));
      store2(odd, madd(pScale, v128.bitselect(pCosine, pSine, swap(p)), a), madd(qScale, v128.bitselect(qCosine, qSine, swap(q)), a));
      store4(at, v128.load(even), v128.load(odd), v128.load(even, 16), v128.load(odd, 16));
    }
  }
}

/** Of 31 bits, with the sign that says which half of the turn it is. */
// @ts-ignore: decorator
@inline
function radius(words: v128, angle: v128): v128 {
  // (0, 1]: 2^-31 and 2^-32; the product is exact
  const u = madd(f32x4.convert_i32x4_s(i32x4.shr_u(words, 1)), f32x4.splat(4.656613e-10), f32x4.splat(2.3283064e-10));
  return v128.xor(f32x4.sqrt(f32x4.mul(log(u), f32x4.splat(-2))), v128.and(angle, i32x4.splat(0x80000000)));
}

/** [-1, 1]: an eighth of a turn each way. */
// @ts-ignore: decorator
@inline
function eighth(angle: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(i32x4.shl(angle, 2)), f32x4.splat(4.656613e-10));
}

// @ts-ignore: decorator
@inline
function sine(angle: v128): v128 {
  const t = eighth(angle), square = f32x4.mul(t, t);
  let y = madd(f32x4.splat(-3.59504522e-5), square, f32x4.splat(2.49000102e-3));
  y = madd(y, square, f32x4.splat(-8.07454325e-2));
  return f32x4.mul(madd(y, square, f32x4.splat(0.785398161)), t);
}

// @ts-ignore: decorator
@inline
function cosine(angle: v128): v128 {
  const t = eighth(angle), square = f32x4.mul(t, t);
  let y = madd(f32x4.splat(3.53133465e-6), square, f32x4.splat(-3.25942008e-4));
  y = madd(y, square, f32x4.splat(1.58543278e-2));
  y = madd(y, square, f32x4.splat(-0.308425136));
  return madd(y, square, f32x4.splat(1));
}

/** Where sine and cosine change places: in every other quarter. */
// @ts-ignore: decorator
@inline
function swap(angle: v128): v128 {
  return i32x4.shr_s(i32x4.shl(angle, 1), 31);
}

/** √2 erf⁻¹(u erf √2) for u in (-1, 1), within 5e-7 of its value: u times a quotient of polynomials in 1 − u². */
@unmanaged
class TruncatedNormal extends RandomArgs {
  @inline
  vec(words: v128): v128 {
    const signed = f32x4.convert_i32x4_s(i32x4.shr_s(words, 8));
    const u = madd(signed, f32x4.splat(1.1920929e-7), f32x4.splat(5.9604645e-8)); // (2 k + 1) 2^-24, exact
    const s = f32x4.sub(f32x4.splat(1), f32x4.mul(u, u));
    let p = madd(f32x4.splat(0.40953593), s, f32x4.splat(5.06654862));
    p = madd(p, s, f32x4.splat(6.95797729));
    p = madd(p, s, f32x4.splat(2.26573108));
    p = madd(p, s, f32x4.splat(0.18681603));
    let q = f32x4.add(s, f32x4.splat(5.16106185));
    q = madd(q, s, f32x4.splat(4.89695372));
    q = madd(q, s, f32x4.splat(1.29257633));
    q = madd(q, s, f32x4.splat(0.09340802));
    const z = f32x4.div(f32x4.mul(u, p), q);
    return madd(z, f32x4.splat(this.b), f32x4.splat(this.a));
  }
}

@unmanaged
class Bernoulli extends RandomArgs {
  @inline
  vec(words: v128): v128 {
    return v128.and(f32x4.lt(unit(words), f32x4.splat(this.a)), f32x4.splat(this.b));
  }
}

/** y[i] = a word of 32 bits */
export function randomBits(args: RandomArgs, ith: i32, nth: i32): void {
  philox(args.y, args.seed, args.stream, start(args.n, ith, nth), start(args.n, ith + 1, nth), 0);
}

/** y[i] = a + (b − a) u, u in [0, 1) of 24 bits; never b, unless a is */
export function randomUniform(args: RandomArgs, ith: i32, nth: i32): void {
  draw(changetype<Uniform>(args), ith, nth);
}

/** y[i] = a + b z, z of the normal distribution */
export function randomNormal(args: RandomArgs, ith: i32, nth: i32): void {
  draw(changetype<Normal>(args), ith, nth);
}

/** y[i] = a + b z, z of the normal distribution between -2 and 2 */
export function truncatedNormal(args: RandomArgs, ith: i32, nth: i32): void {
  draw(changetype<TruncatedNormal>(args), ith, nth);
}

/** y[i] = b with probability a, else 0 */
export function bernoulli(args: RandomArgs, ith: i32, nth: i32): void {
  draw(changetype<Bernoulli>(args), ith, nth);
}

/** y[i] = a whole number in [low, high), int32 */
export function randomInt(args: RandomIntArgs, ith: i32, nth: i32): void {
  draw(args, ith, nth);
}

/** y[i] = x[i] / (1 − rate) with probability 1 − rate, else 0. On dy with the same seed and stream it is its own gradient. */
export function dropout(args: DropoutArgs, ith: i32, nth: i32): void {
  const to = start(args.n, ith + 1, nth), toX = args.x - args.y, words = spare;
  for (let from = start(args.n, ith, nth); from < to; from += SPARE_CHUNK) {
    const end = min(to, from + SPARE_CHUNK), first = args.y + (<usize>from << 2), toWords = words - first;
    philox(words - (<usize>from << 2), args.seed, args.stream, from, end, 0);
    for (let y = first, last = args.y + (<usize>end << 2); y < last; y += 32) {
      const x = y + toX, w = y + toWords;
      const y0 = args.vec(v128.load(x), v128.load(w)), y1 = args.vec(v128.load(x, 16), v128.load(w, 16));
      store2(y, y0, y1);
    }
  }
}
