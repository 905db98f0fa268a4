// Loaded before every test file: whatever the tests do, each plan that is made is proved free of races.
import { planObservers } from '../../src/plan/plan'
import { findRace } from './races'

planObservers.add((plan) => {
  const race = findRace(plan)
  if (race) throw new Error(`race: ${race}`)
})
