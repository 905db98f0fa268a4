// Folders of Node, Deno and Bun. A file is written beside its place, and takes it when it is whole and on the disk.
import { builtin } from '../../util/env'
import { CornusError } from '../../util/errors'
import { throwIfAborted } from '../../util/turn'
import { inParts, placeError, totalBytes, type OpenFile, type Place, type TransferOptions } from './place'

interface FileHandle {
  read(target: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }>
  write(bytes: Uint8Array): Promise<{ bytesWritten: number }>
  stat(): Promise<{ size: number; isDirectory(): boolean }>
  sync(): Promise<void>
  close(): Promise<void>
}

interface FileSystem {
  open(path: string, flags: string): Promise<FileHandle>
  mkdir(path: string, options: { recursive: boolean }): Promise<unknown>
  rename(from: string, to: string): Promise<void>
  unlink(path: string): Promise<void>
  readdir(path: string): Promise<string[]>
}

interface Path {
  join(...parts: string[]): string
  dirname(path: string): string
  basename(path: string): string
}

export function diskModules(): { fs: FileSystem; path: Path } {
  const fs = builtin<FileSystem>('node:fs/promises')
  const path = builtin<Path>('node:path')
  if (!fs || !path) {
    throw new CornusError(
      'UNSUPPORTED',
      'there is no file system here; give bytes, a Blob, a URL, or a place of the browser as opfs://name, ' +
        'indexeddb://name or downloads://name',
    )
  }
  return { fs, path }
}

/** Written at once, so that an abort is noticed and progress is told. */
const PART = 2 ** 24

/** Files of one folder. */
export class Folder implements Place {
  private readonly disk = diskModules()

  constructor(private readonly folder: string) {}

  private pathOf = (name: string): string => this.disk.path.join(this.folder, name)

  async open(name: string): Promise<OpenFile | undefined> {
    const path = this.pathOf(name)
    const handle = await this.disk.fs.open(path, 'r').catch((cause: { code?: string }) => {
      if (cause.code === 'ENOENT') return undefined
      throw placeError('read', path, cause)
    })
    if (!handle) return undefined
    const { size } = await handle.stat()
    const read = async (start: number, end: number) => {
      const bytes = new Uint8Array(end - start)
      for (let at = 0; at < bytes.length; ) {
        const { bytesRead } = await handle.read(bytes, at, bytes.length - at, start + at).catch((cause) => {
          throw placeError('read', path, cause)
        })
        if (bytesRead === 0) throw new CornusError('BAD_FILE', `${path}: became shorter while it was read`)
        at += bytesRead
      }
      return bytes
    }
    return { name: path, size, read, close: () => handle.close() }
  }

  async write(name: string, pieces: readonly Uint8Array[], options: TransferOptions): Promise<void> {
    const { fs } = this.disk
    const path = this.pathOf(name)
    const beside = `${path}.${Math.random().toString(36).slice(2, 10)}.tmp`
    try {
      await fs.mkdir(this.folder || '.', { recursive: true })
      await this.fill(beside, pieces, options)
      await fs.rename(beside, path)
      await this.syncFolder()
    } catch (cause) {
      await fs.unlink(beside).catch(() => {})
      throw placeError('write', path, cause)
    }
  }

  private async fill(path: string, pieces: readonly Uint8Array[], { signal, onProgress }: TransferOptions): Promise<void> {
    const handle = await this.disk.fs.open(path, 'wx')
    const total = totalBytes(pieces)
    let done = 0
    try {
      for (const part of gathered(inParts(pieces, PART))) {
        throwIfAborted(signal, 'save')
        for (let at = 0; at < part.length; ) at += (await handle.write(part.subarray(at))).bytesWritten
        onProgress?.((done += part.length), total)
      }
      await handle.sync()
    } finally {
      await handle.close()
    }
  }

  /** A new name is on the disk once its folder is. Some systems have no handle for folders. */
  private async syncFolder(): Promise<void> {
    const handle = await this.disk.fs.open(this.folder || '.', 'r').catch(() => undefined)
    await handle?.sync().catch(() => {})
    await handle?.close()
  }

  list = (): Promise<string[]> => this.disk.fs.readdir(this.folder || '.')

  remove = (name: string): Promise<void> =>
    this.disk.fs.unlink(this.pathOf(name)).catch((cause) => {
      throw placeError('remove', this.pathOf(name), cause)
    })
}

/** Small parts joined to some kB, for each write costs a call. */
function* gathered(parts: Iterable<Uint8Array>): Generator<Uint8Array> {
  const buffer = new Uint8Array(2 ** 16)
  let used = 0
  for (const part of parts) {
    if (used && used + part.length > buffer.length) {
      yield buffer.slice(0, used)
      used = 0
    }
    if (part.length > buffer.length / 2) yield part
    else {
      buffer.set(part, used)
      used += part.length
    }
  }
  if (used) yield buffer.subarray(0, used)
}
