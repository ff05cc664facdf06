// Tests Tencent's old SDKs from npm. The Go server uses the preset of package wafer.

import assert from 'node:assert/strict'
import { join } from 'node:path'
import test from 'node:test'

import { rejection } from './miniprogram.js'
import { createWorld } from './runtime.js'
import { startServer } from './server.js'
import { createWx } from './wx.js'

const sdks = ['wafer2-client-sdk', 'wafer-client-sdk', 'qcloud-weapp-client-sdk']
const sessionKey = 'weapp_session_F2C224D4-2BCE-4C64-AF9F-A6D872000D1A' // where the SDKs store their session

/** Starts a mini program with an SDK. */
function run(name, server, options = {}) {
  const phone = createWx({ server, user: 'alice', ...options })
  // Some SDKs print errors. This console drops them.
  const quiet = { ...console, error() {} }
  const sdk = createWorld({ wx: phone.wx, console: quiet })(join(import.meta.dirname, 'node_modules', name))
  sdk.setLoginUrl(`${server.url}/weapp/login`)
  return {
    ...phone,
    sdk,
    session: () => phone.storage.get(sessionKey),
    login: () => new Promise((success, fail) => sdk.login({ success, fail })),
    /** Sends a request with the SDK. */
    request: (path, options) => new Promise((success, fail) => {
      sdk.request({ url: `${server.url}/weapp${path}`, ...options, success, fail })
    }),
  }
}

/** Counts calls of wx.login, exchanged codes, and the sessions of alice. */
async function done(app, server) {
  const { exchanges, sessions } = await server.counts('alice')
  return { logins: app.seen.logins, exchanges, sessions }
}

const alice = { user: 'alice' }

for (const name of sdks) {
  test(`${name}: the first request logs in by itself, and the session is reused`, async t => {
    const server = await startServer(t)
    const app = run(name, server)
    for (let i = 0; i < 3; i++) assert.deepEqual((await app.request('/me')).data, alice)
    assert.deepEqual(await done(app, server), { logins: 1, exchanges: 1, sessions: 1 })

    const restarted = run(name, server, { storage: app.storage })
    assert.deepEqual((await restarted.request('/me')).data, alice)
    assert.deepEqual(await done(restarted, server), { logins: 0, exchanges: 1, sessions: 1 })
    // One request is refused before the login, and four requests succeed.
    assert.deepEqual((await server.counts('alice')).calls, { 'GET /weapp/me': 5, 'GET /weapp/login': 1 })
  })

  test(`${name}: login, and a request with the option login`, async t => {
    const server = await startServer(t)
    const app = run(name, server)
    await app.login()
    assert.equal(app.session().skey.length, 43)
    assert.deepEqual((await app.request('/me')).data, alice)
    assert.deepEqual((await app.request('/me', { login: true })).data, alice)
    // With the option login, wafer2 logs in again. The other SDKs use their session if they have one.
    const n = name === 'wafer2-client-sdk' ? 2 : 1
    assert.deepEqual(await done(app, server), { logins: n, exchanges: n, sessions: n })
  })

  test(`${name}: after a logout the next request logs in again, once`, async t => {
    const server = await startServer(t)
    const app = run(name, server)
    await app.request('/me')
    assert.equal((await app.request('/logout', { method: 'POST' })).statusCode, 204)
    assert.deepEqual(await done(app, server), { logins: 1, exchanges: 1, sessions: 0 })
    for (let i = 0; i < 3; i++) assert.deepEqual((await app.request('/me')).data, alice)
    assert.deepEqual(await done(app, server), { logins: 2, exchanges: 2, sessions: 1 })
  })

  test(`${name}: after the server ended all logins the next request is replayed, and carried out once`, async t => {
    const server = await startServer(t)
    const app = run(name, server)
    await app.request('/me')
    await server.revoke('alice')
    assert.deepEqual((await app.request('/orders', { method: 'POST', data: { tea: 1 } })).data, { order: 1 })
    assert.deepEqual(await done(app, server), { logins: 2, exchanges: 2, sessions: 1 })
    const { calls, orders } = await server.counts('alice')
    assert.deepEqual([calls['POST /weapp/orders'], orders], [2, 1])
  })

  test(`${name}: a session that the SDK forgets is replaced`, async t => {
    const server = await startServer(t)
    const app = run(name, server)
    await app.request('/me')
    app.sdk.clearSession()
    assert.deepEqual((await app.request('/me')).data, alice)
    assert.equal(app.seen.logins, 2)
  })

  const refusals = {
    'login_denied': [{ ErrCode: 40226 }, 403],
    'invalid_code': [{ ErrCode: 40029 }, 400],
    'rate_limited': [{ ErrCode: 45011 }, 429],
    'misconfigured': [{ ErrCode: 40125 }, 500],
    'wechat_bad_reply': [{ Body: '<html>' }, 502],
    'wechat_unavailable': [{ Drop: true }, 503],
  }
  for (const [code, [fault, status]] of Object.entries(refusals)) {
    test(`${name}: a login that ends in ${code} leaves no session`, async t => {
      const server = await startServer(t)
      const app = run(name, server)
      await server.wechat(fault)
      const errors = [await rejection(app.login()), await rejection(app.request('/me'))]
      // The error of the SDK contains the code. With wafer2, only the error of login does.
      const telling = name === 'wafer2-client-sdk' ? errors.slice(0, 1) : errors
      for (const error of telling) assert.match(error.message, new RegExp(code))
      const statuses = app.seen.requests.filter(r => r.path === '/weapp/login').map(r => r.status)
      assert.deepEqual([app.session(), app.seen.logins, statuses], [undefined, 2, [status, status]])

      await server.wechat(null)
      assert.deepEqual((await app.request('/me')).data, alice)
    })
  }

  test(`${name}: an outage does not end the login`, async t => {
    const server = await startServer(t)
    const app = run(name, server)
    await app.request('/me')
    const before = app.session()
    await server.store(true)
    const refused = await app.request('/me')
    assert.deepEqual([refused.statusCode, refused.data.error], [503, 'store_unavailable'])
    await server.store(false)
    await server.road({ Path: '/weapp/me', Status: 502, Body: '<html>' }, { Path: '/weapp/me', Drop: 'reply' })
    assert.equal((await app.request('/me')).statusCode, 502)
    await rejection(app.request('/me'))
    assert.deepEqual(app.session(), before)
    assert.deepEqual((await app.request('/me')).data, alice)
    assert.equal(app.seen.logins, 1)
  })

  test(`${name}: openid and session_key never reach the phone`, async t => {
    const server = await startServer(t)
    const app = run(name, server)
    await app.login()
    const { key } = await server.phone('alice', 'key')
    await app.request('/me')
    await server.revoke('alice')
    await app.request('/me')
    const { key: key2 } = await server.phone('alice', 'key')
    const all = JSON.stringify([app.seen.requests, [...app.storage]])
    assert.ok(all.includes(app.session().skey))
    for (const secret of [key, key2, 'openid']) assert.ok(!all.includes(secret), secret)
  })
}

