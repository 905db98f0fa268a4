// gzip and deflate through the platform, with a budget: a file cannot expand beyond the size that was agreed on.
import { builtin } from './env'
import { check, CornusError } from './errors'

export type Compression = 'gzip' | 'deflate' | 'deflate-raw'

/** Deflate makes at most 1032 bytes of one; a header that claims more is wrong, and nothing is allocated for it. */
const MOST = 1032

/**
 * Decompresses to exactly as many bytes as `size` says: it is given the bytes so far until it answers (undefined: not enough yet).
 * Anything else is an error: more bytes, fewer, a broken stream. `what` names the file in it.
 */
export async function decompress(
  bytes: Uint8Array,
  format: Compression,
  size: (head: Uint8Array) => number | undefined,
  what: string,
): Promise<Uint8Array> {
  let head = new Uint8Array(0)
  let result: Uint8Array | undefined
  let length = 0
  const take = (chunk: Uint8Array) => {
    if (!result) {
      head = concat(head, chunk)
      const total = size(head)
      if (total === undefined) return
      check(
        total <= bytes.length * MOST,
        'BAD_FILE',
        () => `${what}: its header speaks of ${total} bytes, more than ${bytes.length} compressed ones can hold; the file is damaged`,
      )
      result = new Uint8Array(total)
      chunk = head
    }
    const budget = result.length
    check(length + chunk.length <= budget, 'BAD_FILE', () => `${what}: expands to more than the ${budget} bytes that its header speaks of`)
    result.set(chunk, length)
    length += chunk.length
  }
  try {
    for await (const chunk of inflated(bytes, format)) take(chunk)
  } catch (error) {
    if (error instanceof CornusError) throw error
    throw new CornusError(
      'BAD_FILE',
      `${what}: the compressed data are damaged or cut off (${error instanceof Error ? error.message : String(error)})`,
      { cause: error },
    )
  }
  if (!result) return head // too short for a header: whoever reads it says so
  const total = result.length
  check(length === total, 'BAD_FILE', () => `${what}: expands to ${length} bytes; its header speaks of ${total}`)
  return result
}

export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

interface Zlib {
  createGunzip(): Transform
  createInflate(): Transform
  createInflateRaw(): Transform
}
interface Transform extends AsyncIterable<Uint8Array> {
  end(bytes: Uint8Array): void
}

function inflated(bytes: Uint8Array, format: Compression): AsyncIterable<Uint8Array> {
  if (typeof DecompressionStream === 'function')
    return chunksOf(new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream(format)))
  const zlib = builtin<Zlib>('node:zlib')
  if (!zlib)
    throw new CornusError('UNSUPPORTED', 'this runtime has no DecompressionStream, which compressed files need; decompress the file first')
  const stream = format === 'gzip' ? zlib.createGunzip() : format === 'deflate' ? zlib.createInflate() : zlib.createInflateRaw()
  stream.end(bytes)
  return stream
}

/** ReadableStream has no iterator everywhere. Leaving the loop cancels the stream. */
async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader()
  let ended = false
  try {
    for (;;) {
      const { done, value } = await reader.read()
      ended = done
      if (done) return
      yield value
    }
  } finally {
    if (!ended) await reader.cancel().catch(() => {})
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(a.length + b.length)
  all.set(a)
  all.set(b, a.length)
  return all
}
