// Simple recurrent layer: h' = act(x · kernel + bias + h · weights).
import { put, second } from '../rows';
import { activate, ACT_SIGMOID, ACT_TANH, ACT_RELU } from './gemmactivate';
import { Product } from './gemmblock';
import { sigmoidSlope, tanhSlope } from './lstm';
import { backward, copyRow, forward, isMasked, keepRow, keepRowGrad, RecurrentArgs, RecurrentGradArgs, rowAt, stateStride, timesPacked,
  timesWeights, zeroRow } from './recurrent';
import { squash } from './squash';

/** Walks h over z [time · batch, u]. */
export function rnn(args: RecurrentArgs, ith: i32, nth: i32): void { forward<Rnn>(ith, nth, args); }

/** dz, dh0 from dy, dh. */
export function rnnGrad(args: RecurrentGradArgs, ith: i32, nth: i32): void { backward<RnnGrad>(ith, nth, args); }

@unmanaged
class Rnn {
  @inline gates(): i32 { return 1; }

  @inline step(args: RecurrentArgs, product: Product, z: usize, sums: usize, h: usize, rows: i32, row: i32, place: i32, apart: i32): void {
    const units = args.units, stride = stateStride(units), u = <usize>units << 2, activation = args.activation;
    timesWeights(product, sums, u, z, u, 16, h, stride, rows, args.packed, args.recurrent, units, units, units);
    for (const end = row + rows; row < end; ++row) {
      const y = rowAt(args.y, place, units), states = rowAt(args.states, row, units);
      if (isMasked(args.mask, place)) keepRow(h, y, states, units, args.zeroOutput);
      else {
        if (states) copyRow(states, h, units);
        if (activation == ACT_TANH || activation == ACT_SIGMOID) squash(h, sums, units, i32(activation == ACT_SIGMOID));
        else {
          copyRow(h, sums, units);
          activate(h, 0, 1, units, activation);
        }
        if (args.gates) copyRow(rowAt(args.gates, row, units), h, units);
        if (y) copyRow(y, h, units);
      }
      sums += u;
      h += stride;
      place += apart;
    }
  }
}

@unmanaged
class RnnGrad {
  @inline step(args: RecurrentGradArgs, product: Product, dh: usize, rows: i32, row: i32, place: i32, apart: i32): void {
    const units = args.units, stride = stateStride(units), dz = rowAt(args.dz, row, units), u = <usize>units << 2;
    for (let i = 0; i < rows; ++i) {
      const dy = rowAt(args.dy, place, units);
      if (isMasked(args.mask, place)) {
        zeroRow(dz + u * i, units);
        keepRowGrad(dh + stride * i, dy, units, args.zeroOutput);
      } else rnnGradRow(dz + u * i, rowAt(args.gates, row + i, units), dh + stride * i, dy, units, args.activation);
      place += apart;
    }
    timesPacked(product, dh, stride, dh, stride, 16, dz, u, rows, args.packed, units, units);
  }
}

/** dz = dh act'(y); leaves nothing in dh: all of it goes through the weights. */
function rnnGradRow(dz: usize, y: usize, dh: usize, dy: usize, units: i32, activation: i32): void {
  let left = units, at: usize = 0;
  for (; left >= 8; left -= 8, at += 32) rnnGradVectors(dz + at, y + at, dh + at, dy ? dy + at : 0, activation, left, true);
  for (; left > 0; left -= 4, at += 16) rnnGradVectors(dz + at, y + at, dh + at, dy ? dy + at : 0, activation, left, false);
}

// @ts-ignore: decorator
@inline
function rnnGradVectors(dz: usize, y: usize, dh: usize, dy: usize, activation: i32, left: i32, two: bool): void {
  const y0 = v128.load(y), y1 = second(y, y0, two), zero = i32x4.splat(0);
  let d0 = v128.load(dh), d1 = second(dh, d0, two);
  if (dy) {
    const dy0 = v128.load(dy);
    d0 = f32x4.add(d0, dy0);
    d1 = f32x4.add(d1, second(dy, dy0, two));
  }
  if (activation == ACT_TANH) d0 = f32x4.mul(d0, tanhSlope(y0)), d1 = f32x4.mul(d1, tanhSlope(y1));
  else if (activation == ACT_SIGMOID) d0 = f32x4.mul(d0, sigmoidSlope(y0)), d1 = f32x4.mul(d1, sigmoidSlope(y1));
  else if (activation == ACT_RELU) d0 = v128.andnot(d0, f32x4.le(y0, zero)), d1 = v128.andnot(d1, f32x4.le(y1, zero));
  put(dh, zero, zero, 4, two);
  put(dz, d0, d1, left, two);
}
