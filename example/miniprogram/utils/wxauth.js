/**
 * 微信小程序登录客户端：用 code 换 token，带 token 发请求，失效后重新登录。
 * 复制本文件（以及类型 wxauth.d.ts）到任何小程序即可使用，用法见 ../README.md。
 *
 * This client logs a mini program in to a server that uses the Go package wxauth, and
 * sends requests with the token. To use the client, copy this file. Also copy
 * wxauth.d.ts, which has the types and documents the functions. ../README.md says how
 * to use the client.
 *
 * This file uses only ES2015. It passes callbacks to wx, because old base libraries of
 * WeChat return no promises.
 */

/**
 * @typedef {import('./wxauth').AuthError} AuthError
 * @typedef {import('./wxauth').Response} Response
 * @typedef {import('./wxauth').Adapter} Adapter
 * @typedef {'request' | 'uploadFile' | 'downloadFile'} Api
 *
 * @typedef {{server: string, token: string, expiresAt: number}} Saved a stored token. expiresAt is in milliseconds, by the clock of the phone
 * @typedef {{server: string, ended: string}} Ended the stored reason why the server ended the last login
 * @typedef {{res: Response, used: string}} Sent a response, and the token that its request used
 */

/**
 * @template R
 * @param {import('./wxauth').Options<R>} options
 * @returns {import('./wxauth').Auth<R>}
 */
