const auth = require('../../utils/auth')

/** @typedef {import('../../utils/wxauth').AuthError} AuthError */

/** @type {Record<string, string>} 给用户看的话 What the user is told. */
const texts = {
  network: '连不上服务器，请检查网络',
  wx_login: '微信登录失败，请检查网络',
  invalid_code: '微信不认这个 code；开发者工具里请用自己的 AppID',
  login_denied: '该用户不能登录',
  not_logged_in: '登录已失效，请再点一次',
  refused: '没有授权',
  session_key_stale: '已重新登录，请再点一次',
}

/** @param {AuthError} error */
function describe(error) {
  if (error.retryAfter > 0) return '服务器忙，请 ' + error.retryAfter + ' 秒后再试'
  return texts[error.code] || '出错了：' + error.code
}

Page({
  data: {
    loggedIn: false,
    busy: false,
    user: '',
    /** @type {{key: number, time: string, name: string, text: string, ok: boolean}[]} */
    lines: [], // 最近的在最上面 the newest first
  },

  onLoad() {
    this.me()
  },

  login() {
    this.run('登录 login', () => auth.login().then(() => '拿到了新的 token'))
  },

  me() {
    this.run('我是谁 GET /me', () => auth.request({ url: '/me' }).then((res) => {
      this.setData({ user: res.data.user })
      return '服务器认得我：' + res.data.user
    }))
  },

  // 密文在 prepare 之后才取，这样服务器手里的 session_key 正是加密用的那一个。
  // Encrypted data is asked for after prepare, so that the server has the key.
  steps() {
    this.run('微信步数 POST /steps', () => auth.prepare().then(getWeRunData).then((run) => auth.request({
      url: '/steps',
      method: 'POST',
      data: { encryptedData: run.encryptedData, iv: run.iv },
    })).then((res) => '服务器解密得到步数：' + res.data.steps))
  },

  /** @param {WechatMiniprogram.ButtonGetPhoneNumber} event */
  phone(event) {
    const code = event.detail.code
    this.run('手机号 POST /phone', () => {
      if (!code) return Promise.reject({ code: 'refused' })
      return auth.request({ url: '/phone', method: 'POST', data: { code } })
        .then((res) => '服务器向微信问到：' + res.data.phone)
    })
  },

  logout() {
    this.run('退出 logout', () => auth.logout().then(() => '服务器已删除这次登录'))
  },

  /**
   * 执行一个动作并记下结果。Does an action and notes how it went.
   *
   * @param {string} name
   * @param {() => Promise<string>} action
   */
  run(name, action) {
    if (this.data.busy) return
    this.setData({ busy: true })
    action().then(
      (text) => this.note(name, text, true),
      (error) => this.note(name, describe(error), false),
    )
  },

  /**
   * @param {string} name
   * @param {string} text
   * @param {boolean} ok
   */
  note(name, text, ok) {
    const now = new Date()
    const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map((n) => (n < 10 ? '0' + n : n)).join(':')
    const line = { key: now.getTime(), time, name, text, ok }
    const loggedIn = auth.loggedIn()
    this.setData({
      busy: false,
      loggedIn,
      user: loggedIn ? this.data.user : '',
      lines: [line].concat(this.data.lines).slice(0, 20),
    })
  },
})

/** @returns {Promise<WechatMiniprogram.GetWeRunDataSuccessCallbackResult>} */
function getWeRunData() {
  return new Promise((resolve, reject) => {
    wx.getWeRunData({ success: resolve, fail: () => reject({ code: 'refused' }) })
  })
}
