// Gated recurrent unit: h' = z h + (1 − z) g with z = σ, r = σ and the candidate g = tanh(x_g + r (h · W + b)), the reset after the
// product, or tanh(x_g + (r h) · W), the reset before it. Gates z r g of a sample lie side by side.
import { addRow, put, second } from '../rows';
import { madd, store2 } from '../simd';
import { Product } from './gemmblock';
import { sigmoidSlope, tanhSlope } from './lstm';
import { backward, copyRow, forward, isMasked, keepRow, keepRowGrad, multiplyStates, RecurrentArgs, RecurrentGradArgs, rowAt, stateStride,
  timesPacked, timesWeights, zeroRow } from './recurrent';
import { squash } from './squash';

/** Walks h over z [time · batch, 3u], reset after. */
export function gru(args: RecurrentArgs, ith: i32, nth: i32): void { forward<Gru>(ith, nth, args); }

/** The same, reset before. */
export function gruBefore(args: RecurrentArgs, ith: i32, nth: i32): void { forward<GruBefore>(ith, nth, args); }

/** dz, dinner, dh0 from dy, dh; reset after. */
export function gruGrad(args: RecurrentGradArgs, ith: i32, nth: i32): void { backward<GruGrad>(ith, nth, args); }

/** dz, dh0 from dy, dh; reset before. */
export function gruBeforeGrad(args: RecurrentGradArgs, ith: i32, nth: i32): void { backward<GruBeforeGrad>(ith, nth, args); }

// In scratch, in the place of c: reset after h · W + b of the candidate, reset before r h.

@unmanaged
class Gru {
  @inline gates(): i32 { return 3; }

  @inline step(args: RecurrentArgs, product: Product, z: usize, sums: usize, h: usize, rows: i32, row: i32, place: i32, apart: i32): void {
    const units = args.units, width = 3 * units, stride = stateStride(units), u = <usize>units << 2, widthBytes = <usize>width << 2;
    let inner = h + stride * rows;
    timesWeights(product, sums, widthBytes, z, widthBytes, 16, h, stride, rows, args.packed, args.recurrent, width, 2 * units, units);
    timesWeights(product, inner, stride, args.bias + 2 * u, 0, 16, h, stride, rows, args.packedLast, args.recurrent + 2 * u, width, units,
        units);
    for (const end = row + rows; row < end; ++row) {
      const y = rowAt(args.y, place, units), states = rowAt(args.states, row, units), keep = rowAt(args.inner, row, units);
      if (isMasked(args.mask, place)) keepRow(h, y, states, units, args.zeroOutput);
      else {
        const gates = args.gates ? rowAt(args.gates, row, width) : sums;
        addRow(sums, args.bias, 2 * units);
        squash(gates, sums, 2 * units, 1);
        if (keep) copyRow(keep, inner, units);
        resetRow(inner, gates + u, z + 2 * u, units);
        finishRow(gates, inner, h, y, states, units);
      }
      z += widthBytes;
      sums += widthBytes;
      h += stride;
      inner += stride;
      place += apart;
    }
  }
}

@unmanaged
class GruBefore {
  @inline gates(): i32 { return 3; }

  @inline step(args: RecurrentArgs, product: Product, z: usize, sums: usize, h: usize, rows: i32, row: i32, place: i32, apart: i32): void {
    const units = args.units, width = 3 * units, stride = stateStride(units), u = <usize>units << 2, widthBytes = <usize>width << 2;
    const inner = h + stride * rows;
    timesWeights(product, sums, widthBytes, z, widthBytes, 16, h, stride, rows, args.packed, args.recurrent, width, 2 * units, units);
    for (let i = 0; i < rows; ++i) {
      const at = sums + widthBytes * i, to = inner + stride * i, from = h + stride * i;
      squash(at, at, 2 * units, 1);
      multiplyStates(to, at + u, from, units);
      if (args.inner) copyRow(rowAt(args.inner, row + i, units), to, units);
    }
    timesWeights(product, sums + 2 * u, widthBytes, z + 2 * u, widthBytes, 16, inner, stride, rows, args.packedLast,
        args.recurrent + 2 * u, width, units, units);
    for (let i = 0; i < rows; ++i) {
      const y = rowAt(args.y, place, units), states = rowAt(args.states, row + i, units), at = sums + widthBytes * i, to = h + stride * i;
      if (isMasked(args.mask, place)) keepRow(to, y, states, units, args.zeroOutput);
      else {
        const gates = args.gates ? rowAt(args.gates, row + i, width) : at;
        if (args.gates) copyRow(gates, at, 2 * units);
        finishRow(gates, at + 2 * u, to, y, states, units);
      }
      place += apart;
    }
  }
}

/** The sums of the candidate, x_g + r (h · W + b), in the place of the product. */
function resetRow(inner: usize, r: usize, z: usize, units: i32): void {
  for (; units > 4; units -= 8) {
    store2(inner, madd(v128.load(r), v128.load(inner), v128.load(z)), madd(v128.load(r, 16), v128.load(inner, 16), v128.load(z, 16)));
    inner += 32;
    r += 32;
    z += 32;
  }
  if (units > 0) v128.store(inner, madd(v128.load(r), v128.load(inner), v128.load(z)));
}

