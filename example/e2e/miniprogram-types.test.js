// Checks the code of ../miniprogram without running it.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'

const root = join(import.meta.dirname, '../miniprogram')

const config = join(root, 'jsconfig.json')

/** Runs the TypeScript compiler. Returns its output if it fails, or ''. */
function tsc(project, ...args) {
  const program = join(import.meta.dirname, 'node_modules/typescript/bin/tsc')
  return new Promise(resolve => {
    execFile(process.execPath, [program, '-p', project, ...args], (error, stdout, stderr) => {
      resolve(error ? stdout + stderr || String(error) : '')
    })
  })
}

/** Makes a directory that is removed after the test. */
function tempDir(t) {
  const dir = mkdtempSync(join(tmpdir(), 'wxauth-e2e-'))
  t.after(() => rmSync(dir, { recursive: true }))
  return dir
}

test('all files have the types that they declare', async () => {
  assert.equal(await tsc(config), '')
})

test('the types are strict enough to find a mistake', async t => {
  const dir = tempDir(t)
  writeFileSync(join(dir, 'jsconfig.json'), JSON.stringify({ extends: config, include: ['mistakes.js'] }))
  writeFileSync(join(dir, 'mistakes.js'), `
const auth = require('${root}/utils/wxauth').create({ baseURL: 'http://127.0.0.1:8080' })
auth.request({ url: '/me', method: 'PATCH' })
auth.request({ url: '/me', success() {} })
auth.uploadFile({ url: '/files', name: 'file' })
auth.request({ url: '/me' }).then(res => res.status)
wx.noSuchThing()
`)
  const lines = (await tsc(join(dir, 'jsconfig.json'))).match(/mistakes\.js\(\d+/g) ?? []
  assert.deepEqual([...new Set(lines)], [3, 4, 5, 6, 7].map(n => `mistakes.js(${n}`))
})

// For the target ES2015, the compiler changes only newer syntax. Equal outputs show that there is none.
test('utils/wxauth.js is ES2015', async t => {
  const dir = tempDir(t)
  const emitted = []
  for (const target of ['ES2015', 'ESNext']) {
    const out = join(dir, target)
    assert.equal(await tsc(config, '--noEmit', 'false', '--target', target, '--outDir', out), '')
    emitted.push(readFileSync(join(out, 'utils/wxauth.js'), 'utf8'))
  }
  assert.equal(emitted[0], emitted[1])
})

test('the files that WeChat DevTools opens are there and fit together', () => {
  const json = path => JSON.parse(readFileSync(join(root, path), 'utf8'))
  const project = json('project.config.json')
  assert.equal(project.compileType, 'miniprogram')
  assert.equal(project.setting.urlCheck, false) // if this is true, DevTools refuses 127.0.0.1
  const app = json('app.json')
  assert.ok(existsSync(join(root, app.sitemapLocation)))
  assert.equal(app.pages.length, 1)
  for (const page of app.pages) {
    json(`${page}.json`)
    const script = readFileSync(join(root, `${page}.js`), 'utf8')
    const markup = readFileSync(join(root, `${page}.wxml`), 'utf8')
    assert.ok(existsSync(join(root, `${page}.wxss`)))
    const handlers = [...markup.matchAll(/ bind\w+="(\w+)"/g)].map(m => m[1])
    assert.ok(handlers.length > 0)
    for (const name of handlers) assert.match(script, new RegExp(`^  ${name}\\(`, 'm'))
    assert.deepEqual(unclosed(markup), [])
  }
})

/** Returns the tags of WXML that are not closed, or that are closed in the wrong order. */
function unclosed(markup) {
  const open = []
  for (const [, slash, name, end] of markup.matchAll(/<(\/?)([\w-]+)(?:"[^"]*"|[^">])*?(\/?)>/g)) {
    if (end) continue
    if (!slash) open.push(name)
    else if (open.at(-1) === name) open.pop()
    else open.push(`/${name}`)
  }
  return open
}

test('every file that a script requires exists', () => {
  for (const name of readdirSync(root, { recursive: true }).filter(name => name.endsWith('.js'))) {
    const script = readFileSync(join(root, name), 'utf8')
    for (const [, path] of script.matchAll(/require\('([^']+)'\)/g)) {
      assert.ok(existsSync(`${join(root, name, '..', path)}.js`), `${name} requires ${path}`)
    }
  }
})