function create(options) {
  if (!options || typeof options.baseURL !== 'string' || !options.baseURL) {
    throw new TypeError('create 需要 baseURL，例如 https://example.com (create needs a baseURL such as https://example.com)')
  }
  const servers = [options.baseURL].concat(options.servers || []).map((url) => url.replace(/\/+$/, ''))
  const server = servers[0]
  const storageKey = options.storageKey || 'wxauth'
  const loginTimeout = options.loginTimeout || 20000 // with its default settings, the server needs less than 20 s
  const adapter = options.adapter || wx
  const parseLogin = guard('parseLogin', options.parseLogin || tokenOf)
  const unauthorized = guard('unauthorized', options.unauthorized || refusedBy401)
  const unwrap = guard('unwrap', options.unwrap || ((/** @type {any} */ res) => res))

  /** @type {Saved | null} */
  let saved = null
  /** @type {Promise<string> | null} */
  let pending = null // resolves to the token after the running login or renewal; null if none is running
  /** @type {AuthError | null} */
  let halted = null // if set, logins fail with this error until loginNow is called
  /** @type {{from: number, error: AuthError} | null} */
  let pause = null // a failed login after which the server asked to wait; from is the time of the failure
  let logouts = 0
  load()

  /**
   * Reads the storage. A stored token replaces the current token if it expires later. If
   * a reason is stored, the client does not log in until loginNow is called.
   */
  function load() {
    try {
      const s = adapter.getStorageSync(storageKey)
      if (!s || s.server !== server) return // stored for another server
      if (typeof s.token === 'string' && s.expiresAt > (saved ? saved.expiresAt : 0)) saved = s
      if (typeof s.ended === 'string') halted = notLoggedIn(s.ended)
    } catch (e) {
      // If the storage cannot be read, the client logs in after each start of the mini program.
    }
  }

  /**
   * Stores a token or a reason, or removes both.
   *
   * @param {Saved | Ended | null} s
   */
  function store(s) {
    saved = s && 'token' in s ? s : null
    try {
      if (s) adapter.setStorageSync(storageKey, s)
      else adapter.removeStorageSync(storageKey)
    } catch (e) {
      // If the storage is full or broken, the client keeps its state only in memory.
    }
  }

  /**
   * Returns how many seconds of the pause are left, or 0. If the clock shows a time before
   * the pause, the pause is over.
   */
  function remaining() {
    if (!pause) return 0
    const passed = (Date.now() - pause.from) / 1000
    return passed < 0 ? 0 : Math.max(0, Math.ceil(pause.error.retryAfter - passed))
  }

  /**
   * Sets pending to a login or renewal until its promise settles. Returns the promise.
   *
   * @param {Promise<string>} promise
   */
  function begin(promise) {
    const clear = () => { pending = null }
    promise.then(clear, clear)
    pending = promise
    return promise
  }

  /**
   * Logs in. If a login or renewal is running, waits for it instead. Fails at once if
   * halted is set, or during a pause.
   *
   * @param {object} [data] is sent along with the code
   * @returns {Promise<string>} the token
   */
  function login(data) {
    if (pending) return pending
    if (halted) return Promise.reject(halted)
    const wait = remaining()
    if (pause && wait > 0) {
      return Promise.reject(Object.assign(new Error(pause.error.message), pause.error, { retryAfter: wait }))
    }
    pause = null
    return begin(getCode(adapter, loginTimeout).then((code) => exchange(code, data)).catch((error) => {
      if (error.code === 'login_denied') halted = error
      if (error.retryAfter > 0) pause = { from: Date.now(), error }
      throw error
    }))
  }

  /**
   * Returns the data of the option loginData, which is sent along with the code.
   *
   * @returns {Promise<object | undefined>}
   */
  function loginData() {
    const data = options.loginData
    return Promise.resolve().then(() => (typeof data === 'function' ? data() : data)).catch((error) => {
      throw withCode(error, 'login_data')
    })
  }

  /**
   * Sends a code of wx.login to the server. A code is never sent twice, because WeChat
   * accepts a code only once.
   *
   * @param {string} code
   * @param {object} [data]
   * @returns {Promise<string>}
   */
  function exchange(code, data) {
    return loginData().then((more) => {
      const all = Object.assign({}, more, data, { code })
      const o = { url: options.loginPath || '/login', method: 'POST', data: all, timeout: loginTimeout }
      // The request carries the old token, so that the server ends the old login.
      return send('request', o, current())
    }).then(accept)
  }

  /**
   * Saves and returns the token of a response to a login or renewal.
   *
   * @param {Response} res
   * @returns {string}
   */
  function accept(res) {
    if (res.statusCode >= 400) throw failure(res)
    const given = parseLogin(res)
    if (!given || typeof given.token !== 'string' || !given.token || !(given.expiresIn > 0)) {
      throw makeError('bad_reply', '登录响应里没有 token 或 expires_in（有效秒数）', res)
    }
    // expiresAt comes from the clock of the phone, because the clock of the server can differ.
    store({ server, token: given.token, expiresAt: Date.now() + given.expiresIn * 1000 })
    return given.token
  }

  /** Returns the saved token, or ''. */
  function current() {
    return saved ? saved.token : ''
  }

  /**
   * Returns the saved token. If there is none, if it has expired, or if a login or
   * renewal is running, returns the token of login.
   *
   * @returns {Promise<string>}
   */
  function token() {
    return saved && Date.now() < saved.expiresAt && !pending ? Promise.resolve(saved.token) : login()
  }

  /**
   * Returns a token that is newer than `used`. If the saved token is not newer, or if a
   * login or renewal is running, returns the token of login.
   *
   * @param {string} used
   */
  function other(used) {
    return saved && saved.token !== used && !pending ? Promise.resolve(saved.token) : login()
  }

  /**
   * Returns the full URL of a request. Throws bad_url for a URL outside baseURL and
   * servers, because other servers must not get the token.
   *
   * @param {string} url
   */
  function locate(url) {
    if (typeof url === 'string') {
      if (url.charAt(0) === '/') return server + url
      if (servers.some((s) => url.indexOf(s) === 0 && /^([/?#]|$)/.test(url.slice(s.length)))) return url
    }
    throw makeError('bad_url', 'url 须是以 / 开头的路径，或 baseURL、servers 之下的地址 (want a path, or a URL below baseURL or servers)')
  }

  /**
   * Sends a request once.
   *
   * @param {Api} api
   * @param {any} o
   * @param {string} bearer
   * @returns {Promise<Response>}
   */
  function send(api, o, bearer) {
    /** @type {Record<string, any>} */
    const header = {}
    Object.keys(o.header || {}).forEach((name) => {
      if (name.toLowerCase() !== 'authorization') header[name] = o.header[name]
    })
    if (bearer) header.Authorization = 'Bearer ' + bearer
    const url = locate(o.url)
    return ask((success, fail) => {
      const all = Object.assign({}, o, { url, header, success, fail })
      delete all.onTask
      delete all.complete
      const task = adapter[api](all)
      if (o.onTask) o.onTask(task)
      return task
    }, 'network').then((res) => (api === 'downloadFile' && res.statusCode >= 400 ? withText(adapter, res) : res))
  }

  /**
   * Reports whether the server refused the token of a request. If that token is still
   * the saved one, forgets it. If the server also gave a reason, and no login or renewal
   * is running, the client does not log in until loginNow is called.
   *
   * @param {Sent} sent
   */
  function refused({ res, used }) {
    const why = unauthorized(res)
    if (!why) return false
    if (saved && saved.token === used) load() // another client of this mini program may have logged in
    if (saved && saved.token === used) {
      if (typeof why === 'string' && !pending) {
        halted = notLoggedIn(why, res)
        store({ server, ended: why })
        if (options.onEnded) options.onEnded(why)
      } else {
        store(null)
      }
    }
    return true
  }

  /**
   * Sends a request with a token. If the server refuses the token, it has not carried out
   * the request (RFC 9110, section 15.5.2). Only in this case, the client sends the request
   * again, and at most once.
   *
   * @template T
   * @param {{url: string, timeout?: number}} o
   * @param {(token: string) => Promise<Sent>} once sends the request once, with this token
   * @param {(res: Response) => T} finish makes the result from a response with a status below 400
   * @returns {Promise<T>}
   */
  function call(o, once, finish) {
    try {
      locate(o.url)
    } catch (error) {
      return Promise.reject(error)
    }
    const began = logouts
    return inTime(token(), o.timeout).then(once).then((sent) => {
      if (logouts !== began || !refused(sent)) return sent
      return inTime(other(sent.used), o.timeout).then(once).then((again) => {
        if (logouts === began) refused(again)
        return again
      })
    }).then(({ res, used }) => {
      const why = unauthorized(res)
      if (why) throw notLoggedIn(why, res)
      try {
        if (res.statusCode >= 400) throw failure(res)
        return finish(res)
      } catch (/** @type {any} */ error) {
        if (error.code !== 'session_key_stale' || logouts !== began) throw error
        // Usually, the server does not have the session_key of the encrypted data. Repeating
        // the request would not help. A new login gives the server the current session_key.
        return inTime(other(used), o.timeout).then(() => { throw error })
      }
    })
  }

  /**
   * @param {Api} api
   * @param {any} o
   */
  function request(api, o) {
    return call(o, (used) => send(api, o, used).then((res) => ({ res, used })), unwrap)
  }

  /** @param {'GET' | 'POST' | 'PUT' | 'DELETE'} method */
  function shortcut(method) {
    /**
     * @param {string} url
     * @param {any} [data]
     * @param {object} [more]
     */
    return (url, data, more) => request('request', Object.assign({}, more, { url, method, data }))
  }

  /**
   * Logs in because the user asks for it, even if halted is set.
   *
   * @param {object} [data] is sent along with the code
   * @returns {Promise<void>}
   */
  function loginNow(data) {
    halted = null
    if (!data || !pending) return login(data).then(() => {})
    const again = () => loginNow(data) // the running login or renewal does not send this data
    return pending.then(again, again)
  }

  return {
    request: (o) => request('request', o),
    get: shortcut('GET'),
    post: shortcut('POST'),
    put: shortcut('PUT'),
    delete: shortcut('DELETE'),
    uploadFile: (o) => request('uploadFile', o),
    downloadFile: (o) => request('downloadFile', o),

    login: loginNow,

    renew(o) {
      /**
       * @param {string} used
       * @returns {Promise<Sent>}
       */
      const once = (used) => {
        if (pending) return pending.then(once, () => once(current()))
        const sent = send('request', Object.assign({ timeout: loginTimeout }, o), used).then((res) => {
          if (!unauthorized(res) && res.statusCode < 400) accept(res)
          return { res, used }
        })
        // The waiting requests then continue with the saved token, even if the renewal failed.
        return begin(sent.then(current, current)).then(() => sent)
      }
      return call(o, once, () => {})
    },

    logout() {
      logouts++
      const end = () => {
        if (!saved) return undefined
        const old = saved.token
        store(null)
        return send('request', { url: options.logoutPath || '/logout', method: 'POST' }, old).then((res) => {
          if (res.statusCode >= 400) throw failure(res)
        })
      }
      // A running login or renewal would save a token after the logout, so wait for its end.
      return pending ? pending.then(end, end) : Promise.resolve().then(end)
    },

    prepare() {
      return token().then((used) => isSessionKeyValid(adapter).then((valid) => (valid ? undefined : other(used)))).then(() => {})
    },

    loggedIn: () => saved !== null && Date.now() < saved.expiresAt,
  }
}

/**
 * Turns an API with callbacks into a promise.
 *
 * @param {(success: (res: any) => void, fail: (res: {errMsg: string}) => void) => unknown} api
 * @param {string} code is the code of the error if the API fails
 * @returns {Promise<any>}
 */
function ask(api, code) {
  return new Promise((resolve, reject) => {
    const returned = /** @type {any} */ (api(resolve, (res) => reject(makeError(code, res.errMsg))))
    // Taro also returns a promise. Ignore its rejection, because fail gets the same error.
    if (returned && typeof returned.catch === 'function') returned.catch(() => {})
  })
}

/**
 * Waits for a login, but not longer than timeout. The login continues after the timeout.
 *
 * @template T
 * @param {Promise<T>} login
 * @param {number} [timeout] in milliseconds
 * @returns {Promise<T>}
 */
function inTime(login, timeout) {
  if (!timeout) return login
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(makeError('network', '等待登录超时 (timeout while waiting for a login)')), timeout)
    login.then(resolve, reject).then(() => clearTimeout(timer))
  })
}

/**
 * Wraps a function of the options. If the function throws an error without a code, the
 * wrapper throws an error with the code bad_reply.
 *
 * @template T
 * @param {string} name
 * @param {(res: Response) => T} hook
 * @returns {(res: Response) => T}
 */
function guard(name, hook) {
  return (res) => {
    try {
      return hook(res)
    } catch (error) {
      throw withCode(error, 'bad_reply', name + ': ', res)
    }
  }
}

/**
 * @param {Adapter} adapter
 * @param {number} timeout
 * @returns {Promise<string>}
 */
function getCode(adapter, timeout) {
  return ask((success, fail) => adapter.login({ timeout, success, fail }), 'wx_login').then((res) => res.code)
}

/**
 * @param {Adapter} adapter
 * @returns {Promise<boolean>}
 */
function isSessionKeyValid(adapter) {
  return ask((success, fail) => adapter.checkSession({ success, fail }), 'wx_check_session').then(() => true, () => false)
}

/**
 * Reads the file that a failed download has saved. Returns the response with the text of
 * the file as data. If the file cannot be read, returns the response unchanged.
 *
 * @param {Adapter} adapter
 * @param {Response} res
 * @returns {Promise<Response>}
 */
function withText(adapter, res) {
  const files = adapter.getFileSystemManager ? adapter.getFileSystemManager() : null
  const filePath = res.tempFilePath || res.filePath
  if (!files || !filePath) return Promise.resolve(res)
  return ask((success, fail) => files.readFile({ filePath, encoding: 'utf8', success, fail }), 'file')
    .then((file) => Object.assign({}, res, { data: file.data }), () => res)
}

/**
 * The default of parseLogin.
 *
 * @param {Response} res
 * @returns {import('./wxauth').Token}
 */
function tokenOf(res) {
  const reply = (res.statusCode === 200 && res.data) || {}
  return { token: reply.token, expiresIn: reply.expires_in }
}

/**
 * The default of unauthorized.
 *
 * @param {Response} res
 * @returns {boolean | string}
 */
function refusedBy401(res) {
  return res.statusCode === 401 && (problemOf(res).reason || true)
}

/**
 * Returns the problem details (RFC 9457) in the body of a response, or {}.
 *
 * @param {Response} res
 */
function problemOf(res) {
  let problem = res.data
  if (typeof problem === 'string') {
    try {
      problem = JSON.parse(problem) // uploadFile and downloadFile give text, and so does request with another dataType
    } catch (e) {
      problem = null
    }
  }
  return problem || {}
}

/** @param {Response} res */
function failure(res) {
  const problem = problemOf(res)
  const hasCode = typeof problem.code === 'string' || typeof problem.code === 'number'
  const code = hasCode ? String(problem.code) : 'http_error'
  return makeError(code, String(problem.detail || 'HTTP ' + res.statusCode), res, { retryAfter: retryAfter(res, problem) })
}

/**
 * @param {Response} res
 * @param {any} problem
 * @returns {number} seconds
 */
function retryAfter(res, problem) {
  const header = res.header || {}
  // The case of header names depends on the phone and on the version of HTTP.
  const name = Object.keys(header).find((key) => key.toLowerCase() === 'retry-after')
  const seconds = Number(name ? header[name] : problem.retry_after)
  return seconds > 0 ? seconds : 0 // NaN becomes 0
}

/**
 * @param {boolean | string} why
 * @param {Response} [res]
 */
function notLoggedIn(why, res) {
  const reason = typeof why === 'string' ? why : ''
  return makeError('not_logged_in', reason || '登录态已失效', res, { reason })
}

/**
 * Returns what a function of the options threw, if it has a code. If it has none, returns
 * an error with the given code and with its message.
 *
 * @param {any} thrown
 * @param {string} code
 * @param {string} [where]
 * @param {Response} [response]
 * @returns {AuthError}
 */
function withCode(thrown, code, where, response) {
  if (thrown && thrown.code) return thrown
  const cause = (thrown && (thrown.message || thrown.errMsg)) || thrown
  return makeError(code, (where || '') + cause, response)
}

/**
 * @param {string} code
 * @param {string} message
 * @param {Response} [response]
 * @param {{retryAfter?: number, reason?: string}} [more]
 * @returns {AuthError}
 */
function makeError(code, message, response, more) {
  return Object.assign(new Error(code + ': ' + message), {
    code,
    statusCode: response ? response.statusCode : 0,
    retryAfter: 0,
    reason: '',
    response,
  }, more)
}

module.exports = { create }
