import { describe, expect, test } from 'vitest'
import { layers, text } from '../src/index'

describe('padSequences', () => {
  const sequences = [[1], [2, 3], [4, 5, 6]]
  test.each<[text.PadOptions, number[][]]>([
    [
      {},
      [
        [0, 0, 1],
        [0, 2, 3],
        [4, 5, 6],
      ],
    ],
    [
      { padding: 'post' },
      [
        [1, 0, 0],
        [2, 3, 0],
        [4, 5, 6],
      ],
    ],
    [
      { maxlen: 2 },
      [
        [0, 1],
        [2, 3],
        [5, 6],
      ],
    ],
    [
      { maxlen: 2, truncating: 'post' },
      [
        [0, 1],
        [2, 3],
        [4, 5],
      ],
    ],
    [
      { maxlen: 4, value: -1 },
      [
        [-1, -1, -1, 1],
        [-1, -1, 2, 3],
        [-1, 4, 5, 6],
      ],
    ],
  ])('%j', (options, expected) => expect(text.padSequences(sequences, options).arraySync()).toEqual(expected))

  test('steps with a shape, dtypes, empty sequences', () => {
    const y = text.padSequences(
      [
        [[1, 2]],
        [],
        [
          [3, 4],
          [5, 6],
        ],
      ],
      { dtype: 'float32', value: 0.5 },
    )
    expect([y.dtype, y.arraySync()]).toEqual([
      'float32',
      [
        [
          [0.5, 0.5],
          [1, 2],
        ],
        [
          [0.5, 0.5],
          [0.5, 0.5],
        ],
        [
          [3, 4],
          [5, 6],
        ],
      ],
    ])
    expect(text.padSequences([Int32Array.of(7, 8), [9]]).arraySync()).toEqual([
      [7, 8],
      [0, 9],
    ])
    expect(text.padSequences([]).shape).toEqual([0, 0])
  })

  test.each<[string, () => unknown, string]>([
    // @ts-expect-error a misspelt name is caught by types, too
    ['padding', () => text.padSequences([[1]], { padding: 'left' }), 'padding'],
    ['maxlen', () => text.padSequences([[1]], { maxlen: 0 }), 'maxlen must be a positive integer'],
    ['no sequence', () => text.padSequences([1] as never), 'sequence 0 must be an array'],
    ['shapes', () => text.padSequences([[[1, 2]], [[1]]]), 'sequence 1, step 0 has shape [1]; expected [2]'],
    ['words', () => text.padSequences([['a']] as never), 'must be numbers'],
  ])('error: %s', (_, make, message) => expect(make).toThrow(message))
})

describe('vocabulary', () => {
  const texts = ['The cat sat.', 'The dog sat; the CAT ran!']

  test('words by frequency, then backwards through the alphabet', () => {
    const words = text.vocabulary().fit(texts)
    expect(words.tokens).toEqual(['', '[UNK]', 'the', 'sat', 'cat', 'ran', 'dog'])
    expect([...words.encode('the bird sat')]).toEqual([2, 1, 3])
    expect(words.decode([2, 1, 3, 0, 0])).toBe('the [UNK] sat')
    expect(words.encodeAll(['the cat', 'ran'], { maxlen: 3 }).arraySync()).toEqual([
      [2, 4, 0],
      [5, 0, 0],
    ])
    const mask = layers.embedding({ inputDim: words.size, outputDim: 2, maskZero: true })
    expect(mask.apply(words.encodeAll(texts)).shape).toEqual([2, 6, 2])
  })

  test('characters, limits, given tokens, names of objects', () => {
    const characters = text.vocabulary({ level: 'character', maxTokens: 4 }).fit(['aaab', 'bc😀'])
    expect(characters.tokens).toEqual(['', '[UNK]', 'a', 'b'])
    expect([...characters.encode('ab😀')]).toEqual([2, 3, 1])
    expect(characters.decode([2, 3])).toBe('ab')
    const given = text.vocabulary({ tokens: ['x', 'constructor'], oov: '?' })
    expect([...given.encode('X __proto__ constructor toString')]).toEqual([2, 1, 3, 1])
    expect(given.size).toBe(4)
  })

  test.each<[string, () => unknown, string]>([
    ['one string', () => text.vocabulary().fit('abc'), 'an array of texts'],
    ['not a text', () => text.vocabulary().fit([1] as never), 'expected a text, got 1'],
    // @ts-expect-error a misspelt name is caught by types, too
    ['level', () => text.vocabulary({ level: 'line' }), 'level'],
    ['maxTokens', () => text.vocabulary({ maxTokens: 2 }), 'maxTokens must be an integer above 2'],
    ['number', () => text.vocabulary().decode([5]), 'there is no token 5'],
    ['twice', () => text.vocabulary({ tokens: ['a', 'a'] }), 'named twice'],
    ['option', () => text.vocabulary({ maxTokes: 3 } as never), "unknown option 'maxTokes'"],
  ])('error: %s', (_, make, message) => expect(make).toThrow(message))
})
