// What the walks over time of all recurrent layers share: packed weights, the product of a step, who does which samples.
// The batch is cut between threads, and each walks all steps of its samples: no thread ever waits for another between steps.
import { addRow, storeNext } from '../rows';
import { shareStart } from '../share';
import { store2 } from '../simd';
import { In, Out, Scratch } from '../types';
import { ACT_NONE } from './gemmactivate';
import { blockLength, GEMM_KC, Product, isTall, strip } from './gemmblock';
import { packColumns, packTransposed } from './gemmpack';
import { multiplyRow } from './gemv';

/** Most samples that are walked together: their states and gates stay in the first-level cache. */
export const RECURRENT_ROWS: i32 = 48;
/** Bytes of scratch before the states: what a product needs. */
export const RECURRENT_HEAD: i32 = 4416;

// A cell has `gates` columns a unit: z [time · batch, gates · u] are the products of inputs and kernel, with the bias. Sequences are
// [time · batch, …] inside, so that a step's rows lie side by side; y, dy and the mask come as users have them.
@unmanaged
export class RecurrentArgs {
  y: Out; // 0 where nobody asks, as all outputs
  h: Out; // [batch, u], after the last step
  c: Out; // [batch, u]; lstm
  gates: Out; // [time · batch, gates · u], after activation
  states: Out; // [time · batch, u]: h before each step
  inner: Out; // [time · batch, u]: c before each step (lstm); h · weights (gru, reset after); r ⊙ h (gru, reset before)
  z: In; // or 0: made step by step of
  x: In; // [time · batch, features]
  packedKernel: In; // [features, gates · u] as packWeights packs it
  inputBias: In; // [gates · u], or 0
  recurrent: In; // [u, gates · u]
  packed: In; // its panels, or 0; of gru those of the gates z and r
  packedLast: In; // those of gru's candidate
  bias: In; // [3u]; gru, reset after
  h0: In;
  c0: In;
  mask: In; // or 0
  scratch: Scratch;
  batch: i32;
  time: i32;
  features: i32;
  units: i32;
  activation: i32; // simpleRnn
  reverse: i32;
  timeMajor: i32;
  zeroOutput: i32; // of masked steps
  scratchStep: i32;
}

@unmanaged
export class RecurrentGradArgs {
  dz: Out; // [time · batch, gates · u]; may be gates
  dinner: Out; // [time · batch, gates · u]: gradient to h · weights where it is not dz (gru, reset after)
  dh0: Out; // 0 where nobody asks
  dc0: Out;
  gates: In;
  states: In;
  inner: In;
  dy: In; // 0 for zeros
  dh: In;
  dc: In;
  packed: In; // transposed; of gru those of the gates z and r with reset before
  packedLast: In;
  mask: In;
  scratch: Scratch;
  batch: i32;
  time: i32;
  units: i32;
  activation: i32;
  reverse: i32;
  timeMajor: i32;
  zeroOutput: i32;
  scratchStep: i32;
}

// ── weights ──

@unmanaged
export class PackWeightsArgs {
  to: Out; // panels of 8 columns, each of k rows, rounded up to four
  from: In; // [k, n] with `stride` elements from row to row, or its transpose
  n: i32;
  k: i32;
  stride: i32;
  transpose: i32;
}

/** Bytes of a packed panel. */
// @ts-ignore: decorator
@inline
function panelBytes(k: i32): usize { return <usize>((k + 3) & ~3) << 5; }

/** to[j / 8][p][j % 8] = b[p, j], j < n, p < k. */
export function packWeights(args: PackWeightsArgs, ith: i32, nth: i32): void {
  const n = args.n, k = args.k, stride = <usize>args.stride << 2, panel = panelBytes(k);
  const end = shareStart(n, 8, ith + 1, nth);
  for (let j = shareStart(n, 8, ith, nth); j < end; j += 8) {
    const to = args.to + panel * (j >> 3), width = min(8, n - j);
    if (args.transpose) packTransposed(to, args.from + stride * j, stride, width, k);
    else packColumns(to, args.from + (<usize>j << 2), stride, width, k);
  }
}