/** The candidate of its sums, and the new state. */
function finishRow(gates: usize, sums: usize, h: usize, y: usize, states: usize, units: i32): void {
  let g = gates + (<usize>units << 3), to = h, left = units;
  squash(g, sums, units, 0);
  if (states) copyRow(states, h, units);
  for (; left > 4; left -= 8) {
    const g0 = v128.load(g), g1 = v128.load(g, 16);
    store2(to, madd(v128.load(gates), f32x4.sub(v128.load(to), g0), g0), madd(v128.load(gates, 16), f32x4.sub(v128.load(to, 16), g1), g1));
    to += 32;
    gates += 32;
    g += 32;
  }
  if (left > 0) {
    const g0 = v128.load(g);
    v128.store(to, madd(v128.load(gates), f32x4.sub(v128.load(to), g0), g0));
  }
  if (y) copyRow(y, h, units);
}

@unmanaged
class GruGrad {
  @inline step(args: RecurrentGradArgs, product: Product, dh: usize, rows: i32, row: i32, place: i32, apart: i32): void {
    const units = args.units, width = 3 * units, stride = stateStride(units), widthBytes = <usize>width << 2;
    const dinner = rowAt(args.dinner, row, width);
    for (let i = 0; i < rows; ++i) {
      const dz = rowAt(args.dz, row + i, width), dhRow = dh + stride * i, dy = rowAt(args.dy, place, units);
      if (isMasked(args.mask, place)) {
        zeroRow(dz, width);
        zeroRow(dinner + widthBytes * i, width);
        keepRowGrad(dhRow, dy, units, args.zeroOutput);
      } else gruGradRow(dz, dinner + widthBytes * i, rowAt(args.gates, row + i, width), rowAt(args.inner, row + i, units),
          rowAt(args.states, row + i, units), dhRow, dy, units);
      place += apart;
    }
    timesPacked(product, dh, stride, dh, stride, 16, dinner, widthBytes, rows, args.packed, units, width);
  }
}

/** Gradients to the sums of the gates, and to what comes of the state; leaves in dh what goes to the state directly. */
function gruGradRow(dz: usize, dinner: usize, gates: usize, inner: usize, states: usize, dh: usize, dy: usize, units: i32): void {
  const u = <usize>units << 2;
  let left = units, at: usize = 0;
  for (; left >= 8; left -= 8, at += 32) gruGradVectors(dz + at, dinner + at, gates + at, inner + at, states + at, dh + at,
      dy ? dy + at : 0, u, left, true);
  for (; left > 0; left -= 4, at += 16) gruGradVectors(dz + at, dinner + at, gates + at, inner + at, states + at, dh + at,
      dy ? dy + at : 0, u, left, false);
}

// @ts-ignore: decorator
@inline
function gruGradVectors(dz: usize, dinner: usize, gates: usize, inner: usize, states: usize, dh: usize, dy: usize, u: usize, left: i32,
    two: bool): void {
  const atR = gates + u, atG = atR + u;
  const z0 = v128.load(gates), r0 = v128.load(atR), g0 = v128.load(atG), h0 = v128.load(states), inner0 = v128.load(inner);
  const z1 = second(gates, z0, two), r1 = second(atR, r0, two), g1 = second(atG, g0, two), h1 = second(states, h0, two);
  const inner1 = second(inner, inner0, two);
  let d0 = v128.load(dh), d1 = second(dh, d0, two);
  if (dy) {
    const dy0 = v128.load(dy);
    d0 = f32x4.add(d0, dy0);
    d1 = f32x4.add(d1, second(dy, dy0, two));
  }
  const kept0 = f32x4.mul(d0, z0), kept1 = f32x4.mul(d1, z1);
  const dg0 = f32x4.mul(f32x4.sub(d0, kept0), tanhSlope(g0)), dg1 = f32x4.mul(f32x4.sub(d1, kept1), tanhSlope(g1));
  const dz0 = f32x4.mul(f32x4.mul(d0, f32x4.sub(h0, g0)), sigmoidSlope(z0));
  const dz1 = f32x4.mul(f32x4.mul(d1, f32x4.sub(h1, g1)), sigmoidSlope(z1));
  const dr0 = f32x4.mul(f32x4.mul(dg0, inner0), sigmoidSlope(r0)), dr1 = f32x4.mul(f32x4.mul(dg1, inner1), sigmoidSlope(r1));
  put(dh, kept0, kept1, 4, two);
  put(dz, dz0, dz1, left, two);
  put(dz + u, dr0, dr1, left, two);
  put(dz + 2 * u, dg0, dg1, left, two);
  put(dinner, dz0, dz1, left, two);
  put(dinner + u, dr0, dr1, left, two);
  put(dinner + 2 * u, f32x4.mul(dg0, r0), f32x4.mul(dg1, r1), left, two);
}

