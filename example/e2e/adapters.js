// Simulates the object uni of uni-app and the object Taro of Taro, with the wx of wx.js.
// The functions of uni and Taro return other values than the functions of wx.

const apis = ['login', 'checkSession', 'request', 'uploadFile', 'downloadFile']
const rest = wx => ({
  getStorageSync: wx.getStorageSync,
  setStorageSync: wx.setStorageSync,
  removeStorageSync: wx.removeStorageSync,
  getFileSystemManager: wx.getFileSystemManager,
})

/**
 * Makes an object like uni. A function that gets no callback returns a promise. With
 * a callback, it returns the same value as the function of wx.
 */
export function uniLike(wx) {
  const promised = api => (options = {}) => {
    if (options.success || options.fail || options.complete) return wx[api](options)
    return new Promise((success, fail) => wx[api]({ ...options, success, fail }))
  }
  return { ...rest(wx), ...Object.fromEntries(apis.map(api => [api, promised(api)])) }
}

/**
 * Makes an object like Taro. A function calls the callbacks and also returns a promise.
 * The promise has the methods of the task.
 */
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
