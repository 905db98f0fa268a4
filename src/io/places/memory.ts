// Files that are given as they are: bytes, Blobs, responses, streams, lists of files, and the user's own object.
import { CornusError, showValue } from '../../util/errors'
import { throwIfAborted } from '../../util/turn'
import { bytesSource, type ByteSource } from '../source'
import { join, type OpenFile, type Place, type TransferOptions } from './place'

/** The user's own place for files. */
export interface UserPlace {
  read(name: string): Promise<Uint8Array | ArrayBuffer | undefined | null> | Uint8Array | ArrayBuffer | undefined | null
  write?(name: string, bytes: Uint8Array): Promise<void> | void
  list?(): Promise<readonly string[]> | readonly string[]
  remove?(name: string): Promise<void> | void
}

export const blobSource = (blob: Blob, name: string): ByteSource => ({
  name,
  size: blob.size,
  read: async (start, end) => new Uint8Array(await blob.slice(start, end).arrayBuffer()),
})

/** Everything that a stream gives, with progress. */
export async function streamBytes(
  stream: ReadableStream<Uint8Array>,
  total: number | undefined,
  { signal, onProgress }: TransferOptions,
): Promise<Uint8Array> {
  const reader = stream.getReader()
  const stop = () => void reader.cancel(signal?.reason).catch(() => {})
  signal?.addEventListener('abort', stop, { once: true })
  const pieces: Uint8Array[] = []
  let done = 0
  try {
    for (;;) {
      const piece = await reader.read()
      throwIfAborted(signal, 'load')
      if (piece.done) return join(pieces)
      if (!(piece.value instanceof Uint8Array))
        throw new CornusError('BAD_DATA', `load: the stream gave ${showValue(piece.value)}; expected bytes (Uint8Array)`)
      pieces.push(piece.value)
      onProgress?.((done += piece.value.length), total)
    }
  } finally {
    signal?.removeEventListener('abort', stop)
    reader.releaseLock()
  }
}

/** Files by name, as a FileList gives them. */
export class FilePlace implements Place {
  constructor(private readonly files: readonly File[]) {}

  open = async (name: string): Promise<OpenFile | undefined> => {
    const file = this.files.find((each) => each.name === name)
    return file && blobSource(file, name)
  }

  write = (name: string): Promise<void> =>
    Promise.reject(new CornusError('UNSUPPORTED', `cannot write ${name}: files that the user chose can only be read`))

  list = async (): Promise<string[]> => this.files.map(({ name }) => name)
}

/** The user's object as a place. */
export class OwnPlace implements Place {
  constructor(private readonly own: UserPlace) {}

  async open(name: string): Promise<OpenFile | undefined> {
    const bytes = await this.own.read(name)
    if (bytes === undefined || bytes === null) return undefined
    if (bytes instanceof Uint8Array) return bytesSource(bytes, name)
    if (bytes instanceof ArrayBuffer) return bytesSource(new Uint8Array(bytes), name)
    throw new CornusError(
      'BAD_DATA',
      `read('${name}') gave ${showValue(bytes)}; expected a Uint8Array, or undefined where there is no such file`,
    )
  }

  async write(name: string, pieces: readonly Uint8Array[], { signal }: TransferOptions): Promise<void> {
    if (!this.own.write) throw new CornusError('UNSUPPORTED', `cannot write ${name}: the object has no write(name, bytes)`)
    throwIfAborted(signal, 'save')
    await this.own.write(name, join(pieces))
  }

  list = async (): Promise<string[]> => [...((await this.own.list?.()) ?? [])]

  remove = async (name: string): Promise<void> => void (await this.own.remove?.(name))
}
