// Loops over elements. Two vectors side by side are stored one after the other, so that engines that pair vectors find them. An op is a
// class with `vec`, or `with` where it takes alpha, beta and gamma; its call inlines fully.
import { shareStart } from './share';
import { store2, store4 } from './simd';
import { In, Out } from './types';

// y[i] = f(x[i])
@unmanaged
export class UnaryArgs {
  y: Out;
  x: In;
  n: i32;
  alpha: f32;
  beta: f32;
  gamma: f32;
}

// dx[i] = dy[i] f'(x[i])
@unmanaged
export class GradArgs {
  dx: Out;
  dy: In;
  x: In;
  n: i32;
  alpha: f32;
  beta: f32;
  gamma: f32;
}

/** A share of n elements from `buffer`, as addresses start | end << 32; in whole steps of 64 bytes, into the padding at the very end. */
export function shareOf(buffer: usize, n: i32, ith: i32, nth: i32): u64 {
  const start = ith == 0 ? 0 : shareStart(n, 16, ith, nth); // without divisions where they are not needed
  const end = ith + 1 == nth ? n : shareStart(n, 16, ith + 1, nth);
  return <u64>(buffer + (<usize>start << 2)) | <u64>(buffer + (<usize>end << 2)) << 32;
}

// @ts-ignore: decorator
@inline
function unaryVec<Op>(x: v128, alpha: v128, beta: v128, gamma: v128): v128 {
  if (isDefined(changetype<Op>(0).with)) return changetype<Op>(0).with(x, alpha, beta, gamma);
  return changetype<Op>(0).vec(x);
}

/** y[i] = op(x[i]), `step` (1, 2 or 4) vectors at a time. */
// @ts-ignore: decorator
@inline
export function unary<Op>(ith: i32, nth: i32, args: UnaryArgs, step: i32, a: f32 = args.alpha, b: f32 = args.beta,
    c: f32 = args.gamma): void {
  const share = shareOf(args.y, args.n, ith, nth), toX = args.x - args.y;
  const alpha = f32x4.splat(a), beta = f32x4.splat(b), gamma = f32x4.splat(c);
  for (let y = <usize><u32>share, end = <usize>(share >> 32); y < end; y += 16 * step) {
    const x = y + toX;
    const y0 = unaryVec<Op>(v128.load(x), alpha, beta, gamma);
    const y1 = step < 2 ? y0 : unaryVec<Op>(v128.load(x, 16), alpha, beta, gamma);
    const y2 = step < 4 ? y0 : unaryVec<Op>(v128.load(x, 32), alpha, beta, gamma);
    const y3 = step < 4 ? y0 : unaryVec<Op>(v128.load(x, 48), alpha, beta, gamma);
    if (step == 4) store4(y, y0, y1, y2, y3);
    else if (step == 2) store2(y, y0, y1);
    else v128.store(y, y0);
  }
}

// @ts-ignore: decorator
@inline
function gradVec<Op>(dy: v128, x: v128, alpha: v128, beta: v128, gamma: v128): v128 {
  if (isDefined(changetype<Op>(0).with)) return changetype<Op>(0).with(dy, x, alpha, beta, gamma);
  return changetype<Op>(0).vec(dy, x);
}

/** dx[i] = op(dy[i], x[i]), `step` (1 or 2) vectors at a time. */
// @ts-ignore: decorator
@inline
export function gradient<Op>(ith: i32, nth: i32, args: GradArgs, step: i32, a: f32 = args.alpha, b: f32 = args.beta,
    c: f32 = args.gamma): void {
  const share = shareOf(args.dx, args.n, ith, nth), toDy = args.dy - args.dx, toX = args.x - args.dx;
  const alpha = f32x4.splat(a), beta = f32x4.splat(b), gamma = f32x4.splat(c);
  for (let dx = <usize><u32>share, end = <usize>(share >> 32); dx < end; dx += 16 * step) {
    const dy = dx + toDy, x = dx + toX;
    const dx0 = gradVec<Op>(v128.load(dy), v128.load(x), alpha, beta, gamma);
    const dx1 = step < 2 ? dx0 : gradVec<Op>(v128.load(dy, 16), v128.load(x, 16), alpha, beta, gamma);
    if (step == 2) store2(dx, dx0, dx1);
    else v128.store(dx, dx0);
  }
}

// ── broadcasting: rows of dims5 elements ──

/** Bytes to row `index` of dims0 … dims4. */
export function rowOffset(dims: usize, strides: usize, index: i32): usize {
  let offset = 0;
  for (let at = 16; index > 0; at -= 4) {
    const dim = load<i32>(dims + at), rest = index / dim;
    offset += (index - rest * dim) * load<i32>(strides + at);
    index = rest;
  }
  return <usize>offset << 2;
}

/**
 * Where a loop that goes on by `step` bytes, 0 or 32, begins to read a row: at its column, or where step is 0 at its one element, repeated
 * to 32 bytes at `to`.
 */
export function rowFrom(row: usize, step: usize, column: i32, to: usize): usize {
  if (step) return row + (<usize>column << 2);
  const one = v128.load32_splat(row);
  store2(to, one, one);
  return to;
}