/**
 * c[i, j] = from[i, j] + Σ a[i, p] · b[p, j], i < rows, with the bits of `gemm`; fromStep is bytes from one vector of a row to the next.
 */
export function timesPacked(product: Product, c: usize, cStride: usize, from: usize, fromStride: usize, fromStep: usize, a: usize,
    aStride: usize, rows: i32, packed: usize, n: i32, k: i32): void {
  // these stay in the second-level cache
  const panel = panelBytes(k), kBlock = max(1, blockLength(k, GEMM_KC, 4)), nBlock = max(8, 16384 / kBlock & ~7);
  for (let j = 0; j < n; j += nBlock) {
    const width = min(nBlock, n - j), b = packed + panel * (j >> 3);
    let p = 0;
    do {
      const kc = min(kBlock, k - p);
      for (let i = 0; i < rows;) {
        const left = rows - i, tall = isTall(left), height = min(left, tall ? 6 : 4);
        const to = c + cStride * i + (<usize>j << 2);
        const start = p ? to : from + fromStride * i + fromStep * (j >> 2);
        strip(to, cStride, start, p ? cStride : fromStride, p ? 32 : fromStep << 1, a + aStride * i + (<usize>p << 2), aStride, 4, height,
            tall, b + (<usize>p << 5), 32, panel, width, kc, product.edge);
        i += height;
      }
      p += kc;
    } while (p < k);
  }
}

/** The same with b [k, n] as it lies, `stride` elements from row to row; packed, if it is not 0. */
export function timesWeights(product: Product, c: usize, cStride: usize, from: usize, fromStride: usize, fromStep: usize, a: usize,
    aStride: usize, rows: i32, packed: usize, b: usize, stride: i32, n: i32, k: i32): void {
  if (packed) return timesPacked(product, c, cStride, from, fromStride, fromStep, a, aStride, rows, packed, n, k);
  product.b = b;
  product.n = stride;
  product.k = k;
  product.transposeB = 0;
  product.activation = ACT_NONE;
  product.startStep = fromStep;
  for (; rows > 0; --rows) {
    product.start = from;
    multiplyRow(product, c, a, 4, 0, n);
    c += cStride;
    from += fromStride;
    a += aStride;
  }
}

// ── rows ──

/** Bytes from one sample's state to the next in scratch. */
// @ts-ignore: decorator
@inline
export function stateStride(units: i32): usize { return <usize>((units + 3) & ~3) << 2; }

export function copyRow(to: usize, from: usize, n: i32): void {
  for (; n >= 8; n -= 8) {
    store2(to, v128.load(from), v128.load(from, 16));
    to += 32;
    from += 32;
  }
  for (; n > 0; n -= 4) {
    storeNext(to, v128.load(from), n);
    to += 16;
    from += 16;
  }
}

export function zeroRow(to: usize, n: i32): void {
  memory.fill(to, 0, <usize>n << 2);
}

/** to = x y, in whole vectors: `to` is a row of states. */
export function multiplyStates(to: usize, x: usize, y: usize, units: i32): void {
  for (; units > 4; units -= 8) {
    store2(to, f32x4.mul(v128.load(x), v128.load(y)), f32x4.mul(v128.load(x, 16), v128.load(y, 16)));
    to += 32;
    x += 32;
    y += 32;
  }
  if (units > 0) v128.store(to, f32x4.mul(v128.load(x), v128.load(y)));
}

/** Copies rows of n elements; from = 0 gives zeros. */
export function copyRows(to: usize, toStride: usize, from: usize, fromStride: usize, rows: i32, n: i32): void {
  for (let i: usize = 0; i < <usize>rows; ++i) {
    if (from) copyRow(to + toStride * i, from + fromStride * i, n);
    else zeroRow(to + toStride * i, n);
  }
}

/** Where row `row` of a matrix with n columns lies; 0 if the matrix is. */
// @ts-ignore: decorator
@inline
export function rowAt(matrix: usize, row: i32, n: i32): usize {
  return matrix ? matrix + (<usize>row * n << 2) : 0;
}

