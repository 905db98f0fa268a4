// One runtime's turn on a console: trains and prints a line of JSON. Arguments: steps, threads, entry (index or slim).
import { sameBits } from './same-bits.mjs'

const [steps, threads, entry = 'index'] = process.argv.slice(2)
const cornus = await import(`../../dist/${entry}.js`)
if (entry === 'slim') {
  const { readFile } = process.getBuiltinModule('node:fs/promises')
  cornus.provideModule(new WebAssembly.Module(await readFile(new URL('../../dist/core.wasm', import.meta.url))))
}
if (Number(threads)) cornus.configure({ threads: Number(threads) })
const hashes = await sameBits(cornus, Number(steps))
const { runtime, build, wide, threads: used, why } = cornus.info()
console.log(JSON.stringify({ hashes, runtime, build, wide, threads: used, why }))
