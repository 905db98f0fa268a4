// model.toDot(): the graph in the language of Graphviz.
import type { AnyLayer } from '../layers/layer'
import { nth } from '../util/lists'
import { flowOf, type Flow } from './flow'
import { labelOf } from './labels'
import { readPicture, type HeldPicture, type PictureOptions } from './options'

const quoted = (text: string): string => `"${text.replace(/[\\"]/g, (letter) => `\\${letter}`).replaceAll('\n', '\\n')}"`

/** Names of the first and last boxes of a box: of a model inside its own. */
interface Ends {
  readonly first: readonly string[]
  readonly last: readonly string[]
}

function write({ boxes, arrows }: Flow, show: HeldPicture, prefix: string, lines: string[]): Ends {
  const ends = boxes.map((box, i): Ends => {
    const name = `${prefix}${i}`
    const label = labelOf(box, show)
    if (!box.inside?.boxes.length) {
      lines.push(`${name} [label=${quoted(label.join('\n'))}${box.layer ? '' : ', style=rounded'}];`)
      return { first: [name], last: [name] }
    }
    lines.push(`subgraph cluster_${name} {`, `label=${quoted(label.join('  '))};`)
    const inner = write(box.inside, show, `${name}_`, lines)
    lines.push('}')
    return inner
  })
  for (const [from, to] of arrows) for (const a of nth(ends, from).last) for (const b of nth(ends, to).first) lines.push(`${a} -> ${b};`)
  const [starts, stops] = [new Set(arrows.map(([from]) => from)), new Set(arrows.map(([, to]) => to))]
  return {
    first: ends.flatMap(({ first }, i) => (stops.has(i) ? [] : first)),
    last: ends.flatMap(({ last }, i) => (starts.has(i) ? [] : last)),
  }
}

export function toDot(model: AnyLayer, given?: PictureOptions): string {
  const show = readPicture(given, 'toDot')
  const lines: string[] = []
  write(flowOf(model, show.expandNested), show, 'n', lines)
  return [`digraph ${quoted(model.name)} {`, `rankdir=${show.rankdir};`, 'node [shape=box];', ...lines, '}', ''].join('\n')
}
