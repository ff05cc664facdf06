// Tests request wrappers like those of public mini programs. server/dialects.go makes the
// wxauth.Config for each wrapper. The wrappers were written for this test:
//   - header sends the token in the header X-Token.
//   - raw sends the token without a scheme.
//   - principal sends the code under another name.
//   - envelope gets the object {code, msg, data} with status 200, even for errors.
//   - getlogout logs out with GET.

import assert from 'node:assert/strict'
import test from 'node:test'

import { startServer } from './server.js'
import { createWx } from './wx.js'

const json = { loginBody: code => ({ code }), logout: 'POST', refused: res => res.statusCode === 401, token: body => body.token, data: body => body }
const wrappers = {
  'header': { ...json, header: token => ({ 'X-Token': token }) },
  'raw': { ...json, header: token => ({ Authorization: token }) },
  'principal': { ...json, header: token => ({ Authorization: `Bearer ${token}` }), loginBody: code => ({ principal: code }) },
  'envelope': {
    ...json,
    header: token => ({ Authorization: `Bearer ${token}` }),
    refused: res => res.data.code === 401,
    token: body => body.data,
    data: body => body.data,
  },
  'getlogout': { ...json, header: token => ({ authorization: `Bearer ${token}` }), logout: 'GET' },
}

/** Makes a wrapper of the given kind. */
function wrap(kind, { wx, base }) {
  const { header, loginBody, logout, refused, token, data } = kind
  let loggingIn = null // requests at the same time share one login

  const send = (method, path, body, head) => new Promise((success, fail) => {
    wx.request({ url: base + path, method, data: body, header: head, success, fail })
  })

  function login() {
    loggingIn ??= new Promise((success, fail) => wx.login({ success, fail }))
      .then(({ code }) => send('POST', '/login', loginBody(code)))
      .then(res => wx.setStorageSync('token', token(res.data)))
      .finally(() => (loggingIn = null))
    return loggingIn
  }

  async function request(method, path, body, repeated = false) {
    const used = wx.getStorageSync('token')
    if (!used || loggingIn) {
      await login()
      return request(method, path, body, repeated)
    }
    const res = await send(method, path, body, header(used))
    if (!refused(res)) return data(res.data)
    if (repeated) throw new Error('refused twice')
    if (wx.getStorageSync('token') === used) await login()
    return request(method, path, body, true)
  }

  return {
    request,
    async logout() {
      await send(logout, '/logout', undefined, header(wx.getStorageSync('token')))
      wx.removeStorageSync('token')
    },
  }
}

for (const [name, kind] of Object.entries(wrappers)) {
  test(`wrapper ${name}: logs in, is refused at the end of its login, logs in again and logs out`, async t => {
    const server = await startServer(t)
    const { wx, seen, storage } = createWx({ server, user: 'alice' })
    const app = wrap(kind, { wx, base: `${server.url}/${name}` })
    assert.deepEqual(await app.request('GET', '/me'), { user: 'alice' })
    assert.deepEqual(await app.request('POST', '/orders', { tea: 1 }), { order: 1 })
    assert.equal(seen.logins, 1)

    await server.revoke('alice')
    assert.deepEqual(await app.request('POST', '/orders', { tea: 1 }), { order: 2 })
    assert.equal(seen.logins, 2)

    await server.revoke('alice')
    const all = await Promise.all(Array.from({ length: 5 }, () => app.request('GET', '/me')))
    assert.deepEqual(all, Array(5).fill({ user: 'alice' }))
    assert.deepEqual([seen.logins, (await server.counts('alice')).sessions], [3, 1])

    const token = storage.get('token')
    await app.logout()
    assert.equal((await server.counts('alice')).sessions, 0)
    wx.setStorageSync('token', token) // the server refuses this token, so the next request logs in
    assert.deepEqual(await app.request('GET', '/me'), { user: 'alice' })
    assert.deepEqual([seen.logins, (await server.counts('alice')).orders], [4, 2])
  })
}
