/**
 * 微信小程序登录客户端：用 code 换 token，带 token 发请求，失效后重新登录。
 * 复制本文件（以及类型 wxauth.d.ts）到任何小程序即可使用，用法见 ../README.md。
 *
 * Logs a mini program in to a server that uses Go package wxauth, and sends
 * requests with the token. Copy this file, and wxauth.d.ts for its types and the
 * documentation of its functions. ../README.md says how to use it.
 *
 * It is plain ES2015 with Promise. It calls wx with callbacks only, since old base
 * libraries return no promises.
 */

/**
 * @typedef {import('./wxauth').AuthError} AuthError
 * @typedef {import('./wxauth').Response} Response
 * @typedef {import('./wxauth').Adapter} Adapter
 * @typedef {'request' | 'uploadFile' | 'downloadFile'} Api
 *
 * @typedef {{server: string, token: string, expiresAt: number}} Saved expiresAt by the clock of this phone
 * @typedef {{server: string, ended: string}} Ended why the server ended the last login
 * @typedef {{res: Response, used: string}} Sent a response, and the token of its request
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
  const loginTimeout = options.loginTimeout || 20000 // by default, the server needs at most 20 s
  const adapter = options.adapter || wx
  const parseLogin = guard('parseLogin', options.parseLogin || tokenOf)
  const unauthorized = guard('unauthorized', options.unauthorized || refusedBy401)
  const unwrap = guard('unwrap', options.unwrap || ((/** @type {any} */ res) => res))

  /** @type {Saved | null} */
  let saved = null
  /** @type {Promise<string> | null} */
  let pending = null // the token of the login or renewal under way; there is never more than one
  /** @type {AuthError | null} */
  let halted = null // why there is no login until the user asks for one
  /** @type {{from: number, error: AuthError} | null} */
  let pause = null // the server wants to be left alone
  let logouts = 0
  load()

  /** Takes the token of the storage if it expires later, and the mark of an ended login. */
  function load() {
    try {
      const s = adapter.getStorageSync(storageKey)
      if (!s || s.server !== server) return // the token of another server stays there
      if (typeof s.token === 'string' && s.expiresAt > (saved ? saved.expiresAt : 0)) saved = s
      if (typeof s.ended === 'string') halted = notLoggedIn(s.ended)
    } catch (e) {
      // Without storage each start of the mini program logs in.
    }
  }

  /** @param {Saved | Ended | null} s */
  function store(s) {
    saved = s && 'token' in s ? s : null
    try {
      if (s) adapter.setStorageSync(storageKey, s)
      else adapter.removeStorageSync(storageKey)
    } catch (e) {
      // The storage is full or broken: the token lasts until the mini program ends.
    }
  }

  /** Returns the seconds that a pause still lasts. A clock that was set back ends it. */
  function remaining() {
    if (!pause) return 0
    const passed = (Date.now() - pause.from) / 1000
    return passed < 0 ? 0 : Math.max(0, Math.ceil(pause.error.retryAfter - passed))
  }

  /**
   * Makes a login or renewal the one under way, until it is settled.
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
   * Logs in, or waits for the login or renewal under way.
   *
   * @param {object} [data] to send along with the code
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
   * Returns what the application sends along with each code.
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
   * Sends a code. It is never sent twice: whatever comes back, it is used up.
   *
   * @param {string} code
   * @param {object} [data]
   * @returns {Promise<string>}
   */
  function exchange(code, data) {
    return loginData().then((more) => {
      const all = Object.assign({}, more, data, { code })
      const o = { url: options.loginPath || '/login', method: 'POST', data: all, timeout: loginTimeout }
      // With the old token, so that the server ends the old login.
      return send('request', o, current())
    }).then(accept)
  }

  /**
   * Saves the token of a response to a login.
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
    // Not the server's time of expiry: the clock of the phone may be wrong.
    store({ server, token: given.token, expiresAt: Date.now() + given.expiresIn * 1000 })
    return given.token
  }

  /** Returns the saved token, or ''. */
  function current() {
    return saved ? saved.token : ''
  }

  /** @returns {Promise<string>} a token that is valid as far as is known here */
  function token() {
    return saved && Date.now() < saved.expiresAt && !pending ? Promise.resolve(saved.token) : login()
  }

  /**
   * Returns a token other than one that the server refused: that of a login
   * meanwhile, or of a new login.
   *
   * @param {string} used
   */
  function other(used) {
    return saved && saved.token !== used && !pending ? Promise.resolve(saved.token) : login()
  }

  /**
   * Returns the whole URL of a request. The token goes to the servers of the options
   * and to no other.
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
   * Reports whether the server refused the token of a request, and forgets it. If
   * the server gave a reason, there is no login until the user asks for one. A newer
   * token or a login under way stays.
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
   * Sends a request with a token. It is repeated once, and only if the server refused
   * the token: then it has not carried the request out (RFC 9110, 15.5.2).
   *
   * @template T
   * @param {{url: string, timeout?: number}} o
   * @param {(token: string) => Promise<Sent>} once sends it once
   * @param {(res: Response) => T} finish makes the result of a response below 400
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
        // The data was encrypted with a key that the server will never have. Repeating
        // the request would not help. A new login brings the next key.
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
   * Logs in because the user asks for it.
   *
   * @param {object} [data] to send along with the code
   * @returns {Promise<void>}
   */
  function loginNow(data) {
    halted = null
    if (!data || !pending) return login(data).then(() => {})
    const again = () => loginNow(data) // the login under way sends other data
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
        // Whether it works or not, the requests that wait go on with the token that is then there.
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
      // The login under way would bring a token after the logout.
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
 * @param {string} code of the error when it fails
 * @returns {Promise<any>}
 */
function ask(api, code) {
  return new Promise((resolve, reject) => {
    const returned = /** @type {any} */ (api(resolve, (res) => reject(makeError(code, res.errMsg))))
    // Taro returns a promise besides. Its rejection says nothing new.
    if (returned && typeof returned.catch === 'function') returned.catch(() => {})
  })
}

/**
 * Waits for a login, but not longer than a request may take. The login goes on.
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
 * Gives the errors of a function of the options a code: bad_reply, or their own.
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
 * Adds the text of an error to the response of a download, which is in a file.
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
 * Returns the problem details in a response, RFC 9457, or {}.
 *
 * @param {Response} res
 */
function problemOf(res) {
  let problem = res.data
  if (typeof problem === 'string') {
    try {
      problem = JSON.parse(problem) // of wx.uploadFile, or with another dataType
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
  // The case of the names depends on the phone and on the version of HTTP.
  const name = Object.keys(header).find((key) => key.toLowerCase() === 'retry-after')
  const seconds = Number(name ? header[name] : problem.retry_after)
  return seconds > 0 ? seconds : 0 // NaN is not
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
 * Returns what a function of the application threw, if it has a code. Otherwise it is
 * the cause of an error with the given code.
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
