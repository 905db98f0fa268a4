// Activations that a matrix product applies to what it has just written.
import * as math from '../math';
import { store2, storeLanes } from '../simd';

export const ACT_NONE: i32 = 0;
export const ACT_RELU: i32 = 1;
export const ACT_SIGMOID: i32 = 2;
export const ACT_TANH: i32 = 3;

@unmanaged class Relu { @inline vec(x: v128): v128 { return f32x4.pmax(x, i32x4.splat(0)); } }
@unmanaged class Sigmoid { @inline vec(x: v128): v128 { return math.sigmoid(x); } }
@unmanaged class Tanh { @inline vec(x: v128): v128 { return math.tanh(x); } }

/** c[i, j] = act(c[i, j]), i < height, j < width. */
export function activate(c: usize, cStride: usize, height: i32, width: i32, activation: i32): void {
  for (; height > 0; --height) {
    if (activation == ACT_RELU) activateRow<Relu>(c, width);
    else if (activation == ACT_SIGMOID) activateRow<Sigmoid>(c, width);
    else if (activation == ACT_TANH) activateRow<Tanh>(c, width);
    c += cStride;
  }
}

// @ts-ignore: decorator
@inline
function activateRow<Op>(x: usize, n: i32): void {
  for (; n >= 8; n -= 8) {
    store2(x, changetype<Op>(0).vec(v128.load(x)), changetype<Op>(0).vec(v128.load(x, 16)));
    x += 32;
  }
  for (; n > 0; n -= 4) {
    storeLanes(x, changetype<Op>(0).vec(v128.load(x)), n);
    x += 16;
  }
}
