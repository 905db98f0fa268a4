// Calls of the Winograd kernels: 3×3 windows without stride over images with enough channels and tiles of 2×2 outputs. 16 products where
// the plain way has 36; rounding differs from it by a few units, and an infinite cell makes NaN of the whole tile.
import { layout } from '../generated/kernels'
import type { Lowering, Pointer } from '../graph/define'
import { nth } from '../util/lists'
import { sizeOf, type Shape } from '../util/shape'
import type { Windows } from './windows'

const FEWEST_CHANNELS = 16
const FEWEST_TILES = 32
/** Elements of the planes of a block of tiles, so that they stay in the second-level cache. */
const BLOCK_ELEMENTS = 2 ** 17
const [SHORTEST_BLOCK, LONGEST_BLOCK] = [48, 96]
/** The filter gradient is summed in up to so many chunks, each of at least so many tiles, all together no more than so many elements. */
const MOST_CHUNKS = 16
const CHUNK_TILES = 96
const CHUNK_ELEMENTS = 2 ** 19

const tilesOf = (n: number, [oh, ow]: readonly number[]): number => n * Math.ceil(oh! / 2) * Math.ceil(ow! / 2)
const blockOf = (c: number, oc: number): number =>
  Math.min(LONGEST_BLOCK, Math.max(SHORTEST_BLOCK, Math.floor(BLOCK_ELEMENTS / (16 * (c + oc)) / 6) * 6))
/** Bytes of 16 planes of so many elements each. */
const planes = (elements: number): number => 16 * (4 * elements + 64)
const aligned = (bytes: number): number => Math.ceil(bytes / layout.ALIGN) * layout.ALIGN

/** Whether images of this shape with so many filters take this way. */
export function isWinograd(
  shape: Shape,
  kernel: readonly number[],
  oc: number,
  { strides, dilation, pads, out, groups }: Windows & { groups: number },
): boolean {
  const c = nth(shape, -1)
  return (
    kernel.length === 2 &&
    sizeOf(kernel) === 9 &&
    kernel[0] === 3 &&
    sizeOf(strides) === 1 &&
    sizeOf(dilation) === 1 &&
    groups === 1 &&
    pads.every((pad) => pad <= 2) &&
    c % 4 === 0 &&
    oc % 4 === 0 &&
    Math.min(c, oc) >= FEWEST_CHANNELS &&
    tilesOf(nth(shape, 0), out) >= FEWEST_TILES
  )
}

function sizes([n, h, w, c]: Shape, oc: number, { pads, out }: Pick<Windows, 'pads' | 'out'>) {
  const block = blockOf(c!, oc)
  const scratchStep = aligned(planes(block * c!) + planes(block * oc) + 64 * Math.max(c!, oc) + 384)
  return {
    n: n!,
    h: h!,
    w: w!,
    c: c!,
    oh: nth(out, 0),
    ow: nth(out, 1),
    oc,
    padTop: nth(pads, 0),
    padLeft: nth(pads, 1),
    block,
    scratchStep,
  }
}

/** y = act(x ∗ filter + bias); `turned`: with the filter of which this is the gradient to the input. */
export function callWinograd(
  program: Lowering,
  y: Pointer,
  x: Pointer,
  filter: Pointer,
  bias: Pointer | null,
  windows: Pick<Windows, 'pads' | 'out'>,
  activation: number,
  turned: boolean,
): void {
  const [c, oc] = filter.shape.slice(2) as [number, number]
  const args = sizes(x.shape, nth(y.shape, -1), windows)
  const u = program.temporary(planes(args.c * Math.ceil(args.oc / 8) * 8) / 4)
  program.call('winogradFilter', { u, filter, scratch: program.scratch(1024), c, oc, turned: Number(turned) }, { work: 20 * c * oc })
  const tiles = tilesOf(args.n, windows.out)
  program.call(
    'winograd',
    { y, x, u, bias, scratch: program.scratch(args.scratchStep), activation, ...args },
    { work: tiles * (4 * args.c * args.oc + 30 * (args.c + args.oc)) },
  )
}

/** df, the gradient to the filter. */
export function callWinogradGradFilter(
  program: Lowering,
  df: Pointer,
  x: Pointer,
  dy: Pointer,
  windows: Pick<Windows, 'pads' | 'out'>,
): void {
  const args = sizes(x.shape, nth(dy.shape, -1), windows)
  const { c, oc } = args
  const tiles = tilesOf(args.n, windows.out)
  const most = Math.min(MOST_CHUNKS, Math.floor(CHUNK_ELEMENTS / (16 * c * oc)), Math.floor(tiles / CHUNK_TILES))
  const chunk = most < 4 ? tiles : Math.ceil(tiles / most)
  const chunks = Math.ceil(tiles / chunk)
  const du = program.temporary((chunks * planes(c * oc)) / 4)
  program.call(
    'winogradGradFilter',
    { du, x, dy, scratch: program.scratch(args.scratchStep), ...args, chunk },
    { work: tiles * (4 * c * oc + 30 * (c + oc)) },
  )
  program.call(
    'winogradFilterGrad',
    { df, du, scratch: program.scratch(1024), n: c * oc, chunks },
    { work: ((16 * chunks + 40) * c * oc) / 4 },
  )
}
