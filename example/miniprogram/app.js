const auth = require('./utils/auth')

App({
  onLaunch() {
    // 启动时登录，这样用户点按钮时 session_key 不会再变。失败也没有关系，第一个请求会重新登录。
    // Log in at the start, because a login when the user taps a button could change the
    // session_key. If the login at the start fails, the first request logs in.
    auth.prepare().catch(() => {})
  },
})
