// A map that is bounded: what was used least recently goes first.

export class Lru<K, V extends {}> {
  private readonly entries = new Map<K, V>()

  /** `dropped` is told of each value that goes. */
  constructor(
    private readonly limit: number,
    private readonly dropped: (value: V) => void = () => {},
  ) {}

  get size(): number {
    return this.entries.size
  }

  get(key: K): V | undefined {
    const value = this.entries.get(key)
    if (value === undefined) return undefined
    this.entries.delete(key)
    this.entries.set(key, value)
    return value
  }

  /** The value for a key; one that is not there yet is made. */
  take(key: K, make: () => V): V {
    const known = this.get(key)
    if (known !== undefined) return known
    const value = make()
    this.entries.set(key, value)
    if (this.entries.size > this.limit) this.drop(this.entries.keys().next().value!)
    return value
  }

  clear(): void {
    for (const key of this.entries.keys()) this.drop(key)
  }

  private drop(key: K): void {
    const value = this.entries.get(key)!
    this.entries.delete(key)
    this.dropped(value)
  }
}
