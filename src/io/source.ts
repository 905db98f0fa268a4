// Where the bytes of a file come from: memory, or a place that gives ranges.
import { CornusError } from '../util/errors'

/** A file that can be read in pieces. */
export interface ByteSource {
  /** For messages. */
  readonly name: string
  readonly size: number
  /** The bytes from `start` to before `end`, which lie within the size. */
  read(start: number, end: number): Uint8Array | Promise<Uint8Array>
}

export const bytesSource = (bytes: Uint8Array, name: string): ByteSource => ({
  name,
  size: bytes.length,
  read: (start, end) => bytes.subarray(start, end),
})

/** A part of another source. */
export const partSource = (whole: ByteSource, start: number, size: number, name: string): ByteSource => ({
  name,
  size,
  read: (from, to) => whole.read(start + from, start + to),
})

/** What is wrong with a file. */
export const badFile = (source: { readonly name: string }, what: string, cause?: unknown): CornusError =>
  new CornusError('BAD_FILE', `${source.name}: ${what}`, cause === undefined ? undefined : { cause })

/** Reads numbers one after the other; going past the end is an error of the file. */
export class Cursor {
  private readonly view: DataView

  constructor(
    readonly bytes: Uint8Array,
    private readonly file: { readonly name: string },
    public at = 0,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get left(): number {
    return this.bytes.length - this.at
  }

  private step(bytes: number): number {
    const at = this.at
    if (bytes < 0 || bytes > this.left) throw badFile(this.file, 'ends in the middle of a structure; it is cut off or damaged')
    this.at += bytes
    return at
  }

  skip(bytes: number): this {
    this.step(bytes)
    return this
  }

  u8 = (): number => this.view.getUint8(this.step(1))
  u16 = (): number => this.view.getUint16(this.step(2), true)
  u32 = (): number => this.view.getUint32(this.step(4), true)

  /** An unsigned number of so many bytes; one beyond 2⁵³ stands for an address that is not set. */
  uint(bytes: number): number {
    let value = 0
    const at = this.step(bytes)
    for (let i = bytes - 1; i >= 0; i--) value = value * 256 + this.bytes[at + i]!
    return value > Number.MAX_SAFE_INTEGER ? Infinity : value
  }

  take(bytes: number): Uint8Array {
    const at = this.step(bytes)
    return this.bytes.subarray(at, at + bytes)
  }

  /** ASCII text of a fixed length. */
  ascii = (bytes: number): string => String.fromCharCode(...this.take(bytes))

  /** Fails unless the next bytes are these. */
  expect(signature: string, what: string): this {
    if (this.left < signature.length || this.ascii(signature.length) !== signature)
      throw badFile(this.file, `expected ${what} ('${signature}'); the file is damaged`)
    return this
  }
}

/** UTF-8 text, which must be valid. */
export function utf8(bytes: Uint8Array, file: { readonly name: string }): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw badFile(file, 'holds text that is not valid UTF-8', cause)
  }
}
