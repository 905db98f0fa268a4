// model.summary(): a boxed table, as Keras prints it.
import { terminalWidth } from '../util/env'
import { showShape } from '../util/shape'
import type { Layer } from '../layers/layer'
import type { Model } from './model'

export interface SummaryOptions {
  /** Where the lines go. Default console.log. */
  printFn?: (line: string) => void
  /** Longest line, from 40; names that are too long lose their middle. Default: the terminal's width, or no limit where there is none. */
  lineLength?: number
}

/** Text of at most so many characters; a longer one loses its middle. */
const shorten = (text: string, longest: number): string =>
  text.length <= longest ? text : `${text.slice(0, Math.ceil((longest - 1) / 2))}…${text.slice(text.length - Math.floor((longest - 1) / 2))}`

/** Widths of columns that fit a line: the widest gives way first. */
function fitted(widths: readonly number[], lineLength: number): number[] {
  const room = Math.max(40, lineLength) - (3 * widths.length + 1)
  const fit = [...widths]
  while (fit.reduce((sum, width) => sum + width, 0) > room) fit[fit.indexOf(Math.max(...fit))]!--
  return fit
}

const grouped = (n: number) => n.toLocaleString('en-US')

const bytes = (n: number): string => {
  const units = ['B', 'KB', 'MB', 'GB']
  const power = Math.min(units.length - 1, Math.floor(Math.log(Math.max(1, n)) / Math.log(1024)))
  return `${(n / 1024 ** power).toFixed(2)} ${units[power]}`
}

export function summarize(model: Model, { printFn = console.log, lineLength = terminalWidth() }: SummaryOptions = {}): void {
  const header = ['Layer (type)', 'Output shape', 'Params']
  let shape = model.inputShape
  const rows = model.layers.map((layer) => {
    const output = shape ? layer.computeOutputShape(shape) : undefined
    shape = output
    const known = layer.built || output !== undefined
    return [`${layer.name} (${layer.className})`, output ? showShape(output) : '?', known ? grouped(layer.countParams()) : '0 (unbuilt)']
  })
  const widths = fitted(header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length))), lineLength)
  const line = (left: string, middle: string, right: string, fill: string) => left + widths.map((width) => fill.repeat(width + 2)).join(middle) + right
  const cellText = (cell: string, i: number) => (i === 2 ? shorten(cell, widths[i]!).padStart(widths[i]!) : shorten(cell, widths[i]!).padEnd(widths[i]!))
  const row = (cells: readonly string[], bar: string) => bar + cells.map((cell, i) => ` ${cellText(cell, i)} `).join(bar) + bar

  const count = (variables: Layer['weights']) => variables.reduce((sum, { size }) => sum + size, 0)
  const [all, trainable] = [count(model.weights), count(model.trainableWeights)]
  const lines = [
    `Model: "${model.name}"`,
    line('┏', '┳', '┓', '━'), row(header, '┃'), line('┡', '╇', '┩', '━'),
    ...rows.flatMap((cells, i) => (i ? [line('├', '┼', '┤', '─'), row(cells, '│')] : [row(cells, '│')])),
    line('└', '┴', '┘', '─'),
    ` Total params: ${grouped(all)} (${bytes(all * 4)})`,
    ` Trainable params: ${grouped(trainable)} (${bytes(trainable * 4)})`,
    ` Non-trainable params: ${grouped(all - trainable)} (${bytes((all - trainable) * 4)})`,
  ]
  for (const text of lines) printFn(text)
}
