// The gradient of a convolution to its input, which is also the transposed convolution: a product of dy with the turned filter, whose rows
// are patches that are added up where they overlap. Strides and dilation need nothing of their own.
import { shareStart } from '../share';
import { In, Out, Scratch } from '../types';
import { addPatch, Patched } from './convpack';
import { ceilDiv } from './convwindow';
import { activate, ACT_NONE } from './gemmactivate';
import { blockLength, GEMM_KC, GEMM_NC, isTall, strip } from './gemmblock';
import { packTransposed } from './gemmpack';

/** x is not used. */
@unmanaged
export class ConvGradInputArgs extends Patched {
  dx: Out;
  dy: In;
  filter: In; // [kd, kh, kw, c / groups, oc]
  bias: In; // [c], or 0
  scratch: Scratch; // zeros: 64 bytes ┊ edge tile 6×8 ┊ patches 6×NC ┊ block of the filter KC×NC ┊
  activation: i32;
}

/** dx[n, iz, iy, ix, c] = act(bias[c] + Σ dy[n, oz, oy, ox, f] · filter[kz, ky, kx, c, f] over the windows that have this cell) */
export function convGradInput(args: ConvGradInputArgs, ith: i32, nth: i32): void {
  const rows = args.rows, units = args.n * rows, from = shareStart(units, 1, ith, nth), to = shareStart(units, 1, ith + 1, nth);
  const groups = args.groups, columns = args.cells * args.depth, oc = args.oc / groups, line = <usize>(args.w * args.c) << 2;
  const kBlock = blockLength(oc, GEMM_KC, 4), nBlock = blockLength(columns, GEMM_NC, 8);
  const scratch = args.scratch + ith * args.scratchStep, packed = scratch + 256 + (<usize>(nBlock * 6) << 2);
  if (from >= to) return;
  begin(args, from, to);
  memory.fill(scratch, 0, 64);
  for (let group = 0; group < groups; ++group) {
    for (let j = 0; j < columns; j += nBlock) {
      for (let p = 0; p < oc; p += kBlock) {
        const width = min(nBlock, columns - j), k = min(kBlock, oc - p);
        packTransposed(packed, args.filter + (<usize>(j * args.oc + group * oc + p) << 2), <usize>args.oc << 2, width, k);
        for (let unit = from; unit < to;) {
          const image = unit / rows, low = unit - image * rows, high = min(rows, low + to - unit);
          addImage(args, group, image, low, high, j, width, p, k, scratch, packed);
          unit += high - low;
        }
      }
    }
  }
  if (args.activation != ACT_NONE) activate(args.dx + line * from, line, to - from, args.w * args.c, args.activation);
}

/** Rows of dx hold the bias, or zeros. */
function begin(args: ConvGradInputArgs, from: i32, to: i32): void {
  const pixel = <usize>args.c << 2, line = pixel * args.w, end = args.dx + line * to;
  let dx = args.dx + line * from;
  if (!args.bias) memory.fill(dx, 0, end - dx);
  else for (; dx < end; dx += pixel) memory.copy(dx, args.bias, pixel);
}

/** Adds columns j to j + width of the patches, over steps p to p + k, to rows `low` to `high` of one image. */
function addImage(args: ConvGradInputArgs, group: i32, image: i32, low: i32, high: i32, j: i32, width: i32, p: i32, k: i32, scratch: usize,
    packed: usize): void {
  const oh = args.oh, ow = args.ow, flat = args.d == 1 && args.od == 1;
  // Rows of outputs whose windows reach into these rows.
  const reach = flat ? (args.kh - 1) * args.dilationH : (args.kd - 1) * args.dilationD, stride = flat ? args.strideH : args.strideD;
  const first = flat ? low + args.padTop : low / args.h + args.padFront;
  const last = flat ? high - 1 + args.padTop : (high - 1) / args.h + args.padFront;
  const o0 = ceilDiv(first - reach, stride), o1 = min(flat ? oh : args.od, last / stride + 1);
  const dx = args.dx + (<usize>(image * args.rows * args.w * args.c + group * args.depth) << 2);
  const dyStride = <usize>args.oc << 2, patches = scratch + 256, patchStride = <usize>width << 2;
  let position = o0 * (flat ? ow : oh * ow);
  const end = o1 * (flat ? ow : oh * ow);
  let oy = flat ? o0 : 0, oz = flat ? 0 : o0, ox = 0;
  while (position < end) {
    const left = end - position, tall = isTall(left), height = min(left, tall ? 6 : 4);
    const a = args.dy + dyStride * (image * args.pixels + position) + (<usize>(group * (args.oc / args.groups) + p) << 2);
    strip(patches, patchStride, scratch, 0, 0, a, dyStride, 4, height, tall, packed, 32, <usize>k << 5, width, k, scratch + 64);
    for (let i = 0; i < height; ++i) {
      addPatch(args, dx, patches + patchStride * i, oz * args.strideD - args.padFront, oy * args.strideH - args.padTop,
          ox * args.strideW - args.padLeft, j, width, low, high);
      if (++ox == ow) {
        ox = 0;
        if (++oy == oh) {
          oy = 0;
          ++oz;
        }
      }
    }
    position += height;
  }
}
