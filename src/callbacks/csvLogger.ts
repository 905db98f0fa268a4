// CSVLogger: a line of separated values for each epoch.
import { builtin } from '../util/env'
import { CornusError, showValue } from '../util/errors'
import { flag, optional, readOptions, text, type Given } from '../util/options'
import { Callback, type Logs } from './callback'

const options = {
  /** Between values. Default ','. */
  separator: optional(text, ','),
  /** Goes on after what is there, without names of columns again. Default false. */
  append: optional(flag, false),
}

export interface CSVLoggerOptions extends Given<typeof options> {}

/** Takes each line, with its end. */
export type WriteLine = (line: string) => void | Promise<void>

interface FileSystem {
  readFileSync(path: string, encoding: 'utf8'): string
  writeFileSync(path: string, text: string): void
  appendFileSync(path: string, text: string): void
  existsSync(path: string): boolean
}

/**
 * See keras.callbacks.CSVLogger. Lines go into a file of Node, Deno or Bun, or where the caller wants them:
 * `csvLogger((line) => lines.push(line))`.
 */
export class CSVLogger extends Callback {
  private keys: readonly string[] | undefined
  private header = true
  private readonly separator: string
  private readonly append: boolean

  /** @param target the path of a file, or a function that takes each line */
  constructor(
    private readonly target: string | WriteLine,
    given?: CSVLoggerOptions,
  ) {
    super()
    if (typeof target !== 'function' && (typeof target !== 'string' || target === ''))
      throw new CornusError(
        'BAD_ARGUMENT',
        `csvLogger takes a path, or a function that writes a line, as (line) => lines.push(line); not ${showValue(target)}`,
      )
    const { separator, append } = readOptions(options, given, 'csvLogger')
    this.separator = separator
    this.append = append
  }

  onTrainBegin(): void {
    this.keys = undefined
    this.header = !this.append
    if (typeof this.target !== 'string') return
    const fs = disk()
    if (!this.append) fs.writeFileSync(this.target, '')
    else this.header = !fs.existsSync(this.target) || fs.readFileSync(this.target, 'utf8') === ''
  }

  async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    const names = Object.keys(logs).sort()
    const keys = this.keys ?? (names.some((name) => name.startsWith('val_')) ? names : [...names, ...names.map((name) => `val_${name}`)])
    if (!this.keys && this.header) await this.write(['epoch', ...keys])
    this.keys = keys
    await this.write([epoch, ...keys.map((key) => logs[key] ?? 'NA')])
  }

  private async write(cells: readonly (number | string | readonly number[])[]): Promise<void> {
    const quote = (cell: string) => (cell.includes(this.separator) || cell.includes('"') ? `"${cell.replaceAll('"', '""')}"` : cell)
    const line = `${cells.map((cell) => quote(typeof cell === 'object' ? `[${cell.join(', ')}]` : String(cell))).join(this.separator)}\n`
    if (typeof this.target === 'string') disk().appendFileSync(this.target, line)
    else await this.target(line)
  }
}

function disk(): FileSystem {
  const fs = builtin<FileSystem>('node:fs')
  if (!fs) throw new CornusError('UNSUPPORTED', 'csvLogger: there is no file system here; give a function that takes each line')
  return fs
}
