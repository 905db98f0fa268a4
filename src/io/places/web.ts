// Files behind URLs: fetched whole, with progress, checked against a hash, and kept in the Cache API on request.
import { CornusError } from '../../util/errors'
import { throwIfAborted } from '../../util/turn'
import { bytesSource } from '../source'
import { streamBytes } from './memory'
import { placeError, type OpenFile, type Place, type TransferOptions } from './place'

export interface FetchOptions extends TransferOptions {
  /** Subresource integrity of the file: 'sha256-…' in base64. */
  integrity?: string | undefined
  /** Keep the file in the Cache API under this name (true: 'cornus'), and take it from there the next time. */
  cache?: boolean | string | undefined
  /** Headers and the like for fetch. */
  requestInit?: RequestInit | undefined
}

/** A response's bytes. */
export async function responseBytes(response: Response, name: string, options: TransferOptions): Promise<Uint8Array> {
  if (!response.ok)
    throw new CornusError('BAD_FILE', `cannot read ${name}: the server answered ${response.status} ${response.statusText}`.trim())
  const length = Number(response.headers.get('content-length')) || undefined
  const total = response.headers.get('content-encoding') ? undefined : length
  if (response.body) return streamBytes(response.body as ReadableStream<Uint8Array>, total, options)
  return new Uint8Array(await response.arrayBuffer())
}

/** Files beside each other on a server. */
export class Web implements Place {
  constructor(
    private readonly base: URL,
    private readonly options: FetchOptions,
  ) {}

  async open(name: string, { signal, onProgress }: TransferOptions): Promise<OpenFile | undefined> {
    const url = new URL(name, this.base)
    if (url.origin !== this.base.origin) throw new CornusError('BAD_FILE', `${name}: files of a model must lie beside it`)
    const response = await this.fetch(url, signal)
    if (response.status === 404) return undefined
    return bytesSource(await responseBytes(response, url.href, { signal, onProgress }), url.href)
  }

  private async fetch(url: URL, signal: AbortSignal | undefined): Promise<Response> {
    const { cache, integrity, requestInit } = this.options
    const store = cache && typeof caches === 'object' ? await caches.open(cache === true ? 'cornus' : cache) : undefined
    const kept = await store?.match(url)
    if (kept) return kept
    try {
      const response = await fetch(url, { ...requestInit, ...(integrity && { integrity }), ...(signal && { signal }) })
      if (store && response.ok) await store.put(url, response.clone())
      return response
    } catch (cause) {
      throwIfAborted(signal, 'load')
      throw placeError('read', url.href, cause)
    }
  }

  async write(name: string, pieces: readonly Uint8Array[], { signal }: TransferOptions): Promise<void> {
    const url = new URL(name, this.base)
    try {
      const body = new Blob(pieces as Uint8Array<ArrayBuffer>[])
      const response = await fetch(url, { method: 'PUT', ...this.options.requestInit, body, ...(signal && { signal }) })
      if (!response.ok) throw new CornusError('BAD_FILE', `cannot write ${url.href}: the server answered ${response.status}`)
    } catch (cause) {
      throwIfAborted(signal, 'save')
      throw placeError('write', url.href, cause)
    }
  }
}
