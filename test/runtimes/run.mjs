// Tests the built library (dist/) in every runtime that is installed: npm run test:runtimes [-- name …]. What cannot be had is skipped, and
// said.
//   npm ci --prefix test/runtimes      Node 24, Deno, Bun, workerd and what drives browsers
//   apt-get install chromium firefox-esr
// CYCLES: how often the pool is started and stopped (1000). UPDATE=1 writes same-bits.json anew from Node, one thread.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { differing } from './same-bits.mjs'
import { askWorkerd } from './workerd.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('../..', import.meta.url))
const expected = JSON.parse(await readFile(`${here}same-bits.json`, 'utf8'))
const wanted = process.argv.slice(2)
const counts = { passed: 0, failed: 0, skipped: 0 }

const report = (outcome, name, detail = '') => {
  counts[outcome]++
  console.log(`${outcome}: ${name}${detail && ` – ${detail}`}`)
}

/** Runs one check: `body` returns a line of what it found, or throws. */
async function check(name, body) {
  if (wanted.length && !wanted.some((part) => name.toLowerCase().includes(part.toLowerCase()))) return
  try {
    report('passed', name, await body())
  } catch (error) {
    report(error instanceof Missing ? 'skipped' : 'failed', name, error.message)
  }
}

class Missing extends Error {}

function need(...paths) {
  const path = paths.find((candidate) => existsSync(candidate))
  if (!path) throw new Missing(`${paths[0]} is not there`)
  return path
}

function assert(condition, message) {
  if (!condition) throw new Error(message)
}

function assertBits({ hashes, error }, steps) {
  assert(!error, error)
  const wrong = differing(hashes, expected[steps])
  assert(wrong.length === 0, `other bits in ${wrong.join(', ')}: ${JSON.stringify(hashes)}`)
}

/** A process's output; fails unless it ends by itself with code 0. */
function output(command, args, { env = {}, seconds = 120 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, ...env } })
    let [out, err] = ['', '']
    child.stdout.on('data', (data) => (out += data))
    child.stderr.on('data', (data) => (err += data))
    const timer = setTimeout(() => child.kill('SIGKILL'), 1000 * seconds)
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      clearTimeout(timer)
      if (code === 0) resolve({ out: out.trim(), err: err.trim() })
      else reject(new Error(`${signal ? `did not end within ${seconds} s` : `exit code ${code}`}: ${(out + err).trim().slice(-600)}`))
    })
  })
}

const local = (name) => need(`${here}node_modules/.bin/${name}`)
const summary = ({ build, threads, why }) => `${build}, ${threads} threads (${why})`

async function bitsOn(command, args, steps, threads, entry = 'index', env = {}) {
  const { out } = await output(command, [...args, `${here}console.mjs`, String(steps), String(threads), entry], { env })
  const result = JSON.parse(out.split('\n').at(-1))
  assertBits(result, steps)
  assert(result.threads === threads, `ran on ${summary(result)}`)
  assert(!env.CORNUS_WIDE || result.wide.on, result.wide.why)
  return `${steps} steps of 7 models give the committed bits and the process ends; ${result.runtime}, ${summary(result)}`
}

if (process.env.UPDATE) {
  for (const steps of [20, 200])
    expected[steps] = JSON.parse((await output(process.execPath, [`${here}console.mjs`, String(steps), '1'])).out).hashes
  await writeFile(`${here}same-bits.json`, `${JSON.stringify(expected, null, 2)}\n`)
}

// Consoles.
for (const threads of [1, 2, 3, 4, 8])
  await check(`Node ${process.versions.node}, ${threads} threads`, () => bitsOn(process.execPath, [], 200, threads))
