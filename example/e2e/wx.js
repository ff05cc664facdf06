// Simulates the functions of wx that login clients use. The functions follow WeChat's
// documentation. Like old base libraries, they call callbacks and return no promises. A
// response with any HTTP status is a success, and fail means that there was no response.
// Request data and stored values are copied, so later changes of them have no effect.

import { randomUUID } from 'node:crypto'
import * as http from 'node:http'

/**
 * @typedef {object} WxOptions
 * @property {{phone: (user: string, action: string, body?: unknown) => Promise<any>}} server simulates WeChat
 * @property {string} user the user of the phone
 * @property {string} [appID] touristappid means a project without an AppID
 * @property {Map<string, unknown>} [storage] the storage of an earlier run of the mini program
 * @property {{login: boolean, storage: boolean}} [broken] whether wx.login and the storage fail; a test can change it later
 * @property {'canonical' | 'lower' | 'upper'} [headerCase] the case of the names of response headers
 * @property {boolean} [uploadHeader] whether wx.uploadFile gives response headers
 * @property {() => Promise<void>} [delay] each API waits for it before its callbacks
 * @property {Record<string, string>} [files] the contents of the files on the phone, by path
 */

/** @param {WxOptions} options */
export function createWx({
  server,
  user,
  appID = 'wx4f4bc4dec97d474b',
  storage = new Map(),
  broken = { login: false, storage: false },
  headerCase = 'canonical',
  uploadHeader = false,
  delay = async () => {},
  files = {},
}) {
  /** What has happened on the phone. */
  const seen = {
    logins: 0, // calls of wx.login
    checks: 0, // calls of wx.checkSession
    /** @type {{method: string, path: string, header: Record<string, string>, body: unknown, status: number, data: unknown}[]} */
    requests: [], // in the order in which they ended; status 0 without a response
  }

  /** Runs an API and returns its task. After it has returned, calls success or fail, and then complete. */
  function answer(name, options, work) {
    let abort, timer
    const stopped = new Promise((_, reject) => {
      abort = () => reject(new Error('abort'))
      if (options.timeout > 0) timer = setTimeout(() => reject(Object.assign(new Error('timeout'), { errno: 5 })), options.timeout)
    })
    Promise.race([work(), stopped]).finally(() => clearTimeout(timer)).then(
      result => [options.success, { errMsg: `${name}:ok`, ...result }],
      error => [options.fail, { errMsg: `${name}:fail ${error.message}`, errno: error.errno ?? 600000 }],
    ).then(async ([callback, result]) => {
      await delay()
      if (callback) callback(result)
      if (options.complete) options.complete(result)
    })
    return { abort }
  }

  // At most ten requests run at once. The others wait.
  let free = 10
  const waiting = []
  async function slot(work) {
    if (free === 0) await new Promise(resolve => waiting.push(resolve))
    else free--
    try {
      return await work()
    } finally {
      if (waiting.length > 0) waiting.shift()()
      else free++
    }
  }

  /** Sends an HTTP request and returns the response. */
  async function exchange(method, url, header, body, responseType) {
    const entry = { method, path: new URL(url).pathname, header, body: body && String(body), status: 0, data: undefined }
    try {
      const res = await slot(() => new Promise((resolve, reject) => {
        const req = http.request(url, { method, headers: header, agent: false }, res => {
          const chunks = []
          res.on('data', chunk => chunks.push(chunk))
          res.on('error', reject)
          res.on('end', () => resolve({ res, body: Buffer.concat(chunks) }))
        })
        req.on('error', reject)
        req.end(body)
      }))
      const bytes = res.body
      entry.data = responseType === 'arraybuffer'
        ? bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)
        : bytes.toString()
      entry.status = res.res.statusCode
      return { data: entry.data, statusCode: entry.status, header: spell(res.res.rawHeaders) }
    } finally {
      seen.requests.push(entry)
    }
  }

  function spell(raw) {
    const header = {}
    for (let i = 0; i < raw.length; i += 2) {
      const name = { canonical: raw[i], lower: raw[i].toLowerCase(), upper: raw[i].toUpperCase() }[headerCase]
      header[name] = raw[i + 1]
    }
    return header
  }

  /** Returns the headers of a request, including Referer, which a mini program cannot set. */
  function requestHeader(own = {}, contentType) {
    const header = { 'content-type': contentType }
    for (const [name, value] of Object.entries(own)) {
      if (name.toLowerCase() === 'referer' || value === undefined || value === null) continue
      if (name.toLowerCase() === 'content-type') header['content-type'] = String(value)
      else header[name] = String(value)
    }
    header.Referer = `https://servicewechat.com/${appID}/devtools/page-frame.html`
    return header
  }

  const methods = ['OPTIONS', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'TRACE', 'CONNECT']
  // In a project without an AppID, wx.login of DevTools gives a text instead of a code.
  const tourist = appID === 'touristappid'

  const fileSystem = {
    readFile(options) {
      answer('readFile', options, async () => {
        if (files[options.filePath] === undefined) throw new Error('no such file')
        return { data: files[options.filePath] }
      })
    },
  }

  const wx = {
    login(options = {}) {
      seen.logins++
      answer('login', options, async () => {
        if (broken.login) throw Object.assign(new Error('no network'), { errno: 600002 })
        if (tourist) return { code: 'the code is a mock one' }
        return { code: (await server.phone(user, 'login')).code }
      })
    },

    checkSession(options = {}) {
      seen.checks++
      answer('checkSession', options, async () => {
        if (!tourist && !(await server.phone(user, 'check')).ok) throw new Error('session time out, need relogin')
        return {}
      })
    },

    getUserInfo(options = {}) {
      answer('getUserInfo', options, async () => ({
        ...await server.phone(user, 'encrypt', { nickName: '微信用户' }),
        userInfo: { nickName: '微信用户' },
      }))
    },

    getWeRunData(options = {}) {
      answer('getWeRunData', options, async () => {
        if (tourist) throw new Error('tourist appid')
        return server.phone(user, 'encrypt', { stepInfoList: [{ timestamp: Date.now() / 1000 | 0, step: 8123 }] })
      })
    },

    request(options) {
      const method = (options.method ?? 'GET').toUpperCase()
      const { dataType = 'json', responseType = 'text' } = options
      const header = requestHeader(options.header, 'application/json')
      const data = structuredClone(options.data)
      return answer('request', options, async () => {
        if (!methods.includes(method)) throw new Error('method is invalid')
        const url = new URL(options.url)
        let body
        if (typeof data === 'string' || data instanceof ArrayBuffer) body = data
        else if (data !== undefined && method === 'GET') {
          for (const [name, value] of Object.entries(data)) url.searchParams.append(name, value)
        } else if (data !== undefined && header['content-type'].startsWith('application/x-www-form-urlencoded')) {
          body = new URLSearchParams(data).toString()
        } else if (data !== undefined) body = JSON.stringify(data)
        const res = await exchange(method, url.href, header, body instanceof ArrayBuffer ? Buffer.from(body) : body, responseType)
        if (dataType === 'json' && typeof res.data === 'string') {
          try {
            res.data = JSON.parse(res.data)
          } catch { /* not JSON, so data stays text */ }
        }
        return { ...res, cookies: [] }
      })
    },

    uploadFile(options) {
      const boundary = randomUUID()
      const header = requestHeader(options.header, '')
      header['content-type'] = `multipart/form-data; boundary=${boundary}`
      return answer('uploadFile', options, async () => {
        const text = files[options.filePath]
        if (text === undefined) throw new Error('file not found')
        const parts = Object.entries(options.formData ?? {}).map(([name, value]) => `name="${name}"\r\n\r\n${value}`)
        parts.push(`name="${options.name}"; filename="${options.filePath.split('/').pop()}"\r\n\r\n${text}`)
        const body = parts.map(part => `--${boundary}\r\nContent-Disposition: form-data; ${part}\r\n`).join('')
        const res = await exchange('POST', options.url, header, `${body}--${boundary}--\r\n`, 'text')
        return uploadHeader ? res : { data: res.data, statusCode: res.statusCode }
      })
    },

    downloadFile(options) {
      const header = requestHeader(options.header, '')
      return answer('downloadFile', options, async () => {
        const res = await exchange('GET', options.url, header, undefined, 'text')
        const path = options.filePath ?? `wxfile://tmp/${randomUUID()}`
        files[path] = res.data
        return { [options.filePath ? 'filePath' : 'tempFilePath']: path, statusCode: res.statusCode, header: res.header }
      })
    },

    getFileSystemManager: () => fileSystem,

    getStorageSync(key) {
      if (broken.storage) throw new Error('getStorageSync:fail')
      return storage.has(key) ? structuredClone(storage.get(key)) : ''
    },
    setStorageSync(key, value) {
      if (broken.storage) throw new Error('setStorageSync:fail exceed storage max size')
      storage.set(key, structuredClone(value))
    },
    removeStorageSync(key) {
      if (broken.storage) throw new Error('removeStorageSync:fail')
      storage.delete(key)
    },
    clearStorageSync() {
      storage.clear()
    },
    getStorage(options) {
      answer('getStorage', options, async () => {
        if (!storage.has(options.key)) throw new Error('data not found')
        return { data: wx.getStorageSync(options.key) }
      })
    },
    setStorage(options) {
      answer('setStorage', options, async () => (wx.setStorageSync(options.key, options.data), {}))
    },
    removeStorage(options) {
      answer('removeStorage', options, async () => (wx.removeStorageSync(options.key), {}))
    },

    // Some SDKs call these functions when they are loaded. The simulation opens no sockets.
    onSocketOpen() {},
    onSocketClose() {},
    onSocketError() {},
    onSocketMessage() {},
  }
  return { wx, seen, broken, storage, files }
}
