import { nth } from '../util/lists'
// Places of boxes in layers of depth (Sugiyama): ranks by the longest way, orders with few crossings, then places along the layer.

/** A box by its size; `across` is along the layer, `along` in the direction of the arrows. */
export interface Size {
  readonly across: number
  readonly along: number
}

export interface Point {
  readonly across: number
  readonly along: number
}

export interface Layout extends Size {
  /** Corner of each box with the least coordinates. */
  readonly places: readonly Point[]
  /** For each arrow, where it goes: from the end of a box past others to the beginning of the next. */
  readonly ways: readonly (readonly Point[])[]
}

const GAP = 24
const BETWEEN = 40
const SWEEPS = 12
const THIN = 12

/** A box, or a place where a long arrow passes a layer. */
interface Knot {
  readonly box: number
  readonly size: Size
  rank: number
  at: number
  readonly before: Knot[]
  readonly after: Knot[]
}

export function layOut(sizes: readonly Size[], arrows: readonly (readonly [number, number])[]): Layout {
  const ranks = ranksOf(sizes.length, arrows)
  const knots: Knot[] = sizes.map((size, box) => ({ box, size, rank: nth(ranks, box), at: 0, before: [], after: [] }))
  const boxes = [...knots]
  const chains = arrows.map(([from, to]) => chain(nth(boxes, from), nth(boxes, to), knots))
  const layers = order(knots)
  place(layers)
  const least = knots.length ? Math.min(...knots.map(({ at, size }) => at - size.across / 2)) : 0
  for (const knot of knots) knot.at -= least
  const starts = startsOf(layers)
  const depth = (knot: Knot) => nth(starts, knot.rank)
  const height = (rank: number) => Math.max(...layers[rank]!.map(({ size }) => size.along))
  const top = (knot: Knot) => depth(knot) + (height(knot.rank) - knot.size.along) / 2
  return {
    places: boxes.map((knot) => ({ across: knot.at - knot.size.across / 2, along: top(knot) })),
    ways: chains.map((way) => wayOf(way, top, (knot) => ({ from: depth(knot), to: depth(knot) + height(knot.rank) }))),
    across: Math.max(0, ...knots.map(({ at, size }) => at + size.across / 2)),
    along: layers.length ? nth(starts, -1) + height(layers.length - 1) : 0,
  }
}

/** The longest way from a beginning; a beginning stands right before the first that needs it. */
function ranksOf(count: number, arrows: readonly (readonly [number, number])[]): number[] {
  const ranks = Array<number>(count).fill(0)
  for (let changed = true, round = 0; changed && round <= count; round++) {
    changed = false
    for (const [from, to] of arrows)
      if (nth(ranks, to) <= nth(ranks, from)) {
        ranks[to] = nth(ranks, from) + 1
        changed = true
      }
  }
  const entered = new Set(arrows.map(([, to]) => to))
  for (let box = 0; box < count; box++) {
    const next = arrows.filter(([from]) => from === box).map(([, to]) => nth(ranks, to))
    if (!entered.has(box) && next.length) ranks[box] = Math.min(...next) - 1
  }
  return ranks
}

/** Knots from one box to the next, one in each layer between. */
function chain(from: Knot, to: Knot, knots: Knot[]): Knot[] {
  const way = [from]
  for (let rank = from.rank + 1; rank < to.rank; rank++) {
    const knot: Knot = { box: -1, size: { across: THIN, along: 0 }, rank, at: 0, before: [], after: [] }
    knots.push(knot)
    way.push(knot)
  }
  way.push(to)
  way.slice(1).forEach((knot, i) => {
    nth(way, i).after.push(knot)
    knot.before.push(nth(way, i))
  })
  return way
}

const meanAt = (knots: readonly Knot[], otherwise: number): number =>
  knots.length ? knots.reduce((sum, { at }) => sum + at, 0) / knots.length : otherwise

