// Training that can be cut off: what has to be known to go on from a place as if nothing had happened, and who keeps it. Files are made
// in io/checkpoint.ts, which is loaded where a fit asks for it.
import type { CallbackHooks } from '../callbacks/callback'
import type { Resume } from '../callbacks/resume'
import type { HostData } from '../graph/dtypes'
import type { AnyLayer } from '../layers/layer'
import type { Optimizer } from '../optimizers/index'
import { CornusError } from '../util/errors'
import type { WalkState } from './epochs'

/** Where a training stands: before which step of which epoch. */
export interface Position {
  readonly epoch: number
  readonly step: number
  readonly walk: WalkState
  /** A callback has ended the training. */
  readonly stopped: boolean
}

/** All that a training changes. */
export interface TrainingParts {
  readonly model: AnyLayer & { readonly optimizer: Optimizer }
  readonly callbacks: readonly CallbackHooks[]
  /** Of the epoch under way: contents of the metrics' variables, in their order. */
  readonly metrics: readonly HostData[]
  /** What the data and the order of samples depend on. */
  readonly data: { readonly batches: number | undefined; readonly samples: number | undefined; readonly shuffled: boolean }
}

/** A training's checkpoint, opened. */
export interface Checkpoint {
  /** Where the training that was cut off stood; undefined where there was none. */
  readonly position: Position | undefined
  /** Puts weights, optimizer and random numbers back; returns what the metrics had counted. */
  restore(parts: TrainingParts): readonly HostData[]
  /** Puts the callbacks' state back. */
  restoreCallbacks(callbacks: readonly CallbackHooks[]): void
  save(position: Position, parts: TrainingParts): Promise<void>
  /** The training has ended well. */
  end(): Promise<void>
}

export type OpenCheckpoint = (resume: Resume, signal: AbortSignal | undefined) => Promise<Checkpoint>
let open: OpenCheckpoint | undefined
/** Who makes files says how they are opened. */
export const provideCheckpoints = (opener: OpenCheckpoint): void => void (open = opener)
export const openCheckpoint: OpenCheckpoint = (resume, signal) => {
  if (!open) throw new CornusError('INTERNAL', 'fit: nobody keeps checkpoints')
  return open(resume, signal)
}
