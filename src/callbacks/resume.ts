// Where a training keeps its state, so that it can be taken up where it was cut off.
import { CornusError, showValue } from '../util/errors'
import { integer, type ConfigValue, type OptionalKind } from '../util/options'

/** A folder, a store of the browser, or an object of the user's: where checkpoints are kept. */
export type ResumePlace =
  | string
  | URL
  | {
      read(name: string): Promise<Uint8Array | ArrayBuffer | undefined | null> | Uint8Array | ArrayBuffer | undefined | null
      write?(name: string, bytes: Uint8Array): Promise<void> | void
      remove?(name: string): Promise<void> | void
    }

export interface ResumeOptions {
  /** Where the checkpoint is kept: a folder, 'opfs://name', or an object with read and write. */
  place: ResumePlace
  /** After every so many batches, besides the end of each epoch. Default 0: only there. */
  saveFreq?: number | undefined
  /** Removes the checkpoint when the training has ended well. Default false: a finished training is not repeated. */
  deleteAtEnd?: boolean | undefined
}

export interface Resume extends Required<ResumeOptions> {
  /** What the file is called in an object of the user's. */
  readonly name?: string
  /** Keeps the checkpoint before the last too, and takes it where the last is damaged. */
  readonly double?: boolean
}

const isPlace = (x: unknown): x is ResumePlace =>
  (typeof x === 'string' && x !== '') ||
  x instanceof URL ||
  (typeof x === 'object' && x !== null && typeof (x as { read?: unknown }).read === 'function')

const KNOWN = ['place', 'saveFreq', 'deleteAtEnd']

/** The option of fit: a place, or an object with one. */
export const resumeOption: OptionalKind<ResumePlace | ResumeOptions | null | undefined, Resume | undefined> = {
  takes: "a folder or other place of files, as 'run1', or { place: 'run1', saveFreq: 100 }",
  fallback: undefined,
  save: () => null as ConfigValue,
  read: (value, what) => {
    if (value === undefined || value === null) return undefined
    const { place, saveFreq = 0, deleteAtEnd = false, ...rest } = (isPlace(value) ? { place: value } : value) as Partial<ResumeOptions>
    const stray = Object.keys(rest)[0]
    if (!isPlace(place) || (stray !== undefined && !KNOWN.includes(stray)))
      throw new CornusError('BAD_ARGUMENT', `${what} must be ${resumeOption.takes}, not ${showValue(value)}`)
    return { place, saveFreq: integer(0).read(saveFreq, `${what}.saveFreq`), deleteAtEnd: deleteAtEnd === true }
  },
}
