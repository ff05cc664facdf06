// Tests ../miniprogram/README.md: its two languages say the same, and its code works.

import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'

import { clientPath, rejection, same } from './miniprogram.js'
import { createWorld } from './runtime.js'
import { startServer } from './server.js'
import { createWx } from './wx.js'

const readme = readFileSync(join(import.meta.dirname, '../miniprogram/README.md'), 'utf8')
const middle = readme.indexOf('\n# A real mini program')
const languages = { Chinese: readme.slice(0, middle), English: readme.slice(middle) }

/** Returns all code blocks of a text, or only those in the programming language lang. */
const blocks = (text, lang = '\\w+') => [...text.matchAll(new RegExp(`^ *\`\`\`${lang}\n([^]*?)^ *\`\`\`$`, 'gm'))].map(m => m[1])

test('both languages have the same headings, tables, names and code', () => {
  const shape = text => ({
    headings: text.match(/^#+ /gm),
    tables: text.match(/^\|.*\|$/gm).map(row => row.match(/`[^`]*`/g) ?? []).map(names => names.slice(0, 1)),
    items: text.match(/^(- |\d\. )/gm),
    code: blocks(text).map(code => code.replace(/ *\/\/.*$/gm, '').replace(/(title: |msg \|\| )'.*?'/, '')),
  })
  const [chinese, english] = Object.values(languages).map(shape)
  assert.ok(chinese.code.length > 0)
  assert.deepEqual(english, chinese)
})

/** Starts a mini program whose utils/auth.js is the first JavaScript block of readme that contains part. */
async function startWith(t, readme, part, path = '') {
  const server = await startServer(t)
  const dir = mkdtempSync(join(tmpdir(), 'wxauth-readme-'))
  t.after(() => rmSync(dir, { recursive: true }))
  const code = blocks(readme, 'js').find(code => code.includes(part))
  writeFileSync(join(dir, 'auth.js'), code.replace('https://example.com', server.url + path))
  cpSync(clientPath, join(dir, 'wxauth.js'))
  const phone = createWx({ server, user: 'alice', files: { 'wxfile://tmp/tea.txt': '龙井' } })
  return { server, auth: createWorld({ wx: phone.wx })(join(dir, 'auth.js')), ...phone }
}

for (const [language, text] of Object.entries(languages)) {
  test(`the smallest utils/auth.js (${language})`, async t => {
    const { auth } = await startWith(t, text, 'create({ baseURL:')
    same((await auth.get('/me')).data, { user: 'alice' })
  })

  for (const path of ['/coded', '/coded200']) {
    test(`the utils/auth.js for {code, msg, data} (${language}, ${path})`, async t => {
      const { server, auth, seen } = await startWith(t, text, 'parseLogin', path)
      same(await auth.get('/me'), { user: 'alice' })
      await server.revoke('alice')
      const all = await Promise.all(Array.from({ length: 5 }, () => auth.post('/orders')))
      same(all.map(data => data.order).sort(), [1, 2, 3, 4, 5])
      assert.equal(seen.logins, 2)

      await server.revoke('alice', 'replaced')
      const ended = await rejection(auth.get('/me'))
      same([ended.code, ended.reason, seen.logins], ['not_logged_in', 'replaced', 2])

      await server.wechat({ ErrCode: 40226 })
      assert.equal((await rejection(auth.login())).code, 'login_denied')
      await server.wechat(null)
      await auth.login()
      await server.store(true)
      assert.equal((await rejection(auth.get('/me'))).code, 'store_unavailable')
      await server.store(false)

      await server.road({ Path: `${path}/me`, Status: 502, Body: '<html>Bad Gateway</html>' })
      assert.equal((await rejection(auth.get('/me'))).code, 'http_error')
      await server.road({ Path: `${path}/me`, Status: 200, Body: '<html>Welcome!</html>' })
      assert.equal((await rejection(auth.get('/me'))).code, 'bad_reply')

      await server.road({ Path: `${path}/files`, Status: 200, Body: '{"code":"ok","data":{"upload":1}}' })
      same(await auth.uploadFile({ url: '/files', filePath: 'wxfile://tmp/tea.txt', name: 'file' }), { upload: 1 })
      await server.road({ Path: `${path}/tea.txt`, Status: 200, Body: '龙井' })
      assert.equal((await auth.downloadFile({ url: '/tea.txt', filePath: 'wxfile://usr/tea.txt' })).filePath, 'wxfile://usr/tea.txt')

      await auth.logout()
      assert.equal((await server.counts('alice')).sessions, 0)
    })

    test(`the utils/auth.js for {code, msg, data} copes with other responses (${language}, ${path})`, async t => {
      const { server, auth, seen } = await startWith(t, text, 'parseLogin', path)
      await auth.login()
      await server.road({ Path: `${path}/me`, Status: 204 })
      assert.equal(await auth.get('/me'), undefined)
      await server.road({ Path: `${path}/me`, Status: 200, Body: '<html>Welcome!</html>' })
      assert.match((await rejection(auth.get('/me'))).message, /^bad_reply: unwrap: .*\{code, msg, data\}$/)

      for (const Body of ['', '<html>Unauthorized</html>', '{"code":40101}']) {
        const { logins } = seen
        await server.road({ Path: `${path}/me`, Status: 401, Body })
        same([await auth.get('/me'), seen.logins], [{ user: 'alice' }, logins + 1])
      }

      const { logins } = seen
      await server.road({ Path: `${path}/tea.txt`, Status: 401, Body: '{"code":"not_logged_in"}' }, { Path: `${path}/tea.txt`, Status: 200, Body: '龙井' })
      same([(await auth.downloadFile({ url: '/tea.txt' })).statusCode, seen.logins], [200, logins + 1])
    })

    test(`the utils/auth.js for {code, msg, data} waits before the next login (${language}, ${path})`, async t => {
      const { server, auth, seen } = await startWith(t, text, 'parseLogin', path)
      await server.wechat({ ErrCode: 45011 })
      const first = await rejection(auth.get('/me'))
      same([first.code, first.retryAfter, seen.logins], ['rate_limited', 60, 1])
      await server.wechat(null)
      for (const call of [() => auth.get('/me'), () => auth.login()]) {
        const error = await rejection(call())
        same([error.code, error.retryAfter > 0, seen.logins], ['rate_limited', true, 1])
      }
    })
  }

  test(`where the msg of an error is (${language})`, async t => {
    const own = await startWith(t, text, 'parseLogin', '/coded')
    const ok = await startWith(t, text, 'parseLogin', '/coded200')
    const upload = { url: '/files', filePath: 'wxfile://tmp/tea.txt', name: 'file' }
    const Body = '{"code":"too_big","msg":"文件太大"}'
    for (const [path, call, msg] of [
      ['/orders', auth => auth.post('/orders'), error => error.response.data.msg],
      ['/files', auth => auth.uploadFile(upload), error => JSON.parse(error.response.data).msg],
      ['/tea.txt', auth => auth.downloadFile({ url: '/tea.txt' }), error => JSON.parse(error.response.data).msg],
    ]) {
      await own.server.road({ Path: `/coded${path}`, Status: 413, Body })
      const error = await rejection(call(own.auth))
      same([error.code, msg(error)], ['too_big', '文件太大'])
      if (path === '/tea.txt') continue // the file of a response with status 200 is not read
      await ok.server.road({ Path: `/coded200${path}`, Status: 200, Body })
      const other = await rejection(call(ok.auth))
      same([other.code, other.message], ['too_big', '文件太大'])
    }
  })
}

test('a server whose codes are numbers can have them translated in bodyOf', async t => {
  const body = /^function bodyOf\(res\) \{\n.*?^\}\n/ms
  const names = "{ 0: 'ok', 401: 'not_logged_in', 403: 'login_denied', 409: 'session_key_stale' }"
  const translated = languages.English.replace(body, `function bodyOf(res) {
    const body = typeof res.data === 'string' ? JSON.parse(res.data) : res.data
    return Object.assign({}, body, { code: ${names}[body.code] || body.code })
  }\n`).replace('token: data.token, expiresIn: data.expires_in', 'token: data, expiresIn: bodyOf(res).expires')
  const { server, auth, seen } = await startWith(t, translated, 'parseLogin', '/envelope')
  same(await auth.get('/me'), { user: 'alice' })
  await server.revoke('alice')
  same([await auth.get('/me'), seen.logins], [{ user: 'alice' }, 2])
  await server.road({ Path: '/envelope/me', Status: 200, Body: '{"code":409}' })
  same([(await rejection(auth.get('/me'))).code, seen.logins], ['session_key_stale', 3])
  await server.revoke('alice')
  await server.wechat({ ErrCode: 40226 })
  for (let i = 0; i < 2; i++) same([(await rejection(auth.get('/me'))).code, seen.logins], ['login_denied', 4])
})

test('the utils/auth.js for {code, msg, data} needs no unauthorized if errors have their own status', async t => {
  const short = languages.English.replace(/^  unauthorized\(res\) \{.*?^  \},\n/ms, '')
  assert.notEqual(short, languages.English)
  const { server, auth, seen } = await startWith(t, short, 'parseLogin', '/coded')
  same(await auth.get('/me'), { user: 'alice' })
  await server.revoke('alice')
  same([await auth.get('/me'), seen.logins], [{ user: 'alice' }, 2])
  await server.revoke('alice', 'replaced')
  const ended = await rejection(auth.get('/me'))
  same([ended.code, ended.reason, seen.logins, typeof ended.response.data.msg], ['not_logged_in', 'replaced', 2, 'string'])
  await server.wechat({ ErrCode: 40226 })
  assert.equal((await rejection(auth.login())).code, 'login_denied')
})
