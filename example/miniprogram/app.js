const auth = require('./utils/auth')

App({
  onLaunch() {
    // 启动时就登录好，用户点按钮时 session_key 不会再变。失败了也不要紧：第一个请求会再登录。
    // Log in at the start, so that the session_key does not change under the
    // user's hand. If it fails, the first request logs in.
    auth.prepare().catch(() => {})
  },
})
