// Long short-term memory: c' = σ(f) c + σ(i) tanh(g), h' = σ(o) tanh(c'), with the gates i f g o of a sample side by side.
import { put, second } from '../rows';
import { madd, store2 } from '../simd';
import { Product } from './gemmblock';
import { backward, copyRow, forward, isMasked, keepRow, keepRowGrad, multiplyStates, RecurrentArgs, RecurrentGradArgs, rowAt, stateStride,
  timesPacked, timesWeights, zeroRow } from './recurrent';
import { squash } from './squash';

/** Walks h, c over z [time · batch, 4u]. */
export function lstm(args: RecurrentArgs, ith: i32, nth: i32): void { forward<Lstm>(ith, nth, args); }

/** dz, dh0, dc0 from dy, dh, dc. */
export function lstmGrad(args: RecurrentGradArgs, ith: i32, nth: i32): void { backward<LstmGrad>(ith, nth, args); }

@unmanaged
class Lstm {
  @inline gates(): i32 { return 4; }

  @inline step(args: RecurrentArgs, product: Product, z: usize, sums: usize, h: usize, rows: i32, row: i32, place: i32, apart: i32): void {
    const units = args.units, width = 4 * units, stride = stateStride(units), widthBytes = <usize>width << 2;
    timesWeights(product, sums, widthBytes, z, widthBytes, 16, h, stride, rows, args.packed, args.recurrent, width, width, units);
    let c = h + stride * rows;
    for (const end = row + rows; row < end; ++row) {
      const y = rowAt(args.y, place, units), states = rowAt(args.states, row, units);
      if (isMasked(args.mask, place)) keepRow(h, y, states, units, args.zeroOutput);
      else lstmRow(args.gates ? rowAt(args.gates, row, width) : sums, sums, c, h, y, states, rowAt(args.inner, row, units), units);
      sums += widthBytes;
      h += stride;
      c += stride;
      place += apart;
    }
  }
}

/** One sample's step, from the sums of its gates; what the gradient needs is kept where there is a place for it. */
function lstmRow(gates: usize, sums: usize, c: usize, h: usize, y: usize, states: usize, inner: usize, units: i32): void {
  const u = <usize>units << 2;
  if (states) copyRow(states, h, units);
  if (inner) copyRow(inner, c, units);
  squash(gates, sums, 2 * units, 1);
  squash(gates + 2 * u, sums + 2 * u, units, 0);
  squash(gates + 3 * u, sums + 3 * u, units, 1);
  cells(c, c, gates, units);
  squash(h, c, units, 0);
  multiplyStates(h, gates + 3 * u, h, units);
  if (y) copyRow(y, h, units);
}

/** The new cells, f c + i g. */
function cells(to: usize, c: usize, gates: usize, units: i32): void {
  const u = <usize>units << 2;
  let f = gates + u, g = f + u;
  for (; units > 4; units -= 8) {
    const c0 = madd(v128.load(f), v128.load(c), f32x4.mul(v128.load(gates), v128.load(g)));
    const c1 = madd(v128.load(f, 16), v128.load(c, 16), f32x4.mul(v128.load(gates, 16), v128.load(g, 16)));
    store2(to, c0, c1);
    to += 32;
    c += 32;
    gates += 32;
    f += 32;
    g += 32;
  }
  if (units > 0) v128.store(to, madd(v128.load(f), v128.load(c), f32x4.mul(v128.load(gates), v128.load(g))));
}

@unmanaged
class LstmGrad {
  @inline step(args: RecurrentGradArgs, product: Product, dh: usize, rows: i32, row: i32, place: i32, apart: i32): void {
    const units = args.units, width = 4 * units, stride = stateStride(units), widthBytes = <usize>width << 2;
    const dz = rowAt(args.dz, row, width);
    for (let i = 0; i < rows; ++i) {
      const to = dz + widthBytes * i, dhRow = dh + stride * i, dy = rowAt(args.dy, place, units);
      if (isMasked(args.mask, place)) {
        zeroRow(to, width);
        keepRowGrad(dhRow, dy, units, args.zeroOutput);
      } else lstmGradRow(to, rowAt(args.gates, row + i, width), rowAt(args.inner, row + i, units), dhRow, dhRow + stride * rows, dy,
          dh + 2 * stride * rows, units);
      place += apart;
    }
    timesPacked(product, dh, stride, dh, stride, 16, dz, widthBytes, rows, args.packed, units, width);
  }
}

