import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { deflateRawSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { digits, mnist, parseIdx } from '../src/data/datasets/index'
import { readIdx } from '../src/data/datasets/idx'
import type { Samples } from '../src/data/datasets/index'
import { decompress } from '../src/util/decompress'

const values = ({ x, y }: Samples) => ({ x: x.value as Float32Array, y: y.value as Int32Array })

describe('digits', () => {
  test('shapes, ranges and labels', async () => {
    const { train, test: held, classNames } = await digits()
    expect([train.x.shape, train.y.shape, held.x.shape, held.y.shape]).toEqual([[1438, 8, 8, 1], [1438], [359, 8, 8, 1], [359]])
    expect([train.x.dtype, train.y.dtype]).toEqual(['float32', 'int32'])
    expect(classNames).toHaveLength(10)
    for (const { x, y } of [values(train), values(held)]) {
      expect(x.every((v) => v >= 0 && v <= 1 && Number.isInteger(v * 16))).toBe(true)
      expect(new Set(y)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]))
    }
  })

  test('every sample of the original is there once, whatever the split', async () => {
    const all: string[][] = []
    for (const options of [{}, { seed: 7 }, { testFraction: 0.5 }]) {
      const { train, test: held } = await digits(options)
      all.push(
        [train, held]
          .flatMap((part) => {
            const { x, y } = values(part)
            return [...y].map(
              (label, i) =>
                `${label}:${x
                  .subarray(i * 64, i * 64 + 64)
                  .map((v) => v * 16)
                  .join()}`,
            )
          })
          .sort(),
      )
    }
    expect(all[0]).toHaveLength(1797)
    expect(all[0]!.filter((row) => row.startsWith('3'))).toHaveLength(183)
    expect(all[0]).toContain(
      '0:0,0,5,13,9,1,0,0,0,0,13,15,10,15,5,0,0,3,15,2,0,11,8,0,0,4,12,0,0,8,8,0,0,5,8,0,0,9,8,0,0,4,11,0,1,12,7,0,0,2,14,5,10,12,0,0,0,0,6,13,10,0,0,0',
    )
    expect(all[1]).toEqual(all[0])
    expect(all[2]).toEqual(all[0])
  })

  test('a seed is a split', async () => {
    const [a, b, c] = await Promise.all([digits(), digits({ seed: 0 }), digits({ seed: 1 })])
    expect(values(a.test)).toEqual(values(b.test))
    expect(values(a.test)).not.toEqual(values(c.test))
    expect([...values(a.test).y.subarray(0, 12)]).toEqual([9, 1, 1, 3, 0, 8, 4, 9, 4, 4, 0, 1])
  })

  test.each([0, 1, -0.5, NaN, '0.2'])('testFraction %j is an error', async (testFraction) => {
    await expect(digits({ testFraction: testFraction as number })).rejects.toMatchObject({ code: 'BAD_ARGUMENT' })
  })
})

/** An IDX file. */
function idx(type: number, dims: number[], body: ArrayLike<number>): Uint8Array {
  const head = new Uint8Array(4 + 4 * dims.length)
  head.set([0, 0, type, dims.length])
  dims.forEach((dim, i) => new DataView(head.buffer).setUint32(4 + 4 * i, dim))
  return Uint8Array.from([...head, ...Array.from(body)])
}

