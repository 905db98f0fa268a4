// Types of values that come out; tsc checks them (npm run types).
import { tensor, type NestedValues, type Values } from '../../src/index'

const x = tensor([[1, 2]])
export const rows: number[][] = await x.array()
export const first: number = (await x.array<number[][]>())[0]![0]!
export const floats: Float32Array = await x.data()
export const sync: Int32Array = x.dataSync()
export const flat: number[] = x.arraySync()
export const whole: NestedValues = await x.array()
export const some: Values = await x.data()
export const one: number = await x.item()
const mean = (values: Float32Array) => values.reduce((a, b) => a + b, 0) / values.length
export const average: number = mean(await x.data())
// @ts-expect-error predict and friends are awaited, or read with arraySync
export const missing: number[][] = x.array()
