// A model.json that is damaged: a typed error or another model; what objects inherit is untouched. CORNUS_DAMAGE=n: n times as many.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { loadModel } from '../src'
import { flips, mutations, survive, truncations } from './support/damage'

const more = Number(process.env.CORNUS_DAMAGE ?? 1)
interface Golden {
  readonly json: { readonly weightSpecs: object; readonly [key: string]: unknown }
  readonly bytes: string
}

describe.each(['volumes', 'states'])('%s', (name) => {
  const { json, bytes }: Golden = JSON.parse(readFileSync(new URL(`golden/tfjs/${name}.json`, import.meta.url), 'utf8'))
  const { weightSpecs, ...rest } = json
  const text = JSON.stringify({ ...rest, weightsManifest: [{ paths: ['w.bin'], weights: weightSpecs }] })
  const whole = new TextEncoder().encode(text)
  const shard = Uint8Array.from(Buffer.from(bytes, 'base64'))
  const load = (main: Uint8Array, weights: Uint8Array) =>
    loadModel({ read: (file: string) => (file === 'model.keras' ? main : file === 'w.bin' ? weights : undefined) }).then(() => undefined)
  const model = (damaged: Uint8Array) => load(damaged, shard)
  const step = (wanted: number) => Math.max(1, Math.floor(whole.length / (wanted * more)))

  it('is whole', async () => expect(await survive([['whole', whole]], model)).toBe(1))
  it('cut off', async () => void (await survive(truncations(whole, step(40)), model)), 600_000)
  it('with a flipped byte', async () => void (await survive(flips(whole, step(60)), model)), 600_000)
  it('mutated', async () => void (await survive(mutations(whole, 60 * more, 2), model)), 600_000)
  it(
    'its weights cut off',
    async () => void (await survive(truncations(shard, Math.ceil(shard.length / 20)), (damaged) => load(whole, damaged))),
    600_000,
  )

  it('keys that objects inherit', async () => {
    for (const key of ['__proto__', 'constructor', 'toString']) {
      const spoiled = new TextEncoder().encode(text.replace('"config":{', `"config":{"${key}":{"polluted":1},`))
      await load(spoiled, shard).catch((error: unknown) => expect(error).toHaveProperty('name', 'CornusError'))
      await load(new TextEncoder().encode(text.replace(/"class_name":"\w+"/, `"class_name":"${key}"`)), shard).catch((error: unknown) =>
        expect(error).toHaveProperty('name', 'CornusError'),
      )
    }
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })
})
