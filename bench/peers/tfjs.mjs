// TensorFlow.js: its WebAssembly backend (one thread: it has no more in Node) and its plain JavaScript one.
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { contender } from '../measure.mjs'

const require = createRequire(import.meta.url)

export async function openTfjs() {
  // The CommonJS builds: the ES modules import without file endings, which Node does not follow.
  const tf = require('@tensorflow/tfjs-core')
  const layers = require('@tensorflow/tfjs-layers')
  require('@tensorflow/tfjs-backend-cpu')
  const wasm = require('@tensorflow/tfjs-backend-wasm')
  wasm.setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`)
  tf.enableProdMode() // and no hints on the console
  await tf.setBackend('wasm')

  const tensor = ({ data, shape }) => tf.tensor(data, shape, data instanceof Int32Array ? 'int32' : 'float32')

  /** A step on tensors: fn(tf, ...tensors) makes one tensor. */
  async function op(inputs, fn) {
    await tf.setBackend('wasm')
    const tensors = inputs.map(tensor)
    return contender(
      'tfjs',
      () => fn(tf, ...tensors).dispose(),
      () => tf.dispose(tensors),
    )
  }

  /** A step of a model on one batch; `backend` 'wasm' or 'cpu'. */
  async function model(make, { x, y, optimizer, backend = 'wasm' }) {
    await tf.setBackend(backend)
    const net = make(tf, layers)
    const input = tensor(x)
    const target = y && tensor(y)
    if (y) net.compile({ optimizer: optimizer(tf), loss: 'categoricalCrossentropy' })
    const predict = () =>
      tf.tidy(() => {
        net.predictOnBatch(input).dataSync()
      })
    const step = y ? () => net.trainOnBatch(input, target) : predict
    const close = () => {
      net.dispose()
      tf.dispose([input, target].filter(Boolean))
    }
    const one = contender(backend === 'wasm' ? 'tfjs' : 'tfjs js', step, close)
    const time = one.time
    return { ...one, time: async (calls) => (await tf.setBackend(backend), time(calls)) }
  }

  return { tf, op, model }
}
