// An uncaught error shows the message and the user's own line.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { withoutOwnFrames } from '../src/util/errors'

const head = 'CornusError: dense: units must be a number,\nnot text\n'
const own = (n: number) => Array.from({ length: n }, (_, i) => `    at f${i} (file:///lib/dist/index.js:${i + 1}:5)`)
const mine = ['    at build (file:///me/net.mjs:3:9)', '    at file:///me/net.mjs:9:1']
const node = ['    at ModuleJob.run (node:internal/modules/esm/module_job:325:25)']

describe('a stack begins with the caller', () => {
  test.each([
    ['frames of the library go', [...own(20), ...mine, ...node], [...mine, ...node]],
    ['callbacks of the caller within stay', [own(1)[0]!, mine[0]!, ...own(3), mine[1]!], mine],
    ['the library alone stays as it is', [...own(3), ...node], [...own(3), ...node]],
    ["bundled into the caller's one file it stays as it is", [...own(12)], own(10)],
    ['what has no place is left out before the caller', [own(1)[0]!, '    at Array.map (<anonymous>)', ...mine], mine],
    [
      'and stays after',
      [own(1)[0]!, mine[0]!, '    at new Promise (<anonymous>)', mine[1]!],
      [mine[0]!, '    at new Promise (<anonymous>)', mine[1]!],
    ],
  ])('%s', (_, frames, expected) => {
    expect(withoutOwnFrames(head + frames.join('\n'))).toBe(head + expected.join('\n'))
  })

  test("other engines' stacks are left", () => {
    const stack = 'f@https://x.org/index.js:1:2\n@https://x.org/me.js:3:4'
    expect(withoutOwnFrames(stack)).toBe(stack)
  })
})

const bundle = new URL('../dist/index.js', import.meta.url)
test.skipIf(!existsSync(bundle))('Node prints a short text for an error that nobody catches', () => {
  const script = `import { layers, sequential } from ${JSON.stringify(bundle.href)}\nsequential([layers.dense({ units: 'ten' })])\n`
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    cwd: fileURLToPath(new URL('..', import.meta.url)),
  })
  expect(stderr).toMatch(/CornusError: Dense: units/)
  expect(stderr).toContain('[eval1]:2:')
  expect(stderr.length).toBeLessThan(2000)
})
