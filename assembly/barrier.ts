// Threads meet here: spin for a while, then sleep. The only file with atomics, but for the fault word.
import { BARRIER_COUNT, BARRIER_GENERATION, BARRIER_SLEEPERS, FAULT } from './layout';

/** Polls of the generation before a thread goes to sleep; some 20 µs. */
const SPINS: i32 = 10000;

/** Returns when all nth threads have come; everything written before is seen by all after. */
export function barrier(nth: i32): void {
  if (nth == 1) return;
  const generation = atomic.load<i32>(BARRIER_GENERATION);
  if (atomic.add<i32>(BARRIER_COUNT, 1) == nth - 1) {
    atomic.store<i32>(BARRIER_COUNT, 0);
    atomic.add<i32>(BARRIER_GENERATION, 1);
    if (atomic.load<i32>(BARRIER_SLEEPERS) > 0) atomic.notify(BARRIER_GENERATION, -1);
    return;
  }
  for (let spin = 0; spin < SPINS; ++spin) {
    if (atomic.load<i32>(BARRIER_GENERATION) != generation) return;
  }
  atomic.add<i32>(BARRIER_SLEEPERS, 1);
  while (atomic.load<i32>(BARRIER_GENERATION) == generation) {
    atomic.wait<i32>(BARRIER_GENERATION, generation, -1);
  }
  atomic.sub<i32>(BARRIER_SLEEPERS, 1);
}

/** Notes the first thing that went wrong in a Program; the runtime reads it after the run. */
export function fault(code: i32, value: i32): void {
  if (atomic.cmpxchg<i32>(FAULT, 0, code) == 0) store<i32>(FAULT + 4, value);
}
