// Starts workerd with worker.mjs and the library's entry for it, and returns what it answers.
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'

/** What the library loads when it is needed, too. */
const chunks = (root) =>
  readdirSync(`${root}dist`)
    .filter((name) => name.endsWith('.slim.js'))
    .map((name) => `    (name = "${name}", esModule = embed "${root}dist/${name}"),`)

const config = (root, port) => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  compatibilityDate = "2025-06-01",
  modules = [
    (name = "worker", esModule = embed "${root}test/runtimes/worker.mjs"),
    (name = "same-bits", esModule = embed "${root}test/runtimes/same-bits.mjs"),
    (name = "cornus", esModule = embed "${root}dist/workerd.js"),
${chunks(root).join('\n')}
    (name = "digits-data.js", esModule = embed "${root}dist/digits-data.js"),
    (name = "core.wasm", wasm = embed "${root}dist/core.wasm"),
  ],
);
`

export async function askWorkerd(command, root) {
  const folder = await mkdtemp(`${tmpdir()}/cornus-`)
  const port = await freePort()
  await writeFile(`${folder}/config.capnp`, config(root, port))
  const child = spawn(command, ['serve', '-I/', `${folder}/config.capnp`])
  let said = ''
  child.stderr.on('data', (data) => (said += data))
  try {
    const url = `http://127.0.0.1:${port}/`
    for (let i = 0; i < 100 && child.exitCode === null; i++) {
      const response = await fetch(url).catch(() => undefined)
      if (response) return await response.json()
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    throw new Error(`workerd did not start: ${said.slice(-600)}`)
  } finally {
    child.kill()
    await rm(folder, { recursive: true })
  }
}

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
