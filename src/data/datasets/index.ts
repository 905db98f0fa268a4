// The public names of `datasets`.
export type { Dataset, Samples } from './dataset'
export { digits, DIGITS_ATTRIBUTION, type DigitsOptions } from './digits'
export { parseIdx, type Idx, type IdxData } from './idx'
export { mnist, type MnistOptions } from './mnist'
