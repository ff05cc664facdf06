// Tests ../miniprogram/utils/wxauth.js: the options and the smaller functions.

import assert from 'node:assert/strict'
import test from 'node:test'

import { taroLike, uniLike } from './adapters.js'
import { rejection, run, same, start, werun } from './miniprogram.js'
import { startServer } from './server.js'

const adapters = { 'the wx of WeChat': undefined, 'a uni-like adapter': uniLike, 'a Taro-like adapter': taroLike }
for (const [name, adapt] of Object.entries(adapters)) {
  test(`the whole life of a login, with ${name}`, async t => {
    const { server, auth, seen, storage, broken } = await start(t, { adapt, files: { 'wxfile://tmp/tea.txt': '龙井' } })
    same((await auth.get('/me')).data, { user: 'alice' })
    await server.revoke('alice')
    const all = await Promise.all(Array.from({ length: 5 }, () => auth.get('/me')))
    same(all.map(res => res.data.user), Array(5).fill('alice'))
    assert.equal(seen.logins, 2)
    await server.rotate('alice')
    await auth.prepare()
    const { encryptedData, iv } = await werun(server)
    same((await auth.post('/steps', { encryptedData, iv })).data, { steps: 8123 })
    const uploaded = await auth.uploadFile({ url: '/files', filePath: 'wxfile://tmp/tea.txt', name: 'file' })
    assert.equal(JSON.parse(uploaded.data).text, '龙井')
    assert.equal((await auth.downloadFile({ url: '/tea.txt' })).statusCode, 200)
    await server.revoke('alice', 'replaced')
    assert.equal((await rejection(auth.downloadFile({ url: '/tea.txt' }))).reason, 'replaced')
    broken.login = true
    assert.equal((await rejection(auth.login())).code, 'wx_login')
    broken.login = false
    await auth.login()
    await auth.logout()
    same([auth.loggedIn(), storage.size, (await server.counts('alice')).sessions], [false, 0, 0])
    await server.road({ Path: '/login', Drop: 'request' })
    assert.equal((await rejection(auth.login())).code, 'network')
  })
}

const envelope = {
  loginPath: '/envelope/login',
  logoutPath: '/envelope/logout',
  parseLogin: ({ data }) => {
    if (data.code !== 0) throw Object.assign(new Error(data.msg), { code: String(data.code) })
    return { token: data.data, expiresIn: data.expires }
  },
  unauthorized: ({ data }) => data.code === 401 && (data.reason || true),
  unwrap: ({ data }) => {
    if (data.code === 409) throw Object.assign(new Error(data.msg), { code: 'session_key_stale' })
    if (data.code !== 0) throw Object.assign(new Error(data.msg), { code: String(data.code) })
    return data.data
  },
}

test('a server that answers everything with 200 and an envelope', async t => {
  const reasons = []
  const { server, auth, seen } = await start(t, { client: { ...envelope, onEnded: reason => reasons.push(reason) } })
  same(await auth.get('/envelope/me'), { user: 'alice' })
  await server.revoke('alice')
  const all = await Promise.all(Array.from({ length: 5 }, () => auth.post('/envelope/orders')))
  same(all.map(data => data.order).sort(), [1, 2, 3, 4, 5])
  same([seen.logins, (await server.counts('alice')).orders], [2, 5])

  await server.revoke('alice', 'replaced')
  const error = await rejection(auth.get('/envelope/me'))
  same([error.code, error.reason, reasons], ['not_logged_in', 'replaced', ['replaced']])
  await auth.login()
  same(await auth.get('/envelope/me'), { user: 'alice' })
  await auth.logout()
  assert.equal((await server.counts('alice')).sessions, 0)
})

test('errors of an envelope reach the caller', async t => {
  const { server, auth, seen } = await start(t, { client: envelope })
  await server.wechat({ ErrCode: 40226 })
  assert.equal((await rejection(auth.get('/envelope/me'))).code, '403')
  await server.wechat(null)
  await auth.login()
  await server.store(true)
  assert.equal((await rejection(auth.get('/envelope/me'))).code, '503')
  await server.store(false)
  same([seen.logins, await auth.get('/envelope/me')], [2, { user: 'alice' }])

  await server.road({ Path: '/envelope/me', Status: 200, Body: '{"code":409}', Header: { 'Content-Type': 'application/json' } })
  assert.equal((await rejection(auth.get('/envelope/me'))).code, 'session_key_stale')
  assert.equal(seen.logins, 3, 'a stale session_key makes a login')
})

