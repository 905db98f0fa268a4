type Cornus = typeof import('../src/index')
/** The rows of the table: an op, and the dtype of its result for float32, int32 and bool. */
export function rows(cornus: Pick<Cornus, 'ops' | 'tensor'>): string[][]
/** The table as Markdown. */
export function table(cornus: Pick<Cornus, 'ops' | 'tensor'>): string
/** docs/ops.md with the table put in anew. */
export function document(cornus: Pick<Cornus, 'ops' | 'tensor'>): Promise<string>
