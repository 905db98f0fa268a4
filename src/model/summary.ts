// model.summary(): a boxed table, as Keras prints it.
import { terminalWidth } from '../util/env'
import { CornusError, showValue } from '../util/errors'
import { flag, nullable, number, optional, readOptions, type Given, type Kind } from '../util/options'
import { showShape } from '../util/shape'
import type { AnyLayer, PartialShape } from '../layers/layer'
import { nth } from '../util/lists'

const printer: Kind<(line: string) => void> = {
  takes: 'a function of a line',
  save: () => null,
  read(value, what) {
    if (typeof value === 'function') return value as (line: string) => void
    throw new CornusError('BAD_ARGUMENT', `${what} must be a function of a line, as (line) => lines.push(line); not ${showValue(value)}`)
  },
}
const options = {
  /** Where the lines go. Default console.log. */
  printFn: optional(nullable(printer), null),
  /** Longest line, from 40; names that are too long lose their middle. Default: the terminal's width, or no limit where there is none. */
  lineLength: optional(nullable(number(0)), null),
  /** Also the layers of models inside. Default false. */
  expandNested: optional(flag, false),
  /** A column that says which layers train. Default false. */
  showTrainable: optional(flag, false),
}
export interface SummaryOptions extends Given<typeof options> {}

/** Text of at most so many characters; a longer one loses its middle. */
const shorten = (text: string, longest: number): string =>
  text.length <= longest
    ? text
    : `${text.slice(0, Math.ceil((longest - 1) / 2))}…${text.slice(text.length - Math.floor((longest - 1) / 2))}`

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

/** A layer or op of a model, as the table shows it. */
export interface SummaryRow {
  readonly name: string
  readonly className: string
  /** Shapes of the outputs, as far as they are known. */
  readonly shapes: readonly PartialShape[]
  /** Names of what it was called on, where that is not simply the row above. */
  readonly inputs?: readonly string[]
  /** Undefined for ops. */
  readonly layer?: AnyLayer
}

/** What the table needs of a model. */
export interface Summarized {
  readonly name: string
  readonly weights: AnyLayer['weights']
  readonly trainableWeights: AnyLayer['weights']
  summaryRows(): readonly SummaryRow[]
}

const isModel = (layer: AnyLayer | undefined): layer is AnyLayer & Summarized =>
  typeof (layer as Partial<Summarized> | undefined)?.summaryRows === 'function'

/** Rows of the models inside, below their own. */
function expanded(rows: readonly SummaryRow[], indent = ''): SummaryRow[] {
  return rows.flatMap((row) => {
    const shown = { ...row, name: indent + row.name }
    return isModel(row.layer) ? [shown, ...expanded(row.layer.summaryRows(), `${indent}  └ `.replace(/└ +└/, '  └'))] : [shown]
  })
}

interface Column {
  readonly title: string
  readonly right?: boolean
  text(row: SummaryRow): string
}

const layerColumn: Column = { title: 'Layer (type)', text: ({ name, className }) => `${name} (${className})` }
const shapeColumn: Column = {
  title: 'Output shape',
  text: ({ shapes }) => (shapes.length ? shapes.map((shape) => showShape(shape)).join(', ') : '?'),
}
const paramsColumn: Column = {
  title: 'Params',
  right: true,
  text: ({ layer, shapes }) => (!layer ? '0' : layer.built || shapes.length ? grouped(layer.countParams()) : '0 (unbuilt)'),
}
const inputsColumn: Column = { title: 'Connected to', text: ({ inputs = [] }) => (inputs.length ? inputs.join(', ') : '-') }
const trainsColumn: Column = { title: 'Trains', text: ({ layer }) => (!layer?.weights.length ? '-' : layer.trainable ? 'Y' : 'N') }

export function summarize(model: Summarized, given?: SummaryOptions): void {
  const { printFn, lineLength, expandNested, showTrainable } = readOptions(options, given, 'summary')
  const own = model.summaryRows()
  const rows = expandNested ? expanded(own) : own
  const columns = [
    layerColumn,
    shapeColumn,
    paramsColumn,
    ...(own.some(({ inputs }) => inputs) ? [inputsColumn] : []),
    ...(showTrainable ? [trainsColumn] : []),
  ]
  const cells = rows.map((row) => columns.map((column) => column.text(row)))
  const widths = fitted(
    columns.map(({ title }, i) => Math.max(title.length, ...cells.map((row) => nth(row, i).length))),
    lineLength ?? terminalWidth(),
  )
  const rule = (left: string, middle: string, right: string, fill: string) =>
    left + widths.map((width) => fill.repeat(width + 2)).join(middle) + right
  const cell = (text: string, i: number) =>
    nth(columns, i).right ? shorten(text, nth(widths, i)).padStart(nth(widths, i)) : shorten(text, nth(widths, i)).padEnd(nth(widths, i))
  const line = (row: readonly string[], bar: string) => bar + row.map((text, i) => ` ${cell(text, i)} `).join(bar) + bar
  const lines = [
    `Model: "${model.name}"`,
    rule('┏', '┳', '┓', '━'),
    line(
      columns.map(({ title }) => title),
      '┃',
    ),
    rule('┡', '╇', '┩', '━'),
    ...cells.flatMap((row, i) => (i ? [rule('├', '┼', '┤', '─'), line(row, '│')] : [line(row, '│')])),
    rule('└', '┴', '┘', '─'),
    ...totals(model),
  ]
  for (const text of lines) (printFn ?? console.log)(text)
}

function totals({ weights, trainableWeights }: Summarized): string[] {
  const count = (variables: AnyLayer['weights']) => variables.reduce((sum, { size }) => sum + size, 0)
  const [all, trainable] = [count(weights), count(trainableWeights)]
  return Object.entries({ Total: all, Trainable: trainable, 'Non-trainable': all - trainable }).map(
    ([kind, n]) => ` ${kind} params: ${grouped(n)} (${bytes(n * 4)})`,
  )
}

/** Of one output or several, always a list. */
const isList = (shapes: PartialShape | readonly PartialShape[]): shapes is readonly PartialShape[] => Array.isArray(shapes[0])
export const shapesIn = (shapes: PartialShape | readonly PartialShape[]): readonly PartialShape[] => (isList(shapes) ? shapes : [shapes])
