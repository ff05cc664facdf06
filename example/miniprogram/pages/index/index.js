const auth = require('../../utils/auth')

/** @typedef {import('../../utils/wxauth').AuthError} AuthError */

/** @type {Record<string, string>} 各种错误的提示。The texts that the page shows for the error codes. */
const texts = {
  network: '无法连接服务端，请检查网络',
  wx_login: '微信登录失败，请检查网络',
  invalid_code: '微信不接受这个 code，请检查开发者工具里的 AppID',
  login_denied: '该用户无法登录',
  not_logged_in: '登录态已失效，请再点一次',
  no_data: '没有取到数据：用户未授权，或者正处于游客模式',
  session_key_stale: '已重新登录，请再点一次',
}

/** @type {Record<string, string>} 服务端结束登录态的原因。Texts for the reasons why the server ended the login. */
const reasons = {
  logged_out_everywhere: '已在所有设备退出，请点「重新登录」',
  replaced: '账号已在其他设备登录，请点「重新登录」',
}

/** @param {AuthError} error */
function describe(error) {
  if (error.reason) return reasons[error.reason] || '登录态已结束，请点「重新登录」'
  if (error.retryAfter > 0) return '服务端繁忙，请 ' + error.retryAfter + ' 秒后再试'
  if (error.code === 'no_data') return texts.no_data + '（' + error.message + '）' // 微信给出的原因。The reason that WeChat gives.
  return texts[error.code] || '出错了：' + error.message
}

Page({
  data: {
    loggedIn: false,
    busy: false,
    user: '',
    /** @type {{key: number, time: string, name: string, text: string, ok: boolean}[]} */
    lines: [], // 最新的在最前面。The newest line comes first.
  },

  onLoad() {
    this.me()
  },

  login() {
    this.run('登录 login', () => auth.login().then(() => '登录成功，得到新的 token'))
  },

  me() {
    this.run('我是谁 GET /me', () => auth.get('/me').then((res) => {
      this.setData({ user: res.data.user })
      return '服务端识别出用户：' + res.data.user
    }))
  },

  // 先 prepare 再获取密文，确保服务端持有加密所用的 session_key。
  // prepare comes first, so that the server has the session_key of the encrypted data.
  steps() {
    this.run('微信步数 POST /steps', () => auth.prepare().then(getWeRunData).then((run) => (
      auth.post('/steps', { encryptedData: run.encryptedData, iv: run.iv })
    )).then((res) => '服务端解密得到步数：' + res.data.steps))
  },

  /** @param {WechatMiniprogram.ButtonGetPhoneNumber} event */
  phone(event) {
    const { code, errMsg } = event.detail
    this.run('手机号 POST /phone', () => {
      if (!code) return Promise.reject({ code: 'no_data', message: errMsg })
      return auth.post('/phone', { code }).then((res) => '服务端从微信取得：' + res.data.phone)
    })
  },

  logout() {
    this.run('退出 logout', () => auth.logout().then(() => '服务端已删除登录态'))
  },

  // 这里的登录态也结束了，但手机上的 token 还没有过期。问一次服务端，客户端就会得到原因，之后不再自动登录。
  // The login of this phone has ended too, but its token has not expired. The response to
  // one more request tells the client the reason, so the client does not log in by itself.
  everywhere() {
    this.run('退出所有设备 POST /logout/everywhere', () => auth.post('/logout/everywhere').then((res) => (
      auth.get('/session').catch(() => {}).then(() => '已结束的登录态：' + res.data.ended + ' 个')
    )))
  },

  /**
   * 执行一个操作，并显示结果。Runs an action and shows its result.
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
    wx.getWeRunData({ success: resolve, fail: (res) => reject({ code: 'no_data', message: res.errMsg }) })
  })
}
