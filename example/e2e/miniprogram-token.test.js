// Tests ../miniprogram/utils/wxauth.js: when the client logs in by itself, how often, and
// how it stores the token.

import assert from 'node:assert/strict'
import test from 'node:test'

import { anyLatency, gate, hour, rejection, run, same, sleep, start, werun } from './miniprogram.js'
import { startServer } from './server.js'

for (const headerCase of ['canonical', 'lower', 'upper']) {
  test(`the first request logs in by itself, the next ones do not (${headerCase} headers)`, async t => {
    const { server, auth, seen } = await start(t, { headerCase })
    for (let i = 0; i < 3; i++) same((await auth.request({ url: '/me' })).data, { user: 'alice' })
    const { calls, exchanges, sessions } = await server.counts('alice')
    same({ logins: seen.logins, exchanges, sessions, calls },
      { logins: 1, exchanges: 1, sessions: 1, calls: { 'POST /login': 1, 'GET /me': 3 } })
  })
}

test('openid and session_key never reach the phone', async t => {
  const { server, auth, seen, storage } = await start(t)
  await auth.request({ url: '/me' })
  const { key } = await server.phone('alice', 'key')
  const { encryptedData, iv } = await werun(server)
  await auth.request({ url: '/steps', method: 'POST', data: { encryptedData, iv } })
  await auth.logout()
  const all = JSON.stringify([seen.requests, [...storage]])
  assert.match(all, /alice/)
  for (const secret of [key, 'openid-of']) assert.ok(!all.includes(secret), secret)
})

test('the token survives a restart of the mini program', async t => {
  const { server, auth, seen, storage } = await start(t)
  await auth.request({ url: '/me' })
  const again = run(server, { user: 'alice', storage })
  assert.equal(again.auth.loggedIn(), true)
  same((await again.auth.request({ url: '/me' })).data, { user: 'alice' })
  assert.equal(seen.logins + again.seen.logins, 1)
})

test('20 requests at once without a token make one login', async t => {
  const { server, auth, seen } = await start(t)
  await server.wechat({ Delay: 50e6 }) // all 20 requests wait for the login
  const all = await Promise.all(Array.from({ length: 20 }, () => auth.request({ url: '/me' })))
  for (const res of all) same(res.data, { user: 'alice' })
  const { exchanges, sessions } = await server.counts('alice')
  same({ logins: seen.logins, exchanges, sessions }, { logins: 1, exchanges: 1, sessions: 1 })
})

// Ways in which a login can end.
const endings = {
  'that the server has revoked': ({ server }) => server.revoke('alice'),
  'that expired by the phone’s clock': async ({ server, clock }) => {
    clock.offset = 2 * hour
    await server.revoke('alice')
  },
  'that expired at the server': async ({ server, clock, storage }) => {
    clock.offset = -hour // by the clock of the phone, the token has not expired
    const header = { Authorization: `Bearer ${storage.get('wxauth').token}` }
    for (let i = 0; (await fetch(`${server.url}/me`, { headers: header })).status === 200; i++) {
      assert.ok(i < 200, 'the token does not expire')
      await sleep(50)
    }
  },
}
for (const [name, end] of Object.entries(endings)) {
  test(`20 requests at once with a token ${name} make one login`, async t => {
    const app = await start(t, { lifetime: name.endsWith('server') ? '5s' : '1h', delay: anyLatency })
    const { server, auth, seen } = app
    await auth.request({ url: '/me' })
    await end(app)
    const before = await server.counts('alice')
    const all = await Promise.all(Array.from({ length: 20 }, () => auth.request({ url: '/me' })))
    for (const res of all) same(res.data, { user: 'alice' })
    const after = await server.counts('alice')
    same({ logins: seen.logins - 1, exchanges: after.exchanges - before.exchanges, sessions: after.sessions },
      { logins: 1, exchanges: 1, sessions: 1 })
  })
}

test('a 401 that comes after the next login makes no other login', async t => {
  const { delay, hold } = gate()
  const { server, auth, seen } = await start(t, { delay })
  await auth.request({ url: '/me' })
  await server.revoke('alice')
  const held = hold()
  const late = auth.request({ url: '/me' })
  const release = await held
  await auth.request({ url: '/me' })
  release()
  same((await late).data, { user: 'alice' })
  assert.equal(seen.logins, 2)
  await auth.request({ url: '/me' }) // uses the token of the second login
  assert.equal(seen.logins, 2)
})

test('a 401 that comes during a later login waits for it', async t => {
  const { delay, hold } = gate()
  const { server, auth, seen, storage } = await start(t, { delay })
  await auth.login()
  await server.revoke('alice')
  const held = hold()
  const late = auth.request({ url: '/me' })
  const release = await held
  await auth.request({ url: '/me' })
  const heldLogin = hold()
  const login = auth.login()
  const releaseLogin = await heldLogin
  release()
  await sleep(0) // gives the client time to send a request, which it must not do
  releaseLogin()
  await login
  same((await late).data, { user: 'alice' })
  assert.equal(seen.requests.at(-1).header.Authorization, `Bearer ${storage.get('wxauth').token}`)
})

