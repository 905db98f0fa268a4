// A value that changes: weights, optimizer state, counters. It is read as a tensor wherever one may stand.
import type { DType, Node, Tensor } from './node'
import type { Storage } from './storage'
import { touchStructure } from './structure'
import { readStorage } from './trace'
import type { Shape } from '../util/shape'

export interface VariableOptions {
  name?: string
  /** Whether training may change it. Default true. */
  trainable?: boolean
}

export class Variable {
  /** @internal */ readonly storage: Storage
  private isTrainable: boolean
  /** Of a model's weight: its place by attributes, as files name it: 'layers/dense/vars/0'. */
  path = ''
  private sparse: boolean | 'auto' = 'auto'

  /** @internal */
  constructor(initial: Node, { name = 'variable', trainable = true }: VariableOptions = {}) {
    this.storage = { name, shape: initial.shape, dtype: initial.dtype, address: 0, initial, leaf: undefined }
    this.isTrainable = trainable
    touchStructure()
  }

  /** Whether training changes it. */
  get trainable(): boolean {
    return this.isTrainable
  }

  set trainable(value: boolean) {
    if (value !== this.isTrainable) touchStructure()
    this.isTrainable = value
  }

  /**
   * Whether an optimizer changes only the rows that a batch looked up, at no cost for the others: true, false, or 'auto' (where that gives
   * the same
   * values, and for tables of 2²⁰ numbers or more). Running averages of the other rows then stand still, where Keras lets them fade.
   */
  get sparseUpdates(): boolean | 'auto' {
    return this.sparse
  }

  set sparseUpdates(value: boolean | 'auto') {
    if (value !== this.sparse) touchStructure()
    this.sparse = value
  }

  /** As people read it: 'dense/kernel' of a model's weight, which is unique in the model. */
  get name(): string {
    return this.storage.name
  }

  /** @internal */
  set name(name: string) {
    this.storage.name = name
  }

  get shape(): Shape {
    return this.storage.shape
  }

  get dtype(): DType {
    return this.storage.dtype
  }

  get rank(): number {
    return this.shape.length
  }

  get size(): number {
    return this.shape.reduce((n, d) => n * d, 1)
  }

  /** The contents as of now, as a tensor. It keeps them, even if the variable changes before they are read. */
  read(): Tensor {
    return readStorage(this.storage)
  }
}