@unmanaged
class GruBeforeGrad {
  @inline step(args: RecurrentGradArgs, product: Product, dh: usize, rows: i32, row: i32, place: i32, apart: i32): void {
    const units = args.units, width = 3 * units, stride = stateStride(units), u = <usize>units << 2, widthBytes = <usize>width << 2;
    const dinner = dh + stride * rows, dz = rowAt(args.dz, row, width);
    for (let i = 0; i < rows; ++i) {
      const to = dz + widthBytes * i, at = place + i * apart, dy = rowAt(args.dy, at, units);
      if (isMasked(args.mask, at)) {
        zeroRow(to, width);
        keepRowGrad(dh + stride * i, dy, units, args.zeroOutput);
      } else gruBeforeGradRow(to, rowAt(args.gates, row + i, width), rowAt(args.states, row + i, units), dh + stride * i, dy, units);
    }
    product.startAt(0, false);
    timesPacked(product, dinner, stride, product.start, 0, 0, dz + 2 * u, widthBytes, rows, args.packedLast, units, units);
    for (let i = 0; i < rows; ++i) {
      if (!isMasked(args.mask, place)) resetGradRow(dz + widthBytes * i + u, rowAt(args.gates, row + i, width) + u,
          rowAt(args.states, row + i, units), dinner + stride * i, dh + stride * i, units);
      place += apart;
    }
    timesPacked(product, dh, stride, dh, stride, 16, dz, widthBytes, rows, args.packed, units, 2 * units);
  }
}

/** Gradients to the sums of z and g; r in between stays, where dz is gates. Leaves in dh what goes to the state directly. */
function gruBeforeGradRow(dz: usize, gates: usize, states: usize, dh: usize, dy: usize, units: i32): void {
  const u = <usize>units << 2;
  let left = units, at: usize = 0;
  for (; left >= 8; left -= 8, at += 32) gruBeforeGradVectors(dz + at, gates + at, states + at, dh + at, dy ? dy + at : 0, u, left, true);
  for (; left > 0; left -= 4, at += 16) gruBeforeGradVectors(dz + at, gates + at, states + at, dh + at, dy ? dy + at : 0, u, left, false);
}

// @ts-ignore: decorator
@inline
function gruBeforeGradVectors(dz: usize, gates: usize, states: usize, dh: usize, dy: usize, u: usize, left: i32, two: bool): void {
  const atG = gates + 2 * u, z0 = v128.load(gates), g0 = v128.load(atG), h0 = v128.load(states);
  const z1 = second(gates, z0, two), g1 = second(atG, g0, two), h1 = second(states, h0, two);
  let d0 = v128.load(dh), d1 = second(dh, d0, two);
  if (dy) {
    const dy0 = v128.load(dy);
    d0 = f32x4.add(d0, dy0);
    d1 = f32x4.add(d1, second(dy, dy0, two));
  }
  const kept0 = f32x4.mul(d0, z0), kept1 = f32x4.mul(d1, z1);
  const dz0 = f32x4.mul(f32x4.mul(d0, f32x4.sub(h0, g0)), sigmoidSlope(z0));
  const dz1 = f32x4.mul(f32x4.mul(d1, f32x4.sub(h1, g1)), sigmoidSlope(z1));
  const dg0 = f32x4.mul(f32x4.sub(d0, kept0), tanhSlope(g0)), dg1 = f32x4.mul(f32x4.sub(d1, kept1), tanhSlope(g1));
  put(dh, kept0, kept1, 4, two);
  put(dz, dz0, dz1, left, two);
  put(dz + 2 * u, dg0, dg1, left, two);
}

/** Gradient to the sum of r, from the one to r h; what goes on to h is added to dh. */
function resetGradRow(dz: usize, gates: usize, states: usize, dinner: usize, dh: usize, units: i32): void {
  let left = units, at: usize = 0;
  for (; left >= 8; left -= 8, at += 32) resetGradVectors(dz + at, gates + at, states + at, dinner + at, dh + at, left, true);
  for (; left > 0; left -= 4, at += 16) resetGradVectors(dz + at, gates + at, states + at, dinner + at, dh + at, left, false);
}

// @ts-ignore: decorator
@inline
function resetGradVectors(dz: usize, gates: usize, states: usize, dinner: usize, dh: usize, left: i32, two: bool): void {
  const r0 = v128.load(gates), d0 = v128.load(dinner), h0 = v128.load(states), on0 = v128.load(dh);
  const r1 = second(gates, r0, two), d1 = second(dinner, d0, two), h1 = second(states, h0, two), on1 = second(dh, on0, two);
  const dr0 = f32x4.mul(f32x4.mul(d0, h0), sigmoidSlope(r0)), dr1 = f32x4.mul(f32x4.mul(d1, h1), sigmoidSlope(r1));
  put(dh, madd(d0, r0, on0), madd(d1, r1, on1), 4, two);
  put(dz, dr0, dr1, left, two);
}
