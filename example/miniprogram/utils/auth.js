// 整个小程序共用的登录客户端。换服务器只改这一处。
// The one client that all pages share, and the one place that names the server.
//
// 127.0.0.1 是开发者工具所在的电脑；真机调试请换成电脑在局域网里的地址。
// 127.0.0.1 is the computer that DevTools runs on. A real phone needs the
// computer's address in the local network; a release needs an https domain.

module.exports = require('./wxauth').create({ baseURL: 'http://127.0.0.1:8080' })
