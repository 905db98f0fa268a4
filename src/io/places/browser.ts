// Stores of the browser: IndexedDB, the origin's private file system, localStorage, and downloads.
import { CornusError } from '../../util/errors'
import { throwIfAborted } from '../../util/turn'
import { bytesSource } from '../source'
import { blobSource } from './memory'
import { inParts, join, placeError, totalBytes, type OpenFile, type Place, type TransferOptions } from './place'

const missing = (what: string): CornusError => new CornusError('UNSUPPORTED', `there is no ${what} here; it is a store of browsers`)

const DATABASE = 'cornus'
const FILES = 'files'
/** A file is a row of Blobs, none of which is larger. */
const PART = 2 ** 24

interface Stored {
  readonly parts: readonly Blob[]
}

const settled = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error ?? new Error('the request failed')))
  })

/** A database, opened; with the stores named, made where they are missing. */
export async function openDatabase(name: string, stores: readonly string[] = []): Promise<IDBDatabase> {
  if (typeof indexedDB !== 'object') throw missing('IndexedDB')
  const request = stores.length ? indexedDB.open(name, 1) : indexedDB.open(name)
  request.addEventListener('upgradeneeded', () => stores.forEach((store) => request.result.createObjectStore(store)))
  return settled(request)
}

/** What stands under a key. */
export const readStored = <T>(database: IDBDatabase, store: string, key: string): Promise<T | undefined> =>
  settled<T | undefined>(database.transaction(store).objectStore(store).get(key))

export class IndexedDb implements Place {
  private async within<T>(doing: string, name: string, body: (database: IDBDatabase) => Promise<T>): Promise<T> {
    const database = await openDatabase(DATABASE, [FILES])
    try {
      return await body(database)
    } catch (cause) {
      throw placeError(doing, `indexeddb://${name}`, cause)
    } finally {
      database.close()
    }
  }

  open(name: string): Promise<OpenFile | undefined> {
    return this.within('read', name, async (database) => {
      const stored = await readStored<Stored>(database, FILES, name)
      return stored && blobSource(new Blob([...stored.parts]), `indexeddb://${name}`)
    })
  }

  /** One transaction puts the new file in the place of the old one. */
  write(name: string, pieces: readonly Uint8Array[], { signal, onProgress }: TransferOptions): Promise<void> {
    return this.within('write', name, async (database) => {
      const parts = [...inParts(pieces, PART)].map((part) => new Blob([part as Uint8Array<ArrayBuffer>]))
      throwIfAborted(signal, 'save')
      const transaction = database.transaction(FILES, 'readwrite')
      const done = new Promise<void>((resolve, reject) => {
        transaction.addEventListener('complete', () => resolve())
        for (const event of ['abort', 'error'])
          transaction.addEventListener(event, () => reject(transaction.error ?? new Error('the transaction was aborted')))
      })
      transaction.objectStore(FILES).put({ parts } satisfies Stored, name)
      await done
      onProgress?.(totalBytes(pieces), totalBytes(pieces))
    })
  }

  list = (): Promise<string[]> =>
    this.within('list', '', async (database) => {
      const keys = await settled(database.transaction(FILES).objectStore(FILES).getAllKeys())
      return keys.map(String)
    })

  remove = (name: string): Promise<void> =>
    this.within('remove', name, async (database) => {
      const store = database.transaction(FILES, 'readwrite').objectStore(FILES)
      if ((await settled(store.count(name))) === 0)
        throw new CornusError('BAD_FILE', `cannot remove indexeddb://${name}: it does not exist`)
      await settled(store.delete(name))
    })
}

/** The origin's private file system. A stream takes the old file's place when it is closed. */
export class Opfs implements Place {
  private async folder(): Promise<FileSystemDirectoryHandle> {
    const storage = (globalThis as { navigator?: { storage?: { getDirectory?(): Promise<FileSystemDirectoryHandle> } } }).navigator?.storage
    if (!storage?.getDirectory) throw missing('private file system')
    const root = await storage.getDirectory()
    return root.getDirectoryHandle(DATABASE, { create: true })
  }

