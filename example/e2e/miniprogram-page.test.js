// Tests the page of ../miniprogram: what its buttons do, and what it shows. wx.js
// simulates the phone. The tests without an AppID use the example program as the server.
// The other tests use ./server.

import assert from 'node:assert/strict'
import { join } from 'node:path'
import test from 'node:test'

import { startExample } from './example.js'
import { createWorld } from './runtime.js'
import { startServer } from './server.js'
import { createWx } from './wx.js'

const root = join(import.meta.dirname, '../miniprogram')

/** Starts the mini program and opens its page. */
function open(url, options) {
  const phone = createWx(options)
  // utils/auth.js contains the address of the server. This wrapper sends requests to the test's server instead.
  const request = phone.wx.request
  phone.wx.request = options => {
    assert.ok(options.url.startsWith('http://127.0.0.1:8080/'), options.url)
    return request({ ...options, url: options.url.replace('http://127.0.0.1:8080', url) })
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
    this.data = structuredClone({ ...this.data, ...change }) // the real setData copies the data to the view, too
    if (!this.data.busy) idle?.()
  }
  /** Taps a button, or opens the page, and returns the line that the page adds. */
  const tap = async (name, event) => {
    const done = new Promise(resolve => (idle = resolve))
    page[name](event)
    await done
    const [line] = page.data.lines
    return `${line.ok ? 'ok' : 'no'}: ${line.text}`
  }
  return { page, tap, ...phone }
}

/** Starts a server, and opens the page with it. */
async function openWithServer(t, { offline = false } = {}) {
  const server = await startServer(t)
  return { server, ...open(server.url, { server, user: 'alice', broken: { login: offline, storage: false } }) }
}

test('every button, from the start to the logout', async t => {
  const { server, page, tap, seen } = await openWithServer(t)
  assert.equal(await tap('onLoad'), 'ok: 服务端识别出用户：alice')
  assert.deepEqual([page.data.loggedIn, page.data.user, seen.logins], [true, 'alice', 1])
  assert.equal(seen.checks, 1) // by prepare in onLaunch
  await server.rotate('alice') // prepare notices this before WeChat encrypts data
  assert.equal(await tap('steps'), 'ok: 服务端解密得到步数：8123')
  const { code } = await server.phone('alice', 'number')
  assert.equal(await tap('phone', { detail: { code } }), 'ok: 服务端从微信取得：13800138000')
  const denied = await tap('phone', { detail: { errMsg: 'getPhoneNumber:fail user deny' } })
  assert.equal(denied, 'no: 没有取到数据：用户未授权，或者正处于游客模式（getPhoneNumber:fail user deny）')
  assert.equal(await tap('login'), 'ok: 登录成功，得到新的 token')
  assert.equal(await tap('me'), 'ok: 服务端识别出用户：alice')
  assert.equal(await tap('logout'), 'ok: 服务端已删除登录态')
  assert.deepEqual([page.data.loggedIn, page.data.user], [false, ''])
  assert.equal((await server.counts('alice')).sessions, 0)
  assert.equal(await tap('me'), 'ok: 服务端识别出用户：alice')
  assert.equal(seen.logins, 4)
  assert.equal(page.data.lines.length, 8)
})

test('errors are shown in words', async t => {
  const { server, tap, broken } = await openWithServer(t, { offline: true })
  assert.equal(await tap('onLoad'), 'no: 微信登录失败，请检查网络')
  broken.login = false
  await server.wechat({ ErrCode: 40029 })
  assert.equal(await tap('me'), 'no: 微信不接受这个 code，请检查开发者工具里的 AppID')
  await server.wechat({ ErrCode: 40226 })
  assert.equal(await tap('me'), 'no: 该用户无法登录')
  await server.wechat({ ErrCode: 45011 })
  assert.equal(await tap('login'), 'no: 服务端繁忙，请 60 秒后再试')
})

test('after data under a session_key that the server does not have, a second tap works', async t => {
  const { server, tap } = await openWithServer(t)
  assert.equal(await tap('onLoad'), 'ok: 服务端识别出用户：alice')
  await server.phone('alice', 'login') // the server never gets the code of this login, and checkSession does not notice that
  assert.equal(await tap('steps'), 'no: 已重新登录，请再点一次')
  assert.equal(await tap('steps'), 'ok: 服务端解密得到步数：8123')
  await server.stop()
  assert.equal(await tap('me'), 'no: 无法连接服务端，请检查网络')
  assert.equal(await tap('logout'), 'no: 无法连接服务端，请检查网络')
})

test('without an AppID the page works against the example', async t => {
  const example = await startExample()
  t.after(() => example.stop())
  const { tap, seen, page } = open(example.base, { server: {}, user: 'nobody', appID: 'touristappid' })
  const me = await tap('onLoad')
  assert.match(me, /^ok: 服务端识别出用户：u-[0-9a-f]{12}$/)
  assert.deepEqual([seen.logins, page.data.loggedIn], [1, true])
  assert.equal(await tap('login'), 'ok: 登录成功，得到新的 token')
  assert.equal(await tap('me'), me, 'the same made-up user')
  assert.equal(await tap('steps'), 'no: 没有取到数据：用户未授权，或者正处于游客模式（getWeRunData:fail tourist appid）')
  assert.equal(await tap('logout'), 'ok: 服务端已删除登录态')
  assert.equal(await tap('me'), me)
  assert.equal(await tap('everywhere'), 'ok: 已结束的登录态：1 个')
  assert.deepEqual([page.data.loggedIn, page.data.user], [false, ''])
  assert.equal(await tap('me'), 'no: 已在所有设备退出，请点「重新登录」')
  assert.equal(await tap('me'), 'no: 已在所有设备退出，请点「重新登录」')
  assert.equal(seen.logins, 3)
  assert.equal(await tap('login'), 'ok: 登录成功，得到新的 token')
  assert.equal(await tap('me'), me)
})

test('without an AppID and with the real WeChat, the page says what is wrong', async t => {
  const example = await startExample({ WX_APPID: 'wx4f4bc4dec97d474b', WX_SECRET: '0123456789abcdef0123456789abcdef' })
  t.after(() => example.stop())
  const { tap } = open(example.base, { server: {}, user: 'nobody', appID: 'touristappid' })
  assert.match(await tap('onLoad'), /^no: 出错了：invalid_request: .*mock code/)
})
