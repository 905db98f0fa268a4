// PyTorch in a process of its own: as it is, and held to the 128-bit SIMD that WebAssembly has.
import { spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { clock } from '../measure.mjs'

const script = fileURLToPath(new URL('pytorch.py', import.meta.url))
const python = process.env.CORNUS_BENCH_PYTHON ?? 'python3'
const narrow = { ATEN_CPU_CAPABILITY: 'default', ONEDNN_MAX_CPU_ISA: 'SSE41', MKL_ENABLE_INSTRUCTIONS: 'SSE4_2' }

/** Version of PyTorch that this Python has, or undefined. */
export function torchVersion() {
  const { status, stdout } = spawnSync(python, ['-c', 'import torch; print(torch.__version__)'], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}

/** One process; `name` 'torch' or 'torch 128'. */
export function openTorch(name, threads) {
  const env = { ...process.env, OMP_NUM_THREADS: `${threads}`, MKL_NUM_THREADS: `${threads}`, ...(name === 'torch 128' ? narrow : {}) }
  const child = spawn(python, [script], { env, stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ask = async (question) => {
    child.stdin.write(`${JSON.stringify(question)}\n`)
    const { value, done } = await lines.next()
    if (done) throw new Error('PyTorch ended')
    const answer = JSON.parse(value)
    if (answer.error) throw new Error(answer.error)
    return answer
  }
  return {
    async make(row) {
      await ask({ make: row })
      return { name, as: 1, time: async (calls) => (await ask({ time: calls, cpu: clock.cpu })).ms, close: () => {} }
    },
    close: () => child.stdin.end(),
  }
}
