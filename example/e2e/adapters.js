// Stand-ins for the uni of uni-app and the Taro of Taro, on top of the wx of wx.js.
// Their functions differ from those of wx in what they return.

const apis = ['login', 'checkSession', 'request', 'uploadFile', 'downloadFile']
const rest = wx => ({
  getStorageSync: wx.getStorageSync,
  setStorageSync: wx.setStorageSync,
  removeStorageSync: wx.removeStorageSync,
  getFileSystemManager: wx.getFileSystemManager,
})

/** A function of uni returns a promise if it is given no callback, and a task otherwise. */
export function uniLike(wx) {
  const promised = api => (options = {}) => {
    if (options.success || options.fail || options.complete) return wx[api](options)
    return new Promise((success, fail) => wx[api]({ ...options, success, fail }))
  }
  return { ...rest(wx), ...Object.fromEntries(apis.map(api => [api, promised(api)])) }
}

/** A function of Taro calls the callbacks and returns a promise, which is a task too. */
export function taroLike(wx) {
  const promised = api => (options = {}) => {
    let task
    const promise = new Promise((resolve, reject) => {
      task = wx[api]({
        ...options,
        success(res) {
          options.success?.(res)
          resolve(res)
        },
        fail(res) {
          options.fail?.(res)
          reject(res)
        },
      })
    })
    return Object.assign(promise, task)
  }
  return { ...rest(wx), ...Object.fromEntries(apis.map(api => [api, promised(api)])) }
}
