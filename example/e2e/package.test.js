// Tests ../miniprogram/utils as an npm package. The tests pack the package, install it
// into a project, and use it there in the ways in which mini programs are built.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import vm from 'node:vm'
import { rollup } from 'rollup'

import { createWorld } from './runtime.js'
import { startServer } from './server.js'
import { createWx } from './wx.js'

const run = promisify(execFile)
const name = 'wxauth-miniprogram'

/** The folder of a project that has installed the package. */
let project
before(async () => {
  project = mkdtempSync(join(tmpdir(), 'wxauth-package-'))
  const source = join(project, 'source')
  cpSync(join(import.meta.dirname, '../miniprogram/utils'), source, { recursive: true })
  const { stdout } = await run('npm', ['pack', '--json'], { cwd: source })
  writeFileSync(join(project, 'package.json'), '{"private": true}')
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', join(source, JSON.parse(stdout)[0].filename)], { cwd: project })
})
after(() => rmSync(project, { recursive: true }))

const installed = path => join(project, 'node_modules', name, path)

/** Creates a client with the module that make returns, requests /me, and returns the user. */
async function use(t, make) {
  const server = await startServer(t)
  const phone = createWx({ server, user: 'alice' })
  const { create } = await make(phone.wx)
  const { data } = await create({ baseURL: server.url }).get('/me')
  assert.equal(phone.seen.logins, 1)
  return data.user
}

test('the package holds what is shipped and nothing else', () => {
  for (const file of ['dist/index.js', 'dist/index.mjs', 'dist/index.d.ts', 'package.json']) assert.ok(existsSync(installed(file)), file)
  for (const file of ['auth.js', 'wxauth.js', 'build.mjs']) assert.ok(!existsSync(installed(file)), file)
})

test('CommonJS: as WeChat DevTools builds npm packages', async t => {
  // DevTools copies the folder that the field miniprogram of package.json names. A page
  // that requires the package by its name gets index.js of this folder.
  const { miniprogram } = JSON.parse(readFileSync(installed('package.json'), 'utf8'))
  const built = join(project, 'miniprogram_npm', name)
  mkdirSync(join(project, 'miniprogram_npm'), { recursive: true })
  cpSync(installed(miniprogram), built, { recursive: true })
  const script = readFileSync(join(built, 'index.js'), 'utf8')
  assert.doesNotMatch(script, /\brequire\(|\beval\(|new Function/, 'what DevTools does not resolve')
  assert.equal(await use(t, wx => createWorld({ wx })(built)), 'alice')
})

test('CommonJS: by require in Node', async t => {
  const script = `const { create } = require('${name}'); console.log(typeof create)`
  const { stdout } = await run(process.execPath, ['-e', script], { cwd: project })
  assert.equal(stdout, 'function\n')
})

test('ES module: bundled by rollup, without a plugin', async t => {
  const entry = join(project, 'entry.mjs')
  writeFileSync(entry, `export { create } from './node_modules/${name}/dist/index.mjs'\n`)
  const warnings = []
  const bundle = await rollup({ input: entry, onwarn: warning => warnings.push(warning.message) })
  const { output } = await bundle.generate({ format: 'iife', name: 'client' })
  assert.deepEqual(warnings, [])
  const user = await use(t, wx => vm.runInNewContext(`${output[0].code}; client`, { wx, Date, setTimeout }))
  assert.equal(user, 'alice')
})

test('ES module: by import in Node', async () => {
  const script = `import { create } from '${name}'; console.log(typeof create)`
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: project })
  assert.equal(stdout, 'function\n')
})

test('the types are found, and need no others', async () => {
  writeFileSync(join(project, 'use.ts'), `
import { create, type AuthError } from '${name}'
declare const uni: import('${name}').Adapter
const auth = create({ baseURL: 'https://example.com', adapter: uni, unwrap: res => res.data as { user: string } })
export const user: Promise<string> = auth.get('/me').then(data => data.user, (error: AuthError) => error.reason)
// @ts-expect-error
auth.request({ url: '/me', method: 'PATCH' })
`)
  const tsc = join(import.meta.dirname, 'node_modules/typescript/bin/tsc')
  for (const [module, moduleResolution] of [['ESNext', 'bundler'], ['NodeNext', 'NodeNext']]) {
    const args = ['--noEmit', '--strict', '--types', '', '--lib', 'ES2020', '--module', module, '--moduleResolution', moduleResolution, 'use.ts']
    const { stdout } = await run(process.execPath, [tsc, ...args], { cwd: project }).catch(error => error)
    assert.equal(stdout, '', moduleResolution)
  }
})
