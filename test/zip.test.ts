// ZIP: what is written is read again, by us and by others; what is ambiguous or damaged is refused.
import { deflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { bytesSource } from '../src/io/source'
import { crc32, writeZip, Zip } from '../src/io/zip'

const bytes = (text: string) => new TextEncoder().encode(text)
const join = (pieces: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(pieces))
const archive = (members: Record<string, string>) =>
  join(writeZip(Object.entries(members).map(([name, text]) => ({ name, pieces: [bytes(text.slice(0, 2)), bytes(text.slice(2))] }))))
const open = (zip: Uint8Array) => Zip.open(bytesSource(zip, 'a.zip'))
const content = async (zip: Uint8Array, name: string) => {
  const member = await (await open(zip)).open(name)
  return member && new TextDecoder().decode(await member.read(0, member.size))
}
const two = archive({ 'config.json': '{"a": 1}', 'assets/größe.txt': 'text' })
const edit = (change: (copy: Uint8Array, view: DataView) => void): Uint8Array => {
  const copy = two.slice()
  change(copy, new DataView(copy.buffer))
  return copy
}
const find = (zip: Uint8Array, signature: number, from = 0): number => {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.length)
  for (let at = from; at + 4 <= zip.length; at++) if (view.getUint32(at, true) === signature) return at
  throw new Error('not found')
}
const central = find(two, 0x02014b50)

describe('zip', () => {
  it('stores members and finds them', async () => {
    expect((await open(two)).names).toEqual(['config.json', 'assets/größe.txt'])
    expect(await content(two, 'config.json')).toBe('{"a": 1}')
    expect(await content(two, 'assets/größe.txt')).toBe('text')
    expect(await content(two, 'nothing')).toBeUndefined()
    expect((await open(archive({}))).names).toEqual([])
  })

  it('reads deflated members, up to the size that was agreed on', async () => {
    const text = 'again and again '.repeat(50)
    const deflated = (size: number) => {
      const packed = deflateRawSync(text)
      const zip = join(writeZip([{ name: 'a', pieces: [packed] }]))
      const view = new DataView(zip.buffer)
      for (const [at, method] of [
        [0, 8],
        [find(zip, 0x02014b50), 10],
      ] as const) {
        view.setUint16(at + method, 8, true)
        view.setUint32(at + method + 6, crc32(bytes(text)), true)
        view.setUint32(at + method + 14, size, true)
      }
      return zip
    }
    expect(await content(deflated(text.length), 'a')).toBe(text)
    await expect(content(deflated(text.length - 1), 'a')).rejects.toThrow('expands to more')
    await expect(content(deflated(2 ** 31), 'a')).rejects.toThrow('more than')
  })

  it.each([
    ['cut off', two.subarray(0, two.length - 1), 'not a whole ZIP'],
    ['empty', new Uint8Array(0), 'not a whole ZIP'],
    ['something else', bytes('PK but not a zip'), 'not a whole ZIP'],
    ['bytes behind', join([two, bytes('x')]), 'not a whole ZIP'],
    ['two ends', join([two, archive({ b: 'c' })]), 'ends in two ways'],
    ['a name that leads out', archive({ '../x': 'a' }), 'leads out'],
    ['an absolute name', archive({ '/etc/passwd': 'a' }), 'leads out'],
    ['a drive', archive({ 'C:x': 'a' }), 'leads out'],
    ['a backslash', archive({ 'a\\b': 'a' }), 'leads out'],
    ['a zero', archive({ 'a\0b': 'a' }), 'leads out'],
    [
      'twice',
      join(
        writeZip([
          { name: 'a', pieces: [] },
          { name: 'a', pieces: [] },
        ]),
      ),
      'two members',
    ],
    ['encrypted', edit((_, view) => view.setUint16(central + 8, 1, true)), 'encrypted'],
    ['a method', edit((_, view) => view.setUint16(central + 10, 12, true)), 'method 12'],
    ['a link', edit((_, view) => view.setUint32(central + 38, 0xa1ff0000, true)), 'is a link'],
    ['a size', edit((_, view) => view.setUint32(central + 20, 2 ** 31, true)), 'claims'],
    ['overlap', edit((_, view) => (view.setUint32(central + 20, 30, true), view.setUint32(central + 24, 30, true))), 'overlaps'],
    ['many', edit((copy, view) => [8, 10].forEach((at) => view.setUint16(find(copy, 0x06054b50) + at, 60_000, true))), '60000 members'],
  ])('refuses an archive with %s', async (_, zip, message) => {
    await expect(open(zip)).rejects.toMatchObject({ code: 'BAD_FILE', message: expect.stringContaining(message) })
  })

  it.each([
    ['a checksum', edit((copy) => (copy[45]! ^= 1)), 'checksum'],
    ['another name in its header', edit((copy) => (copy[30]! ^= 1)), 'its own header'],
    ['another size in its header', edit((_, view) => view.setUint32(22, 5, true)), 'its own header'],
  ])('refuses a member with %s', async (_, zip, message) => {
    await expect(content(zip, 'config.json')).rejects.toThrow(message)
  })
})
