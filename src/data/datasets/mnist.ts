// MNIST and whatever else comes in its four files (Fashion-MNIST, KMNIST, EMNIST …).
import { builtin } from '../../util/env'
import { check, CornusError, isInstance, showValue } from '../../util/errors'
import { nullable, optional, readOptions, type Kind } from '../../util/options'
import { samples, type Dataset, type Samples } from './dataset'
import { readIdx } from './idx'

export type MnistOptions = {
  /** Stops fetching. */
  signal?: AbortSignal
} & (
  | { /** Folder with the four files (Node, Deno, Bun). */ dir: string | URL; url?: undefined }
  | { /** Where the four files are fetched from. */ url: string | URL; dir?: undefined }
)

const place: Kind<string | URL> = {
  takes: 'a path or a URL',
  save: String,
  read(value, what) {
    if (typeof value === 'string' || isInstance(value, URL)) return value
    throw new CornusError('BAD_ARGUMENT', `${what} must be a path or a URL, not ${showValue(value)}`)
  },
}
const aborts: Kind<AbortSignal> = {
  takes: 'an AbortSignal',
  save: () => null,
  read(value, what) {
    if (isInstance(value, AbortSignal)) return value
    throw new CornusError('BAD_ARGUMENT', `${what} must be an AbortSignal, not ${showValue(value)}`)
  },
}
const known = { dir: optional(nullable(place), null), url: optional(nullable(place), null), signal: optional(nullable(aborts), null) }

/**
 * Images and labels of MNIST from a folder or by fetch: `x` [n, 28, 28, 1] from 0 to 1, `y` [n] from 0 to 9. The files are the original
 * ones
 * (`train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte`, `t10k-labels-idx1-ubyte`), gzipped (`.gz`) or not;
 * a '.' instead of the '-' before `idx` is understood. They do not come with the library.
 */
export async function mnist(options: MnistOptions): Promise<Dataset> {
  const { dir, url, signal } = readOptions(known, options, 'mnist')
  check(
    (dir === null) !== (url === null),
    'BAD_ARGUMENT',
    () => 'mnist: give either the folder of the files as dir, or the place to fetch them from as url',
  )
  const read = dir === null ? fetcher(String(url), signal) : fileReader(dir)
  const [train, test] = await inOrder([part('train', read), part('t10k', read)])
  return { train, test }
}

/** Contents of a file, or undefined if there is no such file. */
type Read = (name: string) => Promise<Uint8Array | undefined>

async function part(prefix: string, read: Read): Promise<Samples> {
  const [images, labels] = await inOrder([find(`${prefix}-images`, 3, read), find(`${prefix}-labels`, 1, read)])
  const [count, height, width] = images.shape as [number, number, number]
  check(labels.shape[0] === count, 'BAD_FILE', () => `mnist: ${prefix} has ${count} images and ${labels.shape[0]} labels`)
  const x = new Float32Array(images.data.length)
  for (let i = 0; i < x.length; i++) x[i] = images.data[i]! / 255
  return samples(x, [height, width, 1], Int32Array.from(labels.data))
}

/** Both results; of two failures the first one's, whichever came sooner, so that the same folder always gives the same error. */
async function inOrder<T>(pair: [Promise<T>, Promise<T>]): Promise<[T, T]> {
  await Promise.allSettled(pair)
  return Promise.all(pair)
}

async function find(stem: string, rank: number, read: Read) {
  const names = ['-', '.'].flatMap((sign) => ['.gz', ''].map((end) => `${stem}${sign}idx${rank}-ubyte${end}`))
  for (const name of names) {
    const bytes = await read(name)
    if (!bytes) continue
    const { shape, data } = await readIdx(bytes, name)
    check(
      data instanceof Uint8Array && shape.length === rank,
      'BAD_FILE',
      () => `${name}: expected bytes of ${rank} dimensions; its shape is ${shape.join(' × ')}`,
    )
    return { shape, data }
  }
  throw new CornusError('BAD_FILE', `mnist: none of ${names.join(', ')} is there`)
}

interface FileSystem {
  readFile(path: string | URL): Promise<Uint8Array>
}

function fileReader(dir: string | URL): Read {
  const files = builtin<FileSystem>('node:fs/promises')
  if (!files) throw new CornusError('UNSUPPORTED', 'mnist: this runtime has no files; give the url to fetch them from instead of dir')
  return async (name) => {
    try {
      return await files.readFile(typeof dir === 'string' ? `${dir}/${name}` : new URL(name, withSlash(dir.href)))
    } catch (error) {
      if ((error as { code?: string }).code === 'ENOENT') return undefined
      throw new CornusError('BAD_FILE', `mnist: cannot read ${name} in ${String(dir)} (${String(error)})`, { cause: error })
    }
  }
}

function fetcher(url: string, signal: AbortSignal | null): Read {
  return async (name) => {
    const from = `${withSlash(url)}${name}`
    let response: Response
    try {
      response = await fetch(from, { signal })
      const isPage = response.headers.get('content-type')?.includes('text/html') // what many servers answer for any unknown path
      if (response.ok && !isPage) return new Uint8Array(await response.arrayBuffer())
    } catch (error) {
      signal?.throwIfAborted()
      throw new CornusError('BAD_FILE', `mnist: cannot fetch ${from} (${String(error)})`, { cause: error })
    }
    await response.body?.cancel()
    if (response.ok || response.status === 404 || response.status === 410) return undefined
    throw new CornusError('BAD_FILE', `mnist: ${from} answers ${response.status} ${response.statusText}`)
  }
}

const withSlash = (path: string) => (path.endsWith('/') ? path : `${path}/`)
