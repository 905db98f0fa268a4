// CSVLogger: a line of separated values for each epoch.
import { CornusError, showValue } from '../util/errors'
import { optional, readOptions, text, type Given } from '../util/options'
import { Callback, type Logs } from './callback'

const options = {
  /** Between values. Default ','. */
  separator: optional(text, ','),
}

export interface CSVLoggerOptions extends Given<typeof options> {}

/** See keras.callbacks.CSVLogger; where the lines go is the caller's: `csvLogger((line) => fs.appendFileSync('log.csv', line))`. */
export class CSVLogger extends Callback {
  private keys: readonly string[] | undefined
  private readonly separator: string

  /** @param write takes each line, with its end */
  constructor(
    private readonly write: (line: string) => void | Promise<void>,
    given?: CSVLoggerOptions,
  ) {
    super()
    if (typeof write !== 'function')
      throw new CornusError(
        'BAD_ARGUMENT',
        `csvLogger takes a function that writes a line, as (line) => fs.appendFileSync('log.csv', line); not ${showValue(write)}`,
      )
    this.separator = readOptions(options, given, 'csvLogger').separator
  }

  onTrainBegin(): void {
    this.keys = undefined
  }

  async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    const names = Object.keys(logs).sort()
    const keys = this.keys ?? (names.some((name) => name.startsWith('val_')) ? names : [...names, ...names.map((name) => `val_${name}`)])
    if (!this.keys) await this.write(this.line(['epoch', ...keys]))
    this.keys = keys
    await this.write(this.line([epoch, ...keys.map((key) => logs[key] ?? 'NA')]))
  }

  private line(cells: readonly (number | string | readonly number[])[]): string {
    const quote = (cell: string) => (cell.includes(this.separator) || cell.includes('"') ? `"${cell.replaceAll('"', '""')}"` : cell)
    return `${cells.map((cell) => quote(typeof cell === 'object' ? `[${cell.join(', ')}]` : String(cell))).join(this.separator)}\n`
  }
}
