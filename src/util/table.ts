// Tables of text for people.
import { nth } from './lists'
import { INSPECT } from './looks'

/** Columns side by side: the first ones to the left, the others to the right. */
export function alignedTable(rows: readonly (readonly string[])[], left = 1): string {
  const widths = nth(rows, 0).map((_, i) => Math.max(...rows.map((row) => nth(row, i).length)))
  const cell = (text: string, i: number) => (i < left ? text.padEnd(nth(widths, i)) : text.padStart(nth(widths, i)))
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n')
}

/** A report of which console.log shows the text. */
export const showsText = <T extends { readonly text: string }>(report: T): T =>
  Object.defineProperty(report, INSPECT, { value: () => report.text, enumerable: false })
