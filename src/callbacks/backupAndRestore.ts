// BackupAndRestore: training that was interrupted goes on where it was.
import { check, reading, showValue } from '../util/errors'
import { flag, optional, positive, readOptions, text, choice, type Given, type Kind } from '../util/options'
import { Callback } from './callback'
import type { Resume } from './resume'

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
  /** Writes after each epoch, or after so many batches too. Default 'epoch'. */
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
 * See keras.callbacks.BackupAndRestore. fit keeps the state of the training in the storage, and takes up one that was cut off, bit by bit;
 * the same as `fit({ resume })`, with Keras's options.
 */
export class BackupAndRestore extends Callback {
  override readonly resume: Resume

  constructor(storage: BackupStorage, given?: BackupAndRestoreOptions) {
    super()
    const functions = ['read', 'write', 'remove'] as const
    const whole = reading('backupAndRestore', () =>
      functions.every((name) => typeof (storage as Partial<BackupStorage> | null)?.[name] === 'function'),
    )
    const form = '{ read(name), write(name, bytes), remove(name) }'
    check(whole, 'BAD_ARGUMENT', () => `backupAndRestore: expected a storage of three functions, ${form}, not ${showValue(storage)}`)
    const { saveFreq, doubleCheckpoint: double, deleteCheckpoint: deleteAtEnd, name } = readOptions(options, given, 'backupAndRestore')
    this.resume = { place: storage, saveFreq: saveFreq === 'epoch' ? 0 : saveFreq, double, deleteAtEnd, name }
  }
}