test('all three SDKs and the client of the example use one server at the same time', async t => {
  const server = await startServer(t)
  const apps = sdks.map(name => run(name, server, { user: name }))
  const example = createWx({ server, user: 'newcomer' })
  const auth = createWorld({ wx: example.wx })(join(import.meta.dirname, '../miniprogram/utils/wxauth.js'))
    .create({ baseURL: server.url })
  for (let i = 0; i < 2; i++) {
    const all = await Promise.all([...apps.map(app => app.request('/me')), auth.request({ url: '/me' })])
    assert.deepEqual(all.map(res => res.data.user), [...sdks, 'newcomer'])
  }
  assert.equal((await server.counts('newcomer')).exchanges, 4)
})

test('a token that an SDK got works as a bearer token', async t => {
  const server = await startServer(t)
  for (const name of sdks) {
    const app = run(name, server)
    await app.login()
    const res = await fetch(`${server.url}/me`, { headers: { Authorization: `Bearer ${app.session().skey}` } })
    assert.deepEqual(await res.json(), alice)
  }
})

for (const name of sdks) {
  test(`${name}: ten requests at once with a session that has ended, 50 times, at any latency`, async t => {
    const server = await startServer(t)
    let seed = 1
    const random = () => (seed = (seed * 48271) % 0x7fffffff) / 0x7fffffff // MINSTD
    const delay = () => new Promise(resolve => setTimeout(resolve, random() * 20))
    const app = run(name, server, { delay })
    await app.login()
    for (let i = 0; i < 50; i++) {
      await server.revoke('alice')
      const all = await Promise.allSettled(Array.from({ length: 10 }, () => app.request('/me')))
      assert.deepEqual(all.map(r => r.value?.data ?? r.reason), Array(10).fill(alice), `run ${i}`)
    }
    // Each of the 500 requests logged in by itself. No login ended the login of another request.
    assert.deepEqual(await done(app, server), { logins: 501, exchanges: 501, sessions: 10 })
  })
}