// @ts-ignore: decorator
@inline
export function isMasked(mask: usize, row: i32): bool {
  return mask != 0 && load<i32>(mask + (<usize>row << 2)) == 0;
}

/** A masked step: the state stays. */
export function keepRow(h: usize, y: usize, states: usize, units: i32, zeroOutput: i32): void {
  if (states) copyRow(states, h, units);
  if (y && zeroOutput) zeroRow(y, units);
  else if (y) copyRow(y, h, units);
}

/** Its gradient: none to the gates, dy goes on to the state. */
export function keepRowGrad(dh: usize, dy: usize, units: i32, zeroOutput: i32): void {
  if (dy == 0 || zeroOutput) return;
  addRow(dh, dy, units);
}

// ── walks ──

/** Calls `step` of a cell for each step of each share of samples, with the states in scratch: h, then c, then sums of gates. */
// @ts-ignore: decorator
@inline
export function forward<Cell>(ith: i32, nth: i32, args: RecurrentArgs): void {
  const units = args.units, time = args.time, batch = args.batch, stride = stateStride(units), bytes = <usize>units << 2;
  const width = changetype<Cell>(0).gates() * units, widthBytes = <usize>width << 2, xBytes = <usize>args.features << 2;
  const product = changetype<Product>(args.scratch + ith * args.scratchStep), h = changetype<usize>(product) + RECURRENT_HEAD;
  const to = shareStart(batch, 1, ith + 1, nth);
  let b = shareStart(batch, 1, ith, nth);
  const most = blockLength(to - b, RECURRENT_ROWS, 6);
  while (b < to) {
    const rows = min(most, to - b), c = h + stride * rows;
    copyRows(h, stride, args.h0 + bytes * b, bytes, rows, units);
    if (args.c0) copyRows(c, stride, args.c0 + bytes * b, bytes, rows, units);
    for (let step = 0; step < time; ++step) {
      const t = args.reverse ? time - 1 - step : step, row = t * batch + b;
      const sums = c + stride * rows;
      let z = args.z + widthBytes * row;
      if (args.packedKernel) {
        z = sums;
        product.startAt(args.inputBias, false);
        timesPacked(product, z, widthBytes, product.start, 0, product.startStep, args.x + xBytes * row, xBytes, rows, args.packedKernel,
            width, args.features);
      }
      changetype<Cell>(0).step(args, product, z, sums, h, rows, row, args.timeMajor ? row : b * time + t, args.timeMajor ? 1 : time);
    }
    if (args.h) copyRows(args.h + bytes * b, bytes, h, stride, rows, units);
    if (args.c) copyRows(args.c + bytes * b, bytes, c, stride, rows, units);
    b += rows;
  }
}

/** The same backwards in time, with the gradients to the states in scratch: dh, then dc. */
// @ts-ignore: decorator
@inline
export function backward<Cell>(ith: i32, nth: i32, args: RecurrentGradArgs): void {
  const units = args.units, time = args.time, batch = args.batch, stride = stateStride(units), bytes = <usize>units << 2;
  const product = changetype<Product>(args.scratch + ith * args.scratchStep), dh = changetype<usize>(product) + RECURRENT_HEAD;
  const to = shareStart(batch, 1, ith + 1, nth);
  let b = shareStart(batch, 1, ith, nth);
  const most = blockLength(to - b, RECURRENT_ROWS, 6);
  while (b < to) {
    const rows = min(most, to - b), dc = dh + stride * rows;
    copyRows(dh, stride, args.dh ? args.dh + bytes * b : 0, bytes, rows, units);
    copyRows(dc, stride, args.dc ? args.dc + bytes * b : 0, bytes, rows, units);
    for (let step = time - 1; step >= 0; --step) {
      const t = args.reverse ? time - 1 - step : step, row = t * batch + b;
      changetype<Cell>(0).step(args, product, dh, rows, row, args.timeMajor ? row : b * time + t, args.timeMajor ? 1 : time);
    }
    if (args.dh0) copyRows(args.dh0 + bytes * b, bytes, dh, stride, rows, units);
    if (args.dc0) copyRows(args.dc0 + bytes * b, bytes, dc, stride, rows, units);
    b += rows;
  }
}
