// model.toSVG(): the graph as a picture for people, light or dark as their screen is. No dependency.
import type { AnyLayer } from '../layers/layer'
import { nth } from '../util/lists'
import { flowOf, type Box, type Flow } from './flow'
import { labelOf } from './labels'
import { layOut, type Layout, type Point, type Size } from './layout'
import { readPicture, type HeldPicture, type PictureOptions } from './options'

/** Pixels. A letter of a fixed font is 0.602 of its size wide; a little more is kept free. */
const FONT = 12
const LETTER = 0.62 * FONT
const LINE = 16
const PAD = 10
const MARGIN = 20
const TITLE = 24

const colours = (paper: string, ink: string, faint: string, box: string, edge: string, op: string, input: string, group: string): string =>
  Object.entries({ paper, ink, faint, box, edge, op, input, group })
    .map(([name, colour]) => `--${name}:${colour}`)
    .join(';')
const STYLE = [
  `.cornus{${colours('#fff', '#1b1f24', '#59636e', '#f6f8fa', '#8c959f', '#fff8e6', '#e7f5ec', '#eef4fb')}}`,
  '@media (prefers-color-scheme:dark){',
  `.cornus{${colours('#0d1117', '#e6edf3', '#9198a1', '#161b22', '#6e7681', '#2b2413', '#12261a', '#101d2e')}}}`,
  '.cornus .paper{fill:var(--paper)}',
  `.cornus text{font:${FONT}px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;`,
  'fill:var(--faint);text-anchor:middle}.cornus .title{font-weight:600;fill:var(--ink)}',
  '.cornus rect.box{fill:var(--box);stroke:var(--edge)}.cornus rect.op{fill:var(--op)}.cornus rect.input{fill:var(--input)}',
  '.cornus rect.frozen{stroke-dasharray:4 3}.cornus rect.group{fill:var(--group);stroke:var(--edge)}',
  '.cornus path{fill:none;stroke:var(--edge);stroke-width:1.4}.cornus marker path{fill:var(--edge);stroke:none}',
].join('\n')
const MARKER =
  '<marker id="cornus-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">' +
  '<path d="M0 0L8 4L0 8z"/></marker>'

const escape = (text: string): string =>
  text
    .replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)
    // oxlint-disable-next-line no-control-regex -- what XML forbids
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/g, '?')

const round = (x: number): number => Math.round(x * 10) / 10

/** A box with its lines, or with what is inside. */
interface Tile {
  readonly box: Box
  readonly lines: readonly string[]
  readonly size: { readonly width: number; readonly height: number }
  readonly inside?: Picture
}

interface Picture {
  readonly tiles: readonly Tile[]
  readonly layout: Layout
  readonly width: number
  readonly height: number
}

export interface Placed {
  readonly x: number
  readonly y: number
}

const letters = (text: string): number => [...text].length

function picture({ boxes, arrows }: Flow, show: HeldPicture): Picture {
  const tiles = boxes.map((box) => tileOf(box, show))
  const flat = show.rankdir === 'LR'
  const sizes = tiles.map(
    ({ size }): Size => (flat ? { across: size.height, along: size.width } : { across: size.width, along: size.height }),
  )
  const layout = layOut(sizes, arrows)
  return { tiles, layout, width: flat ? layout.along : layout.across, height: flat ? layout.across : layout.along }
}

function tileOf(box: Box, show: HeldPicture): Tile {
  const lines = labelOf(box, show)
  const text = Math.max(...lines.map(letters)) * LETTER + 2 * PAD
  if (!box.inside?.boxes.length) return { box, lines, size: { width: Math.ceil(text), height: lines.length * LINE + PAD } }
  const inside = picture(box.inside, show)
  const title = [lines.join('  ')]
  const wide = Math.ceil(Math.max(inside.width, letters(nth(title, 0)) * LETTER) + 2 * MARGIN)
  return { box, lines: title, inside, size: { width: wide, height: inside.height + TITLE + 2 * MARGIN } }
}

function paint({ tiles, layout }: Picture, show: HeldPicture, at: Placed): string[] {
  const turn = (point: Point): Placed =>
    show.rankdir === 'LR' ? { x: at.x + point.along, y: at.y + point.across } : { x: at.x + point.across, y: at.y + point.along }
  return [
    ...layout.ways.map((way) => arrow(way.map(turn), show.rankdir === 'LR')),
    ...tiles.flatMap((tile, i) => paintTile(tile, turn(nth(layout.places, i)), show)),
  ]
}

function paintTile({ box, lines, size, inside }: Tile, { x, y }: Placed, show: HeldPicture): string[] {
  const { layer, className } = box
  const isFrozen = show.showTrainable && layer && layer.weights.length > 0 && !layer.trainable
  const kind = inside ? 'group' : className === 'InputLayer' ? 'box input' : !layer ? 'box op' : isFrozen ? 'box frozen' : 'box'
  const middle = round(x + size.width / 2)
  const text = lines.map(
    (line, i) => `<text${i === 0 ? ' class="title"' : ''} x="${middle}" y="${round(y + PAD / 2 + LINE * i + 12)}">${escape(line)}</text>`,
  )
  const frame = `<rect class="${kind}" x="${round(x)}" y="${round(y)}" width="${size.width}" height="${round(size.height)}" rx="6"/>`
  const free = inside ? paint(inside, show, { x: x + (size.width - inside.width) / 2, y: y + TITLE + MARGIN }) : []
  return [frame, ...text, ...free]
}

/** A line that leaves and enters boxes straight. */
function arrow(points: readonly Placed[], flat: boolean): string {
  const [first, ...others] = points
  const parts = others.map(({ x, y }, i) => {
    const from = nth(points, i)
    const [end, middle] = [`${round(x)} ${round(y)}`, flat ? round((from.x + x) / 2) : round((from.y + y) / 2)]
    if (flat ? from.y === y : from.x === x) return `L${end}`
    return flat ? `C${middle} ${round(from.y)} ${middle} ${round(y)} ${end}` : `C${round(from.x)} ${middle} ${round(x)} ${middle} ${end}`
  })
  return `<path d="M${round(first!.x)} ${round(first!.y)}${parts.join('')}" marker-end="url(#cornus-arrow)"/>`
}

/** The model as an SVG document. */
export function toSVG(model: AnyLayer, given?: PictureOptions): string {
  const show = readPicture(given, 'toSVG')
  const drawn = picture(flowOf(model, show.expandNested), show)
  const [width, height] = [Math.ceil(drawn.width + 2 * MARGIN), Math.ceil(drawn.height + 2 * MARGIN)]
  const name = escape(model.name)
  const root = `<svg xmlns="http://www.w3.org/2000/svg" class="cornus" role="img" aria-label="${name}" width="${width}"`
  return [
    `${root} height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<title>${name}</title>`,
    `<style>${STYLE}</style>`,
    `<defs>${MARKER}</defs>`,
    `<rect class="paper" width="${width}" height="${height}"/>`,
    ...paint(drawn, show, { x: MARGIN, y: MARGIN }),
    '</svg>\n',
  ].join('\n')
}
