// All rows, in the order of the tables.
import { rows as convolution } from './convolution.mjs'
import { rows as elementwise } from './elementwise.mjs'
import { rows as gemm } from './gemm.mjs'
import { rows as models } from './models.mjs'
import { rows as small } from './small.mjs'

export const rows = [...gemm, ...elementwise, ...models, ...small, ...convolution]
