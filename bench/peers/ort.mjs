// ONNX Runtime Web. Models are made here (onnx.mjs); operands of op rows are initializers, so that no feed is copied in a timing.
import { random } from '../data.mjs'
import { contender } from '../measure.mjs'
import { encodeModel, tensor } from './onnx.mjs'

/** Op rows run this many times in one call, so that the cost of the call itself does not count. */
const CHAIN = 8

export async function openOrt(threads) {
  const ort = await import('onnxruntime-web')
  ort.env.wasm.numThreads = threads
  ort.env.logLevel = 'error'

  /** A step that runs a model; `as` says how many ops it holds. */
  async function model(definition, { feeds = {}, optimize = false, as = 1 } = {}) {
    const options = optimize
      ? { executionProviders: ['wasm'] }
      : { executionProviders: ['wasm'], graphOptimizationLevel: 'disabled', extra: { session: { disable_prepacking: '1' } } }
    const session = await ort.InferenceSession.create(encodeModel(definition), options)
    const values = Object.fromEntries(
      Object.entries(feeds).map(([name, { data, shape }]) => [
        name,
        new ort.Tensor(data instanceof BigInt64Array ? 'int64' : 'float32', data, shape),
      ]),
    )
    const [first] = definition.outputs
    const output = first.int64 ?? first
    const step = async () => {
      const results = await session.run(values)
      results[output].dispose()
    }
    return contender('ort', step, () => session.release(), as)
  }

  /** The same op over and over, each on the result of the one before; only one element comes out. */
  function chain(op, shape, { others = [], attributes = {} } = {}) {
    const names = Array.from({ length: CHAIN + 1 }, (_, i) => `y${i}`)
    return model(
      {
        outputs: ['end'],
        initializers: {
          y0: random(shape),
          ...Object.fromEntries(others.map((each, i) => [`other${i}`, random(each, i + 1)])),
          ...firstElement(shape.length),
        },
        nodes: [
          ...names.slice(1).map((y, i) => [op, [names[i], ...others.map((_, j) => `other${j}`)], [y], attributes]),
          ['Slice', [names.at(-1), 'from', 'to'], ['end']],
        ],
      },
      { as: CHAIN },
    )
  }

  /** The same op on the same operands, with small results. */
  function repeat(op, shape, { inputs = {}, attributes = {}, integers = false } = {}) {
    const names = Array.from({ length: CHAIN }, (_, i) => `y${i}`)
    return model(
      {
        outputs: integers ? names.map((name) => ({ int64: name })) : names,
        initializers: { x: random(shape), ...inputs },
        nodes: names.map((y) => [op, ['x', ...Object.keys(inputs)], [y], attributes]),
      },
      { as: CHAIN },
    )
  }

  /** y = a · b, either of them transposed. */
  function gemm({ m, n, k, transA = false, transB = false }) {
    return model({
      outputs: ['end'],
      initializers: { a: random(transA ? [k, m] : [m, k]), b: random(transB ? [n, k] : [k, n], 2), ...firstElement(2) },
      nodes: [
        ['Gemm', ['a', 'b'], ['y'], { transA: Number(transA), transB: Number(transB) }],
        ['Slice', ['y', 'from', 'to'], ['end']],
      ],
    })
  }

  return { model, chain, repeat, gemm }
}

const firstElement = (rank) => ({ from: int64(Array(rank).fill(0)), to: int64(Array(rank).fill(1)) })
export const int64 = (values) => tensor(BigInt64Array.from(values, BigInt), [values.length])
