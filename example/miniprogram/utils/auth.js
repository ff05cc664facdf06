// 整个小程序共用的登录客户端。更换服务端只需要修改这里。
// The client that all pages share. Only this file contains the address of the server.
//
// 127.0.0.1 是运行开发者工具的电脑。真机调试请改成电脑在局域网里的地址，上线前换成配置过的 https 域名。
// 127.0.0.1 is the computer that runs DevTools. A real phone needs the address of
// that computer in the local network. A release needs an https domain that is
// configured for the mini program.

module.exports = require('./wxauth').create({ baseURL: 'http://127.0.0.1:8080' })
