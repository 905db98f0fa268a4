// Gives relative imports in dist/types their file ending: without it `moduleResolution: nodenext` does not find them.
import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'

const folder = new URL('../dist/types/', import.meta.url)
for (const file of await readdir(folder, { recursive: true })) {
  if (!file.endsWith('.d.ts')) continue
  const url = new URL(file.replaceAll('\\', '/'), folder)
  const text = await readFile(url, 'utf8')
  await writeFile(
    url,
    text.replace(/(from |import\(|declare module )(['"])(\.{1,2}\/[^'"]+?)(?<!\.js)\2/g, (_, before, quote, target) => {
      const isFile = existsSync(new URL(`${target}.d.ts`, url))
      return `${before}${quote}${target}${isFile ? '' : '/index'}.js${quote}`
    }),
  )
}