/** Layers in an order with few crossings: by the mean place of neighbours, down and up; the best is kept. */
function order(knots: readonly Knot[]): Knot[][] {
  const layers: Knot[][] = []
  for (const knot of knots) (layers[knot.rank] ??= []).push(knot)
  const filled = layers.filter(Boolean)
  filled.forEach((layer, rank) => layer.forEach((knot, i) => ((knot.at = i), (knot.rank = rank))))
  let [best, least] = [filled.map((layer) => [...layer]), crossings(filled)]
  for (let sweep = 0; sweep < SWEEPS && least > 0; sweep++) {
    const down = sweep % 2 === 0
    for (const layer of down ? filled : [...filled].reverse()) {
      const keys = new Map(layer.map((knot) => [knot, meanAt(down ? knot.before : knot.after, knot.at)]))
      layer.sort((a, b) => keys.get(a)! - keys.get(b)!)
      layer.forEach((knot, i) => (knot.at = i))
    }
    const found = crossings(filled)
    if (found < least) [best, least] = [filled.map((layer) => [...layer]), found]
  }
  best.forEach((layer) => layer.forEach((knot, i) => (knot.at = i)))
  return best
}

/** Pairs of arrows between neighbouring layers that cross. */
function crossings(layers: readonly (readonly Knot[])[]): number {
  let count = 0
  for (const layer of layers) {
    const ends = layer.flatMap((knot) => knot.after.map((next) => [knot.at, next.at] as const))
    for (let i = 0; i < ends.length; i++)
      for (let j = i + 1; j < ends.length; j++) if ((nth(ends, i)[0] - nth(ends, j)[0]) * (nth(ends, i)[1] - nth(ends, j)[1]) < 0) count++
  }
  return count
}

const apart = (a: Knot, b: Knot): number => (a.size.across + b.size.across) / 2 + GAP

/** Middles along each layer: towards the neighbours, in order, never on each other. */
function place(layers: readonly Knot[][]): void {
  for (const layer of layers) layer.forEach((knot, i) => (knot.at = i ? nth(layer, i - 1).at + apart(nth(layer, i - 1), knot) : 0))
  const widest = Math.max(0, ...layers.map((layer) => nth(layer, -1).at))
  for (const layer of layers) for (const knot of layer.slice().reverse()) knot.at += (widest - nth(layer, -1).at) / 2
  for (let sweep = 0; sweep < 2 * SWEEPS; sweep++) {
    const down = sweep % 2 === 0
    for (const layer of down ? layers : [...layers].reverse())
      settle(
        layer,
        layer.map((knot) => meanAt(down ? knot.before : knot.after, meanAt([...knot.before, ...knot.after], knot.at))),
      )
  }
}

/** As near to the wanted places as order and distances allow: knots that push each other move as a block to their mean. */
function settle(layer: readonly Knot[], wanted: readonly number[]): void {
  const blocks: { knots: Knot[]; offsets: number[]; sum: number }[] = []
  layer.forEach((knot, i) => {
    blocks.push({ knots: [knot], offsets: [0], sum: nth(wanted, i) })
    for (let last = nth(blocks, -1), before = blocks.at(-2); before; last = nth(blocks, -1), before = blocks.at(-2)) {
      const shift = nth(before.offsets, -1) + apart(nth(before.knots, -1), nth(last.knots, 0))
      if (last.sum / last.knots.length >= before.sum / before.knots.length + shift) break
      before.sum += last.sum - shift * last.knots.length
      before.knots.push(...last.knots)
      before.offsets.push(...last.offsets.map((offset) => offset + shift))
      blocks.pop()
    }
  })
  for (const { knots, offsets, sum } of blocks) knots.forEach((knot, i) => (knot.at = sum / knots.length + nth(offsets, i)))
}

function startsOf(layers: readonly (readonly Knot[])[]): number[] {
  let next = 0
  return layers.map((layer) => {
    const start = next
    next += Math.max(...layer.map(({ size }) => size.along)) + BETWEEN
    return start
  })
}

/** From the end of the first box to the beginning of the last: straight through layers, whatever stands there, and bent between them. */
function wayOf(way: readonly Knot[], top: (knot: Knot) => number, range: (knot: Knot) => { from: number; to: number }): Point[] {
  const points = way.flatMap((knot, i) => {
    const { from, to } = range(knot)
    const begin = i === 0 ? top(knot) + knot.size.along : from
    const end = i === way.length - 1 ? top(knot) : to
    return [begin, end].map((along) => ({ across: knot.at, along }))
  })
  return points.filter(({ along, across }, i) => i === 0 || along !== nth(points, i - 1).along || across !== nth(points, i - 1).across)
}