describe('parseIdx', () => {
  test.each([
    ['bytes', idx(0x08, [2, 3], [1, 2, 3, 250, 251, 252]), [2, 3], Uint8Array.of(1, 2, 3, 250, 251, 252)],
    ['signed bytes', idx(0x09, [2], [1, 255]), [2], Int8Array.of(1, -1)],
    ['shorts', idx(0x0b, [2], [1, 2, 255, 254]), [2], Int16Array.of(258, -2)],
    ['ints', idx(0x0c, [1], [1, 2, 3, 4]), [1], Int32Array.of(0x01020304)],
    ['floats', idx(0x0d, [1], [0x40, 0x49, 0x0f, 0xdb]), [1], Float32Array.of(Math.PI)],
    ['doubles', idx(0x0e, [1], [0xbf, 0xe0, 0, 0, 0, 0, 0, 0]), [1], Float64Array.of(-0.5)],
    ['nothing', idx(0x08, [0, 28, 28], []), [0, 28, 28], new Uint8Array(0)],
  ])('%s', async (_, bytes, shape, data) => {
    expect(parseIdx(bytes)).toEqual({ shape, data })
    expect(await readIdx(bytes)).toEqual({ shape, data })
    expect(await readIdx(gzipSync(bytes))).toEqual({ shape, data })
    const offset = new Uint8Array([9, 9, 9, ...bytes]).subarray(3) // a view that does not start at the beginning
    expect(parseIdx(offset)).toEqual({ shape, data })
  })

  test('the values are a copy, of a Buffer too', () => {
    const bytes = Buffer.from(idx(0x08, [2], [1, 2]))
    const { data } = parseIdx(bytes)
    bytes.fill(9)
    expect([...data]).toEqual([1, 2])
  })

  const good = idx(0x08, [2, 3], [1, 2, 3, 4, 5, 6])
  test.each<[string, Uint8Array, RegExp]>([
    ['empty', new Uint8Array(0), /cut off within the header/],
    ['three bytes', good.subarray(0, 3), /cut off within the header/],
    ['no room for the dimensions', good.subarray(0, 11), /cut off within the header/],
    ['bad magic', idx(0x08, [1], [1]).map((v, i) => (i === 0 ? 1 : v)), /start with two zero bytes/],
    ['a page instead of a file', new TextEncoder().encode('<!doctype html>'), /HTML page/],
    ['a pointer of Git LFS', new TextEncoder().encode('version https://git-lfs'), /start with two zero bytes/],
    ['unknown type', idx(0x0a, [1], [1]), /unknown type of values 0a/],
    ['no dimensions', idx(0x08, [], [1]), /0 dimensions/],
    ['255 dimensions', idx(0x08, Array(255).fill(1), [1]), /255 dimensions/],
    ['one value short', good.subarray(0, good.length - 1), /cut off: 2 × 3 values need 18 bytes, the file has 17/],
    ['half a short', idx(0x0b, [2], [1, 2, 3]), /cut off/],
    ['one byte too many', Uint8Array.from([...good, 0]), /1 bytes too many/],
    ['2^32 − 1 images', idx(0x08, [2 ** 32 - 1, 28, 28], [1]), /more than 1 GiB/],
    ['a product that overflows', idx(0x0e, [65536, 65536, 65536, 65536], [1]), /more than 1 GiB/],
    ['none of very many', idx(0x08, [0, 2 ** 32 - 1], []), /more than 1 GiB/],
  ])('%s is an error, gzipped too', async (_, bytes, message) => {
    const expected = expect.objectContaining({ code: 'BAD_FILE', message: expect.stringMatching(message) })
    expect(() => parseIdx(bytes, 'some.idx')).toThrow(expected)
    await expect(readIdx(bytes)).rejects.toThrow(expected)
    await expect(readIdx(gzipSync(bytes))).rejects.toMatchObject({ code: 'BAD_FILE' })
  })

  test.each<[string, Uint8Array]>([
    ['cut off', gzipSync(good).subarray(0, 20)],
    ['without its checksum', gzipSync(good).subarray(0, -8)],
    ['damaged', gzipSync(good).map((v, i) => (i === 14 ? v ^ 0x40 : v))],
    ['only a magic number', Uint8Array.of(0x1f, 0x8b)],
    ['with something behind it', Uint8Array.from([...gzipSync(good), 1, 2, 3, 4])],
    ['a bomb', gzipSync(Uint8Array.from([...idx(0x08, [4], []), ...new Uint8Array(1 << 22)]))],
    ['a header that claims what cannot be', gzipSync(idx(0x08, [2 ** 29], [1]))],
  ])('gzip %s is an error', async (_, bytes) => {
    await expect(readIdx(bytes, 'some.gz')).rejects.toMatchObject({ code: 'BAD_FILE', message: expect.stringContaining('some.gz') })
  })

  test('a bomb is left at its budget', async () => {
    let seen = 0
    const bomb = deflateRawSync(new Uint8Array(1 << 24))
    await expect(decompress(bomb, 'deflate-raw', (head) => ((seen = head.length), 1000), 'bomb')).rejects.toMatchObject({
      code: 'BAD_FILE',
    })
    expect(seen).toBeLessThan(1 << 17)
  })
})

/** A data set of three training images and two test images of 2 × 2 pixels. */
const parts = {
  'train-images': idx(0x08, [3, 2, 2], [0, 51, 102, 153, 204, 255, 0, 1, 2, 3, 4, 5]),
  'train-labels': idx(0x08, [3], [7, 0, 9]),
  't10k-images': idx(0x08, [2, 2, 2], [255, 0, 0, 0, 0, 0, 0, 255]),
  't10k-labels': idx(0x08, [2], [1, 2]),
}
const fileNames = (sign: string, end: string) =>
  Object.keys(parts).map((stem) => `${stem}${sign}idx${stem.endsWith('images') ? 3 : 1}-ubyte${end}`)

