/**
 * 微信小程序登录客户端：取 code 换 token、带 token 发请求、失效后重新登录。
 * 整个文件复制到任何小程序即可使用，用法见 ../README.md。
 *
 * Logs a mini program in to a server that uses Go package wxauth, and sends
 * requests with the token. Copy this one file; ../README.md says how.
 *
 * It is plain ES2015 with Promise, and calls wx.* with callbacks only, which
 * old base libraries want.
 */

/**
 * What went wrong. `code` is the server's ("login_denied", "wechat_unavailable"
 * and so on), or one of these:
 *
 * - `network`: there was no response. Whether the server has carried the
 *   request out is not known.
 * - `wx_login`: wx.login failed.
 * - `bad_reply`: the login's reply has no token.
 * - `http_error`: a status of 400 or more without a code.
 *
 * `not_logged_in` comes only after a new login did not help, or when logout was
 * called meanwhile. `session_key_stale` comes after a new login: the user does
 * the action again, with newly encrypted data.
 *
 * `retryAfter` is how many seconds the server wants to be left alone, 0 if it
 * does not say. `response` is what wx.request or wx.uploadFile gave.
 *
 * @typedef {Error & {code: string, statusCode: number, retryAfter: number, response?: Response}} AuthError
 */

/**
 * What wx.request gives. wx.uploadFile gives text, and no header.
 *
 * @typedef {object} Response
 * @property {any} data
 * @property {number} statusCode
 * @property {Record<string, any>} [header]
 */

/** @typedef {{token: string, expiresAt: number, server: string}} Saved expiresAt by this phone's clock */

/**
 * @typedef {object} Options
 * @property {string} baseURL the server, such as https://example.com, without a slash at its end
 * @property {string} [loginPath] default /login
 * @property {string} [logoutPath] default /logout
 * @property {string} [storageKey] where the token is kept; default wxauth
 */

/**
 * The options of wx.request, with a path in the place of the URL: the token goes
 * to the one server and to no other.
 *
 * @typedef {Omit<WechatMiniprogram.RequestOption, 'url' | 'success' | 'fail' | 'complete'> & {url: string}} RequestOptions
 * @typedef {Omit<WechatMiniprogram.UploadFileOption, 'url' | 'success' | 'fail' | 'complete'> & {url: string}} UploadOptions
 */

/**
 * Makes the client of one server. A mini program needs one; put it where all
 * pages get at it.
 *
 * @param {Options} options
 */
