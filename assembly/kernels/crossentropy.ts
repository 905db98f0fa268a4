// Cross-entropy over the rows of [rows, n], from logits and from probabilities, for class numbers and for dense labels; threads take rows.
import { cut, mapRow, storeNext, sumRowOf } from '../rows';
import { In, Out } from '../types';
import { maxRow, sumRow } from './reduce';
import { expRow, ln, LogP, logSumRow, scaleRow } from './softmax';

@unmanaged
export class SparseSoftmaxCrossEntropyArgs {
  loss: Out; // [rows]
  logits: In; // [rows, n]
  labels: In; // int32 [rows]
  rows: i32;
  n: i32;
  ignore: i32; // rows of this class, which may be negative, have no loss and no gradient; −2³¹: none
}

@unmanaged
export class SparseSoftmaxCrossEntropyGradArgs {
  dx: Out;
  dloss: In; // [rows]
  logits: In;
  labels: In;
  rows: i32;
  n: i32;
  ignore: i32;
}

@unmanaged
export class SoftmaxCrossEntropyArgs {
  loss: Out;
  logits: In;
  labels: In; // float32 [rows, n]
  rows: i32;
  n: i32;
  smoothing: f32; // labels are taken as (1 − s)·labels + s/n
}

@unmanaged
export class SoftmaxCrossEntropyGradArgs {
  dx: Out;
  dloss: In;
  logits: In;
  labels: In;
  rows: i32;
  n: i32;
  smoothing: f32;
}

@unmanaged
export class SparseCrossEntropyArgs {
  loss: Out;
  p: In;
  labels: In;
  rows: i32;
  n: i32;
  ignore: i32;
}

@unmanaged
export class SparseCrossEntropyGradArgs {
  dp: Out;
  dloss: In;
  p: In;
  labels: In;
  rows: i32;
  n: i32;
  ignore: i32;
}

/** Probabilities are held within [LEAST, MOST]. */
const LEAST: f32 = 1e-7, MOST: f32 = 1 - 1e-7;

// What becomes of a row.
const IGNORED: i32 = -1, BAD: i32 = -2;

/** The row's class, IGNORED, or BAD: one that a check has found. */
function classOf(labels: usize, row: i32, n: i32, ignore: i32): i32 {
  const label = load<i32>(labels + (<usize>row << 2));
  if (label == ignore) return IGNORED;
  return <u32>label < <u32>n ? label : BAD;
}

function fillRow(y: usize, n: i32, value: f32): void {
  const all = f32x4.splat(value);
  for (; n > 0; n -= 4, y += 16) storeNext(y, all, n);
}

/** loss = ln Σ exp(x) − x[label] */
export function sparseSoftmaxCrossEntropy(args: SparseSoftmaxCrossEntropyArgs, ith: i32, nth: i32): void {
  const n = args.n, end = cut(args.rows, 1, ith + 1, nth);
  for (let row = cut(args.rows, 1, ith, nth); row < end; ++row) {
    const x = args.logits + (<usize>(row * n) << 2);
    const label = classOf(args.labels, row, n, args.ignore);
    let loss: f32 = label == IGNORED ? 0 : NaN;
    if (label >= 0) {
      const shift = maxRow(x, n);
      loss = logSumRow(x, n, shift) - (load<f32>(x + (<usize>label << 2)) - shift);
    }
    store<f32>(args.loss + (<usize>row << 2), loss);
  }
}

/** dx = dloss · (softmax(x) − onehot(label)) */
export function sparseSoftmaxCrossEntropyGrad(args: SparseSoftmaxCrossEntropyGradArgs, ith: i32, nth: i32): void {
  const n = args.n, end = cut(args.rows, 1, ith + 1, nth);
  for (let row = cut(args.rows, 1, ith, nth); row < end; ++row) {
    const at = <usize>(row * n) << 2, x = args.logits + at, dx = args.dx + at;
    const label = classOf(args.labels, row, n, args.ignore);
    if (label < 0) {
      fillRow(dx, n, label == IGNORED ? 0 : NaN);
      continue;
    }
    const dloss = load<f32>(args.dloss + (<usize>row << 2)), one = dx + (<usize>label << 2);
    const scale = <f32>(dloss / expRow(dx, x, n, maxRow(x, n)));
    store<f32>(one, 0);
    const others = sumRow(dx, n); // 1 − p would cancel
    scaleRow(dx, n, scale);
    store<f32>(one, -others * scale);
  }
}

