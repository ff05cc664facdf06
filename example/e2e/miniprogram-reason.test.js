// Tests ../miniprogram/utils/wxauth.js: logins that the server ends with a reason.

import assert from 'node:assert/strict'
import test from 'node:test'

import { gate, rejection, run, same, start } from './miniprogram.js'

/** Starts a mini program that collects the reasons that onEnded receives. */
async function startNoting(t, options) {
  const reasons = []
  const app = await start(t, { ...options, client: { onEnded: reason => reasons.push(reason) } })
  return { ...app, reasons }
}

const told = error => [error.code, error.statusCode, error.reason]

test('after a login that ended with a reason there is none until the user asks for one', async t => {
  const { server, auth, seen, reasons } = await startNoting(t)
  await auth.login()
  await server.revoke('alice', 'replaced')
  same(told(await rejection(auth.request({ url: '/me' }))), ['not_logged_in', 401, 'replaced'])
  const later = [rejection(auth.request({ url: '/me' })), rejection(auth.prepare()), rejection(auth.renew({ url: '/renew', method: 'POST' }))]
  for (const error of await Promise.all(later)) assert.equal(error.reason, 'replaced')
  same([reasons, seen.logins, auth.loggedIn()], [['replaced'], 1, false])
  same((await server.counts('alice')).calls['GET /me'], 1)

  await auth.login()
  same((await auth.request({ url: '/me' })).data, { user: 'alice' })
  same([reasons, seen.logins], [['replaced'], 2])
})

test('five requests at once hear of the reason, and onEnded once', async t => {
  const { server, auth, seen, reasons } = await startNoting(t)
  await auth.login()
  await server.revoke('alice', 'replaced')
  const all = await Promise.all(Array.from({ length: 5 }, () => rejection(auth.request({ url: '/me' }))))
  same(all.map(error => error.reason), Array(5).fill('replaced'))
  same([reasons, seen.logins], [['replaced'], 1])
})

test('a reason outlives the mini program', async t => {
  const { server, auth, storage } = await startNoting(t)
  await auth.login()
  await server.revoke('alice', 'account_closed')
  await rejection(auth.request({ url: '/me' }))
  const again = run(server, { user: 'alice', storage })
  assert.equal((await rejection(again.auth.request({ url: '/me' }))).reason, 'account_closed')
  assert.equal(again.seen.logins, 0)
  await again.auth.login()
  const third = run(server, { user: 'alice', storage })
  same((await third.auth.request({ url: '/me' })).data, { user: 'alice' })
  assert.equal(third.seen.logins, 0)
})

test('a reason for an older token does not end a newer login', async t => {
  const { delay, hold } = gate()
  const { server, auth, seen, reasons } = await startNoting(t, { delay })
  await auth.login()
  await server.revoke('alice', 'replaced')
  const held = hold()
  const late = auth.request({ url: '/me' })
  const release = await held
  await auth.login()
  release()
  same((await late).data, { user: 'alice' })
  same([reasons, seen.logins, auth.loggedIn()], [[], 2, true])
})

test('a login without a reason is followed by the next one silently', async t => {
  const { server, auth, seen, reasons } = await startNoting(t)
  await auth.login()
  await server.revoke('alice')
  same((await auth.request({ url: '/me' })).data, { user: 'alice' })
  same([reasons, seen.logins], [[], 2])
})

test('the reason in a refused download or upload is heeded too', async t => {
  for (const send of [
    auth => auth.downloadFile({ url: '/tea.txt' }),
    auth => auth.uploadFile({ url: '/files', filePath: 'wxfile://tmp/tea.txt', name: 'file' }),
  ]) {
    const { server, auth, seen, reasons } = await startNoting(t, { files: { 'wxfile://tmp/tea.txt': '龙井' } })
    await auth.login()
    await server.revoke('alice', 'replaced')
    same(told(await rejection(send(auth))), ['not_logged_in', 401, 'replaced'])
    same([reasons, seen.logins], [['replaced'], 1])
  }
})

test('a reason that follows a repeat is heeded', async t => {
  const { server, auth, seen, reasons } = await startNoting(t)
  await auth.login()
  await server.road(
    { Path: '/me', Status: 401, Body: '{"code":"not_logged_in"}' },
    { Path: '/me', Status: 401, Body: '{"code":"not_logged_in","reason":"replaced"}' },
  )
  assert.equal((await rejection(auth.request({ url: '/me' }))).reason, 'replaced')
  assert.equal((await rejection(auth.request({ url: '/me' }))).reason, 'replaced')
  same([reasons, seen.logins], [['replaced'], 2])
})

test('a logout after the reason sends nothing, and the reason stays', async t => {
  const { server, auth, seen } = await startNoting(t)
  await auth.login()
  await server.revoke('alice', 'replaced')
  await rejection(auth.request({ url: '/me' }))
  await auth.logout()
  assert.equal((await rejection(auth.request({ url: '/me' }))).reason, 'replaced')
  assert.equal(seen.logins, 1)
  assert.ok(!('POST /logout' in (await server.counts('alice')).calls))
})
