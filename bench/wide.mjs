// Ourselves in wide mode, in a process of its own: flags of the engine hold for all of it. The parent asks for a row, then for timings.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { openCornus } from './cornus.mjs'
import { useCpuTime } from './measure.mjs'
import { rows as all } from './rows/index.mjs'

const file = fileURLToPath(import.meta.url)

/** A peer; `name` is the column. */
export function openWide(name, threads, cpu) {
  const child = fork(file, [String(threads), cpu ? 'cpu' : ''], { env: { ...process.env, CORNUS_WIDE: '1' } })
  let settle
  child.on('message', (answer) => (answer.error ? settle.reject(new Error(answer.error)) : settle.resolve(answer)))
  child.on('exit', (code, signal) => settle?.reject(new Error(`the process in wide mode ended (${signal ?? code})`)))
  const ask = (question) =>
    new Promise((resolve, reject) => {
      settle = { resolve, reject }
      child.send(question)
    })
  return {
    async make(row) {
      const { as } = await ask({ row })
      return { name, as, time: async (calls) => (await ask({ calls })).ms, close: () => ask({ close: true }) }
    },
    close: () => child.kill(),
  }
}

if (process.argv[1] === file) {
  if (process.argv[3]) useCpuTime()
  const cornus = await openCornus(Number(process.argv[2]))
  const { wide } = cornus.info()
  const rows = new Map(all.map((row) => [row.name, row]))
  let one
  process.on('message', async ({ row, calls, close }) => {
    try {
      if (!wide.on) throw new Error(wide.why)
      if (row) one = await rows.get(row).cornus(cornus)
      if (close) await one.close()
      process.send({ as: one.as, ms: calls && (await one.time(calls)) })
    } catch (error) {
      process.send({ error: error.message })
    }
  })
}
