// docs/ops.md: the dtype of every op's result for each dtype of its input, as the ops themselves tell it. Run after `npm run build`; a test
// holds the file to it.
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'

const DTYPES = ['float32', 'int32', 'bool']

/** Ops that take more than a tensor; all others are called with one of shape [2, 3]. */
const calls = (ops) => {
  const pair = (name) => (x) => ops[name](x, x)
  const image = (x) => ops.tile(ops.reshape(x, [1, 2, 3, 1]), [1, 2, 2, 2])
  const line = (x) => ops.reshape(x, [1, 3, 2])
  const volume = (x) => ops.tile(ops.reshape(x, [1, 1, 2, 3, 1]), [1, 3, 1, 1, 2])
  const kernel = (...shape) => ops.broadcastTo(0.5, shape)
  const recurrent = (name, gates) => (x) =>
    ops[name](line(x), kernel(2, 2 * gates), kernel(2, 2 * gates), kernel(...(name === 'gru' ? [2, 6] : [2 * gates]))).output
  return {
    ...Object.fromEntries(
      [
        'add',
        'sub',
        'mul',
        'div',
        'pow',
        'mod',
        'floorDiv',
        'maximum',
        'minimum',
        'squaredDifference',
        'equal',
        'notEqual',
        'less',
        'lessEqual',
        'greater',
        'greaterEqual',
        'logicalAnd',
        'logicalOr',
        'logicalXor',
      ].map((name) => [name, pair(name)]),
    ),
    clip: (x) => ops.clip(x, -1, 1),
    where: (x) => ops.where(x, x, x),
    matmul: (x) => ops.matmul(x, x, { transposeB: true }),
    dot: (x) => ops.dot(x, ops.transpose(x)),
    broadcastTo: (x) => ops.broadcastTo(x, [2, 2, 3]),
    concat: (x) => ops.concat([x, x]),
    stack: (x) => ops.stack([x, x]),
    expandDims: (x) => ops.expandDims(x, 0),
    pad: (x) =>
      ops.pad(x, [
        [1, 1],
        [0, 0],
      ]),
    repeat: (x) => ops.repeat(x, 2, 0),
    tile: (x) => ops.tile(x, [2, 1]),
    reverse: (x) => ops.reverse(x, 0),
    reshape: (x) => ops.reshape(x, [6]),
    slice: (x) => ops.slice(x, [0, 1]),
    stridedSlice: (x) => ops.stridedSlice(x, 1, 0, 3, 2),
    split: (x) => ops.split(x, 2, 0)[0],
    unstack: (x) => ops.unstack(x)[0],
    gather: (x) => ops.gather(x, [1, 0]),
    takeAlongAxis: (x) => ops.takeAlongAxis(x, [[0], [1]]),
    oneHot: (x) => ops.oneHot(ops.cast(x, 'int32'), 4),
    dense: (x) => ops.dense(x, kernel(3, 2), kernel(2)),
    dropout: (x) => ops.dropout(x, 0.5),
    conv1d: (x) => ops.conv1d(line(x), kernel(2, 2, 1)),
    conv2d: (x) => ops.conv2d(image(x), kernel(2, 2, 2, 1)),
    conv3d: (x) => ops.conv3d(volume(x), kernel(2, 2, 2, 2, 1)),
    conv1dTranspose: (x) => ops.conv1dTranspose(line(x), kernel(2, 1, 2)),
    conv2dTranspose: (x) => ops.conv2dTranspose(image(x), kernel(2, 2, 1, 2)),
    conv3dTranspose: (x) => ops.conv3dTranspose(volume(x), kernel(2, 2, 2, 1, 2)),
    depthwiseConv1d: (x) => ops.depthwiseConv1d(line(x), kernel(2, 2, 1)),
    depthwiseConv2d: (x) => ops.depthwiseConv2d(image(x), kernel(2, 2, 2, 1)),
    separableConv1d: (x) => ops.separableConv1d(line(x), kernel(2, 2, 1), kernel(1, 2, 1)),
    separableConv2d: (x) => ops.separableConv2d(image(x), kernel(2, 2, 2, 1), kernel(1, 1, 2, 1)),
    ...Object.fromEntries(
      ['maxPool', 'averagePool'].flatMap((name) => [
        [`${name}1d`, (x) => ops[`${name}1d`](line(x))],
        [`${name}2d`, (x) => ops[`${name}2d`](image(x))],
        [`${name}3d`, (x) => ops[`${name}3d`](ops.tile(volume(x), [1, 2, 1, 1, 1]))],
      ]),
    ),
    binaryCrossEntropy: (x) => ops.binaryCrossEntropy(x, x),
    categoricalCrossEntropy: (x) => ops.categoricalCrossEntropy(x, x),
    sparseCrossEntropy: (x) => ops.sparseCrossEntropy([0, 1], x),
    simpleRnn: recurrent('simpleRnn', 1),
    gru: recurrent('gru', 3),
    lstm: recurrent('lstm', 4),
  }
}

/** Ops whose result has no input's dtype to follow. */
const free = ['arange', 'cast', 'bernoulli', 'randomNormal', 'randomUniform', 'truncatedNormal']

/** The rows of the table: dtypes of the result, by op. */
export function rows({ ops, tensor }) {
  const how = calls(ops)
  return Object.entries(ops)
    .filter(([name, op]) => typeof op === 'function' && !free.includes(name))
    .map(([name, op]) => [
      name,
      ...DTYPES.map(
        (dtype) =>
          (how[name] ?? op)(
            tensor(
              [
                [0, 1, 1],
                [1, 0, 1],
              ],
              [2, 3],
              dtype,
            ),
          ).dtype,
      ),
    ])
}

/** The table as Markdown; ops with the same dtypes share a line. */
export function table(cornus) {
  const lines = new Map()
  for (const [name, ...results] of rows(cornus).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const key = results.join(' | ')
    lines.set(key, [...(lines.get(key) ?? []), `\`${name}\``])
  }
  const sorted = [...lines].sort(([, a], [, b]) => b.length - a.length)
  return [
    '| of float32 | of int32 | of bool | ops |',
    '|---|---|---|---|',
    ...sorted.map(([key, names]) => `| ${key} | ${names.join(', ')} |`),
  ].join('\n')
}

const file = fileURLToPath(new URL('../docs/ops.md', import.meta.url))

/** docs/ops.md with the table put in anew. */
export async function document(cornus) {
  const text = await readFile(file, 'utf8')
  const [start, end] = ['<!-- generated by scripts/ops-table.mjs -->\n', '\n<!-- end -->']
  return text.slice(0, text.indexOf(start) + start.length) + table(cornus) + text.slice(text.indexOf(end))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await writeFile(file, await document(await import('../dist/index.js')))
