// Tests ../miniprogram/utils/wxauth.js: failed logins, calls of login(), and logouts.

import assert from 'node:assert/strict'
import test from 'node:test'

import { hour, rejection, same, start } from './miniprogram.js'

test('a login whose reply is lost fails once, and the next request logs in with a new code', async t => {
  const { server, auth, seen } = await start(t)
  await server.road({ Path: '/login', Drop: 'reply' })
  assert.equal((await rejection(auth.request({ url: '/me' }))).code, 'network')
  same((await server.counts('alice')).calls, { 'POST /login': 1 })
  same((await auth.request({ url: '/me' })).data, { user: 'alice' })
  same([seen.logins, (await server.counts('alice')).exchanges], [2, 2]) // each code was sent once
})

test('wx.login fails: nothing is sent, and the next request tries again', async t => {
  const { server, auth, seen, broken } = await start(t)
  broken.login = true
  const all = await Promise.all(Array.from({ length: 5 }, () => rejection(auth.request({ url: '/me' }))))
  same(all.map(error => error.code), Array(5).fill('wx_login'))
  same([seen.logins, (await server.counts('alice')).calls], [1, {}])
  broken.login = false
  same((await auth.request({ url: '/me' })).data, { user: 'alice' })
})

test('login_denied is final until the user asks for a login', async t => {
  const { server, auth, seen } = await start(t)
  await server.wechat({ ErrCode: 40226 })
  const first = await Promise.all(Array.from({ length: 5 }, () => rejection(auth.request({ url: '/me' }))))
  const later = await rejection(auth.request({ url: '/me' }))
  same([...first, later].map(error => [error.code, error.statusCode]), Array(6).fill(['login_denied', 403]))
  same([seen.logins, (await server.counts('alice')).calls], [1, { 'POST /login': 1 }])

  await server.wechat(null)
  assert.equal((await rejection(auth.request({ url: '/me' }))).code, 'login_denied')
  await auth.login()
  same((await auth.request({ url: '/me' })).data, { user: 'alice' })
  assert.equal(seen.logins, 2)
})

// Maps the error of a login to the fault of WeChat that causes it, and to the longest Retry-After in seconds.
const failures = {
  'rate_limited, 429': [{ ErrCode: 45011 }, 60],
  'wechat_unavailable, 503': [{ Drop: true }, 5],
}
for (const [name, [fault, longest]] of Object.entries(failures)) {
  test(`a login that ends in ${name} is not tried again before its Retry-After`, async t => {
    const { server, auth, seen, clock } = await start(t, { headerCase: 'upper' })
    await server.wechat(fault)
    const error = await rejection(auth.request({ url: '/me' }))
    same([error.code, error.statusCode], name.split(', ').map((s, i) => (i ? Number(s) : s)))
    assert.ok(error.retryAfter >= 1 && error.retryAfter <= longest, `retryAfter is ${error.retryAfter}`)
    await server.wechat(null)

    const early = await rejection(auth.request({ url: '/me' }))
    assert.equal(early.code, error.code)
    assert.ok(early.retryAfter >= 1 && early.retryAfter <= error.retryAfter, `retryAfter is ${early.retryAfter}`)
    assert.equal((await rejection(auth.login())).code, error.code)
    same([seen.logins, (await server.counts('alice')).calls], [1, { 'POST /login': 1 }])

    clock.offset = error.retryAfter * 1000
    same((await auth.request({ url: '/me' })).data, { user: 'alice' })
    assert.equal(seen.logins, 2)
  })
}

test('a clock that is set back does not make a pause longer', async t => {
  const { server, auth, clock } = await start(t)
  await server.wechat({ ErrCode: 45011 })
  await rejection(auth.request({ url: '/me' }))
  await server.wechat(null)
  clock.offset = -24 * hour
  same((await auth.request({ url: '/me' })).data, { user: 'alice' })
})

const oddReplies = {
  'a 502 of a proxy': [{ Status: 502, Body: '<html>' }, 'http_error'],
  'a 500': [{ Status: 500, Body: '{"code":"misconfigured"}' }, 'misconfigured'],
  'the login page of a hotel’s Wi-Fi': [{ Status: 200, Body: '<html>Welcome!</html>' }, 'bad_reply'],
  'JSON without a token': [{ Status: 200, Body: '{"openid":"x"}' }, 'bad_reply'],
  'a token without expires_in': [{ Status: 200, Body: '{"token":"x"}' }, 'bad_reply'],
  'expires_in without a token': [{ Status: 200, Body: '{"expires_in":60}' }, 'bad_reply'],
  'null': [{ Status: 200, Body: 'null' }, 'bad_reply'],
}
for (const [name, [trouble, code]] of Object.entries(oddReplies)) {
  test(`a login answered by ${name} fails`, async t => {
    const { server, auth, seen, storage } = await start(t)
    await server.road({ Path: '/login', ...trouble })
    assert.equal((await rejection(auth.request({ url: '/me' }))).code, code)
    same([seen.logins, storage.size, auth.loggedIn()], [1, 0, false])
    same((await auth.request({ url: '/me' })).data, { user: 'alice' })
  })
}

test('login replaces a valid login, and the server ends the old one', async t => {
  const { server, auth, storage } = await start(t)
  await auth.request({ url: '/me' })
  const { token } = storage.get('wxauth')
  await auth.login()
  const res = await fetch(`${server.url}/me`, { headers: { Authorization: `Bearer ${token}` } })
  assert.equal(res.status, 401)
  same((await auth.request({ url: '/me' })).data, { user: 'alice' })
  assert.equal((await server.counts('alice')).sessions, 1)
})

test('logout ends the login on the server, and the next request logs in again', async t => {
  const { server, auth, seen, storage } = await start(t)
  await auth.request({ url: '/me' })
  await auth.logout()
  same([auth.loggedIn(), storage.size, (await server.counts('alice')).sessions], [false, 0, 0])
  await auth.logout() // nothing to end, so nothing is sent
  assert.equal((await server.counts('alice')).calls['POST /logout'], 1)
  same((await auth.request({ url: '/me' })).data, { user: 'alice' })
  assert.equal(seen.logins, 2)
})

test('logout without a server forgets the token, and fails', async t => {
  const { server, auth, storage } = await start(t)
  await auth.login()
  await server.road({ Path: '/logout', Drop: 'request' })
  assert.equal((await rejection(auth.logout())).code, 'network')
  same([auth.loggedIn(), storage.size], [false, 0])
})

test('a request under way at logout does not log in again', async t => {
  const { server, auth, seen } = await start(t)
  await auth.login()
  await server.revoke('alice')
  const under = rejection(auth.request({ url: '/me' }))
  await auth.logout()
  assert.equal((await under).code, 'not_logged_in')
  same([seen.logins, (await server.counts('alice')).sessions], [1, 0])
})

test('a login under way at logout does not survive it', async t => {
  const { server, auth, storage } = await start(t)
  await server.wechat({ Delay: 50e6 })
  const login = auth.login()
  await auth.logout()
  await login
  same([auth.loggedIn(), storage.size, (await server.counts('alice')).sessions], [false, 0, 0])
})