  async open(name: string): Promise<OpenFile | undefined> {
    try {
      const handle = await (await this.folder()).getFileHandle(encodeURIComponent(name))
      return blobSource(await handle.getFile(), `opfs://${name}`)
    } catch (cause) {
      if ((cause as { name?: string }).name === 'NotFoundError') return undefined
      throw placeError('read', `opfs://${name}`, cause)
    }
  }

  async write(name: string, pieces: readonly Uint8Array[], { signal, onProgress }: TransferOptions): Promise<void> {
    try {
      const handle = await (await this.folder()).getFileHandle(encodeURIComponent(name), { create: true })
      const stream = await handle.createWritable()
      try {
        let done = 0
        for (const part of inParts(pieces, PART)) {
          throwIfAborted(signal, 'save')
          await stream.write(part as Uint8Array<ArrayBuffer>)
          onProgress?.((done += part.length), totalBytes(pieces))
        }
        await stream.close()
      } catch (cause) {
        await stream.abort().catch(() => {})
        throw cause
      }
    } catch (cause) {
      throw placeError('write', `opfs://${name}`, cause)
    }
  }

  async list(): Promise<string[]> {
    const names: string[] = []
    for await (const name of (await this.folder()).keys()) names.push(decodeURIComponent(name))
    return names
  }

  async remove(name: string): Promise<void> {
    await (await this.folder()).removeEntry(encodeURIComponent(name)).catch((cause) => {
      throw placeError('remove', `opfs://${name}`, cause)
    })
  }
}

const PREFIX = 'cornus/'

export const theLocalStorage = (): Storage => {
  if (typeof localStorage !== 'object' || localStorage === null) throw missing('localStorage')
  return localStorage
}

/** localStorage holds text, and little of it: some MB of base64 for all files together. */
export class LocalStorage implements Place {
  async open(name: string): Promise<OpenFile | undefined> {
    const text = theLocalStorage().getItem(PREFIX + name)
    return text === null ? undefined : bytesSource(fromBase64(text, `localstorage://${name}`), `localstorage://${name}`)
  }

  async write(name: string, pieces: readonly Uint8Array[], { signal }: TransferOptions): Promise<void> {
    throwIfAborted(signal, 'save')
    try {
      theLocalStorage().setItem(PREFIX + name, toBase64(join(pieces)))
    } catch (cause) {
      throw placeError('write', `localstorage://${name}`, cause)
    }
  }

  async list(): Promise<string[]> {
    const storage = theLocalStorage()
    const keys = Array.from({ length: storage.length }, (_, i) => storage.key(i) ?? '')
    return keys.filter((key) => key.startsWith(PREFIX)).map((key) => key.slice(PREFIX.length))
  }

  async remove(name: string): Promise<void> {
    if (theLocalStorage().getItem(PREFIX + name) === null)
      throw new CornusError('BAD_FILE', `cannot remove localstorage://${name}: it does not exist`)
    theLocalStorage().removeItem(PREFIX + name)
  }
}

/** The user's downloads: files can be put there, not read. */
export class Downloads implements Place {
  open = (name: string): Promise<undefined> =>
    Promise.reject(
      new CornusError(
        'UNSUPPORTED',
        `downloads://${name} cannot be read; let the user choose the file (<input type="file">) and give loadModel that`,
      ),
    )

  async write(name: string, pieces: readonly Uint8Array[], { signal }: TransferOptions): Promise<void> {
    if (typeof document !== 'object') throw missing('page with downloads')
    throwIfAborted(signal, 'save')
    const url = URL.createObjectURL(new Blob(pieces as Uint8Array<ArrayBuffer>[], { type: 'application/octet-stream' }))
    const link = Object.assign(document.createElement('a'), { href: url, download: name })
    link.click()
    setTimeout(() => URL.revokeObjectURL(url), 60_000)
  }
}

/** In pieces: the platform's functions take text, and calls have few arguments. */
export function toBase64(bytes: Uint8Array): string {
  const step = 3 * 2 ** 12
  const texts = Array.from({ length: Math.ceil(bytes.length / step) }, (_, i) =>
    btoa(String.fromCharCode(...bytes.subarray(i * step, (i + 1) * step))),
  )
  return texts.join('')
}

export function fromBase64(text: string, name: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (c) => c.charCodeAt(0))
  } catch (cause) {
    throw new CornusError('BAD_FILE', `${name}: what is stored there is not base64`, { cause })
  }
}
