// BackupAndRestore: training that was interrupted goes on where it was.
import { generator } from '../ops/random'
import { check, CornusError, reading, showValue } from '../util/errors'
import { flag, optional, positive, readOptions, text, choice, type Given, type Held, type Kind } from '../util/options'
import { readBackup, writeBackup, type Named } from './backupFile'
import { Callback } from './callback'

type Bytes = Uint8Array | ArrayBuffer
type Eventually<T> = T | Promise<T>

/** Where backups lie: three functions, for a folder, a database, a server. */
export interface BackupStorage {
  /** The bytes under a name; undefined or null where there are none. */
  read(name: string): Eventually<Bytes | undefined | null>
  write(name: string, bytes: Uint8Array): Eventually<void>
  remove(name: string): Eventually<void>
}

const word = choice('epoch')
const frequency: Kind<'epoch' | number> = {
  takes: "'epoch' or a number of batches",
  save: (held) => held,
  read: (value, what) => (typeof value === 'number' ? positive.read(value, what) : word.read(value, what)),
}

const options = {
  /** Writes after each epoch, or after so many batches. Default 'epoch'. */
  saveFreq: optional(frequency, 'epoch'),
  /** Keeps the backup before the last too, and takes it where the last is damaged. Default false. */
  doubleCheckpoint: optional(flag, false),
  /** Removes the backup when training has ended. Default true. */
  deleteCheckpoint: optional(flag, true),
  /** What the backup is called in the storage. Default 'training.backup'. */
  name: optional(text, 'training.backup'),
}

export interface BackupAndRestoreOptions extends Given<typeof options> {}

/**
 * See keras.callbacks.BackupAndRestore. A backup holds weights, the optimizer's state, random numbers, epoch and batch, so that a
 * training on arrays goes on bit by bit as if it had not been interrupted. The model must be built.
 */
export class BackupAndRestore extends Callback {
  private readonly options: Held<typeof options>
  private epoch = 0
  private batches = 0
  private seed: number | undefined

  constructor(
    private readonly storage: BackupStorage,
    given?: BackupAndRestoreOptions,
  ) {
    super()
    const functions = ['read', 'write', 'remove'] as const
    const whole = reading('backupAndRestore', () =>
      functions.every((name) => typeof (storage as Partial<BackupStorage> | null)?.[name] === 'function'),
    )
    const form = '{ read(name), write(name, bytes), remove(name) }'
    check(whole, 'BAD_ARGUMENT', () => `backupAndRestore: expected a storage of three functions, ${form}, not ${showValue(storage)}`)
    this.options = readOptions(options, given, 'backupAndRestore')
  }

  async onTrainBegin(): Promise<void> {
    this.batches = 0
    this.seed = this.params.seed
    const { name, doubleCheckpoint } = this.options
    try {
      await this.restore(name)
    } catch (error) {
      if (!doubleCheckpoint || !(await this.restore(this.previous))) throw error
    }
  }

  onEpochBegin(epoch: number): void {
    this.epoch = epoch
  }

  async onTrainBatchEnd(batch: number): Promise<void> {
    const { saveFreq } = this.options
    if (saveFreq !== 'epoch' && ++this.batches % saveFreq === 0) await this.save(this.epoch, batch + 1)
  }

  async onEpochEnd(epoch: number): Promise<void> {
    if (this.options.saveFreq === 'epoch') await this.save(epoch + 1, 0)
  }

  async onTrainEnd(): Promise<void> {
    if (!this.options.deleteCheckpoint) return
    for (const name of [this.options.name, this.previous]) if (await this.storage.read(name)) await this.storage.remove(name)
  }

  private get previous(): string {
    return `${this.options.name}.previous`
  }

  /** Everything that training changes. */
  private get storages(): Named {
    const { variables, optimizer } = this.model
    return [
      ...variables.map(({ storage }, i) => [`model/${i}`, storage] as const),
      ...optimizer.variables.map(({ storage }, i) => [`optimizer/${i}`, storage] as const),
      ['random', generator.storage] as const,
    ]
  }

  private async save(epoch: number, batch: number): Promise<void> {
    const { name, doubleCheckpoint } = this.options
    const bytes = writeBackup(this.storages, { epoch, batch, seed: this.seed ?? null })
    const last = doubleCheckpoint ? await this.storage.read(name) : undefined
    if (last) await this.storage.write(this.previous, new Uint8Array(last))
    await this.storage.write(name, bytes)
  }

  private async restore(name: string): Promise<boolean> {
    const bytes = await this.storage.read(name)
    if (bytes === undefined || bytes === null) return false
    const isBytes = bytes instanceof Uint8Array || bytes instanceof ArrayBuffer
    check(isBytes, 'BAD_FILE', () => `backupAndRestore: read('${name}') must give bytes or undefined, not ${showValue(bytes)}`)
    if (!this.model.built)
      throw new CornusError(
        'NOT_BUILT',
        `${this.model.name}: there is a backup, and no weights to put it in; give the first layer an inputShape`,
      )
    this.model.optimizer.build(this.model.trainableWeights)
    const { epoch, batch, seed } = readBackup(new Uint8Array(bytes), this.storages) as { epoch: number; batch: number; seed: number | null }
    this.seed = seed ?? undefined
    this.model.resumeAt = { epoch, batch, seed: this.seed }
    return true
  }
}
