// What the page says, in both of its languages, and which one it speaks.

const words = {
  en: {
    title: 'How a mini program logs in',
    lead: 'Press a button on the phone. The diagram draws the requests it really causes, one by one; open an arrow to read what was sent.',
    leadReal: 'Log in with your mini program. The diagram draws the requests that really happen, one by one; open an arrow to read what was sent.',
    simulated: 'WeChat is simulated here: no request leaves this machine, and the user is made up. Your server’s side is the real thing.',
    real: 'This server talks to the real WeChat. Nothing is simulated.',

    phone: 'The phone',
    app: 'Your mini program',
    secondPhone: 'Second phone',
    nobody: 'Not logged in',
    someone: 'Logged in',
    hint: 'Start with the green button',
    visits: (n) => `${n} ${n === 1 ? 'visit' : 'visits'}`,
    steps: (n) => `${n.toLocaleString('en')} steps`,
    buttons: {
      login: 'wx.login and log in', second: 'Log in on a second phone',
      me: 'Call /me', steps: 'Send encrypted user data', phone: 'Get the phone number',
      check: 'wx.checkSession', expire: 'Let the session_key expire',
      logout: 'Log out', everywhere: 'Log out everywhere', secondMe: 'Call /me',
    },
    done: {
      login: 'Logged in. The phone got a token, and nothing else.',
      second: 'The second phone has a login of its own. Both stay.',
      me: 'The server knows who asks by the token alone.',
      steps: 'The server opened the data. The phone can’t.',
      stepsAgain: 'The key was stale: logged in again, then sent again.',
      phone: 'The server has the number; the phone is shown part of it.',
      checkOk: 'The session_key is still good.',
      checkFail: 'WeChat has ended the session_key. Time for wx.login.',
      expire: 'WeChat has ended the session_key. The login goes on.',
      logout: 'Logged out. The token is worth nothing now.',
      everywhere: (n) => `${n} ${n === 1 ? 'login' : 'logins'} ended, on every phone.`,
      refused: 'The server refused: log in first.',
      first: 'wx.login comes first: WeChat has no key to encrypt under.',
      failed: (what) => `It did not work: ${what}`,
    },

    diagram: 'The requests',
    lanePhone: 'Mini program', laneServer: 'Your server', laneWechat: 'WeChat',
    lanePhoneHas: 'has', laneServerHas: 'keeps', laneWechatHas: 'knows',
    nothing: 'nothing yet', hash: (n) => (n > 1 ? `${n} token hashes` : 'token hash'), ended: 'session_key ended',
    border: 'AppSecret, session_key and openid never cross this line',
    empty: 'Nothing has happened yet. Press “wx.login and log in”.',
    emptyReal: 'Nothing has happened yet. Log in with your mini program.',
    legend: 'Solid: request. Dashed: reply. Dotted: inside WeChat on the phone, where your server doesn’t see it.',
    clear: 'Clear',
    second: 'second phone', other: 'another client',
    request: 'Request', reply: 'Reply', black: 'blacked out by the server',
    asked: 'The mini program called', answered: 'WeChat on the phone answered',
    waiting: 'No reply yet.',

    keeps: 'What your server keeps, and why',
    keepSecret: 'Proves to WeChat that your server asks. Whoever has it can pass for your mini program, so it lives in the server’s configuration and in nothing that a phone downloads.',
    keepKey: 'WeChat encrypts and signs this user’s data with it. Whoever has it can read that data and forge it: a made-up phone number would look real. WeChat replaces it as it likes, so the server keeps the newest.',
    keepOpenid: 'Who the user is. The server learns it from WeChat and never takes it from a phone, which could claim to be anyone. Phones don’t need it: they get your own user id.',
    keepToken: 'All that the phone gets: a random number that stands for the login. It tells nothing, and ends when you say so. The server stores only its hash, so a copy of the database logs nobody in.',

    tryTitle: 'Log in with your mini program',
    tryApp: 'AppID',
    tryText: 'In WeChat DevTools, turn off the check of domains, and run this in a page:',
    tryHidden: 'What goes between your server and WeChat is hidden even from this page: it sees that a call was made, not what was in it.',

    notes: {
      login: 'remembers who this is', decrypt: 'opens the data with', logout: 'forgets this login',
      revoke: 'forgets all of the user’s logins', expire: 'session_key ends',
    },
    why: {
      'wx.login()': 'WeChat on the phone gives the mini program a code: good once, for five minutes, and worth nothing to whoever lacks the AppSecret. No question is asked of the user.',
      'POST /login': 'The code is all that the phone sends. The answer is a token, a random number. The openid and the session_key stay behind.',
      'GET /wxopen/getOpenIdAndSessionKey': 'The path that many tutorials use. They answer with the openid and the session_key; this server answers with a token.',
      'GET /sns/jscode2session': 'Your server trades the code for who the user is. Only your server can: the AppSecret says who asks.',
      login: 'The server keeps the openid and the session_key under a new token, of which it stores only a hash. The user id is the application’s own.',
      'GET /me': 'The token says which login this is, and the server looks up whose. There is no user id in the request: a phone could put anybody’s there.',
      'GET /session': 'Asks how long the login still lasts.',
      'wx.getWeRunData()': 'WeChat encrypts the user’s step count under the session_key. The mini program has no key to it, and can only pass it on.',
      'POST /steps': 'The server opens the data, and checks that it is of this mini program, of this user and fresh. If no key that it has fits, it answers 409: the phone logs in again and asks WeChat for the data anew.',
      decrypt: 'The key is looked up for the user that the token stands for. One that was replaced within the last five minutes will do too.',
      'getPhoneNumber': 'The user agrees, and WeChat gives the mini program a code that stands for the phone number.',
      'POST /phone': 'The server trades the code for the number, and shows the phone part of it.',
      'POST /cgi-bin/stable_token': 'Most calls of WeChat need an access token. The server gets one with the AppSecret and uses it for up to two hours.',
      'POST /wxa/business/getuserphonenumber': 'The number comes from WeChat itself, so the phone can’t have made it up.',
      'wx.checkSession()': 'Asks WeChat on the phone whether the session_key of its last wx.login is still good. The login on your server does not depend on it.',
      expire: 'WeChat ends a session_key when it likes. The login on your server goes on; only data encrypted from now on needs a new key.',
      'POST /logout': 'Ends this login for good. The token can’t be used again, by anybody.',
      logout: 'The session is deleted. With the user’s last login the session_key goes too.',
      'POST /logout/everywhere': 'Ends every login of this user. Whose they are, the server knows by the openid it kept.',
      revoke: 'All sessions of the user are deleted, and the session_key with them.',
    },
  },

  zh: {
    title: '小程序登录全过程',
    lead: '点一下手机上的按钮，时序图会逐条画出它真正引发的请求；点开箭头，就能看到发送的内容。',
    leadReal: '用你的小程序登录，时序图会逐条画出真正发生的请求；点开箭头，就能看到发送的内容。',
    simulated: '这里的微信是模拟的：请求不会离开本机，用户是虚构的。你的服务器这一侧则完全真实。',
    real: '本服务器连接的是真实的微信，没有任何模拟。',

    phone: '手机',
    app: '你的小程序',
    secondPhone: '第二部手机',
    nobody: '未登录',
    someone: '已登录',
    hint: '从绿色按钮开始',
    visits: (n) => `访问 ${n} 次`,
    steps: (n) => `${n.toLocaleString('en')} 步`,
    buttons: {
      login: 'wx.login 并登录', second: '在第二部手机上登录',
      me: '请求 /me', steps: '发送加密的用户数据', phone: '获取手机号',
      check: 'wx.checkSession', expire: '让 session_key 过期',
      logout: '退出登录', everywhere: '在所有设备退出', secondMe: '请求 /me',
    },
    done: {
      login: '登录成功。手机只拿到一个 token，别无其他。',
      second: '第二部手机有了自己的登录态，两边互不影响。',
      me: '仅凭 token，服务器就知道是谁在请求。',
      steps: '数据由服务器解开，手机解不开。',
      stepsAgain: '密钥已失效：先重新登录，再次发送成功。',
      phone: '号码在服务器上，手机只看到一部分。',
      checkOk: 'session_key 仍然有效。',
      checkFail: 'session_key 已被微信作废，该重新 wx.login 了。',
      expire: '微信作废了 session_key，登录态不受影响。',
      logout: '已退出。这个 token 从此无用。',
      everywhere: (n) => `已结束 ${n} 个登录，所有手机都已退出。`,
      refused: '服务器拒绝了请求：请先登录。',
      first: '请先 wx.login：微信还没有可用来加密的密钥。',
      failed: (what) => `没有成功：${what}`,
    },

    diagram: '请求',
    lanePhone: '小程序', laneServer: '你的服务器', laneWechat: '微信',
    lanePhoneHas: '持有', laneServerHas: '保管', laneWechatHas: '知道',
    nothing: '暂无', hash: (n) => (n > 1 ? `${n} 个 token 哈希` : 'token 哈希'), ended: 'session_key 已过期',
    border: 'AppSecret、session_key、openid 绝不越过这条线',
    empty: '还没有请求。点「wx.login 并登录」试试。',
    emptyReal: '还没有请求。用你的小程序登录试试。',
    legend: '实线：请求。虚线：响应。点线：发生在手机微信内部，你的服务器看不到。',
    clear: '清空',
    second: '第二部手机', other: '其他客户端',
    request: '请求', reply: '响应', black: '已由服务器涂黑',
    asked: '小程序调用', answered: '手机上的微信返回',
    waiting: '尚无响应。',

    keeps: '服务器要保管什么，为什么',
    keepSecret: '向微信证明请求来自你的服务器。谁拿到它，谁就能冒充你的小程序，所以它只存在于服务器的配置里，绝不进入手机会下载的任何东西。',
    keepKey: '微信用它加密和签名该用户的数据。谁拿到它，谁就能读取并伪造这些数据：编造的手机号也会像真的一样。微信会随时更换它，所以服务器保存最新的一个。',
    keepOpenid: '用户是谁。服务器从微信得知，从不听信手机的说法，因为手机可以自称是任何人。手机也不需要它：它拿到的是你自己的用户 id。',
    keepToken: '手机得到的全部：一个代表登录态的随机数。它不透露任何信息，你说失效就失效。服务器只存它的哈希，所以就算数据库被复制，也没有人能借此登录。',

    tryTitle: '用你的小程序登录',
    tryApp: 'AppID',
    tryText: '在微信开发者工具中关闭域名校验，并在页面里运行：',
    tryHidden: '服务器与微信之间的内容对本页面也不可见：它只知道发生了调用，看不到其中的内容。',

    notes: {
      login: '记住这是谁', decrypt: '用它解开数据', logout: '忘掉这个登录',
      revoke: '忘掉该用户的全部登录', expire: 'session_key 过期',
    },
    why: {
      'wx.login()': '手机上的微信给小程序一个 code：只能用一次，五分钟内有效；没有 AppSecret 的人拿到它也没有用。这一步不会打扰用户。',
      'POST /login': '手机只发送 code。得到的回答是一个 token，即一个随机数。openid 和 session_key 都留在服务器。',
      'GET /wxopen/getOpenIdAndSessionKey': '许多教程使用的路径。它们会返回 openid 和 session_key；本服务器返回的是 token。',
      'GET /sns/jscode2session': '服务器用 code 向微信换取用户身份。只有你的服务器能换：AppSecret 说明了是谁在问。',
      login: '服务器把 openid 和 session_key 存在一个新的 token 之下，而 token 只存哈希。用户 id 由应用自己决定。',
      'GET /me': 'token 说明这是哪一次登录，服务器据此查出是谁。请求里没有用户 id：手机可以填上任何人的。',
      'GET /session': '查询登录态还有多久到期。',
      'wx.getWeRunData()': '微信用 session_key 加密用户的步数。小程序没有密钥，只能原样转交。',
      'POST /steps': '服务器解开数据，并检查它属于本小程序、属于该用户而且够新。如果手头的密钥都解不开，就回答 409：手机重新登录，再向微信要一次数据。',
      decrypt: '按 token 所代表的用户找到密钥。五分钟内刚被替换的旧密钥也可以用。',
      'getPhoneNumber': '用户同意后，微信给小程序一个代表手机号的 code。',
      'POST /phone': '服务器用 code 换取号码，只让手机看到一部分。',
      'POST /cgi-bin/stable_token': '微信的大多数接口需要 access_token。服务器用 AppSecret 取得，最多使用两小时。',
      'POST /wxa/business/getuserphonenumber': '号码由微信直接告诉服务器，手机无法编造。',
      'wx.checkSession()': '问手机上的微信：上一次 wx.login 的 session_key 是否还有效。服务器上的登录态并不取决于它。',
      expire: '微信可以随时作废 session_key。服务器上的登录态继续有效，只是此后加密的数据需要新的密钥。',
      'POST /logout': '彻底结束这个登录。这个 token 谁也不能再用。',
      logout: '会话被删除。如果是该用户的最后一个登录，session_key 也一并删除。',
      'POST /logout/everywhere': '结束该用户的所有登录。哪些登录属于他，服务器凭保管的 openid 就知道。',
      revoke: '该用户的所有会话都被删除，session_key 也一并删除。',
    },
  },
};

const kept = 'language';

/** The language that the visitor chose, or else the browser's. */
function preferred() {
  const chosen = localStorage.getItem(kept);
  if (chosen in words) return chosen;
  return navigator.languages.find((l) => /^(zh|en)/i.test(l))?.slice(0, 2).toLowerCase() ?? 'en';
}

let language = preferred();
const listeners = [];

/** Has f called now, and whenever the language changes. */
export function onLanguage(f) {
  listeners.push(f);
  f();
}

/** What to say, in the language of the moment. */
export function say() {
  return words[language];
}

function speak() {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  document.title = say().title;
  for (const e of document.querySelectorAll('[data-word]')) e.textContent = say()[e.dataset.word];
  for (const b of document.querySelectorAll('[data-language]')) {
    b.setAttribute('aria-pressed', String(b.dataset.language === language));
  }
}

export function startLanguages() {
  for (const b of document.querySelectorAll('[data-language]')) {
    b.addEventListener('click', () => {
      language = b.dataset.language;
      localStorage.setItem(kept, language);
      listeners.forEach((f) => f());
    });
  }
  onLanguage(speak);
}