for (const threads of [1, 2]) {
  await check(`Node 24, ${threads} threads`, () => bitsOn(local('node'), [], 200, threads))
  await check(`Node 24, wide, ${threads} threads`, () => bitsOn(local('node'), [], 200, threads, 'index', { CORNUS_WIDE: '1' }))
  await check(`Deno, ${threads} threads`, () =>
    bitsOn(local('deno'), ['run', '-A', '--no-config', '--node-modules-dir=none'], 200, threads),
  )
  await check(`Bun, ${threads} threads`, () => bitsOn(local('bun'), ['run'], 200, threads))
}
const withoutWaitAsync = 'delete Atomics.waitAsync'
await check('Node: without Atomics.waitAsync', () =>
  bitsOn(process.execPath, ['--import', `data:text/javascript,${withoutWaitAsync}`], 200, 2),
)
await check('Node: a module that was handed in', () => bitsOn(process.execPath, [], 20, 2, 'slim'))
await check('Node: CORNUS_THREADS', async () => {
  const { out } = await output(process.execPath, [`${here}console.mjs`, '8', '0'], { env: { CORNUS_THREADS: '3' } })
  assert(JSON.parse(out).threads === 3, out)
  return '3 threads'
})
await check('Node: starting and stopping', async () => {
  const { out } = await output(process.execPath, ['--expose-gc', `${here}cycles.mjs`, process.env.CYCLES ?? '1000'], { seconds: 900 })
  const { cycles, seconds, before, after } = JSON.parse(out)
  const kinds = ['rss', 'heap', 'external', 'wasm']
  const memory = kinds.map((kind) => `${kind} ${before[kind].toFixed(1)} → ${after[kind].toFixed(1)}`).join(', ')
  const blocks = `blocks ${before.blocks} → ${after.blocks}`
  const figures = `${cycles} cycles in ${seconds.toFixed(0)} s; MB before and after: ${memory}, ${blocks}`
  assert(
    after.rss - before.rss < 30 && after.heap - before.heap < 3 && after.wasm === before.wasm && after.handles <= before.handles,
    `leaks: ${figures}`,
  )
  return figures
})

// Bundles without wasm, and workerd.
await check('slim.js, workerd.js, edge.js', async () => {
  for (const [file, source] of [
    ['slim', undefined],
    ['workerd', './core.wasm'],
    ['edge', './core.wasm?module'],
  ]) {
    const text = await readFile(`${root}dist/${file}.js`, 'utf8')
    assert(!/[A-Za-z0-9+/]{5000}/.test(text), `dist/${file}.js holds wasm in base64`)
    assert(!source || text.includes(`"${source}"`) || text.includes(`'${source}'`), `dist/${file}.js does not import ${source}`)
  }
  return 'no base64 in them; core.wasm is imported'
})
await check('workerd', async () => {
  const result = await askWorkerd(local('workerd'), root)
  assertBits(result, 20)
  return `trains in a request, 20 steps give the committed bits; ${result.runtime}, ${summary(result)}`
})

// Browsers.
const types = { html: 'text/html', js: 'text/javascript', mjs: 'text/javascript', wasm: 'application/wasm' }
const isolation = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }
const policies = {
  isolated: isolation,
  plain: {},
  policy: { ...isolation, 'Content-Security-Policy': "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; worker-src 'none'" },
}

/** /isolated/…, /plain/… and /policy/… are the same files under other headers. */
const server = createServer(async ({ url }, response) => {
  const [, policy] = url.match(/^\/(\w+)\/page$/) ?? []
  const path = policy ? 'test/runtimes/page.html' : url.slice(1)
  try {
    if (!/^(dist|test\/runtimes)\/[\w.-]+$/.test(path)) throw new Error('not served')
    const body = await readFile(root + path)
    response
      .writeHead(200, {
        'Content-Type': types[path.split('.').at(-1)],
        'Cross-Origin-Resource-Policy': 'same-origin',
        ...isolation,
        ...(policy
          ? { 'Cross-Origin-Opener-Policy': 'unsafe-none', 'Cross-Origin-Embedder-Policy': 'unsafe-none', ...policies[policy] }
          : {}),
      })
      .end(body)
  } catch {
    response.writeHead(404).end()
  }
})

