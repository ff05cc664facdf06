// Writes the files of the npm package that package.json describes. "npm pack" runs this
// script. The ES module differs from the CommonJS module only in the last line.

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const file = name => join(import.meta.dirname, name)
const source = readFileSync(file('wxauth.js'), 'utf8').replaceAll("import('./wxauth')", "import('./index')")
const last = 'module.exports = { create }\n'
if (!source.endsWith(last)) throw new Error(`wxauth.js does not end with ${last}`)

mkdirSync(file('dist'), { recursive: true })
writeFileSync(file('dist/index.js'), source)
writeFileSync(file('dist/index.mjs'), source.slice(0, -last.length) + 'export { create }\n')
copyFileSync(file('wxauth.d.ts'), file('dist/index.d.ts'))
