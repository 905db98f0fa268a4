// The first page of memory, shared by every thread. Addresses are bytes.
//
//   0 ┊ null guard
//  64 ┊ BARRIER_COUNT   128 ┊ BARRIER_GENERATION   192 ┊ BARRIER_SLEEPERS     (a cache line each)
// 256 ┊ FAULT: code, record, value (i32 each)
// 320 ┊ JOB: what the pool is to run (see runtime/pool)
// 1024 ┊ first free byte

export const BARRIER_COUNT: usize = 64;
export const BARRIER_GENERATION: usize = 128;
export const BARRIER_SLEEPERS: usize = 192;
export const FAULT: usize = 256;
export const JOB: usize = 320;
export const HEAP: usize = 1024;

/** Every buffer starts on such a boundary and is padded to a multiple of it: a kernel may read, and for whole buffers write, the padding. */
export const ALIGN: i32 = 64;

/** Fault codes that a kernel may raise; the runtime turns them into a CornusError. */
export const FAULT_INDEX: i32 = 1; // an index outside its table; value is the index
