// A row times a matrix: y = from + x · B. The sums are taken in the order of gemm's tiles, so their bits are the same.
import { madd, store2, storeLanes } from '../simd';
import { activate, ACT_NONE } from './gemmactivate';
import { blockLength, GEMM_KC, Product } from './gemmblock';
import { firstHalves, lastHalves, mixHigh, mixLow } from './gemmpack';

/** y[j0:j1] = act(x · B + bias); x has xStep bytes from number to number. */
export function multiplyRow(product: Product, y: usize, x: usize, xStep: usize, j0: i32, j1: i32): void {
  const n = product.n, k = product.k, b = product.b;
  const kBlock = blockLength(k, GEMM_KC, 4);
  const most = product.transposeB ? 256 : min(1024, (48 + 14 * min(k, GEMM_KC)) & ~3); // sums that fit the scratch space
  for (let j = j0; j < j1; j += most) {
    const width = min(most, j1 - j);
    const yj = y + (<usize>j << 2);
    let p = 0;
    do {
      const kc = min(kBlock, k - p);
      const from = p ? yj : product.start + product.startStep * (<usize>j >> 2), fromStep: usize = p ? 16 : product.startStep;
      const xp = x + xStep * p;
      if (product.transposeB) gemvColumns(yj, from, fromStep, xp, xStep, b + (<usize>(j * k + p) << 2), <usize>k << 2, width, kc);
      else gemvRows(yj, from, fromStep, xp, xStep, b + (<usize>(p * n + j) << 2), <usize>n << 2, width, kc, product.sums);
      p += kc;
    } while (p < k);
    if (product.activation != ACT_NONE) activate(yj, 0, 1, width, product.activation);
  }
}

/**
 * y[j] = from[j] + Σ x[p] · b[p, j], j < n: four rows of B at a time stream past the sums.
 * xStep and bStep are bytes from p to p + 1, fromStep from one vector to the next; `sums` has room for n floats, rounded up to 4.
 */
function gemvRows(y: usize, from: usize, fromStep: usize, x: usize, xStep: usize, b: usize, bStep: usize, n: i32, k: i32,
    sums: usize): void {
  const end = <usize>n << 2;
  for (let j: usize = 0; j < end; j += 16) v128.store(sums + j, i32x4.splat(0));
  for (; k > 3; k -= 4) {
    const x0 = v128.load32_splat(x), x1 = v128.load32_splat(x + xStep), x2 = v128.load32_splat(x + 2 * xStep);
    const x3 = v128.load32_splat(x + 3 * xStep);
    const b1 = b + bStep, b2 = b1 + bStep, b3 = b2 + bStep;
    let j: usize = 0;
    for (; j + 32 <= end; j += 32) {
      let sum0 = madd(x0, v128.load(b + j), v128.load(sums + j)), sum1 = madd(x0, v128.load(b + j, 16), v128.load(sums + j, 16));
      sum0 = madd(x1, v128.load(b1 + j), sum0); sum1 = madd(x1, v128.load(b1 + j, 16), sum1);
      sum0 = madd(x2, v128.load(b2 + j), sum0); sum1 = madd(x2, v128.load(b2 + j, 16), sum1);
      sum0 = madd(x3, v128.load(b3 + j), sum0); sum1 = madd(x3, v128.load(b3 + j, 16), sum1);
      store2(sums + j, sum0, sum1);
    }
    for (; j < end; j += 16) {
      let sum = madd(x0, v128.load(b + j), v128.load(sums + j));
      sum = madd(x1, v128.load(b1 + j), sum);
      sum = madd(x2, v128.load(b2 + j), sum);
      v128.store(sums + j, madd(x3, v128.load(b3 + j), sum));
    }
    x += 4 * xStep;
    b = b3 + bStep;
  }
  for (; k > 0; --k) {
    const x0 = v128.load32_splat(x);
    for (let j: usize = 0; j < end; j += 16) v128.store(sums + j, madd(x0, v128.load(b + j), v128.load(sums + j)));
    x += xStep;
    b += bStep;
  }
  for (; n > 0; n -= 4) {
    storeLanes(y, f32x4.add(v128.load(from), v128.load(sums)), n);
    y += 16;
    sums += 16;
    from += fromStep;
  }
}

/** y[j] = from[j] + Σ x[p] · b[j, p], j < n: eight rows of B at a time, turned in registers so that the sums stay in order. */
function gemvColumns(y: usize, from: usize, fromStep: usize, x: usize, xStep: usize, b: usize, bStep: usize, n: i32, k: i32): void {
  for (; n > 0; n -= 8) {
    const b1 = n > 1 ? b + bStep : b, b2 = n > 2 ? b1 + bStep : b1, b3 = n > 3 ? b2 + bStep : b2;
    const b4 = n > 4 ? b3 + bStep : b3, b5 = n > 5 ? b4 + bStep : b4, b6 = n > 6 ? b5 + bStep : b5, b7 = n > 7 ? b6 + bStep : b6;
    let sum0 = i32x4.splat(0), sum1 = sum0, xp = x, p: usize = 0;
    for (let left = k; left > 0; left -= 4) {
      let y0 = v128.load(b + p), y1 = v128.load(b1 + p), y2 = v128.load(b2 + p), y3 = v128.load(b3 + p);
      const low0 = mixLow(y0, y1), high0 = mixHigh(y0, y1), low2 = mixLow(y2, y3), high2 = mixHigh(y2, y3);
      y0 = v128.load(b4 + p), y1 = v128.load(b5 + p), y2 = v128.load(b6 + p), y3 = v128.load(b7 + p);
      const low4 = mixLow(y0, y1), high4 = mixHigh(y0, y1), low6 = mixLow(y2, y3), high6 = mixHigh(y2, y3);
      let xs = v128.load32_splat(xp);
      sum0 = madd(xs, firstHalves(low0, low2), sum0);
      sum1 = madd(xs, firstHalves(low4, low6), sum1);
      if (left < 2) break;
      xs = v128.load32_splat(xp + xStep);
      sum0 = madd(xs, lastHalves(low0, low2), sum0);
      sum1 = madd(xs, lastHalves(low4, low6), sum1);
      if (left < 3) break;
      xs = v128.load32_splat(xp + 2 * xStep);
      sum0 = madd(xs, firstHalves(high0, high2), sum0);
      sum1 = madd(xs, firstHalves(high4, high6), sum1);
      if (left < 4) break;
      xs = v128.load32_splat(xp + 3 * xStep);
      sum0 = madd(xs, lastHalves(high0, high2), sum0);
      sum1 = madd(xs, lastHalves(high4, high6), sum1);
      p += 16;
      xp += 4 * xStep;
    }
    storeLanes(y, f32x4.add(v128.load(from), sum0), n);
    from += fromStep;
    if (n > 4) storeLanes(y + 16, f32x4.add(v128.load(from), sum1), n - 4);
    from += fromStep;
    y += 32;
    b = b7 + bStep;
  }
}