function create(options) {
  const server = options.baseURL
  const loginPath = options.loginPath || '/login'
  const logoutPath = options.logoutPath || '/logout'
  const storageKey = options.storageKey || 'wxauth'

  let saved = load()
  /** @type {Promise<string> | null} */
  let pending = null // the login under way; there is never more than one
  /** @type {AuthError | null} */
  let denied = null // the server does not want this user
  /** @type {{from: number, error: AuthError} | null} */
  let pause = null // the server wants to be left alone
  let logouts = 0

  /** @returns {Saved | null} */
  function load() {
    try {
      const s = wx.getStorageSync(storageKey)
      // Another server's token is none of this one's business.
      return s && s.server === server ? s : null
    } catch (e) {
      return null
    }
  }

  /** @param {Saved | null} s */
  function save(s) {
    saved = s
    try {
      if (s) wx.setStorageSync(storageKey, s)
      else wx.removeStorageSync(storageKey)
    } catch (e) {
      // Full or broken storage: the token lasts until the mini program ends.
    }
  }

  /** The seconds that a pause still lasts, 0 for none. A clock that was set back ends it. */
  function remaining() {
    if (!pause) return 0
    const passed = (Date.now() - pause.from) / 1000
    return passed < 0 ? 0 : Math.max(0, Math.ceil(pause.error.retryAfter - passed))
  }

  /**
   * Logs in, or waits for the login under way.
   *
   * @returns {Promise<string>} the token
   */
  function renew() {
    if (pending) return pending
    const wait = remaining()
    if (pause && wait > 0) {
      return Promise.reject(makeError(pause.error.code, pause.error.message, pause.error.response, wait))
    }
    if (denied) return Promise.reject(denied)
    pause = null
    pending = getCode().then(exchange).then(
      (token) => {
        pending = null
        return token
      },
      (error) => {
        pending = null
        if (error.code === 'login_denied') denied = error
        if (error.retryAfter > 0) pause = { from: Date.now(), error }
        throw error
      },
    )
    return pending
  }

  /**
   * Sends a code, once: whatever comes back, it is used up.
   *
   * @param {string} code
   * @returns {Promise<string>}
   */
  function exchange(code) {
    // The login that this one replaces goes along, and the server ends it.
    const old = saved ? saved.token : ''
    return send((o) => wx.request(o), { url: loginPath, method: 'POST', data: { code } }, old).then((res) => {
      if (res.statusCode >= 400) throw failure(res)
      const reply = res.data
      if (res.statusCode !== 200 || !reply || typeof reply.token !== 'string' || !(reply.expires_in > 0)) {
        throw makeError('bad_reply', '登录的应答里没有 token', res)
      }
      // expires_in and not expires_at: the phone's clock may be wrong.
      save({ token: reply.token, expiresAt: Date.now() + reply.expires_in * 1000, server })
      return reply.token
    })
  }

  /** @returns {Promise<string>} a token that is good, as far as can be told here */
  function token() {
    return saved && Date.now() < saved.expiresAt && !pending ? Promise.resolve(saved.token) : renew()
  }

  /**
   * Gives a token other than the one that was no good: that of a login
   * meanwhile, or of a new one.
   *
   * @param {string} used
   */
  function other(used) {
    return saved && saved.token !== used && !pending ? Promise.resolve(saved.token) : renew()
  }

  /**
   * Sends a request once.
   *
   * @param {(options: any) => void} api
   * @param {RequestOptions | UploadOptions} o
   * @param {string} bearer
   * @returns {Promise<Response>}
   */
  function send(api, o, bearer) {
    /** @type {Record<string, any>} */
    const header = {}
    Object.keys(o.header || {}).forEach((name) => {
      if (name.toLowerCase() !== 'authorization') header[name] = /** @type {any} */ (o.header)[name]
    })
    if (bearer) header.Authorization = 'Bearer ' + bearer
    return new Promise((resolve, reject) => {
      api(Object.assign({}, o, {
        url: server + o.url,
        header,
        success: resolve, // whatever the status
        fail: (/** @type {{errMsg: string}} */ res) => reject(makeError('network', res.errMsg)),
      }))
    })
  }

  /**
   * Sends a request with the token. It is repeated once, and only after a 401:
   * that says that the server has not carried it out (RFC 9110, 15.5.2).
   *
   * @param {(options: any) => void} api
   * @param {RequestOptions | UploadOptions} o
   * @returns {Promise<Response>}
   */
  function call(api, o) {
    if (typeof o.url !== 'string' || o.url.charAt(0) !== '/') {
      return Promise.reject(new TypeError('url 须是以 / 开头的路径 (want a path)'))
    }
    const began = logouts
    let used = ''
    /** @param {string} t */
    const attempt = (t) => {
      used = t
      return send(api, o, t)
    }
    return token().then(attempt).then((res) => {
      if (res.statusCode !== 401 || logouts !== began) return res
      // It is no good to anybody; the login need not end it.
      if (saved && saved.token === used) save(null)
      return other(used).then(attempt)
    }).then((res) => {
      if (res.statusCode < 400) return res
      const error = failure(res)
      if (error.code !== 'session_key_stale' || logouts !== began) throw error
      // The data was encrypted under a key that the server will never have, so
      // repeating the request is of no use. A new login brings the next key.
      return other(used).then(() => {
        throw error
      })
    })
  }

  return {
    /**
     * 主动登录，例如用户点了「登录」。
     *
     * Logs in anew. Requests log in by themselves; this is for a button, and
     * the only way to try again after login_denied.
     *
     * @returns {Promise<void>}
     */
    login() {
      denied = null
      return renew().then(() => {})
    },

    /**
     * 退出登录。之后的 request 会重新登录。
     *
     * Forgets the token and ends the login on the server. If there is no
     * response the token is forgotten all the same, and the login ends when it
     * expires. A later request logs in again: a mini program whose users stay
     * logged out remembers so itself.
     *
     * @returns {Promise<void>}
     */
    logout() {
      logouts++
      const end = () => {
        const old = saved
        save(null)
        if (!old) return undefined
        return send((o) => wx.request(o), { url: logoutPath, method: 'POST' }, old.token).then((res) => {
          if (res.statusCode >= 400) throw failure(res)
        })
      }
      // A login under way would bring a token after the logout.
      return pending ? pending.then(end, end) : Promise.resolve().then(end)
    },

    /**
     * 在获取加密数据（wx.getUserInfo、wx.getWeRunData、手机号按钮等）之前调用。
     *
     * Makes sure that there is a login and that WeChat has not ended its
     * session_key. Call it before encrypted data is asked for, when the page
     * opens, not after: a login in between replaces the key that the data is
     * encrypted under, and the server can't read it.
     *
     * @returns {Promise<void>}
     */
    prepare() {
      return token().then((used) => checkSession().then((alive) => (alive ? undefined : other(used)))).then(() => {})
    },

    /**
     * 同 wx.request，带上 token；url 只写路径。
     *
     * wx.request with the token. It resolves for a status under 400, and
     * rejects with an AuthError for all else.
     *
     * @param {RequestOptions} o
     */
    request(o) {
      return call((/** @type {any} */ all) => wx.request(all), o)
    },

    /**
     * 同 wx.uploadFile，带上 token；url 只写路径。
     *
     * wx.uploadFile with the token, as request is. As there, the data of the
     * response is text.
     *
     * @param {UploadOptions} o
     */
    uploadFile(o) {
      return call((/** @type {any} */ all) => wx.uploadFile(all), o)
    },

    /** 现在是否有 token。Whether there is a token; the server may know better. */
    loggedIn() {
      return saved !== null && Date.now() < saved.expiresAt
    },
  }
}

