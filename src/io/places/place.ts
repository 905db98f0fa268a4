// Places: where files lie side by side — a folder, a browser's store, the user's own object. Each has a file of its own here.
import { CornusError } from '../../util/errors'
import type { ByteSource } from '../source'

export interface TransferOptions {
  /** Ends reading or writing with an error ABORTED; what stood at the target stays. */
  signal?: AbortSignal | undefined
  /** Told how many bytes are there, of how many (undefined where that is not known). */
  onProgress?: ((done: number, total: number | undefined) => void) | undefined
}

/** A file that must be closed after use. */
export interface OpenFile extends ByteSource {
  close?(): Promise<void> | void
}

export interface Place {
  /** The file of a name, or undefined where there is none. */
  open(name: string, options: TransferOptions): Promise<OpenFile | undefined>
  /** Writes a file in pieces: afterwards the old one or the new one is there, whole. */
  write(name: string, pieces: readonly Uint8Array[], options: TransferOptions): Promise<void>
  /** Names of the files. */
  list?(): Promise<string[]>
  remove?(name: string): Promise<void>
}

/** What went wrong with a place, in words that name the file. */
export function placeError(doing: string, name: string, cause: unknown): CornusError {
  if (cause instanceof CornusError) return cause
  const { code, name: kind, message } = cause as { code?: string; name?: string; message?: string }
  const full = code === 'ENOSPC' || code === 'EDQUOT' || kind === 'QuotaExceededError'
  const reason = full
    ? 'there is no space left'
    : code === 'ENOENT'
      ? 'it does not exist'
      : code === 'EACCES' || code === 'EPERM'
        ? 'it may not be touched'
        : message || String(cause)
  return new CornusError('BAD_FILE', `cannot ${doing} ${name}: ${reason}`, { cause })
}

export const totalBytes = (pieces: readonly Uint8Array[]): number => pieces.reduce((sum, { length }) => sum + length, 0)

/** Large pieces in parts of at most so many bytes, small ones as they are. */
export function* inParts(pieces: readonly Uint8Array[], most: number): Generator<Uint8Array> {
  for (const piece of pieces) for (let at = 0; at < piece.length; at += most) yield piece.subarray(at, at + most)
}

/** All pieces in one array. */
export function join(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(totalBytes(pieces))
  pieces.reduce((at, piece) => (whole.set(piece, at), at + piece.length), 0)
  return whole
}
