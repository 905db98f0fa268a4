// A plan as bytes for the executor, with a list of the pointers that must be filled in once addresses are known.
//
//   ┊ records: kernel, args, flags, 0 (u32 each) ┊ argument structs ┊ constants ┊
import { kernels, layout, type KernelName } from '../generated/kernels'
import { check } from '../util/errors'
import { alignUp } from './place'
import type { Base, Plan } from './plan'

export const RECORD_BYTES = 16

export interface Relocation {
  /** Byte offset of the pointer in the image. */
  readonly at: number
  /** 'image' counts from the start of the image itself. */
  readonly base: Exclude<Base, 'constants'> | 'image'
  readonly offset: number
}

export interface Image {
  readonly bytes: Uint8Array
  readonly recordBytes: number
  readonly relocations: readonly Relocation[]
}

/** Place of each kernel in the function table; 0 stays empty. */
export const tableIndex: { readonly [K in KernelName]: number } = Object.fromEntries(
  Object.keys(kernels).map((name, i) => [name, i + 1]),
) as never

export function packPlan(plan: Plan): Image {
  const recordBytes = plan.records.length * RECORD_BYTES
  let argsBytes = 0
  const argsAt = plan.records.map(({ kernel }) => {
    const at = recordBytes + argsBytes
    argsBytes += Math.ceil(kernels[kernel].size / 8) * 8
    return at
  })
  const constantsAt = alignUp(recordBytes + argsBytes)
  const bytes = new Uint8Array(constantsAt + plan.constantBytes)
  const view = new DataView(bytes.buffer)
  const relocations: Relocation[] = []

  plan.records.forEach(({ kernel, args, serial, meet, gate }, i) => {
    const at = i * RECORD_BYTES
    view.setUint32(at, tableIndex[kernel], true)
    relocations.push({ at: at + 4, base: 'image', offset: argsAt[i]! })
    view.setUint32(at + 8, (serial ? layout.SERIAL : 0) | (meet ? layout.MEET : 0) | (gate ? layout.GATE : 0), true)
    for (const [name, offset, type, role, count] of kernels[kernel].fields) {
      const to = argsAt[i]! + offset
      const value = args[name]
      check(value !== undefined, 'INTERNAL', () => `${kernel}: argument ${name} is missing`)
      if (role) {
        if (value === null) continue
        check(typeof value === 'object' && 'base' in value, 'INTERNAL', () => `${kernel}: ${name} must be a pointer`)
        if (value.base === 'constants') relocations.push({ at: to, base: 'image', offset: constantsAt + value.offset })
        else relocations.push({ at: to, base: value.base, offset: value.offset })
      } else {
        const values = (count ? value : [value]) as readonly number[]
        check(!count || values.length === count, 'INTERNAL', () => `${kernel}: ${name} takes ${count} numbers`)
        values.forEach((number, k) => writeNumber(view, to, k, type, number))
      }
    }
  })
  for (const { offset, data, spec } of plan.constants) {
    const Element = spec.dtype === 'float32' ? Float32Array : Int32Array
    new Element(bytes.buffer, constantsAt + offset, data.length).set(data)
  }
  return { bytes, recordBytes, relocations }
}

function writeNumber(view: DataView, at: number, index: number, type: string, value: number): void {
  if (type === 'f32') view.setFloat32(at + 4 * index, value, true)
  else if (type === 'f64') view.setFloat64(at + 8 * index, value, true)
  else view.setInt32(at + 4 * index, value, true)
}
