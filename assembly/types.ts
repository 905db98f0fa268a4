// Argument structs name what a kernel does with each pointer: the plan reads it to find dependencies between records.

/** Pointer that the kernel writes, whole. */
export type Out = usize;
/** Pointer that the kernel only reads. */
export type In = usize;
/** Pointer that the kernel reads and writes. */
export type InOut = usize;
/** Pointer to working memory whose contents nobody else reads. */
export type Scratch = usize;
