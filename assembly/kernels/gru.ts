// Gated recurrent unit: h' = z h + (1 − z) g with z = σ, r = σ and the candidate g = tanh(x_g + r (h · W + b)), the reset after the product, or
// tanh(x_g + (r h) · W), the reset before it. Gates z r g of a sample lie side by side.
import { storeNext } from '../rows';
import { madd } from '../simd';
import { Product } from './gemmblock';
import { sigmoidSlope, tanhSlope } from './lstm';
import { addRow, backward, copyRow, forward, isMasked, keepRow, keepRowGrad, multiplyStates, RecurrentArgs, RecurrentGradArgs, rowAt, stateStride, timesPacked, timesWeights, zeroRow } from './recurrent';
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
    timesWeights(product, inner, stride, args.bias + 2 * u, 0, 16, h, stride, rows, args.packedLast, args.recurrent + 2 * u, width, units, units);
    for (const end = row + rows; row < end; ++row) {
      const y = rowAt(args.y, place, units), states = rowAt(args.states, row, units), keep = rowAt(args.inner, row, units);
      if (isMasked(args.mask, place)) keepRow(h, y, states, units, args.zeroOutput);
      else {
        const gates = args.gates ? rowAt(args.gates, row, width) : sums;
        addRow(sums, args.bias, 2 * units);
        squash(gates, sums, 2 * units, 1);
        if (keep) copyRow(keep, inner, units);
        for (let j: usize = 0; j < u; j += 16) v128.store(inner + j, madd(v128.load(gates + u + j), v128.load(inner + j), v128.load(z + 2 * u + j)));
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
    timesWeights(product, sums + 2 * u, widthBytes, z + 2 * u, widthBytes, 16, inner, stride, rows, args.packedLast, args.recurrent + 2 * u, width, units, units);
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

/** The candidate of its sums, and the new state. */
function finishRow(gates: usize, sums: usize, h: usize, y: usize, states: usize, units: i32): void {
  const u = <usize>units << 2, candidate = gates + 2 * u;
  squash(candidate, sums, units, 0);
  if (states) copyRow(states, h, units);
  for (let j: usize = 0; j < u; j += 16) {
    const g = v128.load(candidate + j);
    v128.store(h + j, madd(v128.load(gates + j), f32x4.sub(v128.load(h + j), g), g));
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
      } else gruGradRow(dz, dinner + widthBytes * i, rowAt(args.gates, row + i, width), rowAt(args.inner, row + i, units), rowAt(args.states, row + i, units), dhRow, dy, units);
      place += apart;
    }
    timesPacked(product, dh, stride, dh, stride, 16, dinner, widthBytes, rows, args.packed, units, width);
  }
}

/** Gradients to the sums of the gates, and to what comes of the state; leaves in dh what goes to the state directly. */
function gruGradRow(dz: usize, dinner: usize, gates: usize, inner: usize, states: usize, dh: usize, dy: usize, units: i32): void {
  const u = <usize>units << 2;
  for (let left = units; left > 0; left -= 4) {
    const z = v128.load(gates), r = v128.load(gates + u), g = v128.load(gates + 2 * u);
    let d = v128.load(dh);
    if (dy) {
      d = f32x4.add(d, v128.load(dy));
      dy += 16;
    }
    const kept = f32x4.mul(d, z), dg = f32x4.mul(f32x4.sub(d, kept), tanhSlope(g));
    const dUpdate = f32x4.mul(f32x4.mul(d, f32x4.sub(v128.load(states), g)), sigmoidSlope(z));
    const dReset = f32x4.mul(f32x4.mul(dg, v128.load(inner)), sigmoidSlope(r));
    v128.store(dh, kept);
    storeNext(dz, dUpdate, left);
    storeNext(dz + u, dReset, left);
    storeNext(dz + 2 * u, dg, left);
    storeNext(dinner, dUpdate, left);
    storeNext(dinner + u, dReset, left);
    storeNext(dinner + 2 * u, f32x4.mul(dg, r), left);
    dz += 16;
    dinner += 16;
    gates += 16;
    inner += 16;
    states += 16;
    dh += 16;
  }
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
      if (!isMasked(args.mask, place)) resetGradRow(dz + widthBytes * i + u, rowAt(args.gates, row + i, width) + u, rowAt(args.states, row + i, units), dinner + stride * i, dh + stride * i, units);
      place += apart;
    }
    timesPacked(product, dh, stride, dh, stride, 16, dz, widthBytes, rows, args.packed, units, 2 * units);
  }
}

/** Gradients to the sums of z and g; r in between stays, where dz is gates. Leaves in dh what goes to the state directly. */
function gruBeforeGradRow(dz: usize, gates: usize, states: usize, dh: usize, dy: usize, units: i32): void {
  const u = <usize>units << 2;
  for (let left = units; left > 0; left -= 4) {
    const z = v128.load(gates), g = v128.load(gates + 2 * u);
    let d = v128.load(dh);
    if (dy) {
      d = f32x4.add(d, v128.load(dy));
      dy += 16;
    }
    const kept = f32x4.mul(d, z);
    v128.store(dh, kept);
    storeNext(dz, f32x4.mul(f32x4.mul(d, f32x4.sub(v128.load(states), g)), sigmoidSlope(z)), left);
    storeNext(dz + 2 * u, f32x4.mul(f32x4.sub(d, kept), tanhSlope(g)), left);
    dz += 16;
    gates += 16;
    states += 16;
    dh += 16;
  }
}

/** Gradient to the sum of r, from the one to r h; what goes on to h is added to dh. */
function resetGradRow(dz: usize, gates: usize, states: usize, dinner: usize, dh: usize, units: i32): void {
  for (let left = units; left > 0; left -= 4) {
    const r = v128.load(gates), d = v128.load(dinner);
    v128.store(dh, madd(d, r, v128.load(dh)));
    storeNext(dz, f32x4.mul(f32x4.mul(d, v128.load(states)), sigmoidSlope(r)), left);
    dz += 16;
    gates += 16;
    states += 16;
    dinner += 16;
    dh += 16;
  }
}
