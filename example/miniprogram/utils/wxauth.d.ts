/** 微信小程序登录客户端的类型，用法见 ../README.md。 */

/** The response of wx.request, wx.uploadFile or wx.downloadFile. After wx.uploadFile, data is text. */
export interface Response<D = any> {
  data: D
  statusCode: number
  header?: Record<string, any>
  /** The downloaded file, if the options of downloadFile have no filePath. */
  tempFilePath?: string
  /** The downloaded file, if the options of downloadFile have a filePath. */
  filePath?: string
}

/**
 * 请求失败的原因。
 *
 * AuthError is the error of a failed request. `code` is a code of the server, such as
 * `login_denied`, or one of the codes below. If the server sends a number as the code, in
 * a response with a status of 400 or more, `code` is that number as a string.
 *
 * - `network`: the client got no response, for example because the request was aborted
 *   or timed out. The server may have carried out the request.
 * - `wx_login`: wx.login failed.
 * - `login_data`: the function `loginData` failed with an error without a `code`.
 * - `bad_reply`: a response to a login has no token or no lifetime, or `parseLogin`,
 *   `unauthorized` or `unwrap` threw an error without a `code`. The message contains
 *   the cause.
 * - `bad_url`: `url` is not an allowed path or address. Nothing was sent.
 * - `not_logged_in`: the server refused the request even after a new login, or logout()
 *   was called during the request, or the server ended the login with a reason.
 * - `session_key_stale`: the server could not use the encrypted data, for example because
 *   WeChat has replaced the session_key. The client has logged in again, unless logout()
 *   was called. Let the user repeat the action with newly encrypted data.
 * - `http_error`: the response has a status of 400 or more, and no code.
 *
 * If a function of the options throws an error with a `code`, the client passes the error
 * on unchanged. Such an error has the other members only if the function sets them.
 */
export interface AuthError extends Error {
  code: string
  /** The HTTP status, or 0 without a response. */
  statusCode: number
  /** How many seconds the server asks to wait, or 0. */
  retryAfter: number
  /** Why the server ended the login, such as `replaced`. '' if the server gave no reason. */
  reason: string
  response?: Response
}

/** The functions of wx that the client uses. uni and Taro have them too. */
export interface Adapter {
  login(options: any): unknown
  checkSession(options: any): unknown
  request(options: any): unknown
  uploadFile(options: any): unknown
  downloadFile(options: any): unknown
  getStorageSync(key: string): any
  setStorageSync(key: string, value: any): void
  removeStorageSync(key: string): void
  /** Without this function, the client cannot read the body of a failed download. */
  getFileSystemManager?(): { readFile(options: any): void }
}

/** The token in the response to a login. */
export interface Token {
  token: string
  /** The lifetime of the token, in seconds. */
  expiresIn: number
}

export interface Options<R = Response> {
  /** 服务端地址，末尾的斜杠会被忽略。The URL of the server, such as https://example.com. Slashes at the end are ignored. */
  baseURL: string
  /** 除 baseURL 外，允许携带 token 的其他地址。URLs of other servers that may get the token. */
  servers?: string[]
  /** The path for logins. Default /login. */
  loginPath?: string
  /** The path for logouts. Default /logout. */
  logoutPath?: string
  /** 登录时与 code 一起提交的数据。Data to send along with the code of each login. */
  loginData?: object | (() => object | Promise<object>)
  /**
   * 一次登录最长多少毫秒，默认 20000。
   *
   * The time limit for wx.login, and then separately for the request to loginPath, in
   * milliseconds. It also limits a renew() without a timeout. Default 20000. With its
   * default settings, the server needs less time for a login.
   */
  loginTimeout?: number
  /** The key under which the client stores the token. Default wxauth. */
  storageKey?: string
  /** uni、Taro 或其他同样形式的对象。uni, Taro or another object of this shape. Default wx. */
  adapter?: Adapter

  /**
   * 从登录响应中取出 token。
   *
   * Returns the token in a response to a login or renew(). The client calls parseLogin
   * only if the status is below 400. parseLogin can throw an error with a `code`. The
   * default takes `token` and `expires_in` from the body of a response with status 200.
   */
  parseLogin?(res: Response): Token
  /**
   * 判断服务端是否因登录态失效而拒绝了请求。
   *
   * Reports whether the server refused a request because of its token, and did not carry
   * out the request. If the server gave a reason, unauthorized returns the reason instead
   * of true. The default reports a response with status 401. The reason is `reason` of
   * the body.
   */
  unauthorized?(res: Response): boolean | string
  /**
   * 从响应中取出 request 等函数的结果。
   *
   * Returns the result of request(), get() and the other functions for requests, except
   * renew(). The client calls unwrap only if the status is below 400. unwrap can throw an
   * error with a `code`. By default, the result is the whole response.
   */
  unwrap?(res: Response): R
  /**
   * 服务端结束了登录态并说明了原因。之后只有调用 login() 才会再登录。
   *
   * The client calls onEnded when it learns that the server has ended the login with a
   * reason. For example, `replaced` means that a newer login of the user has replaced the
   * login. After that, the client does not log in until login() is called.
   */
  onEnded?(reason: string): void
}

