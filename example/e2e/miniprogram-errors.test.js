// Tests ../miniprogram/utils/wxauth.js: the errors after wrong options, wrong URLs and
// failed functions of the options. Every error of a request has a code.

import assert from 'node:assert/strict'
import test from 'node:test'

import { clientPath, rejection, run, same, start } from './miniprogram.js'
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

test('a URL that is not allowed is bad_url', async t => {
  const { auth, seen } = await start(t)
  for (const call of [
    () => auth.get('me'), () => auth.get('https://elsewhere.example/me'), () => auth.request({}), () => auth.renew({ url: 'renew' }),
    () => auth.uploadFile({ url: 'files', filePath: 'x', name: 'file' }), () => auth.downloadFile({ url: 'tea.txt' }),
  ]) {
    const error = await rejection(call())
    same([error.code, error.statusCode, error.retryAfter, error.reason], ['bad_url', 0, 0, ''])
  }
  same([seen.logins, seen.requests.length], [0, 0])
})

test('a loginPath or logoutPath without a slash is bad_url too', async t => {
  const { auth } = await start(t, { client: { loginPath: 'login' } })
  assert.equal((await rejection(auth.get('/me'))).code, 'bad_url')
  const other = await start(t, { client: { logoutPath: 'logout' } })
  await other.auth.login()
  assert.equal((await rejection(other.auth.logout())).code, 'bad_url')
})

test('a login without token or expires_in says which fields it needs', async t => {
  const { server, auth } = await start(t)
  for (const body of ['{"token":"x"}', '{"expires_in":60}']) {
    await server.road({ Path: '/login', Status: 200, Body: body })
    const error = await rejection(auth.get('/me'))
    assert.equal(error.message, 'bad_reply: 登录响应里没有 token 或 expires_in（有效秒数）')
    same(error.response.data, JSON.parse(body))
  }
})

test('the code of an error is a string, even if the server sends a number', async t => {
  const { server, auth } = await start(t, { files: { 'wxfile://tmp/tea.txt': '龙井' } })
  await auth.login()
  const upload = () => auth.uploadFile({ url: '/files', filePath: 'wxfile://tmp/tea.txt', name: 'file' })
  for (const [sent, code] of [['50001', '50001'], ['-1', '-1'], ['"50001"', '50001'], ['null', 'http_error'], ['true', 'http_error'], ['{}', 'http_error']]) {
    for (const [path, call] of [['/orders', () => auth.post('/orders')], ['/files', upload]]) {
      await server.road({ Path: path, Status: 403, Body: `{"code":${sent},"detail":"x"}` })
      const error = await rejection(call())
      same([error.code, error.message, error.statusCode], [code, `${code}: x`, 403])
    }
  }
})

// Functions of the options that throw an error without a code, and the message of the resulting error.
const broken = {
  parseLogin: [res => ({ token: res.data.data.token, expiresIn: 60 }), /^bad_reply: parseLogin: Cannot read propert/],
  unwrap: [res => res.data.data.user, /^bad_reply: unwrap: Cannot read propert/],
  unauthorized: [res => res.data.data.code === 401, /^bad_reply: unauthorized: Cannot read propert/],
}
for (const [name, [hook, message]] of Object.entries(broken)) {
  test(`an exception in ${name} is bad_reply, with the cause and the response`, async t => {
    const { auth } = await start(t, { client: { [name]: hook } })
    const error = await rejection(auth.get('/me'))
    same([error.code, error.statusCode, error.retryAfter, error.reason], ['bad_reply', 200, 0, ''])
    assert.match(error.message, message)
    assert.ok(error.response.data)
  })
}

test('whatever a function throws, the error has a code', async t => {
  for (const thrown of [undefined, null, 'text', 0, {}, new Error('')]) {
    const { auth } = await start(t, { client: { parseLogin() { throw thrown } } })
    assert.equal((await rejection(auth.get('/me'))).code, 'bad_reply', String(thrown))
  }
})

test('an error that has a code passes as it is', async t => {
  const mine = Object.assign(new Error('mine'), { code: 1001 })
  for (const name of ['parseLogin', 'unwrap', 'unauthorized', 'loginData']) {
    const { auth } = await start(t, { client: { [name]() { throw mine } } })
    assert.equal(await rejection(auth.get('/me')), mine, name)
  }
})

// Ways in which loginData can fail.
const data = {
  'throws': () => { throw new TypeError('no scene') },
  'is rejected': async () => { throw new TypeError('no scene') },
  'is rejected by an API of wx': () => Promise.reject({ errMsg: 'no scene' }),
}
for (const [name, loginData] of Object.entries(data)) {
  test(`a loginData that ${name} is login_data, and no code is sent`, async t => {
    const { auth, server } = await start(t, { client: { loginData } })
    const error = await rejection(auth.get('/me'))
    same([error.code, error.message, error.statusCode], ['login_data', 'login_data: no scene', 0])
    same((await server.counts('alice')).calls, {})
  })
}

test('an error during a pause has the message of the error that began it', async t => {
  const { server, auth } = await start(t)
  await server.road({ Path: '/login', Status: 503, Body: '{"code":"wechat_unavailable","detail":"z","retry_after":3}' })
  const first = await rejection(auth.get('/me'))
  const second = await rejection(auth.get('/me'))
  same([first.message, second.message], Array(2).fill('wechat_unavailable: z'))
  same([second.code, second.statusCode, second.reason, second.response.data.detail], ['wechat_unavailable', 503, '', 'z'])
})

test('callbacks among the options are ignored', async t => {
  const { auth } = await start(t)
  let called = 0
  const callback = () => called++
  const callbacks = { success: callback, fail: callback, complete: callback }
  await auth.get('/me', {}, callbacks)
  await rejection(auth.get('/nowhere', {}, callbacks))
  assert.equal(called, 0)
})
