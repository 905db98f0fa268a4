// Variables in WebAssembly memory: a block for each, and what keeps their contents for those who asked before a change.
import { bytesOf, type Contents } from '../graph/dtypes'
import type { HostData } from '../graph/node'
import type { Storage } from '../graph/storage'
import { theMachine } from './programs'

/** Blocks are freed with the variables that own them. */
const blocks = new FinalizationRegistry<number>((at) => theMachine().memory.free(at))

/** Gives a variable its block: a new one, or one that holds its first contents already. */
export function giveBlock(storage: Storage, at = theMachine().memory.allocate(bytesOf(storage))): void {
  storage.address = at
  storage.initial = undefined
  blocks.register(storage, at)
}

/** What a variable with a block holds, as it stands in memory. */
export const contentsOf = (storage: Storage): Contents => theMachine().view(storage.address, storage)

/** A copy in WebAssembly memory that several may hold. */
interface Saved {
  readonly at: number
  holders: number
}

type Copies = Map<Storage, Saved>

/** Snapshots that have readers; those that were dropped before go at the next look, or when there are many. */
const held = new Set<WeakRef<Snapshot>>()
let many = 256

function hold(snapshot: WeakRef<Snapshot>): void {
  if (held.size >= many) {
    for (const ref of held) if (!ref.deref()) held.delete(ref)
    many = Math.max(256, 2 * held.size)
  }
  held.add(snapshot)
}
const dropped = new FinalizationRegistry<Copies>(freeCopies)

function freeCopies(copies: Copies): void {
  for (const copy of copies.values()) if (--copy.holders === 0) theMachine().memory.free(copy.at)
  copies.clear()
}

/** The contents that some variables had when it was taken. A copy is made only of one that changes while there are readers. */
export class Snapshot {
  private readonly copies: Copies = new Map()
  private readonly self = new WeakRef(this)
  private readers = 0
  private changed = false

  constructor(
    readonly storages: ReadonlySet<Storage>,
    private readonly outdated: () => void,
  ) {}

  /** @internal One more will read it. */
  add(): void {
    if (this.readers++ === 0) hold(this.self)
  }

  /** Where those contents are. */
  addressOf(storage: Storage): number {
    return this.copies.get(storage)?.at ?? storage.address
  }

  lacks(storage: Storage): boolean {
    return this.storages.has(storage) && !this.copies.has(storage)
  }

  /** @internal */
  save(storage: Storage, copy: Saved): void {
    if (!this.changed) {
      dropped.register(this, this.copies, this.copies)
      this.changed = true
      this.outdated()
    }
    copy.holders++
    this.copies.set(storage, copy)
  }

  /** @internal A reader has read. */
  remove(): void {
    if (--this.readers > 0) return
    held.delete(this.self)
    if (!this.changed) return
    dropped.unregister(this.copies)
    freeCopies(this.copies)
  }
}

/** Gives snapshots of some variables; those who ask while nothing changes share one. */
export class Snapshots {
  private current: Snapshot | undefined

  constructor(private readonly storages: ReadonlySet<Storage>) {}

  /** What the variables hold now. */
  take(): Reader {
    this.current ??= new Snapshot(this.storages, () => {
      this.current = undefined
    })
    return new Reader(this.current)
  }
}

/** Somebody who needs the contents of a snapshot until they are read, which may be tried more than once. */
export class Reader {
  private reads = true

  constructor(readonly snapshot: Snapshot) {
    snapshot.add()
  }

  release(): void {
    if (this.reads) this.snapshot.remove()
    this.reads = false
  }
}

function waitingFor(storage: Storage): Snapshot[] {
  const waiting: Snapshot[] = []
  for (const ref of held) {
    const snapshot = ref.deref()
    if (!snapshot) held.delete(ref)
    else if (snapshot.lacks(storage)) waiting.push(snapshot)
  }
  return waiting
}

const unreadLeaf = (storage: Storage) => {
  const leaf = storage.leaf?.deref()
  return leaf && !leaf.value ? leaf : undefined
}

/** Whether somebody has asked for the contents that a variable has now, and not yet read them. */
export const isAwaited = (storage: Storage): boolean => unreadLeaf(storage) !== undefined || waitingFor(storage).length > 0

/** Before a variable changes, those who asked for its contents get them. */
export function beforeWrite(storage: Storage): void {
  const leaf = unreadLeaf(storage)
  storage.leaf = undefined
  if (leaf) leaf.value = contentsOf(storage).slice()
  const waiting = waitingFor(storage)
  if (!waiting.length) return
  const { memory } = theMachine()
  const bytes = bytesOf(storage)
  const copy: Saved = { at: memory.allocate(bytes), holders: 0 }
  memory.raw(copy.at, bytes).set(memory.raw(storage.address, bytes))
  for (const snapshot of waiting) snapshot.save(storage, copy)
}

/** New contents. */
export function overwrite(storage: Storage, values: HostData): void {
  contentsOf(storage).set(values)
}
