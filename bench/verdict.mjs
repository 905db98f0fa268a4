// When a difference between two sides is more than noise.

/** Differences that nobody cares about. */
const SMALLEST = 0.01

/**
 * The lowest of all rounds counts. How far it can be trusted shows in halves of the rounds: if the lowest of the even ones and that of the
 * odd ones differ, on either side, a difference between the sides may be as large.
 */
export function verdict([theirs, ours]) {
  const lowest = (list, part) => Math.min(...list.filter((_, i) => part === undefined || i % 2 === part))
  const apart = (list) => (list.length < 2 ? Infinity : Math.abs(Math.log(lowest(list, 0) / lowest(list, 1))))
  const ratio = lowest(ours) / lowest(theirs)
  const noise = Math.max(SMALLEST, apart(theirs) + apart(ours))
  const beyond = Math.abs(Math.log(ratio)) > noise
  return { theirs: lowest(theirs), ours: lowest(ours), ratio, noise, verdict: !beyond ? 'same' : ratio > 1 ? 'slower' : 'faster' }
}
