// Long short-term memory: c' = σ(f) c + σ(i) tanh(g), h' = σ(o) tanh(c'), with the gates i f g o of a sample side by side.
import { sigmoid, tanh } from '../math';
import { storeNext } from '../rows';
import { madd } from '../simd';
import { Product } from './gemmblock';
import { backward, forward, isMasked, keepRow, keepRowGrad, RecurrentArgs, RecurrentGradArgs, rowAt, stateStride, timesPacked, timesWeights, zeroRow } from './recurrent';

/** Walks h, c over z [batch · time, 4u]. */
export function lstm(args: RecurrentArgs, ith: i32, nth: i32): void { forward<Lstm>(ith, nth, args); }

/** dz, dh0, dc0 from dy, dh, dc. */
export function lstmGrad(args: RecurrentGradArgs, ith: i32, nth: i32): void { backward<LstmGrad>(ith, nth, args); }

@unmanaged
class Lstm {
  @inline step(args: RecurrentArgs, product: Product, h: usize, rows: i32, row: i32, apart: i32): void {
    const units = args.units, width = 4 * units, stride = stateStride(units), zStride = <usize>(apart * width) << 2;
    const z = rowAt(args.z, row, width), work = h + 2 * stride * rows;
    let gates = args.gates ? rowAt(args.gates, row, width) : work;
    const gatesStride = args.gates ? zStride : <usize>width << 2;
    timesWeights(product, gates, gatesStride, z, zStride, 16, h, stride, rows, args.packed, args.recurrent, width, width, units);
    let c = h + stride * rows;
    for (; rows > 0; --rows) {
      const y = rowAt(args.y, row, units), states = rowAt(args.states, row, units);
      if (isMasked(args.mask, row)) keepRow(h, y, states, units, args.zeroOutput);
      else lstmRow(gates, args.gates, c, h, y, states, rowAt(args.inner, row, units), units);
      gates += gatesStride;
      h += stride;
      c += stride;
      row += apart;
    }
  }
}

/** One sample's step, from the sums of its gates; what the gradient needs is kept where there is a place for it. */
function lstmRow(gates: usize, keep: usize, c: usize, h: usize, y: usize, states: usize, inner: usize, units: i32): void {
  const u = <usize>units << 2;
  for (let left = units; left > 0; left -= 4) {
    const i = sigmoid(v128.load(gates)), f = sigmoid(v128.load(gates + u));
    const g = tanh(v128.load(gates + 2 * u)), o = sigmoid(v128.load(gates + 3 * u)), before = v128.load(c);
    if (keep) {
      storeNext(gates, i, left);
      storeNext(gates + u, f, left);
      storeNext(gates + 2 * u, g, left);
      storeNext(gates + 3 * u, o, left);
    }
    if (states) {
      storeNext(states, v128.load(h), left);
      states += 16;
    }
    if (inner) {
      storeNext(inner, before, left);
      inner += 16;
    }
    const cell = madd(f, before, f32x4.mul(i, g)), output = f32x4.mul(o, tanh(cell));
    v128.store(c, cell);
    v128.store(h, output);
    if (y) {
      storeNext(y, output, left);
      y += 16;
    }
    gates += 16;
    c += 16;
    h += 16;
  }
}

@unmanaged
class LstmGrad {
  @inline step(args: RecurrentGradArgs, product: Product, dh: usize, rows: i32, row: i32, apart: i32): void {
    const units = args.units, width = 4 * units, stride = stateStride(units);
    const dz = rowAt(args.dz, row, width), dzStride = <usize>(apart * width) << 2;
    for (let i = 0; i < rows; ++i) {
      const at = row + i * apart, to = dz + dzStride * i, dhRow = dh + stride * i, dy = rowAt(args.dy, at, units);
      if (isMasked(args.mask, at)) {
        zeroRow(to, width);
        keepRowGrad(dhRow, dy, units, args.zeroOutput);
      } else lstmGradRow(to, rowAt(args.gates, at, width), rowAt(args.inner, at, units), dhRow, dhRow + stride * rows, dy, units);
    }
    timesPacked(product, dh, stride, dh, stride, 16, dz, dzStride, rows, args.packed, units, width);
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

/** Gradient to the sums of the gates; leaves in dc what goes on to the step before, and in dh nothing: all of that goes through the weights. */
function lstmGradRow(dz: usize, gates: usize, inner: usize, dh: usize, dc: usize, dy: usize, units: i32): void {
  const u = <usize>units << 2;
  for (let left = units; left > 0; left -= 4) {
    const i = v128.load(gates), f = v128.load(gates + u), g = v128.load(gates + 2 * u), o = v128.load(gates + 3 * u), before = v128.load(inner);
    const t = tanh(madd(f, before, f32x4.mul(i, g)));
    let d = v128.load(dh);
    if (dy) {
      d = f32x4.add(d, v128.load(dy));
      dy += 16;
    }
    const dcell = madd(f32x4.mul(d, o), tanhSlope(t), v128.load(dc));
    v128.store(dh, i32x4.splat(0));
    v128.store(dc, f32x4.mul(dcell, f));
    storeNext(dz, f32x4.mul(f32x4.mul(dcell, g), sigmoidSlope(i)), left);
    storeNext(dz + u, f32x4.mul(f32x4.mul(dcell, before), sigmoidSlope(f)), left);
    storeNext(dz + 2 * u, f32x4.mul(f32x4.mul(dcell, i), tanhSlope(g)), left);
    storeNext(dz + 3 * u, f32x4.mul(f32x4.mul(d, t), sigmoidSlope(o)), left);
    dz += 16;
    gates += 16;
    inner += 16;
    dh += 16;
    dc += 16;
  }
}
