// What users give as a target or source, as a place and the name of a file there.
import { check, CornusError, isInstance, reading, showValue } from '../../util/errors'
import { copiedList } from '../../util/shape'
import { bytesSource } from '../source'
import { Downloads, IndexedDb, LocalStorage, Opfs } from './browser'
import { diskModules, Folder } from './disk'
import { blobSource, FilePlace, OwnPlace, streamBytes, type UserPlace } from './memory'
import type { OpenFile, Place } from './place'
import { responseBytes, Web, type FetchOptions } from './web'

/**
 * A path or URL ('file:', 'http:', 'indexeddb://name', 'opfs://name', 'localstorage://name', 'downloads://name'), or an object that keeps
 * files.
 */
export type Target = string | URL | UserPlace

/** A target, or the bytes themselves in any form. */
export type Source = Target | Uint8Array | ArrayBuffer | Blob | FileList | readonly File[] | Response | ReadableStream<Uint8Array>

export interface Located {
  readonly place: Place
  readonly name: string
}

const stores: { readonly [scheme: string]: () => Place } = {
  indexeddb: () => new IndexedDb(),
  opfs: () => new Opfs(),
  localstorage: () => new LocalStorage(),
  downloads: () => new Downloads(),
}

/** The store of a scheme, as 'opfs'. */
export function storeOf(scheme: string): Place | undefined {
  const name = scheme.toLowerCase()
  return Object.hasOwn(stores, name) ? stores[name]!() : undefined
}

/** The place that a target names; an object of the user's keeps its file under the name `otherwise`. */
export function locate(target: Target, otherwise: string, options: FetchOptions = {}): Located {
  if (typeof target === 'string' || isInstance(target, URL)) return locateText(String(target), options)
  const isPlace = () => typeof target === 'object' && target !== null && typeof (target as { read?: unknown }).read === 'function'
  if (reading('the place', isPlace)) return { place: new OwnPlace(target), name: otherwise }
  throw new CornusError(
    'BAD_ARGUMENT',
    `expected a path, a URL, 'indexeddb://name', 'opfs://name', 'localstorage://name', 'downloads://name', ` +
      `or an object with read(name) and write(name, bytes), not ${showValue(target)}`,
  )
}

function locateText(text: string, options: FetchOptions): Located {
  if (text === '') throw new CornusError('BAD_ARGUMENT', "expected a path or URL, not ''")
  const [, scheme, rest] = /^([a-z][a-z\d+.-]+):(?:\/\/)?(.*)$/is.exec(text) ?? []
  const store = scheme && storeOf(scheme)
  if (store) return { place: store, name: rest! }
  if (scheme && /^(https?|blob|data)$/i.test(scheme)) return onServer(new URL(text), options)
  if (scheme && !/^file$/i.test(scheme))
    throw new CornusError(
      'BAD_ARGUMENT',
      `'${scheme}:' is no scheme of files; known are file, http, https, ${Object.keys(stores).join(', ')}`,
    )
  if (typeof document === 'object' && typeof location === 'object' && !scheme) return onServer(new URL(text, location.href), options)
  const { path } = diskModules()
  const plain = scheme ? decodeURIComponent(new URL(text).pathname) : text
  return { place: new Folder(path.dirname(plain)), name: path.basename(plain) }
}

const onServer = (url: URL, options: FetchOptions): Located => ({ place: new Web(url, options), name: url.href })

/** Opens what a user gives to load: one file, and the place where those lie that belong to it. */
export async function openSource(
  source: Source,
  options: FetchOptions & { readonly wanted?: string },
): Promise<{ file: OpenFile; place: Place | undefined }> {
  const bytes = await givenBytes(source, options)
  if (bytes) return { file: bytes, place: undefined }
  if (isFiles(source)) {
    const files = Array.from(source)
    const isFile = (file: unknown) => typeof Blob === 'function' && isInstance(file, Blob)
    check(files.every(isFile), 'BAD_ARGUMENT', () => `load: expected a list of files, not ${showValue(source)}`)
    const main = files.find(({ name }) => name.endsWith('.json')) ?? files[0]
    if (!main) throw new CornusError('BAD_ARGUMENT', 'load: the list of files is empty')
    return { file: blobSource(main, main.name), place: new FilePlace(files) }
  }
  const { place, name } = locate(source as Target, options.wanted ?? 'model.keras', options)
  const file = await place.open(name, options)
  if (!file) throw new CornusError('BAD_FILE', `cannot read ${name}: it does not exist`)
  return { file, place }
}

async function givenBytes(source: Source, options: FetchOptions): Promise<OpenFile | undefined> {
  if (isInstance(source, Uint8Array)) return bytesSource(source, 'the bytes given')
  if (isInstance(source, ArrayBuffer)) return bytesSource(new Uint8Array(source), 'the bytes given')
  if (typeof Blob === 'function' && isInstance(source, Blob)) return blobSource(source, (source as File).name || 'the Blob given')
  if (typeof Response === 'function' && isInstance(source, Response))
    return bytesSource(await responseBytes(source, source.url || 'the response given', options), source.url || 'the response given')
  if (typeof ReadableStream === 'function' && isInstance(source, ReadableStream))
    return bytesSource(await streamBytes(source, undefined, options), 'the stream given')
  return undefined
}

const isFiles = (source: Source): source is FileList | readonly File[] =>
  copiedList(source) !== undefined || (typeof FileList === 'function' && isInstance(source, FileList))

/** Addresses of the files in one store of the browser, or in all that are here. */
export async function listStored(scheme?: string): Promise<string[]> {
  const asked = typeof scheme === 'string' ? scheme.replace(/:.*$/, '').toLowerCase() : ''
  const names = scheme === undefined ? Object.keys(stores) : [asked]
  if (scheme !== undefined && !storeOf(asked))
    throw new CornusError('BAD_ARGUMENT', `listModels: ${showValue(scheme)} is no store; the stores are ${Object.keys(stores).join(', ')}`)
  const found = names.map(async (name) => {
    try {
      return ((await storeOf(name)?.list?.()) ?? []).map((file) => `${name}://${file}`)
    } catch (error) {
      if (scheme === undefined && error instanceof CornusError && error.code === 'UNSUPPORTED') return [] // not here
      throw error
    }
  })
  return (await Promise.all(found)).flat()
}

/** Removes a file. */
export async function removeStored(target: Target): Promise<void> {
  const { place, name } = locate(target, 'model.keras')
  if (!place.remove) throw new CornusError('UNSUPPORTED', `removeModel: files at ${showValue(target)} cannot be removed from here`)
  await place.remove(name)
}