const browsers = {
  Chromium: { type: 'chromium', path: '/usr/bin/chromium', options: { args: ['--no-sandbox'] } },
  Firefox: { type: 'firefox', path: '/usr/bin/firefox-esr', options: { channel: 'moz-firefox' } },
}

async function onPage({ type, path, options }, policy, body, script = '') {
  need(path)
  need(`${here}node_modules/playwright-core`)
  const playwright = (await import('playwright-core')).default
  const browser = await playwright[type].launch({ executablePath: path, timeout: 90_000, ...options })
  try {
    const page = await browser.newPage()
    page.setDefaultTimeout(120_000)
    const warnings = []
    page.on('console', (message) => message.type() === 'warning' && message.text().includes('cornus') && warnings.push(message.text()))
    // Firefox's own report of a blocked worker
    page.on('pageerror', ({ message }) => !message.includes('worker-src') && warnings.push(`page error: ${message}`))
    await page.addInitScript(script)
    await page.goto(`http://localhost:${server.address().port}/${policy}/page`)
    await page.waitForFunction('window.ready')
    return `${browser.version()}: ${await body(page, warnings)}`
  } finally {
    await browser.close()
  }
}

await new Promise((resolve) => server.listen(0, resolve))
for (const [name, browser] of Object.entries(browsers)) {
  for (const script of ['', withoutWaitAsync]) {
    await check(`${name}, isolated${script && ', without Atomics.waitAsync'}`, () =>
      onPage(
        browser,
        'isolated',
        async (page, warnings) => {
          const result = await page.evaluate('bits(200)')
          assertBits(result, 200)
          assert(result.threads > 1 && warnings.length === 0, `${summary(result)}; ${warnings.join('; ')}`)
          return `200 steps give the committed bits; ${summary(result)}; Atomics.waitAsync: ${result.waitAsync}`
        },
        script,
      ),
    )
  }
  for (const [policy, reason] of [
    ['plain', /not cross-origin isolated/],
    ['policy', /content security policy/],
  ]) {
    await check(`${name}, ${policy === 'plain' ? 'without isolation' : 'workers forbidden'}`, () =>
      onPage(browser, policy, async (page, warnings) => {
        const result = await page.evaluate('bits(20)')
        assertBits(result, 20)
        assert(result.threads === 1 && reason.test(result.why), summary(result))
        assert(warnings.length === 1 && reason.test(warnings[0]), `warnings: ${JSON.stringify(warnings)}`)
        return `20 steps give the committed bits; one warning: ${warnings[0]}`
      }),
    )
  }
  for (const [policy, threaded] of [
    ['isolated', true],
    ['plain', false],
  ]) {
    await check(`${name}, frames during training${threaded ? '' : ' without isolation'}`, () =>
      onPage(browser, policy, async (page) => {
        const { idle, training, steps, step, longestTask, threads, build } = await page.evaluate(`frames(${threaded ? 10 : 4})`)
        const show = ({ frames, median, p99, longest }) =>
          `${frames} frames, gap ${median.toFixed(1)} ms in the median, 99 % under ${p99.toFixed(1)}, longest ${longest.toFixed(1)}`
        const figures =
          `idle: ${show(idle)}; training (${steps} steps of 784-512-10, ${step.toFixed(1)} ms each, ` +
          `${threads} threads, ${build}): ${show(training)}; longest task over 50 ms: ${longestTask || 'none'}`
        // A busy machine may hold back frames; the page's own tasks are ours.
        assert(longestTask < 50 + (threaded ? 0 : 2 * step) || longestTask === 0, figures)
        assert(training.longest < (threaded ? 100 : 150), figures)
        return figures
      }),
    )
  }
}
server.close()

console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exit(counts.failed ? 1 : 0)
