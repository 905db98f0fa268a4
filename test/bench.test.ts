// The bench: when a difference between two checkouts is more than noise.
import { describe, expect, test } from 'vitest'
import { verdict } from '../bench/verdict.mjs'

describe('verdict of two sides by the lowest times of their rounds', () => {
  test.each([
    ['the same', [5, 5.01, 5.02, 5], [5.03, 5.02, 5.04, 5.03], 'same'],
    ['twice as long', [5, 5.1, 5.2, 5.3], [10, 10.1, 10.2, 10.3], 'slower'],
    ['half as long', [5, 5.1, 5.2, 5.3], [2.5, 2.6, 2.5, 2.5], 'faster'],
    ['rounds that differ by more than the sides do', [5, 6, 5.1, 6.1], [5.5, 5.6, 5.5, 5.5], 'same'],
    ['one bad round does not matter', [5, 5, 50, 5], [5.5, 5.5, 5.5, 80], 'slower'],
    ['one round says nothing', [5], [50], 'same'],
  ])('%s', (_, there, here, word) => {
    const found = verdict([there, here])
    expect(found.verdict).toBe(word)
    expect(found.ratio).toBeCloseTo(Math.min(...here) / Math.min(...there), 10)
  })
})
