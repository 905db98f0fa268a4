// Gradients of tables from which a batch took some rows: as those rows only, so that training need not walk over the table.
import { defineOp } from '../graph/define'
import type { Node } from '../graph/node'
import { nth } from '../util/lists'
import { sizeOf } from '../util/shape'
import { withinRows } from './gather'
import { rewritten } from './rewrites'
import { reshape } from './shape'

/** rows: the distinct indices, then −1; place: where in rows each index stands. */
const uniqueRows = defineOp<readonly ['indices'], { tableRows: number }, readonly ['rows', 'place']>('uniqueRows', {
  inputs: ['indices'],
  outputs: ['rows', 'place'],
  shape: ({ indices }) => [indices, indices],
  checks: ({ indices }, { tableRows }) => [withinRows(indices, 'gather', tableRows, false)],
  lower: (program, { indices, rows, place }, { tableRows }) => {
    const slots = program.temporary(tableRows, 'int32')
    program.call('uniqueRows', { rows: rows!, place: place!, indices, slots, count: sizeOf(indices.shape), tableRows }, { work: 1 })
  },
})

/** y[k, :] = Σ dy[c, :] over place[c] = k */
const combineRows = defineOp('combineRows', {
  inputs: ['dy', 'place'],
  shape: ({ dy }) => dy,
  lower: (program, { dy, place, y }) => {
    const [count, inner] = dy.shape as [number, number]
    program.call('combineRows', { y, dy, place, count, inner }, { work: 3 * sizeOf(dy.shape) + count })
  },
})

/** A gradient that is zero in all rows but these. */
export interface RowGradient {
  /** [count] int32, none twice; −1 where there is none. */
  readonly rows: Node
  /** [count, size of a row]. */
  readonly values: Node
}

/** The gradient of a table as rows, if it comes from looking up rows alone. */
export function rowGradient(gradient: Node): RowGradient | undefined {
  const [dy, indices] = rewritten('rowGradient', gradient)?.inputs ?? []
  if (!dy || !indices || indices.size === 0 || gradient.size === 0) return undefined
  const tableRows = nth(gradient.shape, 0)
  const [rows, place] = uniqueRows(indices, { tableRows })
  return { rows, values: combineRows(reshape(dy, [indices.size, gradient.size / tableRows]), place) }
}