describe('mnist', () => {
  let dir: string
  beforeAll(async () => void (dir = await mkdtemp(join(tmpdir(), 'cornus-mnist-'))))
  afterAll(() => rm(dir, { recursive: true }))

  const folder = async (name: string, sign: string, end: string, change: Partial<typeof parts> = {}) => {
    const path = await mkdtemp(join(dir, `${name}-`))
    const contents = Object.values({ ...parts, ...change })
    await Promise.all(fileNames(sign, end).map((file, i) => writeFile(join(path, file), end ? gzipSync(contents[i]!) : contents[i]!)))
    return path
  }

  const check = async ({ train, test: held }: Awaited<ReturnType<typeof mnist>>) => {
    expect([train.x.shape, held.x.shape]).toEqual([
      [3, 2, 2, 1],
      [2, 2, 2, 1],
    ])
    expect(values(train)).toEqual({
      x: Float32Array.from([0, 51, 102, 153, 204, 255, 0, 1, 2, 3, 4, 5], (v) => v / 255),
      y: Int32Array.of(7, 0, 9),
    })
    expect(values(held).y).toEqual(Int32Array.of(1, 2))
  }

  test.each([
    ['-', '.gz'],
    ['-', ''],
    ['.', '.gz'],
    ['.', ''],
  ])('reads files named with %j and %j', async (sign, end) => {
    const path = await folder('good', sign, end)
    await check(await mnist({ dir: path }))
    await check(await mnist({ dir: pathToFileURL(path) }))
  })

  test('fetches, past pages that stand in for missing files', async () => {
    const contents = Object.values(parts)
    const asked: string[] = []
    const server = createServer(({ url = '' }, response) => {
      asked.push(url)
      const place = fileNames('-', '').indexOf(url.replace('/data/', ''))
      if (place >= 0) response.end(contents[place])
      else if (url.includes('broken')) response.writeHead(500).end()
      else if (url.includes('labels')) response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')
      // the error must not depend on what answers first
      else setTimeout(() => response.writeHead(404).end(), url.includes('train-images') ? 20 : 0)
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const address = server.address()
    const base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    try {
      await check(await mnist({ url: `${base}/data` }))
      await check(await mnist({ url: new URL(`${base}/data/`) }))
      await expect(mnist({ url: `${base}/elsewhere` })).rejects.toMatchObject({
        code: 'BAD_FILE',
        message: expect.stringContaining('none of train-images-idx3-ubyte'),
      })
      await expect(mnist({ url: `${base}/broken` })).rejects.toMatchObject({ code: 'BAD_FILE', message: expect.stringContaining('500') })
      await expect(mnist({ url: `${base}/data`, signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' })
      expect(asked).toContain('/data/train-images-idx3-ubyte.gz')
    } finally {
      server.close()
    }
    await expect(mnist({ url: base })).rejects.toMatchObject({ code: 'BAD_FILE', message: expect.stringContaining('cannot fetch') })
  })

  test.each<[string, Partial<typeof parts>, RegExp]>([
    ['a label short', { 'train-labels': idx(0x08, [2], [7, 0]) }, /3 images and 2 labels/],
    ['labels where images should be', { 'train-images': parts['train-labels'] }, /train-images.* expected bytes of 3 dimensions/],
    ['floats', { 't10k-labels': idx(0x0d, [2], [0, 0, 0, 0, 0, 0, 0, 0]) }, /expected bytes of 1 dimensions/],
    ['a damaged file', { 't10k-images': parts['t10k-images'].subarray(0, 20) }, /t10k-images-idx3-ubyte.gz: expands to 20 bytes/],
  ])('%s is an error', async (name, change, message) => {
    await expect(mnist({ dir: await folder(name.replaceAll(' ', '-'), '-', '.gz', change) })).rejects.toThrow(
      expect.objectContaining({ code: 'BAD_FILE', message: expect.stringMatching(message) }),
    )
  })

  test('a folder without the files, both places, and none', async () => {
    await expect(mnist({ dir: join(dir, 'nowhere') })).rejects.toMatchObject({
      code: 'BAD_FILE',
      message: expect.stringContaining('train-images-idx3-ubyte'),
    })
    await expect(mnist({ dir, url: 'http://localhost' } as never)).rejects.toMatchObject({ code: 'BAD_ARGUMENT' })
    await expect(mnist({} as never)).rejects.toMatchObject({ code: 'BAD_ARGUMENT' })
    await expect(mnist(undefined as never)).rejects.toMatchObject({ code: 'BAD_ARGUMENT' })
  })

  const real = new URL('../../shared/data/mnist/', import.meta.url)
  test.skipIf(!existsSync(real))(
    'the real one (skipped where ../shared/data/mnist is not there)',
    async () => {
      const { train, test: held } = await mnist({ dir: real })
      expect([train.x.shape, held.x.shape]).toEqual([
        [60000, 28, 28, 1],
        [10000, 28, 28, 1],
      ])
      expect([...values(train).y.subarray(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4])
      const first = values(train).x.subarray(0, 784)
      expect([first.filter((v) => v > 0).length, Math.round(first.reduce((sum, v) => sum + v, 0) * 255)]).toEqual([166, 27525])
    },
    30_000,
  )
})
