// Text: tokens as numbers, and sequences of one length.
export { padSequences, type PadOptions } from './padSequences'
export { Vocabulary, vocabulary, type VocabularyOptions } from './vocabulary'
