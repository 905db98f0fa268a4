// The code in README.md and docs/guide.md runs and compiles under --strict as it stands, and README.md names only what is there.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import * as cornus from '../src/index'

const root = fileURLToPath(new URL('../', import.meta.url))
const folder = `${root}build/snippets/`
const read = (file: string) => readFileSync(root + file, 'utf8')

interface Piece {
  readonly title: string
  readonly code: string
  readonly file: string
}

/** Blocks of code under each heading, put together as one module. */
function piecesOf(page: string): Piece[] {
  const sections = read(page).split(/^## /m)
  return sections.flatMap((text, i) => {
    const blocks = [...text.matchAll(/^```(?:js|ts)\n(.*?)^```/gms)].map(([, block]) => block)
    const title = `${page}: ${text.slice(0, text.indexOf('\n'))}`
    return blocks.length ? [{ title, code: `${blocks.join('\n')}\nexport {}\n`, file: `${page.replace(/\W/g, '-')}-${i}.ts` }] : []
  })
}

const pieces = [...piecesOf('README.md'), ...piecesOf('docs/guide.md')]
/** What a reader has who wrote `tsc --strict`, and the package by its name. */
const compilerOptions = {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  target: 'es2022',
  module: 'esnext',
  moduleResolution: 'bundler',
  lib: ['es2024', 'dom', 'dom.iterable', 'dom.asynciterable'],
  types: ['node'],
  typeRoots: [`${root}node_modules/@types`],
  paths: { cornus: ['../../src/index.ts'] },
}

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const { file, code } of pieces) writeFileSync(folder + file, code)
  writeFileSync(`${folder}tsconfig.json`, JSON.stringify({ compilerOptions, include: ['*.ts'] }))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('pieces of code run', () => {
  beforeEach(() => void vi.spyOn(console, 'log').mockImplementation(() => undefined))
  afterEach(() => {
    vi.restoreAllMocks()
    cornus.configure({ threads: 1, deterministic: false })
  })
  test.each(pieces)('$title', { timeout: 60_000 }, async ({ file }) => {
    await import(`${folder}${file}?run`)
  })
})

test('pieces of code compile under --strict', { timeout: 120_000 }, () => {
  const { stdout } = spawnSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', folder], { encoding: 'utf8' })
  expect(stdout).toBe('')
})

test('README.md names only what is there', () => {
  const rows = [...read('README.md').matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].filter(([, room = '']) => Object.hasOwn(cornus, room))
  expect(rows.length).toBeGreaterThan(5)
  const rooms: { readonly [name: string]: unknown } = { ...cornus }
  const missing = rows.flatMap(([, room, names]) =>
    [...names!.matchAll(/`(\w+)`/g)]
      .map(([, name]) => name!)
      .filter((name) => !(name in (rooms[room!] as object)))
      .map((name) => `${room}.${name}`),
  )
  expect(missing).toEqual([])
})

/** The blocks of code in CONTRIBUTING.md, each with the file that the text before it names last. */
const shown = [...read('CONTRIBUTING.md').matchAll(/`((?:src|test|assembly)\/[\w./]+)`[^`]*\n\n```ts\n(.*?)\n```/gs)].map(
  ([, file, code]) => [file ?? '', code ?? ''] as const,
)
test.each(shown)('the code in CONTRIBUTING.md is that of %s', (file, code) => {
  const plain = (text: string) => text.replace(/\s+/g, ' ')
  // lines that stand next to each other here may stand apart there
  for (const part of code.split(/\n(?=\S)/).flatMap((each) => each.split('\n\n'))) expect(plain(read(file))).toContain(plain(part))
})
test('CONTRIBUTING.md shows a layer, an op with its kernel and test, a part, a loss and a number type', () => {
  expect(shown.length).toBe(read('CONTRIBUTING.md').split('```ts').length - 1)
  expect(shown.map(([file]) => file)).toEqual([
    'src/activations.ts',
    'assembly/kernels/unary.ts',
    'src/ops/elementwise.ts',
    'src/ops/index.ts',
    'test/ops.elementwise.test.ts',
    'src/ops/softmax.ts',
    'src/layers/repeatVector.ts',
    'src/constraints/index.ts',
    'src/graph/dtypes.ts',
    'src/losses/hinge.ts',
    'src/losses/index.ts',
  ])
})