test('a second client of the same mini program takes over the token of the first', async t => {
  const { server, auth, storage } = await start(t)
  await auth.login()
  const second = run(server, { user: 'alice', storage })
  await auth.login() // makes the token of the second client invalid
  for (let i = 0; i < 2; i++) same((await second.auth.request({ url: '/me' })).data, { user: 'alice' })
  same([second.seen.logins, second.seen.requests.length], [0, 3])
})

test('a request that comes during a login waits for its token', async t => {
  const { delay, hold } = gate()
  const { auth, seen, storage } = await start(t, { delay })
  await auth.login()
  const held = hold()
  const login = auth.login()
  const request = auth.request({ url: '/me' })
  const release = await held
  release()
  await login
  same((await request).data, { user: 'alice' })
  assert.equal(seen.requests.at(-1).header.Authorization, `Bearer ${storage.get('wxauth').token}`)
  assert.equal(seen.requests.length, 3)
})

test('a token that the server refuses is forgotten, even if there is no other', async t => {
  const { server, auth, storage, broken } = await start(t)
  await auth.login()
  await server.revoke('alice')
  broken.login = true
  assert.equal((await rejection(auth.request({ url: '/me' }))).code, 'wx_login')
  same([auth.loggedIn(), storage.size], [false, 0])
})

test('a token that is refused again after a login ends in an error', async t => {
  const { server, auth, seen } = await start(t)
  await server.road({ Path: '/me', Always: true, Status: 401, Body: '{"code":"not_logged_in"}' })
  const error = await rejection(auth.request({ url: '/me' }))
  same([error.code, error.statusCode], ['not_logged_in', 401])
  const { calls } = await server.counts('alice')
  same({ logins: seen.logins, calls }, { logins: 2, calls: { 'POST /login': 2, 'GET /me': 2 } })
})

test('cleared storage costs a login at the next start, and none before', async t => {
  const { server, auth, wx, seen, storage } = await start(t)
  await auth.request({ url: '/me' })
  wx.clearStorageSync()
  await auth.request({ url: '/me' })
  assert.equal(seen.logins, 1)
  const again = run(server, { user: 'alice', storage })
  same((await again.auth.request({ url: '/me' })).data, { user: 'alice' })
  assert.equal(again.seen.logins, 1)
})

test('broken storage costs a login at each start', async t => {
  const { server, auth, seen } = await start(t, { broken: { login: false, storage: true } })
  for (let i = 0; i < 3; i++) same((await auth.request({ url: '/me' })).data, { user: 'alice' })
  assert.equal(seen.logins, 1)
  await auth.logout()
  assert.equal((await server.counts('alice')).sessions, 0)
})

const junk = { 'text': 'token', 'a number': 7, 'another shape': { id: 1 }, 'no expiry': server => ({ token: 'x', server }) }
for (const [name, value] of Object.entries(junk)) {
  test(`a stored value that is ${name} is no token`, async t => {
    const server = await startServer(t)
    const stored = typeof value === 'function' ? value(server.url) : value
    const { auth, seen } = run(server, { user: 'alice', storage: new Map([['wxauth', stored]]) })
    same((await auth.request({ url: '/me' })).data, { user: 'alice' })
    same([seen.logins, seen.requests.length], [1, 2])
  })
}

test('the token goes to its own server only', async t => {
  const one = await start(t)
  await one.auth.request({ url: '/me' })
  const { token } = one.storage.get('wxauth')
  const other = await startServer(t)
  const moved = run(other, { user: 'alice', storage: one.storage })
  same((await moved.auth.request({ url: '/me' })).data, { user: 'alice' })
  assert.ok(!JSON.stringify(moved.seen.requests).includes(token))
  for (const url of [`${other.url}/me`, 'me', '']) {
    assert.equal((await rejection(one.auth.request({ url }))).code, 'bad_url')
  }
  assert.equal(one.seen.requests.length, 2)
})

test('a clock that is wrong by a year makes no difference', async t => {
  for (const offset of [-24 * 365 * hour, 24 * 365 * hour]) {
    const app = await start(t)
    app.clock.offset = offset
    for (let i = 0; i < 3; i++) same((await app.auth.request({ url: '/me' })).data, { user: 'alice' })
    assert.equal(app.seen.logins, 1)
    // After the clock is set right, the client logs in at most once more. That login ends the first one.
    app.clock.offset = 0
    for (let i = 0; i < 3; i++) same((await app.auth.request({ url: '/me' })).data, { user: 'alice' })
    assert.ok(app.seen.logins <= 2)
    assert.equal((await app.server.counts('alice')).sessions, 1)
  }
})

test('two users of one server are told apart', async t => {
  const { server, auth } = await start(t)
  const bob = run(server, { user: 'bob' })
  const all = await Promise.all([auth.request({ url: '/me' }), bob.auth.request({ url: '/me' })])
  same(all.map(res => res.data.user), ['alice', 'bob'])
})
