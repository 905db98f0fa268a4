// The executor: every thread walks the same records, each kernel does the share (ith, nth).
//
// record: ┊ kernel: u32 table index ┊ args: u32 pointer ┊ flags: u32 ┊ 0 ┊
import { awaitJob, barrier, reportDone, stopped } from './barrier';
import { FAULT, JOB } from './layout';
import { chooseSpare } from './rows';

/** Only the first thread runs the record. */
export const SERIAL: i32 = 1;
/** All threads meet before the record. */
export const MEET: i32 = 2;
/**
 * No thread goes on from here if a check has failed: effects follow. All have met before it and meet again before the next check, so they
 * agree.
 */
export const GATE: i32 = 4;

const RECORD: usize = 16;

/** Runs the records in [pc, end). With nth > 1 every thread of the pool calls it with its own ith. */
export function run(pc: usize, end: usize, ith: i32, nth: i32): void {
  chooseSpare(ith);
  for (; pc < end; pc += RECORD) {
    const flags = load<i32>(pc, 8);
    if (nth > 1 && flags & MEET) {
      barrier(nth);
      if (stopped()) return;
    }
    if (flags & GATE && load<i32>(FAULT) != 0) return;
    if (flags & SERIAL) {
      if (ith == 0) call_indirect<void>(load<u32>(pc), load<usize>(pc, 4), 0, 1);
    } else {
      call_indirect<void>(load<u32>(pc), load<usize>(pc, 4), ith, nth);
    }
  }
}

/**
 * A pool thread's life: waits for a job, does its share, reports, until STOP. Returns the generation it has seen: at STOP, or with `once`
 * as soon as it was the last to finish a job (its JavaScript side then sends the message that the caller waits for), negated there.
 */
export function serve(ith: i32, seen: i32, once: bool): i32 {
  while (true) {
    seen = awaitJob(seen);
    if (stopped()) return seen;
    const nth = load<i32>(JOB, 8);
    if (ith >= nth) continue;
    barrier(nth); // nobody begins before all are here: a job that a lost thread never came to has changed nothing
    if (stopped()) return seen;
    run(load<usize>(JOB), load<usize>(JOB, 4), ith, nth);
    if (stopped()) return seen;
    if (reportDone() && once) return -seen;
  }
}