/** x (1 − x) */
// @ts-ignore: decorator
@inline
export function sigmoidSlope(y: v128): v128 { return f32x4.mul(y, f32x4.sub(f32x4.splat(1), y)); }

/** 1 − y² */
// @ts-ignore: decorator
@inline
export function tanhSlope(y: v128): v128 { return f32x4.mul(f32x4.add(f32x4.splat(1), y), f32x4.sub(f32x4.splat(1), y)); }

/**
 * Gradient to the sums of the gates; leaves in dc what goes on to the step before, and in dh nothing: all of that goes through the weights.
 */
function lstmGradRow(dz: usize, gates: usize, inner: usize, dh: usize, dc: usize, dy: usize, work: usize, units: i32): void {
  const u = <usize>units << 2;
  cells(work, inner, gates, units);
  squash(work, work, units, 0);
  let left = units, at: usize = 0;
  for (; left >= 8; left -= 8, at += 32) lstmGradVectors(dz + at, gates + at, inner + at, dh + at, dc + at, dy ? dy + at : 0, work + at, u,
      left, true);
  for (; left > 0; left -= 4, at += 16) lstmGradVectors(dz + at, gates + at, inner + at, dh + at, dc + at, dy ? dy + at : 0, work + at, u,
      left, false);
}

// @ts-ignore: decorator
@inline
function lstmGradVectors(dz: usize, gates: usize, inner: usize, dh: usize, dc: usize, dy: usize, work: usize, u: usize, left: i32,
    two: bool): void {
  const atF = gates + u, atG = atF + u, atO = atG + u, zero = i32x4.splat(0);
  const i0 = v128.load(gates), f0 = v128.load(atF), g0 = v128.load(atG), o0 = v128.load(atO), t0 = v128.load(work);
  const inner0 = v128.load(inner), carried0 = v128.load(dc);
  const i1 = second(gates, i0, two), f1 = second(atF, f0, two), g1 = second(atG, g0, two), o1 = second(atO, o0, two);
  const t1 = second(work, t0, two);
  const inner1 = second(inner, inner0, two), carried1 = second(dc, carried0, two);
  let d0 = v128.load(dh), d1 = second(dh, d0, two);
  if (dy) {
    const dy0 = v128.load(dy);
    d0 = f32x4.add(d0, dy0);
    d1 = f32x4.add(d1, second(dy, dy0, two));
  }
  const c0 = madd(f32x4.mul(d0, o0), tanhSlope(t0), carried0), c1 = madd(f32x4.mul(d1, o1), tanhSlope(t1), carried1);
  put(dh, zero, zero, 4, two);
  put(dc, f32x4.mul(c0, f0), f32x4.mul(c1, f1), 4, two);
  put(dz, f32x4.mul(f32x4.mul(c0, g0), sigmoidSlope(i0)), f32x4.mul(f32x4.mul(c1, g1), sigmoidSlope(i1)), left, two);
  put(dz + u, f32x4.mul(f32x4.mul(c0, inner0), sigmoidSlope(f0)), f32x4.mul(f32x4.mul(c1, inner1), sigmoidSlope(f1)), left, two);
  put(dz + 2 * u, f32x4.mul(f32x4.mul(c0, i0), tanhSlope(g0)), f32x4.mul(f32x4.mul(c1, i1), tanhSlope(g1)), left, two);
  put(dz + 3 * u, f32x4.mul(f32x4.mul(d0, t0), sigmoidSlope(o0)), f32x4.mul(f32x4.mul(d1, t1), sigmoidSlope(o1)), left, two);
}
