// Generated from the sources of the example by: go test ./example/playground -run Code -update

export const code = {
  "GET /me": [
    {
      "file": "example/miniprogram/pages/index/index.js",
      "line": 47,
      "text": "me() {\n  this.run('我是谁 GET /me', () => auth.get('/me').then((res) => {\n    this.setData({ user: res.data.user })\n    return '服务端识别出用户：' + res.data.user\n  }))\n},"
    },
    {
      "file": "example/application.go",
      "line": 33,
      "text": "mux.Handle(\"GET /me\", a.auth.LoadAndSave(http.HandlerFunc(a.me)))"
    },
    {
      "file": "example/application.go",
      "line": 51,
      "text": "func (a application) me(w http.ResponseWriter, r *http.Request) {\n\tid, _ := wxauth.FromContext(r.Context())\n\tvisits := a.sessions.GetInt(r.Context(), \"visits\") + 1\n\ta.sessions.Put(r.Context(), \"visits\", visits)\n\twriteJSON(w, struct {\n\t\tUser   string `json:\"user\"`\n\t\tVisits int    `json:\"visits\"` // since this login\n\t\tSteps  int    `json:\"steps,omitempty\"`\n\t}{id.UserID, visits, a.sessions.GetInt(r.Context(), \"steps\")})\n}"
    }
  ],
  "GET /readyz": [
    {
      "file": "example/application.go",
      "line": 36,
      "text": "mux.HandleFunc(\"GET /readyz\", a.ready)"
    },
    {
      "file": "example/application.go",
      "line": 124,
      "text": "func (a application) ready(w http.ResponseWriter, r *http.Request) {\n\tif err := a.auth.Ready(r.Context()); err != nil {\n\t\tlog.Print(\"not ready: \", err)\n\t\thttp.Error(w, \"not ready\", http.StatusServiceUnavailable)\n\t}\n}"
    }
  ],
  "GET /session": [
    {
      "file": "example/application.go",
      "line": 32,
      "text": "mux.Handle(\"GET /session\", a.auth.SessionHandler())"
    }
  ],
  "GET /sns/jscode2session": [
    {
      "file": "example/main.go",
      "line": 52,
      "text": "config := wxauth.Config{\n\tApps:     []wxauth.App{{ID: os.Getenv(\"WX_APPID\"), Secret: os.Getenv(\"WX_SECRET\")}},\n\tSessions: sessions,\n\tOnLogin:  findUser,\n}"
    },
    {
      "file": "example/application.go",
      "line": 28,
      "text": "mux.Handle(\"POST /login\", a.auth.LoginHandler())"
    }
  ],
  "GET /wxopen/getOpenIdAndSessionKey": [
    {
      "file": "example/application.go",
      "line": 29,
      "text": "mux.Handle(\"GET /wxopen/getOpenIdAndSessionKey\", a.auth.LoginHandler()) // where the mini programs of many tutorials log in"
    }
  ],
  "POST /cgi-bin/stable_token": [
    {
      "file": "example/application.go",
      "line": 94,
      "text": "number, err := a.auth.PhoneNumber(r.Context(), button.Code)"
    }
  ],
  "POST /login": [
    {
      "file": "example/miniprogram/utils/wxauth.js",
      "line": 148,
      "text": "function exchange(code, data) {\n  return loginData().then((more) => {\n    const all = Object.assign({}, more, data, { code })\n    const o = { url: options.loginPath || '/login', method: 'POST', data: all, timeout: loginTimeout }\n    // The request carries the old token, so that the server ends the old login.\n    return send('request', o, current())\n  }).then(accept)\n}"
    },
    {
      "file": "example/application.go",
      "line": 28,
      "text": "mux.Handle(\"POST /login\", a.auth.LoginHandler())"
    }
  ],
  "POST /logout": [
    {
      "file": "example/miniprogram/utils/wxauth.js",
      "line": 360,
      "text": "logout() {\n  logouts++\n  const end = () => {\n    if (!saved) return undefined\n    const old = saved.token\n    store(null)\n    return send('request', { url: options.logoutPath || '/logout', method: 'POST' }, old).then((res) => {\n      if (res.statusCode >= 400) throw failure(res)\n    })\n  }\n  // A running login or renewal would save a token after the logout, so wait for its end.\n  return pending ? pending.then(end, end) : Promise.resolve().then(end)\n},"
    },
    {
      "file": "example/application.go",
      "line": 30,
      "text": "mux.Handle(\"POST /logout\", a.auth.LogoutHandler())"
    }
  ],
  "POST /logout/everywhere": [
    {
      "file": "example/miniprogram/pages/index/index.js",
      "line": 78,
      "text": "everywhere() {\n  this.run('退出所有设备 POST /logout/everywhere', () => auth.post('/logout/everywhere').then((res) => (\n    auth.get('/session').catch(() => {}).then(() => '已结束的登录态：' + res.data.ended + ' 个')\n  )))\n},"
    },
    {
      "file": "example/application.go",
      "line": 31,
      "text": "mux.Handle(\"POST /logout/everywhere\", a.auth.Require(http.HandlerFunc(a.logoutEverywhere)))"
    },
    {
      "file": "example/application.go",
      "line": 110,
      "text": "func (a application) logoutEverywhere(w http.ResponseWriter, r *http.Request) {\n\tid, _ := wxauth.FromContext(r.Context())\n\tn, err := a.auth.Revoke(r.Context(), id, \"logged_out_everywhere\")\n\tif err != nil {\n\t\ta.auth.WriteError(w, r, err)\n\t\treturn\n\t}\n\twriteJSON(w, struct {\n\t\tEnded int `json:\"ended\"`\n\t}{n})\n}"
    }
  ],
  "POST /phone": [
    {
      "file": "example/miniprogram/pages/index/index.js",
      "line": 63,
      "text": "phone(event) {\n  const { code, errMsg } = event.detail\n  this.run('手机号 POST /phone', () => {\n    if (!code) return Promise.reject({ code: 'no_data', message: errMsg })\n    return auth.post('/phone', { code }).then((res) => '服务端从微信取得：' + res.data.phone)\n  })\n},"
    },
    {
      "file": "example/application.go",
      "line": 35,
      "text": "mux.Handle(\"POST /phone\", a.auth.Require(http.HandlerFunc(a.phone)))"
    },
    {
      "file": "example/application.go",
      "line": 87,
      "text": "func (a application) phone(w http.ResponseWriter, r *http.Request) {\n\tvar button struct {\n\t\tCode string `json:\"code\"`\n\t}\n\tif !readJSON(w, r, &button) {\n\t\treturn\n\t}\n\tnumber, err := a.auth.PhoneNumber(r.Context(), button.Code)\n\tif err != nil {\n\t\ta.auth.WriteError(w, r, err)\n\t\treturn\n\t}\n\tmasked := number.PurePhoneNumber\n\tif n := len(masked); n > 7 {\n\t\tmasked = masked[:3] + \"****\" + masked[n-4:]\n\t}\n\twriteJSON(w, struct {\n\t\tPhone string `json:\"phone\"`\n\t}{masked})\n}"
    }
  ],
  "POST /steps": [
    {
      "file": "example/miniprogram/pages/index/index.js",
      "line": 56,
      "text": "steps() {\n  this.run('微信步数 POST /steps', () => auth.prepare().then(getWeRunData).then((run) => (\n    auth.post('/steps', { encryptedData: run.encryptedData, iv: run.iv })\n  )).then((res) => '服务端解密得到步数：' + res.data.steps))\n},"
    },
    {
      "file": "example/application.go",
      "line": 34,
      "text": "mux.Handle(\"POST /steps\", a.auth.LoadAndSave(http.HandlerFunc(a.steps)))"
    },
    {
      "file": "example/application.go",
      "line": 64,
      "text": "func (a application) steps(w http.ResponseWriter, r *http.Request) {\n\tvar data wxauth.Encrypted\n\tif !readJSON(w, r, &data) {\n\t\treturn\n\t}\n\tdata.MaxAge = 10 * time.Minute\n\tvar run wxapi.WeRunData\n\tif err := a.auth.Decrypt(r.Context(), data, &run); err != nil {\n\t\ta.auth.WriteError(w, r, err)\n\t\treturn\n\t}\n\tsteps := 0\n\tif days := run.StepInfoList; len(days) > 0 {\n\t\tsteps = days[len(days)-1].Step // today\n\t}\n\ta.sessions.Put(r.Context(), \"steps\", steps)\n\twriteJSON(w, struct {\n\t\tSteps int `json:\"steps\"`\n\t}{steps})\n}"
    }
  ],
  "POST /wxa/business/getuserphonenumber": [
    {
      "file": "example/application.go",
      "line": 94,
      "text": "number, err := a.auth.PhoneNumber(r.Context(), button.Code)"
    }
  ],
  "decrypt": [
    {
      "file": "example/application.go",
      "line": 71,
      "text": "if err := a.auth.Decrypt(r.Context(), data, &run); err != nil {\n\ta.auth.WriteError(w, r, err)\n\treturn\n}"
    }
  ],
  "getPhoneNumber": [
    {
      "file": "example/miniprogram/pages/index/index.wxml",
      "line": 12,
      "text": "<button class=\"action\" open-type=\"getPhoneNumber\" bindgetphonenumber=\"phone\" disabled=\"{{busy}}\">手机号<text class=\"small\">POST /phone</text></button>"
    }
  ],
  "login": [
    {
      "file": "example/application.go",
      "line": 43,
      "text": "func findUser(_ *http.Request, id wxauth.Identity) (userID string, err error) {\n\tsum := sha256.Sum256([]byte(id.AppID + \"\\x00\" + id.OpenID))\n\treturn \"u-\" + hex.EncodeToString(sum[:6]), nil\n}"
    },
    {
      "file": "example/application.go",
      "line": 28,
      "text": "mux.Handle(\"POST /login\", a.auth.LoginHandler())"
    }
  ],
  "logout": [
    {
      "file": "example/application.go",
      "line": 30,
      "text": "mux.Handle(\"POST /logout\", a.auth.LogoutHandler())"
    }
  ],
  "revoke": [
    {
      "file": "example/application.go",
      "line": 112,
      "text": "n, err := a.auth.Revoke(r.Context(), id, \"logged_out_everywhere\")"
    }
  ],
  "wx.checkSession()": [
    {
      "file": "example/miniprogram/utils/wxauth.js",
      "line": 374,
      "text": "prepare() {\n  return token().then((used) => isSessionKeyValid(adapter).then((valid) => (valid ? undefined : other(used)))).then(() => {})\n},"
    },
    {
      "file": "example/miniprogram/utils/wxauth.js",
      "line": 445,
      "text": "function isSessionKeyValid(adapter) {\n  return ask((success, fail) => adapter.checkSession({ success, fail }), 'wx_check_session').then(() => true, () => false)\n}"
    }
  ],
  "wx.getWeRunData()": [
    {
      "file": "example/miniprogram/pages/index/index.js",
      "line": 119,
      "text": "function getWeRunData() {\n  return new Promise((resolve, reject) => {\n    wx.getWeRunData({ success: resolve, fail: (res) => reject({ code: 'no_data', message: res.errMsg }) })\n  })\n}"
    }
  ],
  "wx.login()": [
    {
      "file": "example/miniprogram/utils/wxauth.js",
      "line": 437,
      "text": "function getCode(adapter, timeout) {\n  return ask((success, fail) => adapter.login({ timeout, success, fail }), 'wx_login').then((res) => res.code)\n}"
    }
  ]
}
