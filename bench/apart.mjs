// A checkout of ours in a process of its own: in wide mode, since flags of the engine hold for all of it, or another checkout to compare
// with. The parent asks for a row, then for timings.
import { fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { useCpuTime } from './measure.mjs'
import { rows as all } from './rows/index.mjs'

const file = fileURLToPath(import.meta.url)
const here = fileURLToPath(new URL('..', import.meta.url))

/** A peer of this name: this checkout, or the one in `root`; `wide`: in wide mode. */
export function openApart({ name = 'cornus', root = here, threads, cpu, wide = false }) {
  const settings = JSON.stringify({ root, threads, cpu, wide })
  const child = fork(file, [settings], { env: { ...process.env, ...(wide && { CORNUS_WIDE: '1' }) } })
  let settle
  child.on('message', (answer) => (answer.error ? settle.reject(new Error(answer.error)) : settle.resolve(answer)))
  child.on('exit', (code, signal) => settle?.reject(new Error(`the process of ${root} ended (${signal ?? code})`)))
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

/** Our side as the checkout itself measures it; an older one lacks some fields. */
async function openCheckout({ root, threads, cpu }) {
  const own = new URL('bench/cornus.mjs', pathToFileURL(`${root}/`))
  if (!existsSync(own)) throw new Error(`${root} is no checkout of cornus: there is no bench/cornus.mjs`)
  const { openCornus } = await import(own.href)
  if (cpu) for (const clock of [useCpuTime, (await import(new URL('measure.mjs', own).href)).useCpuTime]) clock()
  const side = await openCornus(threads)
  return { root, cornus: await import(new URL('../build/js/index.js', own).href), ...side }
}

function serve(settings) {
  const rows = new Map(all.map((row) => [row.name, row]))
  let side
  let one
  process.on('message', async ({ row, calls, close }) => {
    try {
      side ??= await openCheckout(settings)
      const mode = settings.wide && side.info().wide
      if (mode && !mode.on) throw new Error(mode.why)
      if (row) one = await rows.get(row).cornus(side)
      if (close) await one.close()
      process.send({ as: one.as, ms: calls && (await one.time(calls)) })
    } catch (error) {
      process.send({ error: error.message })
    }
  })
}

if (process.argv[1] === file) serve(JSON.parse(process.argv[2]))
