// Training gives the committed bits; test/runtimes/run.mjs asks the same of other runtimes.
import { readFile } from 'node:fs/promises'
import { afterAll, expect, test } from 'vitest'
import * as cornus from '../src/index'
import { threads } from '../src/runtime/session'
import { withRewrites } from './support/rewrites'
// @ts-expect-error: plain JavaScript, for every runtime
import { sameBits } from './runtimes/same-bits.mjs'

const expected = JSON.parse(await readFile(new URL('runtimes/same-bits.json', import.meta.url), 'utf8')) as Record<number, unknown>

afterAll(() => cornus.configure({ threads: 1 }))

test.each([1, 2])('20 steps of each model on %i threads give the committed weights', async (count) => {
  cornus.configure({ threads: count })
  await withRewrites(async () => {
    expect(await sameBits(cornus, 20)).toEqual(expected[20]) // the bits of rewritten graphs
    expect(threads.running).toBe(count === 1 ? 0 : count)
  })
})
