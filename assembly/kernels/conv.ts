// Convolutions (channels last, filters [kd, kh, kw, c / groups, oc]) as matrix products. The rows of A are patches of the image, copied
// together strip by strip as the product reads them; there is no buffer of all patches.
import { shareStart } from '../share';
import { In, Out, Scratch } from '../types';
import { packColumnsOfPatches, packedStride, packPatches, Patched } from './convpack';
import { multiply, Product } from './gemmblock';

/** Bytes per thread before the scratch of the product that convGradFilter uses: GEMM_KC steps of 12 elements. */
export const CONV_GATHER: i32 = 384 * 48;

@unmanaged
export class ConvArgs extends Patched {
  y: Out;
  filter: In; // [kd, kh, kw, c / groups, oc]
  bias: In; // [oc], or 0
  scratch: Scratch;
  activation: i32;
}

@unmanaged
export class ConvGradFilterArgs extends Patched {
  df: Out; // [chunks, kd, kh, kw, c / groups, oc]
  dy: In;
  scratch: Scratch;
  chunk: i32; // output positions in a chunk; it must not depend on the number of threads
}

/** y[n·od·oh·ow, oc] = act(patches[n·od·oh·ow, kd·kh·kw·c] · filter[kd·kh·kw·c, oc] + bias[oc]), each group with its own channels */
export function conv(args: ConvArgs, ith: i32, nth: i32): void {
  const product = changetype<Product>(args.scratch + ith * args.scratchStep);
  product.k = args.cells * args.depth;
  product.activation = args.activation;
  multiplyGroups<Patches>(product, args, args.y, args.filter, args.bias, args.n * args.pixels, ith, nth);
}

/** df[kd·kh·kw·c, oc] = patchesᵀ · dy[n·od·oh·ow, oc]: chunks of positions by themselves, shared out if there are several. */
export function convGradFilter(args: ConvGradFilterArgs, ith: i32, nth: i32): void {
  const product = changetype<Product>(args.scratch + ith * args.scratchStep + CONV_GATHER);
  const positions = args.n * args.pixels, chunk = args.chunk, chunks = (positions + chunk - 1) / chunk, m = args.cells * args.depth;
  const from = chunks > 1 ? shareStart(chunks, 1, ith, nth) : 0, to = chunks > 1 ? shareStart(chunks, 1, ith + 1, nth) : 1;
  product.activation = 0;
  for (let i = from; i < to; ++i) {
    product.k = min(chunk, positions - i * chunk);
    product.aStep = i * chunk;
    const df = args.df + (<usize>(i * m * args.oc) << 2), dy = args.dy + (<usize>(i * chunk * args.oc) << 2);
    multiplyGroups<PatchColumns>(product, args, df, dy, 0, m, chunks > 1 ? 0 : ith, chunks > 1 ? 1 : nth);
  }
}

/** This thread's part of c[m, oc] = A · b[k, oc]. */
function multiplyGroups<S>(product: Product, args: Patched, c: usize, b: usize, bias: usize, m: i32, ith: i32, nth: i32): void {
  const n = args.oc, columns = n / args.groups;
  const byColumns = nth > 1 && <i64>((n + 16 * nth - 1) / (16 * nth) * 16) * m + 12 * m < <i64>((m + 6 * nth - 1) / (6 * nth) * 6) * n + n;
  const i0 = byColumns ? 0 : shareStart(m, 6, ith, nth), i1 = byColumns ? m : shareStart(m, 6, ith + 1, nth);
  const j0 = byColumns ? shareStart(n, 16, ith, nth) : 0, j1 = byColumns ? shareStart(n, 16, ith + 1, nth) : n;
  if (i0 >= i1) return;
  product.a = changetype<usize>(args);
  product.n = n;
  product.transposeB = 0;
  for (let group = 0; group < args.groups; ++group) {
    const from = max(j0, group * columns), to = min(j1, (group + 1) * columns), start = <usize>from << 2;
    if (from >= to) continue;
    product.aStride = group;
    product.c = c + start;
    product.b = b + start;
    product.startAt(bias ? bias + start : 0, false);
    multiply<S>(product, i0, i1, 0, to - from);
  }
}

// Sources of A: product.a points to the arguments, product.aStride is the group, product.aStep the first output position.

/** Rows are output positions, steps of k are the cells and channels of their patches. */
@unmanaged
class Patches {
  @inline strip(x: Product, i: i32, p: i32, k: i32, to: usize): usize {
    packPatches(changetype<Patched>(x.a), <i32>x.aStride, i, p, k, to);
    return to;
  }
  @inline rowStride(x: Product, k: i32): usize { return packedStride(k); }
  @inline rowStep(x: Product): usize { return 4; }
}

/** Rows are cells and channels, steps of k are output positions. */
@unmanaged
class PatchColumns {
  @inline strip(x: Product, i: i32, p: i32, k: i32, to: usize): usize {
    packColumnsOfPatches(changetype<Patched>(x.a), <i32>x.aStride, i, <i32>x.aStep + p, k, to, changetype<usize>(x) - CONV_GATHER);
    return to;
  }
  @inline rowStride(x: Product, k: i32): usize { return packedStride(k); }
  @inline rowStep(x: Product): usize { return 4; }
}
