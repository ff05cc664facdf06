// Tests ../miniprogram/utils/wxauth.js: renewals, which replace the token.

import assert from 'node:assert/strict'
import test from 'node:test'

import { gate, rejection, same, start } from './miniprogram.js'

const renewal = { url: '/renew', method: 'POST' }

test('a renewal replaces the token', async t => {
  const { server, auth, seen, storage } = await start(t)
  await auth.login()
  const old = storage.get('wxauth').token
  await auth.renew(renewal)
  assert.notEqual(storage.get('wxauth').token, old)
  same((await auth.request({ url: '/me' })).data, { user: 'alice' })
  same([seen.logins, (await server.counts('alice')).sessions], [1, 1])
})

test('requests wait for a renewal', async t => {
  const { delay, hold } = gate()
  const { auth, seen, storage } = await start(t, { delay })
  await auth.login()
  const held = hold()
  const renewed = auth.renew(renewal)
  const release = await held
  const waiting = auth.request({ url: '/me' }) // the server no longer accepts the old token
  release()
  await renewed
  same((await waiting).data, { user: 'alice' })
  assert.equal(seen.requests.at(-1).header.Authorization, `Bearer ${storage.get('wxauth').token}`)
  assert.equal(seen.logins, 1)
})

test('a request that was refused because of a renewal is repeated with the new token', async t => {
  const { delay, hold } = gate()
  const { server, auth, seen } = await start(t, { delay })
  await auth.login()
  await server.road({ Path: '/me', Status: 401, Body: '{"code":"not_logged_in"}' })
  const held = hold()
  const request = auth.request({ url: '/me' })
  const release = await held
  await auth.renew(renewal)
  release()
  same((await request).data, { user: 'alice' })
  assert.equal(seen.logins, 1)
})

test('of five renewals at once each continues the one before', async t => {
  const { server, auth, seen } = await start(t)
  await auth.login()
  await Promise.all(Array.from({ length: 5 }, () => auth.renew(renewal)))
  same((await auth.request({ url: '/me' })).data, { user: 'alice' })
  const { calls, sessions } = await server.counts('alice')
  same([seen.logins, calls['POST /renew'], sessions], [1, 5, 1])
})

test('a renewal of a login that has ended logs in and is repeated once', async t => {
  const { server, auth, seen } = await start(t)
  await auth.login()
  await server.revoke('alice')
  await auth.renew(renewal)
  same((await auth.request({ url: '/me' })).data, { user: 'alice' })
  same([seen.logins, (await server.counts('alice')).sessions], [2, 1])
})

const failures = {
  'that the server refuses': [{ Status: 503, Body: '{"code":"store_unavailable","retry_after":2}' }, 'store_unavailable'],
  'that is lost': [{ Drop: 'request' }, 'network'],
}
for (const [name, [trouble, code]] of Object.entries(failures)) {
  test(`a renewal ${name} leaves the token, and the requests that wait go on`, async t => {
    const { delay, hold } = gate()
    const { server, auth, seen } = await start(t, { delay })
    await auth.login()
    await server.road({ Path: '/renew', ...trouble })
    const held = hold()
    const renewed = rejection(auth.renew(renewal))
    const release = await held
    const waiting = auth.request({ url: '/me' })
    release()
    assert.equal((await renewed).code, code)
    same((await waiting).data, { user: 'alice' })
    assert.equal(seen.logins, 1)
  })
}

test('a renewal under way at logout does not survive it', async t => {
  const { delay, hold } = gate()
  const { server, auth, seen, storage } = await start(t, { delay })
  await auth.login()
  const held = hold()
  const renewed = auth.renew(renewal)
  const release = await held
  const out = auth.logout()
  release()
  await Promise.allSettled([renewed, out])
  same([auth.loggedIn(), storage.size, seen.logins, (await server.counts('alice')).sessions], [false, 0, 1, 0])
})
