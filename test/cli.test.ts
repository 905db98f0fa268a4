// The command line: what each command prints, and how it ends. It runs the built library (npm run build:js).
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { layers, sequential, tensor } from '../src'

const bin = fileURLToPath(new URL('../bin/cornus.mjs', import.meta.url))
const built = existsSync(new URL('../dist/index.js', import.meta.url))
const folder = await mkdtemp(join(tmpdir(), 'cli-'))

/** Exit code and output of a command. */
const run = (...args: string[]): Promise<{ code: number; out: string; err: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, [bin, ...args], { cwd: folder }, (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out: out.trim(), err: err.trim() }),
    )
  })

/** A .npy of float32. */
function npy(shape: readonly number[], values: readonly number[]): Uint8Array {
  const dict = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`.padEnd(117)
  return Buffer.concat([
    Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]),
    Buffer.from(`${dict}\n`),
    Buffer.from(Float32Array.from(values).buffer),
  ])
}

describe.runIf(built)('cornus', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    const net = sequential({ name: 'net', layers: [layers.dense({ units: 2, inputShape: [3], name: 'a' }), layers.reLU({ name: 'b' })] })
    net.compile({ optimizer: 'adam', loss: 'meanSquaredError' })
    net.optimizer.build(net.trainableWeights)
    const weights = [
      tensor([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
      tensor([0.5, -100]),
    ]
    net.setWeights(weights)
    await net.save(join(folder, 'one.keras'))
    net.setWeights([weights[0]!, tensor([0.5, -99])])
    await net.save(join(folder, 'two.keras'))
    await writeFile(join(folder, 'x.json'), '[[1, 1, 1], [0, 0, 1]]')
    await writeFile(join(folder, 'x.csv'), 'a,b,c\n1,1,1\n0,0,1\n')
    await writeFile(join(folder, 'bad.csv'), '1,2,3\n1,x,3\n')
    await writeFile(join(folder, 'x.npy'), npy([2, 3], [1, 1, 1, 0, 0, 1]))
  })

  it('--help and --version', async () => {
    const { code, out } = await run('--help')
    expect(code).toBe(0)
    for (const part of [
      'cornus info FILE',
      'convert IN OUT',
      'diff A B',
      'predict MODEL INPUT',
      'svg MODEL OUT.svg',
      'Examples',
      'Exit codes',
    ])
      expect(out).toContain(part)
    expect((await run('--version')).out).toMatch(/^\d+\.\d+\.\d+/)
  })

  it('info, as text and as JSON', async () => {
    const { out } = await run('info', 'one.keras')
    expect(out).toMatch(/^one\.keras: keras, [\d.]+ kB, 8 parameters\nSequential 'net', optimizer Adam, loss "mean_squared_error"\n/)
    expect(out).toMatch(/a +Dense +\[\?, 2\] +8/)
    const found = JSON.parse((await run('info', 'one.keras', '--json')).out) as { arrays: object[]; format: string }
    expect(found).toMatchObject({
      format: 'keras',
      parameters: 8,
      arrays: [{ name: 'a/kernel', shape: [3, 2], size: 6 }, { name: 'a/bias' }],
    })
  })

  it('convert, to each format and back', async () => {
    for (const name of ['t/model.json', 'plain.keras']) {
      expect(await run('convert', 'one.keras', name)).toEqual({ code: 0, out: `one.keras → ${name}`, err: '' })
      expect(await run('convert', name, 'back.keras', '--no-optimizer')).toMatchObject({ code: 0 })
      expect(await run('diff', 'one.keras', 'back.keras')).toEqual({ code: 0, out: 'alike: 2 weights', err: '' })
    }
    expect((await run('info', 'back.keras')).out).toContain('optimizer none')
    await run('convert', 'one.keras', 'w.safetensors')
    expect((await run('info', 'w.safetensors')).out).toMatch(/w\.safetensors: safetensors.*\n +a\/(kernel|bias)/)
    expect((await run('diff', 'one.keras', 'w.safetensors')).code).toBe(0)
  })

  it('diff', async () => {
    expect(await run('diff', 'one.keras', 'two.keras')).toEqual({ code: 1, out: 'a/bias  1', err: '' })
    expect((await run('diff', 'one.keras', 'two.keras', '--tolerance', '1')).code).toBe(0)
    expect(JSON.parse((await run('diff', 'one.keras', 'two.keras', '--json')).out)).toEqual([
      { name: 'a/kernel', difference: 0 },
      { name: 'a/bias', difference: 1 },
    ])
  })

  it.each(['x.json', 'x.csv', 'x.npy'])('predict %s', async (input) => {
    expect(await run('predict', 'one.keras', input)).toEqual({ code: 0, out: '9.5,0\n5.5,0', err: '' })
    expect(JSON.parse((await run('predict', 'one.keras', input, '--json')).out)).toEqual([
      [9.5, 0],
      [5.5, 0],
    ])
  })

  it('svg', async () => {
    expect((await run('svg', 'one.keras', 'one.svg')).code).toBe(0)
    expect(await readFile(join(folder, 'one.svg'), 'utf8')).toMatch(/^(<\?xml[^>]*>\s*)?<svg[\s\S]*Dense/)
  })

  const wrong: [string, string[], RegExp][] = [
    ['nothing', [], /which command\? cornus --help/],
    ['an unknown command', ['inform', 'x'], /unknown command 'inform'; the commands are info, convert/],
    ['too few files', ['convert', 'one.keras'], /write cornus convert IN OUT/],
    ['an option of another command', ['info', 'one.keras', '--no-optimizer'], /info has no option --no-optimizer/],
    ['an unknown option', ['info', '--nope', 'x'], /'--nope'/],
    ['a file that is not there', ['info', 'none.keras'], /none\.keras/],
    ['a file that is none', ['info', 'x.csv'], /x\.csv/],
    ['an ending that is none', ['convert', 'one.keras', 'x.onnx'], /x\.onnx/],
    ['a picture', ['predict', 'one.keras', 'x.png'], /\.json, \.csv or \.npy/],
    ['a table with words', ['predict', 'one.keras', 'bad.csv'], /bad\.csv: line 2 is not 3 numbers/],
    ['a tolerance of nonsense', ['diff', 'one.keras', 'two.keras', '--tolerance', 'x'], /takes a number from 0/],
  ]
  it.each(wrong)('%s: code 2 and one line', async (_, args, message) => {
    const { code, out, err } = await run(...args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(message)
    expect(err).toMatch(/^cornus: [^\n]*$/)
  })
})
