// Killed while it saves: the file is the old one or the new one, whole. CORNUS_KILLS=n: how often. It runs the built library.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { loadModel } from '../src'

const library = new URL('../dist/index.js', import.meta.url)
const kills = Number(process.env.CORNUS_KILLS ?? 3)

/** Saves one model of equal numbers after the other, and says so before each. */
const program = (path: string) => `
  const { layers, sequential } = await import('${library.href}')
  const net = sequential([layers.dense({ units: 300, inputShape: [300] })])
  for (let i = 1; ; i++) {
    net.setFlatWeights(new Float32Array(90300).fill(i))
    console.log(i)
    await net.save(${JSON.stringify(path)})
  }`

/** Lets it save some times, then kills it at a moment of its own. */
const killed = (path: string, wait: number): Promise<number> =>
  new Promise((resolve, reject) => {
    let last = 0
    const child = spawn(process.execPath, ['--input-type=module', '-e', program(path)])
    child.stdout.on('data', (data: Buffer) => {
      const before = last
      last = Number(String(data).trim().split('\n').at(-1))
      if (before < 3 && last >= 3) setTimeout(() => child.kill('SIGKILL'), wait)
    })
    child.on('exit', (code) => (code === null ? resolve(last) : reject(new Error(`ended with ${code}`))))
  })

it.runIf(existsSync(library))('the old file or the new one', { timeout: 600_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kills-'))
  const path = join(folder, 'm.keras')
  for (let k = 0; k < kills; k++) {
    const last = await killed(path, (k * 7.3) % 40)
    const values = (await loadModel(path)).getWeights().flatMap((weight) => [...new Set(weight.dataSync())])
    expect(new Set(values).size).toBe(1)
    expect([last - 2, last - 1, last]).toContain(values[0])
  }
  expect(
    readdirSync(folder)
      .filter((name) => name !== 'm.keras')
      .every((name) => name.endsWith('.tmp')),
  ).toBe(true)
})
