// Matrix products: how a product is shared between threads, and which way it takes.
import { shareStart } from '../share';
import { In, Out, Scratch } from '../types';
import { multiply, Product, Rows, TurnedRows } from './gemmblock';
import { multiplyRow } from './gemv';

@unmanaged
export class GemmArgs {
  c: Out;
  a: In;
  b: In;
  bias: In; // [n], or 0
  scratch: Scratch;
  m: i32;
  n: i32;
  k: i32;
  transposeA: i32;
  transposeB: i32;
  batch: i32;
  aStep: i32; // elements from one matrix of the batch to the next; 0: the same for all
  bStep: i32;
  cStep: i32;
  activation: i32;
  scratchStep: i32; // bytes of scratch of each thread
}

/** c[batch, m, n] = act(a[batch, m, k] · b[batch, k, n] + bias[n]) */
export function gemm(args: GemmArgs, ith: i32, nth: i32): void {
  const batches = args.batch, column = args.n == 1; // a column is, in memory, a row
  const m = column ? 1 : args.m, n = column ? args.m : args.n;
  if (m == 0 || n == 0 || batches == 0) return;
  const byColumns = cutColumns(m, n, args.transposeA, (nth + batches - 1) / batches);
  const grain = byColumns ? 16 : 4;
  const units = ((byColumns ? n : m) + grain - 1) / grain;
  const to = shareStart(batches * units, 1, ith + 1, nth);
  const product = changetype<Product>(args.scratch + ith * args.scratchStep);
  for (let unit = shareStart(batches * units, 1, ith, nth); unit < to;) {
    const batch = unit / units;
    const first = (unit - batch * units) * grain, last = min(to - batch * units, units) * grain;
    if (byColumns) part(product, args, batch, 0, m, first, min(n, last));
    else part(product, args, batch, first, min(m, last), 0, n);
    unit = (batch + 1) * units;
  }
}

/** Whether `parts` threads had better share the columns than the rows of C: what the largest share takes, packing included. */
// @ts-ignore: decorator
@inline
function cutColumns(m: i32, n: i32, transposeA: i32, parts: i32): bool {
  if (m <= 3) return true;
  const rows = <i64>((m + 4 * parts - 1) / (4 * parts) * 4), columns = <i64>((n + 16 * parts - 1) / (16 * parts) * 16);
  return columns * (m + 1) + (transposeA ? 2 * m : 0) < rows * n + n;
}

/** c[batch, i0:i1, j0:j1], by rows and columns of C as it lies in memory. */
function part(product: Product, args: GemmArgs, batch: i32, i0: i32, i1: i32, j0: i32, j1: i32): void {
  const m = args.m, n = args.n;
  product.c = args.c + (<usize>(batch * args.cStep) << 2);
  product.a = args.a + (<usize>(batch * args.aStep) << 2);
  product.aStride = args.transposeA ? 4 : <usize>args.k << 2;
  product.aStep = args.transposeA ? <usize>m << 2 : 4;
  product.b = args.b + (<usize>(batch * args.bStep) << 2);
  product.n = n;
  product.k = args.k;
  product.transposeB = args.transposeB;
  product.activation = args.activation;
  product.startAt(args.bias, n == 1);
  if (n == 1) {
    const x = product.b;
    product.b = product.a;
    product.n = m;
    product.transposeB = !args.transposeA;
    multiplyRow(product, product.c, x, 4, j0, j1);
  } else if (m <= 3) {
    for (let i = i0; i < i1; ++i) multiplyRow(product, product.c + (<usize>(i * n) << 2), product.a + product.aStride * i, product.aStep,
        j0, j1);
  } else if (args.transposeA && n > 16) multiply<TurnedRows>(product, i0, i1, j0, j1);
  else multiply<Rows>(product, i0, i1, j0, j1);
}
