// The code in README.md and docs/guide.md runs as it stands, and README.md names only what is there.
import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import * as cornus from '../src/index'

const read = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')

/** Blocks of JavaScript under each heading, put together. */
function piecesOf(file: string): (readonly [title: string, code: string])[] {
  const sections = read(file).split(/^## /m)
  return sections.flatMap((text) => {
    const code = [...text.matchAll(/^```js\n(.*?)^```/gms)].map(([, block]) => block).join('\n')
    return code ? [[`${file}: ${text.slice(0, text.indexOf('\n'))}`, code] as const] : []
  })
}

const AsyncFunction = (async () => {}).constructor as new (...code: string[]) => (library: typeof cornus) => Promise<void>
const asFunction = (code: string) => new AsyncFunction('library', code.replace(/^import (\{[^}]*\}) from 'cornus'$/gm, 'const $1 = library'))

describe('pieces of code run', () => {
  beforeEach(() => void vi.spyOn(console, 'log').mockImplementation(() => {}))
  afterEach(() => {
    vi.restoreAllMocks()
    cornus.configure({ threads: 1, deterministic: false })
  })
  test.each([...piecesOf('README.md'), ...piecesOf('docs/guide.md')])('%s', async (_, code) => {
    await asFunction(code)(cornus)
  })
})

test('README.md names only what is there', () => {
  const rows = [...read('README.md').matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].filter(([, room = '']) => Object.hasOwn(cornus, room))
  expect(rows.length).toBeGreaterThan(5)
  const missing = rows.flatMap(([, room, names]) => [...names!.matchAll(/`(\w+)`/g)].map(([, name]) => name!).filter((name) => !(name in (cornus as never)[room!])).map((name) => `${room}.${name}`))
  expect(missing).toEqual([])
})
