// Vocabulary: texts as lists of token numbers, and back.
import type { Tensor } from '../graph/node'
import { check, reading, showValue } from '../util/errors'
import { nth } from '../util/lists'
import { choice, kindOf, listOf, nullable, optional, readOptions, text, type Given, type Kind } from '../util/options'
import { padSequences, type PadOptions } from './padSequences'

const PADDING = 0
const UNKNOWN = 1
const SPECIAL = 2

const named = choice('lowerAndStripPunctuation', 'lower', 'stripPunctuation', 'none')
type Standard = ReturnType<typeof named.read> | ((text: string) => string)
const standards: Kind<NonNullable<typeof named.given> | Standard, Standard> = {
  takes: `${named.takes}, or a function of a text`,
  save: () => null,
  read: (value, what) => (typeof value === 'function' ? (value as (text: string) => string) : named.read(value, what)),
}

const OPTIONS = {
  /** What a token is. Default 'word'. */
  level: optional(choice('word', 'character'), 'word'),
  /** Most tokens, with padding and the unknown one; the most frequent stay. Default null: no limit. */
  maxTokens: optional(
    nullable(
      kindOf<number>(
        `an integer above ${SPECIAL} (padding and the unknown token count)`,
        (value) => Number.isInteger(value) && (value as number) > SPECIAL,
      ),
    ),
    null,
  ),
  /** The token that stands for all unknown ones. Default '[UNK]'. */
  oov: optional(text, '[UNK]'),
  /** What is done to a text first. Default 'lowerAndStripPunctuation' for words, 'none' for characters. */
  standardize: optional(nullable(standards), null),
  /** Known tokens, without padding and the unknown one, in the place of fit(). */
  tokens: optional(nullable(listOf(text)), null),
}
export type VocabularyOptions = Given<typeof OPTIONS>

const PUNCTUATION = /[!"#$%&()*+,\-./:;<=>?@[\\\]^_`{|}~']/g

/**
 * Numbers as keras.layers.TextVectorization gives them: 0 is padding (as Embedding's maskZero takes it), 1 an unknown token, then tokens by
 * how often
 * they stand in the texts of fit().
 */
export class Vocabulary {
  readonly level: 'word' | 'character'
  private readonly maxTokens: number | null
  private readonly oov: string
  private readonly standardize: (text: string) => string
  private list: readonly string[] = []
  private numbers = new Map<string, number>()

  constructor(options: VocabularyOptions = {}) {
    const { level, maxTokens, oov, standardize, tokens } = readOptions(OPTIONS, options, 'vocabulary')
    this.level = level
    this.maxTokens = maxTokens
    this.oov = oov
    this.standardize = standardizer(standardize ?? (this.level === 'word' ? 'lowerAndStripPunctuation' : 'none'))
    if (tokens) this.take(tokens)
  }

  /** Number of tokens, with padding and the unknown one: Embedding's inputDim. */
  get size(): number {
    return this.list.length + SPECIAL
  }

  /** All tokens by number; '' for padding. */
  get tokens(): readonly string[] {
    return ['', this.oov, ...this.list]
  }

  /** Learns the tokens of texts; of equally frequent ones the later in the alphabet comes first, as in Keras. */
  fit(texts: Iterable<string>): this {
    check(typeof texts !== 'string', 'BAD_ARGUMENT', () => 'vocabulary: fit takes an array of texts, not one string')
    checkIterable(texts, 'fit takes an array of texts')
    const counts = new Map<string, number>()
    for (const text of listed(texts, 'fit')) for (const token of this.split(text)) counts.set(token, (counts.get(token) ?? 0) + 1)
    const sorted = [...counts]
      .sort(([a, m], [b, n]) => n - m || (a < b ? 1 : -1))
      .map(([token]) => token)
      .filter((token) => token !== this.oov)
    this.take(this.maxTokens === null ? sorted : sorted.slice(0, this.maxTokens - SPECIAL))
    return this
  }

  private take(tokens: readonly string[]): void {
    check(
      Array.isArray(tokens) && tokens.every((token) => typeof token === 'string' && token !== '' && token !== this.oov),
      'BAD_ARGUMENT',
      () => `vocabulary: tokens must be an array of strings, without '' and '${this.oov}'`,
    )
    check(new Set(tokens).size === tokens.length, 'BAD_ARGUMENT', () => 'vocabulary: a token is named twice')
    check(
      this.maxTokens === null || tokens.length + SPECIAL <= this.maxTokens,
      'BAD_ARGUMENT',
      () => `vocabulary: ${tokens.length} tokens and ${SPECIAL} special ones are more than maxTokens ${this.maxTokens}`,
    )
    this.list = [...tokens]
    this.numbers = new Map(this.list.map((token, i) => [token, i + SPECIAL]))
  }

  private split(text: string): string[] {
    check(typeof text === 'string', 'BAD_DATA', () => `vocabulary: expected a text, got ${showValue(text)}`)
    const plain = this.standardize(text)
    return this.level === 'character' ? [...plain] : plain.split(/\s+/).filter(Boolean)
  }

  /** A text as numbers. */
  encode(text: string): Int32Array {
    return Int32Array.from(this.split(text), (token) => this.numbers.get(token) ?? UNKNOWN)
  }

  /** Texts as one tensor [texts, length]; padding at the end unless options say otherwise. */
  encodeAll(texts: readonly string[], options: PadOptions = {}): Tensor {
    return padSequences(
      texts.map((text) => this.encode(text)),
      { padding: 'post', truncating: 'post', ...options },
    )
  }

  /** Numbers as a text; padding is left out. */
  decode(numbers: Iterable<number>): string {
    const { tokens } = this
    checkIterable(numbers, 'decode takes an array of numbers')
    const words = Array.from(listed(numbers, 'decode'), (number) => {
      check(
        Number.isInteger(number) && number >= 0 && number < tokens.length,
        'BAD_DATA',
        () => `vocabulary: there is no token ${showValue(number)}; numbers go from 0 to ${tokens.length - 1}`,
      )
      return number === PADDING ? '' : nth(tokens, number)
    })
    return words.filter(Boolean).join(this.level === 'word' ? ' ' : '')
  }
}

/** What an iterable gives, one after the other; what it throws becomes an error of ours. */
function* listed<T>(list: Iterable<T>, call: string): Generator<T> {
  const what = `vocabulary: ${call}: the list`
  const iterator = reading(what, () => list[Symbol.iterator]())
  for (;;) {
    const { done, value } = reading(what, () => iterator.next()) as IteratorResult<T, undefined>
    if (done) return
    yield value as T
  }
}

function checkIterable(list: unknown, expected: string): void {
  const isIterable = reading(
    'vocabulary: the list',
    () => typeof (list as Partial<Iterable<unknown>> | null | undefined)?.[Symbol.iterator] === 'function',
  )
  check(isIterable, 'BAD_ARGUMENT', () => `vocabulary: ${expected}, not ${showValue(list)}`)
}

function standardizer(how: Standard): (text: string) => string {
  if (typeof how === 'function') return how
  const lower = (words: string) => words.toLowerCase()
  const strip = (words: string) => words.replace(PUNCTUATION, '')
  const all = {
    lowerAndStripPunctuation: (words: string) => strip(lower(words)),
    lower,
    stripPunctuation: strip,
    none: (words: string) => words,
  }
  return all[how]
}

/** A vocabulary to fit, or of given tokens. */
export const vocabulary = (options?: VocabularyOptions): Vocabulary => new Vocabulary(options)
