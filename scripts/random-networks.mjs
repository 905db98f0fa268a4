// node scripts/random-networks.mjs [FIRST SEED] [COUNT]: random networks on 1, 2, 3, 5 and 8 threads; the same bits or an error with the
// program to try.
// With Node 24 and CORNUS_WIDE=1 wide code is compared with narrow code, too.
import { spawnSync } from 'node:child_process'

const [first = 1, count = 1000] = process.argv.slice(2).map(Number)
const CHUNK = 500
for (let from = first; from < first + count; from += CHUNK) {
  const many = Math.min(CHUNK, first + count - from)
  const { status } = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', 'test/networks.test.ts', '--reporter=dot'], {
    stdio: 'inherit',
    env: { ...process.env, CORNUS_NETWORKS: `${from}:${many}` },
  })
  if (status) process.exit(status)
}
