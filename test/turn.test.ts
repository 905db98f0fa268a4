import { describe, expect, test } from 'vitest'
import { Lru } from '../src/util/lru'
import { orAborted, Turns } from '../src/util/turn'

const later = (ms = 1) => new Promise<void>((done) => setTimeout(done, ms))

describe('turns', () => {
  test('jobs never overlap, keep their order, and a failing one stops nobody', async () => {
    const turns = new Turns()
    const seen: string[] = []
    const job = (name: string, fails = false) =>
      turns.take(name, async () => {
        seen.push(`${name} begins`)
        await later()
        seen.push(`${name} ends`)
        if (fails) throw new Error(name)
        return name
      })
    const results = await Promise.allSettled([job('a'), job('b', true), job('c')])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(seen).toEqual(['a', 'b', 'c'].flatMap((name) => [`${name} begins`, `${name} ends`]))
  })

  test('an abort ends the wait at once; the job is never begun, and the next waits for the first', async () => {
    const turns = new Turns()
    const abort = new AbortController()
    let begun = 0
    let first = false
    const a = turns.take('a', () => later(20).then(() => (first = true)))
    const b = turns.take('b', () => begun++, abort.signal)
    const c = turns.take('c', () => first)
    abort.abort(new Error('enough'))
    await expect(b).rejects.toMatchObject({ code: 'ABORTED', message: 'b was aborted: enough' })
    expect(first).toBe(false)
    await a
    expect(await c).toBe(true)
    expect(begun).toBe(0)
  })

  test('a promise that never answers is left when the signal says so', async () => {
    const abort = new AbortController()
    const waiting = orAborted(new Promise(() => {}), 'fit', abort.signal)
    abort.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' })
    await expect(orAborted(1, 'fit', abort.signal)).rejects.toMatchObject({ code: 'ABORTED' })
  })
})

test('a bounded map forgets what was used least recently, and says so', () => {
  const gone: number[] = []
  const lru = new Lru<string, number>(2, (value) => gone.push(value))
  lru.take('a', () => 1)
  lru.take('b', () => 2)
  expect(lru.take('a', () => 9)).toBe(1)
  lru.take('c', () => 3)
  expect(gone).toEqual([2])
  expect([lru.get('a'), lru.get('b'), lru.get('c'), lru.size]).toEqual([1, undefined, 3, 2])
  lru.clear()
  expect([gone, lru.size]).toEqual([[2, 1, 3], 0])
})
