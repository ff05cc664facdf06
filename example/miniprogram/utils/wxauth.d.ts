/** 微信小程序登录客户端的类型，用法见 ../README.md。 */

/** What wx.request, wx.uploadFile and wx.downloadFile give. wx.uploadFile gives text. */
export interface Response<D = any> {
  data: D
  statusCode: number
  header?: Record<string, any>
  /** From wx.downloadFile. */
  tempFilePath?: string
  filePath?: string
}

/**
 * 请求失败的原因。
 *
 * Why a request failed. `code` is the server's, such as `login_denied`, or one of
 * those below. If the server sends a number with a status of 400 or more, `code` is
 * its text.
 *
 * - `network`: there was no response. The request was aborted, for example, or it
 *   timed out. The server may or may not have carried the request out.
 * - `wx_login`: wx.login failed.
 * - `login_data`: `loginData` of the options threw an error without a code.
 * - `bad_reply`: the response to a login has no token, or `parseLogin`,
 *   `unauthorized` or `unwrap` threw an error without a code. The message contains
 *   the cause.
 * - `bad_url`: `url` is not allowed. Nothing was sent.
 * - `not_logged_in`: a new login did not help, or logout was called meanwhile, or
 *   the server ended the login with a reason.
 * - `session_key_stale`: the client has logged in again. Let the user repeat the
 *   action, with newly encrypted data.
 * - `http_error`: a status of 400 or more without a code.
 *
 * An error with a `code` that a function of the options throws is passed on as it
 * is. It has the other members only if that function sets them.
 */
export interface AuthError extends Error {
  code: string
  /** 0 without a response. */
  statusCode: number
  /** How long the server asks to wait, in seconds. 0 if it does not say. */
  retryAfter: number
  /** Why the server ended the login, such as `replaced`. '' if it does not say. */
  reason: string
  response?: Response
}

/** The part of wx that the client uses. uni and Taro have it too. */
export interface Adapter {
  login(options: any): unknown
  checkSession(options: any): unknown
  request(options: any): unknown
  uploadFile(options: any): unknown
  downloadFile(options: any): unknown
  getStorageSync(key: string): any
  setStorageSync(key: string, value: any): void
  removeStorageSync(key: string): void
  /** Without it the client cannot read why a download was refused. */
  getFileSystemManager?(): { readFile(options: any): void }
}

/** What a login gives. */
export interface Token {
  token: string
  /** In seconds. */
  expiresIn: number
}

export interface Options<R = Response> {
  /** 服务端地址，末尾的斜杠会被忽略。The server, such as https://example.com. A slash at its end is ignored. */
  baseURL: string
  /** 除 baseURL 外，允许携带 token 的其他地址。Further servers that may get the token, in the form of baseURL. */
  servers?: string[]
  /** Default /login. */
  loginPath?: string
  /** Default /logout. */
  logoutPath?: string
  /** 登录时与 code 一起提交的数据。What to send along with the code of each login. */
  loginData?: object | (() => object | Promise<object>)
  /**
   * 一次登录最长多少毫秒，默认 20000。
   *
   * The time limit for wx.login, and then for the request to loginPath, in
   * milliseconds. It is also the limit of a renew without a timeout. Default 20000: by
   * default, the server needs no longer for a login.
   */
  loginTimeout?: number
  /** The key under which the client keeps the token. Default wxauth. */
  storageKey?: string
  /** uni、Taro 或其他同样形式的对象。Default wx. */
  adapter?: Adapter

  /**
   * 从登录响应中取出 token。
   *
   * Takes the token out of a response to a login whose status is below 400. It may
   * throw an error with a `code`. Default: `token` and `expires_in` of the body, for a
   * status of 200.
   */
  parseLogin?(res: Response): Token
  /**
   * 判断服务端是否因登录态失效而拒绝了请求。
   *
   * Reports whether the server refused a request because of its token, without
   * carrying it out. A string is the reason. Default: status 401, with the member
   * `reason` of the body.
   */
  unauthorized?(res: Response): boolean | string
  /**
   * 从响应中取出 request 等函数的结果。
   *
   * Returns what request and the like resolve with, of a response whose status is
   * below 400. It may throw an error with a `code`. Default: the whole response.
   */
  unwrap?(res: Response): R
  /**
   * 服务端结束了登录态并说明了原因。之后只有调用 login() 才会再登录。
   *
   * Is called once when the server has ended the login with a reason, such as
   * `replaced`: another phone has logged in. From then on only login() logs in.
   */
  onEnded?(reason: string): void
}

interface CommonOptions {
  /** 以 / 开头的路径，或 baseURL、servers 之下的完整地址。A path, or a whole URL below baseURL or one of servers. */
  url: string
  header?: Record<string, any>
  /**
   * 毫秒。等待登录和请求本身各自不超过这个时间。
   *
   * The time limit in milliseconds. The request waits no longer for a login, and then
   * takes no longer itself. A login that it no longer waits for goes on.
   */
  timeout?: number
  /** 取得 requestTask；重发时会再次调用。Receives the task of each attempt: abort and so on. */
  onTask?(task: any): void
  /** success、fail 和 complete 会被忽略，请用返回的 Promise。Ignored, like the next two. Use the promise. */
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
   * wx.request with the token. It resolves for a status below 400 and rejects with
   * an AuthError otherwise.
   */
  request(options: RequestOptions): Promise<R>
  get(url: string, data?: object, more?: More): Promise<R>
  post(url: string, data?: string | object | ArrayBuffer, more?: More): Promise<R>
  put(url: string, data?: string | object | ArrayBuffer, more?: More): Promise<R>
  delete(url: string, data?: string | object | ArrayBuffer, more?: More): Promise<R>
  /** 同 wx.uploadFile，带上 token。wx.uploadFile with the token. */
  uploadFile(options: UploadOptions): Promise<R>
  /** 同 wx.downloadFile，带上 token。wx.downloadFile with the token. */
  downloadFile(options: DownloadOptions): Promise<R>

  /**
   * 主动登录，例如用户点了「登录」。
   *
   * Logs in. Requests log in by themselves. This is for a button, and the only way
   * to log in after login_denied or after a login that ended with a reason. data is
   * sent along with the code.
   */
  login(data?: object): Promise<void>
  /**
   * 发送一个会返回新 token 的请求，例如绑定手机号。
   *
   * Sends a request whose response is a login, such as one that makes a guest a
   * member. Other requests wait for the new token. Like any request it is repeated
   * once if the token was refused.
   */
  renew(options: RequestOptions): Promise<void>
  /**
   * 退出登录。之后的请求会重新登录。
   *
   * Forgets the token and ends the login on the server. Without a response the
   * token is forgotten all the same, and the login ends when it expires. A later
   * request logs in again.
   */
  logout(): Promise<void>
  /**
   * 在获取加密数据（wx.getUserInfo、wx.getWeRunData、手机号按钮等）之前调用。
   *
   * Ensures that there is a login and that its session_key is valid. Call it before
   * you ask for encrypted data, when the page opens. A login in between replaces the
   * key that the data is encrypted with, and the server cannot decrypt it.
   */
  prepare(): Promise<void>
  /** 现在是否有 token。Reports whether there is a token that has not expired. The server may have ended it. */
  loggedIn(): boolean
}

/**
 * 创建一个服务端的客户端。一个小程序只需要一个实例。
 *
 * Makes the client of one server. A mini program needs one, shared by all pages. It
 * throws a TypeError without a baseURL.
 */
export function create<R = Response>(options: Options<R>): Auth<R>
