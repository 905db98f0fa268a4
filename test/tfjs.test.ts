// Models of TensorFlow.js: what it saved itself, what its converter made of Keras's, written for it, and what is refused.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { tensor, type Tensor } from '../src'
import { fromArtifacts, type TfjsArtifacts } from '../src/io/tfjs'
import { modelFromTfjs } from '../src/io/tfjsModel'

interface Values {
  readonly shape: readonly number[]
  readonly data: readonly number[]
}
interface Golden {
  readonly json: TfjsArtifacts
  readonly bytes: string
  readonly x: readonly Values[]
  readonly y: readonly Values[]
}

const golden = (name: string): Golden => JSON.parse(readFileSync(new URL(`golden/tfjs/${name}.json`, import.meta.url), 'utf8'))
const bytesOf = ({ bytes }: Golden) => Uint8Array.from(Buffer.from(bytes, 'base64'))
const tensorsOf = (values: readonly Values[]) => values.map(({ data, shape }) => tensor(Float32Array.from(data), shape))

function expectSame(given: Tensor | readonly Tensor[], expected: readonly Values[]): void {
  const outputs = Array.isArray(given) ? (given as readonly Tensor[]) : [given as Tensor]
  expect(outputs.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape))
  outputs.forEach((output, i) => {
    const worst = Math.max(...Array.from(output.dataSync(), (value, k) => Math.abs(value - expected[i]!.data[k]!)))
    expect(worst).toBeLessThan(1e-5)
  })
}

describe.each(['conv', 'volumes', 'sequences', 'images', 'words', 'merged', 'states'])('%s, as TensorFlow.js saves it', (name) => {
  it('gives the same predictions', async () => {
    const given = golden(name)
    const model = await modelFromTfjs(fromArtifacts({ ...given.json, weightData: bytesOf(given).buffer }), { name })
    const x = tensorsOf(given.x)
    expectSame(await model.predict(x.length > 1 ? x : x[0]!), given.y)
  })
})