/** @returns {Promise<string>} */
function getCode() {
  return new Promise((resolve, reject) => {
    wx.login({
      success: (res) => resolve(res.code),
      fail: (res) => reject(makeError('wx_login', res.errMsg)),
    })
  })
}

/** @returns {Promise<boolean>} */
function checkSession() {
  return new Promise((resolve) => {
    wx.checkSession({ success: () => resolve(true), fail: () => resolve(false) })
  })
}

/**
 * The error in a response: problem details, RFC 9457, or anything.
 *
 * @param {Response} res
 */
function failure(res) {
  let problem = res.data
  if (typeof problem === 'string') {
    try {
      problem = JSON.parse(problem) // wx.uploadFile, or another dataType
    } catch (e) {
      problem = null
    }
  }
  problem = problem || {}
  const code = typeof problem.code === 'string' ? problem.code : res.statusCode === 401 ? 'not_logged_in' : 'http_error'
  return makeError(code, String(problem.detail || 'HTTP ' + res.statusCode), res, retryAfter(res, problem))
}

/**
 * @param {Response} res
 * @param {any} problem
 * @returns {number} seconds
 */
function retryAfter(res, problem) {
  const header = res.header || {}
  // Their case depends on the phone and on the version of HTTP.
  const name = Object.keys(header).find((key) => key.toLowerCase() === 'retry-after')
  const seconds = Number(name ? header[name] : problem.retry_after)
  return seconds > 0 ? seconds : 0 // NaN is not
}

/**
 * @param {string} code
 * @param {string} message
 * @param {Response} [response]
 * @param {number} [wait]
 * @returns {AuthError}
 */
function makeError(code, message, response, wait) {
  return Object.assign(new Error(code + ': ' + message), {
    code,
    statusCode: response ? response.statusCode : 0,
    retryAfter: wait || 0,
    response,
  })
}

module.exports = { create }