test('data goes along with the code', async t => {
  const server = await startServer(t)
  const sent = app => app.seen.requests.filter(r => r.path === '/login').map(r => JSON.parse(r.body)).map(({ code, ...data }) => {
    assert.equal(typeof code, 'string')
    return data
  })
  const fixed = run(server, { user: 'alice', client: { loginData: { scene: 1011, code: 'mine' } } })
  await fixed.auth.get('/me')
  await fixed.auth.login({ inviter: 'bob' })
  same(sent(fixed), [{ scene: 1011 }, { scene: 1011, inviter: 'bob' }])

  let n = 0
  const made = run(server, { user: 'alice', client: { loginData: async () => ({ n: ++n }) } })
  await made.auth.login()
  await made.auth.login()
  same(sent(made), [{ n: 1 }, { n: 2 }])
})

test('a login with data does not join one without', async t => {
  const { server, auth, seen } = await start(t)
  await Promise.all([auth.get('/me'), auth.login({ inviter: 'bob' })])
  const bodies = seen.requests.filter(r => r.path === '/login').map(r => JSON.parse(r.body).inviter ?? 'nobody')
  same(bodies, ['nobody', 'bob'])
  assert.equal((await server.counts('alice')).sessions, 1)
})

test('get, post, put and delete send what they say', async t => {
  const { server, auth, seen } = await start(t)
  await auth.login()
  await server.road({ Path: '/cart', Always: true, Status: 200, Body: '{}' })
  await auth.get('/cart', { page: 2 }, { header: { 'X-Shop': '7' } })
  await auth.post('/cart', { tea: 1 })
  await auth.put('/cart', { tea: 2 }, { timeout: 1000 })
  await auth.delete('/cart')
  const sent = seen.requests.filter(r => r.path === '/cart')
  same(sent.map(r => [r.method, r.body ?? '']), [['GET', ''], ['POST', '{"tea":1}'], ['PUT', '{"tea":2}'], ['DELETE', '']])
  assert.equal(sent[0].header['X-Shop'], '7')
})

test('whole URLs are for the allowed servers only', async t => {
  const [server, second] = [await startServer(t), await startServer(t)]
  const { auth, seen } = run(server, { user: 'alice', client: { servers: [second.url, 'https://files.example.com/v1'] } })
  same((await auth.get(`${server.url}/me`)).data, { user: 'alice' })
  await second.road({ Path: '/me', Status: 200, Body: '{"second":true}' })
  same((await auth.get(`${second.url}/me`)).data, { second: true })
  assert.match(seen.requests.at(-1).header.Authorization, /^Bearer /)
  const count = seen.requests.length
  for (const url of [
    'https://example.com/me', `${server.url}0/me`, `${server.url}@example.com/me`, `${server.url}.example.com/me`,
    `${server.url}\\@example.com/me`, 'https://files.example.com/me', 'https://files.example.com/v10/me',
    server.url.replace('http', 'HTTP') + '/me', '', 'me', undefined, null, 7,
  ]) {
    assert.equal((await rejection(auth.request({ url }))).code, 'bad_url', String(url))
  }
  assert.equal(seen.requests.length, count)
})

test('the task of each attempt is given to onTask, and can be aborted', async t => {
  const { server, auth, seen } = await start(t)
  await auth.login()
  await server.revoke('alice')
  const tasks = []
  await auth.request({ url: '/me', onTask: task => tasks.push(task) })
  assert.equal(tasks.length, 2)
  const error = await rejection(auth.request({ url: '/me', onTask: task => task.abort() }))
  same([error.code, /abort/.test(error.message), seen.logins], ['network', true, 2])
})

test('a download gives its file, and its errors have their codes', async t => {
  const { server, auth, seen, files } = await start(t)
  const res = await auth.downloadFile({ url: '/tea.txt', filePath: 'wxfile://usr/tea.txt' })
  same([res.filePath, files[res.filePath]], ['wxfile://usr/tea.txt', '龙井'])
  await server.revoke('alice')
  const { tempFilePath } = await auth.downloadFile({ url: '/tea.txt' })
  assert.equal(files[tempFilePath], '龙井')
  assert.equal(seen.logins, 2)
  await server.store(true)
  const error = await rejection(auth.downloadFile({ url: '/tea.txt' }))
  same([error.code, error.retryAfter > 0, seen.logins], ['store_unavailable', true, 2])
})

test('an adapter without files still downloads', async t => {
  const adapt = wx => ({ ...uniLike(wx), getFileSystemManager: undefined })
  const { server, auth, seen } = await start(t, { adapt })
  await auth.login()
  await server.revoke('alice')
  assert.equal((await auth.downloadFile({ url: '/tea.txt' })).statusCode, 200)
  assert.equal(seen.logins, 2)
})
