// ../miniprogram/utils/wxauth.js: wrong options, and how they are reported.

import assert from 'node:assert/strict'
import test from 'node:test'

import { clientPath, run, same } from './miniprogram.js'
import { createWorld } from './runtime.js'
import { startServer } from './server.js'

test('create refuses a missing baseURL', () => {
  const { create } = createWorld({ wx: {} })(clientPath)
  for (const options of [undefined, {}, { baseURL: '' }, { baseURL: null }, { baseURL: 7 }, { baseUrl: 'https://example.com' }]) {
    assert.throws(() => create(options), /baseURL.*https:\/\/example\.com/, JSON.stringify(options))
  }
})

test('a slash at the end of baseURL or of servers makes no difference', async t => {
  const [server, second] = [await startServer(t), await startServer(t)]
  const { auth, seen, storage } = run(server, { user: 'alice', client: { baseURL: `${server.url}/`, servers: [`${second.url}//`] } })
  same((await auth.get('/me')).data, { user: 'alice' })
  same((await auth.get(`${server.url}/me`)).data, { user: 'alice' })
  await second.road({ Path: '/me', Status: 200, Body: '{"second":true}' })
  same((await auth.get(`${second.url}/me`)).data, { second: true })
  same(seen.requests.map(r => r.path), ['/login', '/me', '/me', '/me'])
  const again = run(server, { user: 'alice', storage })
  same((await again.auth.get('/me')).data, { user: 'alice' })
  assert.equal(again.seen.logins, 0, 'the token is kept for the same server')
})
