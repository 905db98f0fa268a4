// One runtime's turn on a console: trains and prints a line of JSON. Arguments: steps, threads.
import * as cornus from '../../dist/index.js'
import { sameBits } from './same-bits.mjs'

const [steps, threads] = process.argv.slice(2).map(Number)
if (threads) cornus.configure({ threads })
const hashes = await sameBits(cornus, steps)
const { runtime, build, threads: used, why } = cornus.info()
console.log(JSON.stringify({ hashes, runtime, build, threads: used, why }))
