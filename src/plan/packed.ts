// A Program as data: what a machine needs to run it, and no planner. It names its kernels, threads and storages, and can be written down as
// bytes.
import { kernels, type KernelName } from '../generated/kernels'
import { alignUp } from '../graph/dtypes'
import type { Spec } from '../graph/node'
import { check } from '../util/errors'
import type { PlannedCheck } from './faults'

/** What a buffer's address counts from; a number: the storage in that place of the Program's list. */
export type Base = 'constants' | 'arena' | number

export interface Place {
  readonly base: Base
  readonly offset: number
}

/** Where an input or output lies. */
export interface PlacedValue extends Place {
  readonly spec: Spec
}

/** All of a Program but its records. */
export interface ProgramFrame {
  /** Threads that its scratch memory is made for. */
  readonly threads: number
  /** Whether more than one thread finds work in it. */
  readonly parallel: boolean
  readonly work: number
  readonly arenaBytes: number
  readonly constantBytes: number
  /** Arena offsets of the guards. */
  readonly guards: readonly number[]
  readonly inputs: readonly PlacedValue[]
  readonly outputs: readonly PlacedValue[]
  /** What variables it uses, and which of them (by place) it writes. */
  readonly storages: readonly Spec[]
  readonly writes: readonly number[]
  /** How many meetings all threads pass before the first of them may write a variable; more than there are where none is written. */
  readonly meetingsBeforeEffects: number
  readonly checks: readonly PlannedCheck[]
  /** Whether a check comes after an effect, so that what is written must be restored if it fails. */
  readonly restores: boolean
}

export interface PackedProgram {
  readonly frame: ProgramFrame
  /** Names of the kernels; a record holds a place in this list until it is linked. */
  readonly kernels: readonly KernelName[]
  /** ┊ records: kernel, args, flags, 0 (u32 each) ┊ argument structs ┊ constants ┊ */
  readonly image: Uint8Array
  readonly recordBytes: number
  readonly constantsAt: number
  /**
   * Pointers to fill in, three numbers each: byte offset in the image, what it counts from (IMAGE, ARENA, or the place of a storage), bytes
   * from there.
   */
  readonly relocations: Int32Array
}

export const RECORD_BYTES = 16
export const IMAGE = -2
export const ARENA = -1

/** 'crn' and the version of the layout below. */
const MAGIC = 0x63726e01
/** ┊ magic ┊ bytes of the text ┊ bytes of relocations ┊ bytes of the image ┊ */
const HEADER_WORDS = 4

/** ┊ header ┊ JSON: frame, kernels, sizes ┊ relocations ┊ image ┊, each part padded to ALIGN. */
export function serializeProgram({ relocations, image, ...rest }: PackedProgram): Uint8Array {
  const parts = [
    new TextEncoder().encode(JSON.stringify(rest)),
    new Uint8Array(relocations.buffer, relocations.byteOffset, relocations.byteLength),
    image,
  ]
  const header = Int32Array.of(MAGIC, ...parts.map(({ length }) => length))
  const all = [new Uint8Array(header.buffer), ...parts]
  const bytes = new Uint8Array(all.reduce((sum, { length }) => sum + alignUp(length), 0))
  let at = 0
  for (const part of all) {
    bytes.set(part, at)
    at += alignUp(part.length)
  }
  return bytes
}

/** The Program that bytes hold, for a core that has its kernels. */
export function restoreProgram(bytes: Uint8Array): PackedProgram {
  const copy = bytes.slice() // whose parts start on whole words
  check(copy.length >= 4 * HEADER_WORDS, 'BAD_FILE', () => `a program of ${copy.length} bytes is too short`)
  const [magic, ...lengths] = new Int32Array(copy.buffer, 0, HEADER_WORDS)
  check(magic === MAGIC, 'BAD_FILE', () => 'these bytes are not a program, or one of another version')
  let at = alignUp(4 * HEADER_WORDS)
  const [text, relocations, image] = lengths.map((length) => {
    check(length >= 0 && at + length <= copy.length, 'BAD_FILE', () => 'a program ends before its parts do')
    const part = copy.subarray(at, at + length)
    at += alignUp(length)
    return part
  }) as [Uint8Array, Uint8Array, Uint8Array]
  const rest = JSON.parse(new TextDecoder().decode(text)) as Omit<PackedProgram, 'image' | 'relocations'>
  const unknown = rest.kernels.find((name) => !Object.hasOwn(kernels, name))
  check(unknown === undefined, 'BAD_FILE', () => `a program needs the kernel ${unknown}, which this build has not`)
  return { ...rest, image, relocations: new Int32Array(relocations.buffer, relocations.byteOffset, relocations.length / 4) }
}
