// The executor: every thread walks the same records, each kernel does the share (ith, nth).
//
// record: ┊ kernel: u32 table index ┊ args: u32 pointer ┊ flags: u32 ┊ 0 ┊
import { barrier } from './barrier';

/** Only the first thread runs the record. */
export const SERIAL: i32 = 1;
/** All threads meet before the record. */
export const MEET: i32 = 2;

const RECORD: usize = 16;

/** Runs the records in [pc, end). With nth > 1 every thread of the pool calls it with its own ith. */
export function run(pc: usize, end: usize, ith: i32, nth: i32): void {
  for (; pc < end; pc += RECORD) {
    const flags = load<i32>(pc, 8);
    if (flags & MEET) barrier(nth);
    if (flags & SERIAL) {
      if (ith == 0) call_indirect<void>(load<u32>(pc), load<usize>(pc, 4), 0, 1);
    } else {
      call_indirect<void>(load<u32>(pc), load<usize>(pc, 4), ith, nth);
    }
  }
}
