// y[m,n] = a[m,k] · b[k,n], either operand transposed in memory.
import { random } from '../data.mjs'

const SQUARES = [64, 128, 192, 256, 384, 512, 768, 1152].map((n) => [n, n, n])
const TRANSPOSED = [256, 384].flatMap((n) => [
  [n, n, n, 'A'],
  [n, n, n, 'B'],
  [n, n, n, 'AB'],
])
// m, k, n of a dense layer's forward pass and both gradients: 784-512-10 on a batch of 128
const TRAINING = [
  [128, 784, 512],
  [784, 128, 512, 'A'],
  [128, 512, 10],
  [128, 10, 512, 'B'],
  [512, 128, 10, 'A'],
]
const VECTORS = [
  [1, 784, 512],
  [1, 1024, 1024],
  [1, 4096, 1024],
]

export const rows = [...SQUARES, ...TRANSPOSED, ...TRAINING, ...VECTORS].map(([m, k, n, transposed = '']) => {
  const transA = transposed.includes('A')
  const transB = transposed.includes('B')
  const inputs = [random(transA ? [k, m] : [m, k]), random(transB ? [n, k] : [k, n], 2)]
  const vector = m === 1
  return {
    family: 'gemm',
    name: `gemm ${m === k && k === n ? `${n}` : `${m}×${k}×${n}`}${transA ? ' Aᵀ' : ''}${transB ? ' Bᵀ' : ''}`,
    ...(vector ? { unit: 'GB/s', work: 4 * (m * k + k * n + m * n), copies: k * n } : { unit: 'GFLOP/s', work: 2 * m * k * n }),
    cornus: (c) => c.op(inputs, (ops, a, b) => ops.matmul(a, b, { transposeA: transA, transposeB: transB })),
    tfjs: (t) => t.op(inputs, (tf, a, b) => tf.matMul(a, b, transA, transB)),
    ort: (o) => o.gemm({ m, n, k, transA, transB }),
    torch: { kind: 'gemm', m, n, k, transA, transB },
  }
})
