// Tests ../miniprogram/utils/wxauth.js: which requests are sent again.

import assert from 'node:assert/strict'
import test from 'node:test'

import { gate, rejection, same, start, werun } from './miniprogram.js'

test('a POST is repeated after a 401, and carried out once', async t => {
  const { server, auth } = await start(t)
  await auth.login()
  await server.revoke('alice')
  same((await auth.request({ url: '/orders', method: 'POST', data: { tea: 1 } })).data, { order: 1 })
  const { calls, orders } = await server.counts('alice')
  same([calls['POST /orders'], orders], [2, 1])
})

// The trouble in the simulated network (see server/road.go), the code of the error, and the number of
// orders that the server has accepted.
const losses = {
  'whose reply is lost': [{ Drop: 'reply' }, 'network', 1],
  'that is lost': [{ Drop: 'request' }, 'network', 0],
  'that a proxy answers 502': [{ Status: 502, Body: '<html>Bad Gateway</html>' }, 'http_error', 0],
  'that is answered 503': [{ Status: 503, Body: '{"code":"store_unavailable","retry_after":3}' }, 'store_unavailable', 0],
  'that is answered 429': [{ Status: 429, Body: '{"code":"rate_limited"}', Header: { 'Retry-After': '3' } }, 'rate_limited', 0],
  'that is answered 409 by the application': [{ Status: 409, Body: '{"code":"sold_out"}' }, 'sold_out', 0],
}
for (const [name, [trouble, code, orders]] of Object.entries(losses)) {
  test(`a POST ${name} is not repeated`, async t => {
    const { server, auth, seen } = await start(t, { headerCase: 'lower' })
    await auth.login()
    await server.road({ Path: '/orders', Always: true, ...trouble })
    const error = await rejection(auth.request({ url: '/orders', method: 'POST', data: { tea: 1 } }))
    assert.equal(error.code, code)
    assert.equal(error.retryAfter, /503|429/.test(name) ? 3 : 0)
    const counts = await server.counts('alice')
    same([counts.calls['POST /orders'], counts.orders, seen.logins, counts.sessions], [1, orders, 1, 1])
  })
}

test('without a server every request ends in an error, and the token stays', async t => {
  const { server, auth, seen, storage } = await start(t)
  await auth.login()
  const token = storage.get('wxauth').token
  await server.stop()
  for (let i = 0; i < 3; i++) {
    const error = await rejection(auth.request({ url: '/me' }))
    same([error.code, error.statusCode], ['network', 0])
  }
  same([seen.logins, seen.requests.length, storage.get('wxauth').token], [1, 4, token])
})

test('an outage of the store makes no login', async t => {
  const { server, auth, seen } = await start(t)
  await auth.login()
  await server.store(true)
  for (let i = 0; i < 3; i++) {
    const error = await rejection(auth.request({ url: '/me' }))
    same([error.code, error.statusCode, error.retryAfter > 0], ['store_unavailable', 503, true])
  }
  await server.store(false)
  same((await auth.request({ url: '/me' })).data, { user: 'alice' })
  assert.equal(seen.logins, 1)
})

test('a stale session_key makes one new login and an error, and no repeat', async t => {
  const { server, auth, seen, storage } = await start(t)
  await auth.request({ url: '/me' })
  const old = storage.get('wxauth').token
  await server.rotate('alice') // WeChat replaces the session_key
  await server.phone('alice', 'login') // the server does not get the code of this login
  const stale = await werun(server)
  const send = () => auth.request({ url: '/steps', method: 'POST', data: { encryptedData: stale.encryptedData, iv: stale.iv } })
  const errors = await Promise.all([rejection(send()), rejection(send()), rejection(send())])
  same(errors.map(error => [error.code, error.statusCode]), Array(3).fill(['session_key_stale', 409]))
  const { calls, sessions } = await server.counts('alice')
  same([calls['POST /steps'], seen.logins, sessions], [3, 2, 1]) // the old login has ended
  assert.notEqual(storage.get('wxauth').token, old)

  // The user repeats the action.
  const fresh = await werun(server)
  const res = await auth.request({ url: '/steps', method: 'POST', data: { encryptedData: fresh.encryptedData, iv: fresh.iv } })
  same(res.data, { steps: 8123 })
})

test('a stale session_key after a logout does not log in', async t => {
  const { delay, hold } = gate()
  const { server, auth, seen } = await start(t, { delay })
  await auth.login()
  await server.phone('alice', 'login')
  const { encryptedData, iv } = await werun(server)
  const held = hold()
  const stale = rejection(auth.request({ url: '/steps', method: 'POST', data: { encryptedData, iv } }))
  const release = await held
  await auth.logout()
  release()
  assert.equal((await stale).code, 'session_key_stale')
  same([seen.logins, (await server.counts('alice')).sessions], [1, 0])
})

test('a checkSession that fails after the next login makes no other login', async t => {
  const { delay, hold } = gate()
  const { server, auth, seen } = await start(t, { delay })
  await auth.login()
  await server.rotate('alice')
  const held = hold()
  const late = auth.prepare()
  const release = await held
  await auth.prepare()
  release()
  await late
  same([seen.logins, seen.checks], [2, 2])
})

test('prepare logs in only if the session_key has expired, and once', async t => {
  const { server, auth, seen } = await start(t)
  await auth.prepare()
  same([seen.logins, seen.checks], [1, 1])
  await auth.prepare()
  same([seen.logins, seen.checks], [1, 2])
  await server.rotate('alice')
  await Promise.all([auth.prepare(), auth.prepare(), auth.prepare()])
  assert.equal(seen.logins, 2)
  const { encryptedData, iv } = await werun(server)
  const res = await auth.request({ url: '/steps', method: 'POST', data: { encryptedData, iv } })
  same(res.data, { steps: 8123 })
})

for (const uploadHeader of [false, true]) {
  test(`a file is uploaded with the token, and again after a 401 (${uploadHeader ? 'with' : 'without'} reply headers)`, async t => {
    const { server, auth, seen } = await start(t, { uploadHeader, files: { 'wxfile://tmp/tea.txt': '龙井' } })
    const upload = () => auth.uploadFile({ url: '/files', filePath: 'wxfile://tmp/tea.txt', name: 'file', formData: { album: 'tea' } })
    same(JSON.parse((await upload()).data), { upload: 1, name: 'tea.txt', text: '龙井', album: 'tea' })
    await server.revoke('alice')
    same(JSON.parse((await upload()).data), { upload: 2, name: 'tea.txt', text: '龙井', album: 'tea' })
    assert.equal(seen.logins, 2)

    await server.road({ Path: '/files', Drop: 'reply' })
    assert.equal((await rejection(upload())).code, 'network')
    await server.road({ Path: '/files', Status: 503, Header: { 'Retry-After': '2' }, Body: '{"code":"store_unavailable","retry_after":2}' })
    const error = await rejection(upload())
    same([error.code, error.retryAfter], ['store_unavailable', 2])
    const { calls, files } = await server.counts('alice')
    same([calls['POST /files'], files, seen.logins], [5, 3, 2])
  })
}

test('the caller’s headers are sent, except Authorization', async t => {
  const { auth, seen } = await start(t)
  await auth.request({ url: '/me', header: { 'X-Shop': '7', authorization: 'Bearer mine' } })
  const { header } = seen.requests.at(-1)
  assert.equal(header['X-Shop'], '7')
  assert.equal(header.authorization, undefined)
  assert.match(header.Authorization, /^Bearer [\w-]{43}$/)
})
