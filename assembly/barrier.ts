// Threads meet here, wait for work and report: spin for a while, then sleep. The only file with atomics.
import { BARRIER_COUNT, BARRIER_GENERATION, BARRIER_SLEEPERS, JOB_DONE, JOB_GENERATION, JOB_LEFT, STOP } from './layout';

/** Polls before a thread goes to sleep at a meeting; some tens of µs. */
const MEET_SPINS: i32 = 20000;
/** Polls before a thread without work goes to sleep: the next Program often comes soon. */
const IDLE_SPINS: i32 = 20000;

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
  for (let spin = 0; spin < MEET_SPINS; ++spin) {
    if (atomic.load<i32>(BARRIER_GENERATION) != generation) return;
  }
  atomic.add<i32>(BARRIER_SLEEPERS, 1);
  while (atomic.load<i32>(BARRIER_GENERATION) == generation && !stopped()) {
    atomic.wait<i32>(BARRIER_GENERATION, generation, -1);
  }
  atomic.sub<i32>(BARRIER_SLEEPERS, 1);
}

/** Whether the threads are to give up; whoever sets the word notifies the sleepers. */
export function stopped(): bool {
  return atomic.load<i32>(STOP) != 0;
}

/** Waits until the job's generation is another than `seen` and returns it. */
export function awaitJob(seen: i32): i32 {
  for (let spin = 0; spin < IDLE_SPINS; ++spin) {
    const generation = atomic.load<i32>(JOB_GENERATION);
    if (generation != seen) return generation;
  }
  while (atomic.load<i32>(JOB_GENERATION) == seen) atomic.wait<i32>(JOB_GENERATION, seen, -1);
  return atomic.load<i32>(JOB_GENERATION);
}

/** One thread is through with its share; true for the last one, which wakes the caller. */
export function reportDone(): bool {
  if (atomic.sub<i32>(JOB_LEFT, 1) != 1) return false;
  atomic.add<i32>(JOB_DONE, 1);
  atomic.notify(JOB_DONE, -1);
  return true;
}
