// What layers share that draw random numbers in training.
import { Generator } from '../ops/random'
import { check } from '../util/errors'
import type { Shape } from '../util/shape'
import { Layer, type LayerOptions } from './layer'

export interface NoiseOptions extends LayerOptions {
  /** Gives the layer random numbers of its own, which begin here; else it draws from those that `setSeed` begins. */
  seed?: number | null
}

export abstract class NoiseLayer extends Layer {
  static override readonly supportsMasking = true
  protected readonly seed: number | null
  /** Where its random numbers come from; undefined: where all others do. */
  protected readonly generator: Generator | undefined

  constructor(options: NoiseOptions) {
    super(options)
    const { seed = null } = options
    check(seed === null || Number.isSafeInteger(seed), 'BAD_ARGUMENT', () => `${this.className}: seed must be an integer, not ${String(seed)}`)
    this.seed = seed
    this.generator = seed === null ? undefined : new Generator(seed)
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), seed: this.seed }
  }
}

/** Checks a fraction from 0 to 1, or to before 1. */
export function checkRate(value: unknown, layer: string, option = 'rate', withOne = true): number {
  check(typeof value === 'number' && value >= 0 && (withOne ? value <= 1 : value < 1), 'BAD_ARGUMENT', () => `${layer}: ${option} must be a number from 0 to ${withOne ? '' : 'below '}1, not ${String(value)}`)
  return value
}

export type NoiseShape = readonly (number | null)[]

export function checkNoiseShape(shape: NoiseShape | null | undefined, layer: string): NoiseShape | undefined {
  const right = shape === undefined || shape === null || (Array.isArray(shape) && shape.every((d) => d === null || (Number.isInteger(d) && d > 0)))
  check(right, 'BAD_ARGUMENT', () => `${layer}: noiseShape must be an array of positive integers (null: the input's size), not ${JSON.stringify(shape)}`)
  return shape ?? undefined
}

/** The mask's shape for an input. */
export const noiseShapeFor = (shape: NoiseShape | undefined, input: Shape): Shape | undefined => shape?.map((d, i) => d ?? input[i]!)
