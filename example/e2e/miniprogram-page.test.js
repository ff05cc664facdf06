// The page of ../miniprogram, run with a stand-in for wx against the real Go
// server: what its buttons do, and what it tells its user.

import assert from 'node:assert/strict'
import { join } from 'node:path'
import test from 'node:test'

import { createWorld } from './runtime.js'
import { startServer } from './server.js'
import { createWx } from './wx.js'

const root = join(import.meta.dirname, '../miniprogram')

/** Starts the mini program and opens its page. */
async function open(t, { offline = false } = {}) {
  const server = await startServer(t)
  const phone = createWx({ server, user: 'alice', broken: { login: offline, storage: false } })
  // The one line that names the server is the one to change here.
  const request = phone.wx.request
  phone.wx.request = options => {
    assert.ok(options.url.startsWith('http://127.0.0.1:8080/'), options.url)
    return request({ ...options, url: options.url.replace('http://127.0.0.1:8080', server.url) })
  }
  let app, page, idle
  const world = createWorld({
    wx: phone.wx,
    App: definition => (app = definition),
    Page: definition => (page = definition),
  })
  world(join(root, 'app.js'))
  app.onLaunch()
  world(join(root, 'pages/index/index.js'))
  page.setData = function (change) {
    this.data = structuredClone({ ...this.data, ...change }) // as it is on its way to the view
    if (!this.data.busy) idle?.()
  }
  /** Taps a button, or opens the page, and returns the line that the page adds for it. */
  const tap = async (name, event) => {
    const done = new Promise(resolve => (idle = resolve))
    page[name](event)
    await done
    const [line] = page.data.lines
    return `${line.ok ? 'ok' : 'no'}: ${line.text}`
  }
  return { server, page, tap, ...phone }
}

test('every button, from the start to the logout', async t => {
  const { server, page, tap, seen } = await open(t)
  assert.equal(await tap('onLoad'), 'ok: 服务器认得我：alice')
  assert.deepEqual([page.data.loggedIn, page.data.user, seen.logins], [true, 'alice', 1])
  assert.equal(seen.checks, 1) // at the start
  await server.rotate('alice') // noticed before data is encrypted under the dead key
  assert.equal(await tap('steps'), 'ok: 服务器解密得到步数：8123')
  const { code } = await server.phone('alice', 'number')
  assert.equal(await tap('phone', { detail: { code } }), 'ok: 服务器向微信问到：13800138000')
  assert.equal(await tap('phone', { detail: { errMsg: 'getPhoneNumber:fail user deny' } }), 'no: 没有授权')
  assert.equal(await tap('login'), 'ok: 拿到了新的 token')
  assert.equal(await tap('me'), 'ok: 服务器认得我：alice')
  assert.equal(await tap('logout'), 'ok: 服务器已删除这次登录')
  assert.deepEqual([page.data.loggedIn, page.data.user], [false, ''])
  assert.equal((await server.counts('alice')).sessions, 0)
  assert.equal(await tap('me'), 'ok: 服务器认得我：alice')
  assert.equal(seen.logins, 4)
  assert.equal(page.data.lines.length, 8)
})

test('what goes wrong is told in words', async t => {
  const { server, tap, broken } = await open(t, { offline: true })
  assert.equal(await tap('onLoad'), 'no: 微信登录失败，请检查网络')
  broken.login = false
  await server.wechat({ ErrCode: 40029 })
  assert.equal(await tap('me'), 'no: 微信不认这个 code；开发者工具里请用自己的 AppID')
  await server.wechat({ ErrCode: 40226 })
  assert.equal(await tap('me'), 'no: 该用户不能登录')
  await server.wechat({ ErrCode: 45011 })
  assert.equal(await tap('login'), 'no: 服务器忙，请 60 秒后再试')
})

test('a key that the server does not have makes the user try again, and then it works', async t => {
  const { server, tap } = await open(t)
  assert.equal(await tap('onLoad'), 'ok: 服务器认得我：alice')
  await server.phone('alice', 'login') // a code that never came to the server; checkSession does not notice
  assert.equal(await tap('steps'), 'no: 已重新登录，请再点一次')
  assert.equal(await tap('steps'), 'ok: 服务器解密得到步数：8123')
  await server.stop()
  assert.equal(await tap('me'), 'no: 连不上服务器，请检查网络')
  assert.equal(await tap('logout'), 'no: 连不上服务器，请检查网络')
})