@unmanaged
class Weighed {
  @inline vec(x: v128, label: v128, shift: v128, total: v128, r: v128): v128 {
    return f32x4.mul(label, changetype<LogP>(0).vec(x, x, shift, total, r));
  }
}

/** loss = −Σ labels·(x − ln Σ exp(x)), of which smoothing is a part for all classes alike. */
export function softmaxCrossEntropy(args: SoftmaxCrossEntropyArgs, ith: i32, nth: i32): void {
  const n = args.n, end = cut(args.rows, 1, ith + 1, nth), smoothing = args.smoothing;
  for (let row = cut(args.rows, 1, ith, nth); row < end; ++row) {
    const at = <usize>(row * n) << 2, x = args.logits + at, most = maxRow(x, n);
    const shift = f32x4.splat(most), total = f32x4.splat(logSumRow(x, n, most));
    let loss = (1 - <f64>smoothing) * sumRowOf<Weighed>(n, x, args.labels + at, shift, total, total);
    if (smoothing != 0) loss += smoothing / <f64>n * sumRowOf<LogP>(n, x, x, shift, total, total);
    store<f32>(args.loss + (<usize>row << 2), -<f32>loss);
  }
}

@unmanaged
class Residual {
  @inline vec(e: v128, label: v128, scale: v128, keep: v128, dloss: v128): v128 {
    return f32x4.mul(f32x4.sub(f32x4.mul(e, scale), f32x4.mul(label, keep)), dloss);
  }
}

@unmanaged
class LessPart {
  @inline vec(x: v128, _b: v128, part: v128, _q: v128, _r: v128): v128 { return f32x4.sub(x, part); }
}

/** dx = dloss·(softmax(x)·Σ labels − labels) */
export function softmaxCrossEntropyGrad(args: SoftmaxCrossEntropyGradArgs, ith: i32, nth: i32): void {
  const n = args.n, end = cut(args.rows, 1, ith + 1, nth), smoothing = args.smoothing, keep = f32x4.splat(1 - smoothing);
  for (let row = cut(args.rows, 1, ith, nth); row < end; ++row) {
    const at = <usize>(row * n) << 2, x = args.logits + at, dx = args.dx + at, dloss = load<f32>(args.dloss + (<usize>row << 2));
    const mass = sumRow(args.labels + at, n) * (<f32>1 - smoothing) + smoothing;
    const scale = f32x4.splat(<f32>(mass / expRow(dx, x, n, maxRow(x, n))));
    mapRow<Residual>(dx, n, 0, args.labels - args.dx, scale, keep, f32x4.splat(dloss));
    const part = f32x4.splat(smoothing / <f32>n * dloss);
    if (smoothing != 0) mapRow<LessPart>(dx, n, 0, 0, part, part, part);
  }
}

/** loss = −ln clip(p[label] / Σ p) */
export function sparseCrossEntropy(args: SparseCrossEntropyArgs, ith: i32, nth: i32): void {
  const n = args.n, end = cut(args.rows, 1, ith + 1, nth);
  for (let row = cut(args.rows, 1, ith, nth); row < end; ++row) {
    const p = args.p + (<usize>(row * n) << 2), label = classOf(args.labels, row, n, args.ignore);
    let loss: f32 = label == IGNORED ? 0 : NaN;
    if (label >= 0) {
      const q = load<f32>(p + (<usize>label << 2)) / sumRow(p, n);
      loss = -f32x4.extract_lane(ln(f32x4.splat(min(max(q, LEAST), MOST))), 0);
    }
    store<f32>(args.loss + (<usize>row << 2), loss);
  }
}

/** dp = dloss·(1 / Σ p − onehot(label) / p) where p / Σ p is not clipped */
export function sparseCrossEntropyGrad(args: SparseCrossEntropyGradArgs, ith: i32, nth: i32): void {
  const n = args.n, end = cut(args.rows, 1, ith + 1, nth);
  for (let row = cut(args.rows, 1, ith, nth); row < end; ++row) {
    const at = <usize>(row * n) << 2, p = args.p + at, label = classOf(args.labels, row, n, args.ignore);
    if (label < 0) {
      fillRow(args.dp + at, n, label == IGNORED ? 0 : NaN);
      continue;
    }
    const sum = sumRow(p, n), one = <usize>label << 2, chosen = load<f32>(p + one), q = chosen / sum;
    const dloss: f32 = q < LEAST || q > MOST ? 0 : load<f32>(args.dloss + (<usize>row << 2));
    fillRow(args.dp + at, n, dloss / sum);
    if (dloss != 0) store<f32>(args.dp + at + one, dloss * (1 / sum - 1 / chosen));
  }
}
