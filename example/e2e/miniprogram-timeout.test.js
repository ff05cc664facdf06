// Tests ../miniprogram/utils/wxauth.js: the time limits of logins, renewals and requests.

import assert from 'node:assert/strict'
import test from 'node:test'

import { rejection, same, start } from './miniprogram.js'

/** Makes an adapter that notes the timeouts of wx.login and wx.request. */
const noting = noted => wx => ({
  ...wx,
  login: options => (noted.push(['wx.login', options.timeout]), wx.login(options)),
  request: options => (noted.push([new URL(options.url).pathname, options.timeout]), wx.request(options)),
})

const renewal = { url: '/renew', method: 'POST' }

for (const [loginTimeout, want] of [[undefined, 20000], [5000, 5000]]) {
  test(`wx.login, the login and a renewal have the time limit ${want} (loginTimeout ${loginTimeout})`, async t => {
    const noted = []
    const { auth } = await start(t, { adapt: noting(noted), client: { loginTimeout } })
    await auth.get('/me', {}, { timeout: 3000 })
    await auth.renew(renewal)
    await auth.renew({ ...renewal, timeout: 4000 })
    same(noted, [['wx.login', want], ['/login', want], ['/me', 3000], ['/renew', want], ['/renew', 4000]])
  })
}

const hang = { Delay: 2e9 } // 2 seconds, in nanoseconds, which is longer than the loginTimeout below

test('a login that hangs fails after loginTimeout, and the next request logs in again', async t => {
  const { server, auth, seen } = await start(t, { client: { loginTimeout: 100 } })
  await server.wechat(hang)
  const all = await Promise.all(Array.from({ length: 5 }, () => rejection(auth.get('/me'))))
  same(all.map(error => error.code), Array(5).fill('network'))
  same([seen.logins, (await server.counts('alice')).calls], [1, { 'POST /login': 1 }])
  await server.wechat(null)
  same((await auth.get('/me')).data, { user: 'alice' })
  assert.equal(seen.logins, 2)
})

test('a request waits for a login as long as its timeout, and the login goes on for others', async t => {
  const { server, auth, seen } = await start(t)
  await server.wechat({ Delay: 500e6 })
  const patient = auth.get('/me')
  const error = await rejection(auth.get('/me', {}, { timeout: 50 }))
  same([error.code, /timeout/.test(error.message), auth.loggedIn()], ['network', true, false])
  same((await patient).data, { user: 'alice' })
  const { calls } = await server.counts('alice')
  same([seen.logins, calls], [1, { 'POST /login': 1, 'GET /me': 1 }]) // the request with the short timeout was never sent
})

test('a request that was refused waits for the next login as long as its timeout', async t => {
  const { server, auth, seen } = await start(t)
  await auth.login()
  await server.revoke('alice')
  await server.wechat({ Delay: 500e6 })
  const error = await rejection(auth.post('/orders', {}, { timeout: 200 }))
  same([error.code, seen.logins], ['network', 2])
  const { calls, orders } = await server.counts('alice')
  same([calls['POST /orders'], orders], [1, 0])
})

test('a login that fails before the timeout of a request fails the request at once', async t => {
  const { auth } = await start(t, { broken: { login: true, storage: false } })
  assert.equal((await rejection(auth.get('/me', {}, { timeout: 20000 }))).code, 'wx_login')
})
