// Loaded before every test file. Whatever the tests do, each plan that is made is proved free of races, written down as bytes and restored,
// and what
// runs on the calling thread runs as several threads would, by turns at random.
import { planObservers } from '../../src/plan/plan'
import { useExecutor } from '../../src/runtime/machine'
import { interleaved } from './engine'
import { comparing, writeDown } from './packed'
import { findRace } from './races'

planObservers.add((plan) => {
  const race = findRace(plan)
  if (race) throw new Error(`race: ${race}`)
})
planObservers.add(writeDown)
useExecutor(comparing(interleaved('random')))