interface CommonOptions {
  /** 以 / 开头的路径，或 baseURL、servers 之下的完整地址。A path that starts with /, or a full URL below baseURL or one of servers. */
  url: string
  header?: Record<string, any>
  /**
   * 毫秒。等待登录和请求本身各自不超过这个时间。
   *
   * The time limit in milliseconds. It first limits the wait for a login, and then
   * separately limits the request itself. If the request stops waiting for a login, the
   * login continues.
   */
  timeout?: number
  /**
   * 取得 requestTask；重发时会再次调用。
   *
   * Receives the requestTask, for example to abort the request. The client calls onTask
   * again if it sends the request again.
   */
  onTask?(task: any): void
  /** success、fail 和 complete 会被忽略，请用返回的 Promise。success, fail and complete are ignored. Use the promise. */
  success?: never
  fail?: never
  complete?: never
}

/** The options of wx.request. */
export interface RequestOptions extends CommonOptions {
  method?: 'OPTIONS' | 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'TRACE' | 'CONNECT'
  data?: string | object | ArrayBuffer
  dataType?: string
  responseType?: 'text' | 'arraybuffer'
  [option: string]: unknown
}

/** The options of wx.uploadFile. */
export interface UploadOptions extends CommonOptions {
  filePath: string
  name: string
  formData?: Record<string, any>
  [option: string]: unknown
}

/** The options of wx.downloadFile. */
export interface DownloadOptions extends CommonOptions {
  filePath?: string
  [option: string]: unknown
}

type More = Omit<RequestOptions, 'url' | 'method' | 'data'>

export interface Auth<R = Response> {
  /**
   * 同 wx.request，带上 token。
   *
   * Sends a request like wx.request, with the token. The promise resolves only if the
   * status is below 400. If the request fails, the promise rejects with an AuthError.
   */
  request(options: RequestOptions): Promise<R>
  get(url: string, data?: object, more?: More): Promise<R>
  post(url: string, data?: string | object | ArrayBuffer, more?: More): Promise<R>
  put(url: string, data?: string | object | ArrayBuffer, more?: More): Promise<R>
  delete(url: string, data?: string | object | ArrayBuffer, more?: More): Promise<R>
  /** 同 wx.uploadFile，带上 token。Uploads a file like wx.uploadFile, with the token. */
  uploadFile(options: UploadOptions): Promise<R>
  /** 同 wx.downloadFile，带上 token。Downloads a file like wx.downloadFile, with the token. */
  downloadFile(options: DownloadOptions): Promise<R>

  /**
   * 主动登录，例如用户点了「登录」。
   *
   * Logs in. Usually only a button needs login(), because requests log in by themselves.
   * After the server ended the login with a reason, requests do not log in until login()
   * is called. After login_denied, they do not log in until login() is called or the mini
   * program restarts. data is sent along with the code.
   */
  login(data?: object): Promise<void>
  /**
   * 发送一个会返回新 token 的请求，例如绑定手机号。
   *
   * Sends a request whose response contains a new token, such as a request that binds a
   * phone number. Other requests wait for the new token.
   */
  renew(options: RequestOptions): Promise<void>
  /**
   * 退出登录。之后的请求会重新登录。
   *
   * Forgets the token and ends the login on the server. If the request to the server
   * fails, the promise rejects, but the client forgets the token anyway. The login on the
   * server then ends at the latest when it expires. A later request logs in again.
   */
  logout(): Promise<void>
  /**
   * 在获取加密数据（wx.getUserInfo、wx.getWeRunData、手机号按钮等）之前调用。
   *
   * Logs in if the client has no token, if the token has expired, or if wx.checkSession
   * reports that the session_key is no longer valid. Call prepare() before you ask for
   * encrypted data, for example when the page opens. If a login replaces the session_key
   * after the data was encrypted, the server may be unable to decrypt the data.
   */
  prepare(): Promise<void>
  /** 现在是否有 token。Reports whether the client has a token that has not expired. The server may have ended the login. */
  loggedIn(): boolean
}

/**
 * 创建一个服务端的客户端。一个小程序只需要一个实例。
 *
 * Creates a client of one server. A mini program needs only one client, which all pages
 * share. create throws a TypeError if baseURL is missing.
 */
export function create<R = Response>(options: Options<R>): Auth<R>
