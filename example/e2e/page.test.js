// Tests the page of the playground in a browser. The example program serves the page.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { arrows, assertFine, idle, launch, open, press, violations } from './browser.js';
import { appSecret, openIDOf, startExample } from './example.js';

let example, browser;
before(async () => {
  example = await startExample();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  assert.equal(await example?.stop(), 0, 'the example stops cleanly');
});

const login = [
  'phone → wechat: wx.login()',
  'wechat → phone: login:ok [code]',
  'phone → server: POST /login [code]',
  'server → wechat: GET /sns/jscode2session [AppID *AppSecret code]',
  'wechat → server: 200 OK [*openid *session_key]',
  'server: keeps the login [*openid *session_key]',
  'server → phone: 200 OK [token]',
];
const loginAgain = login.map((a) => a.replace('POST /login [code]', 'POST /login [token code]'));
const onSecond = (lines) => lines.map((a) => (a.endsWith(']') ? a.replace(' [', ' [second phone ') : `${a} [second phone]`));

const steps = [
  'phone → wechat: wx.getWeRunData()',
  'wechat → phone: getWeRunData:ok [encryptedData iv]',
  'phone → server: POST /steps [token encryptedData iv]',
];
const opened = ['server: decrypts with [*session_key]', 'server → phone: 200 OK [steps]'];
const phone = [
  'phone → wechat: getPhoneNumber',
  'wechat → phone: getPhoneNumber:ok [code]',
  'phone → server: POST /phone [token code]',
];
const phoneCall = [
  'server → wechat: POST /wxa/business/getuserphonenumber [*access_token code *openid]',
  'wechat → server: 200 OK [phoneNumber]',
  'server → phone: 200 OK [phone]',
];

// The buttons in the order in which the test presses them. Each entry contains the arrows
// that the button adds and the text that the phone shows. Some entries also contain what
// the server keeps after the action.
const story = [
  ['me', ['phone → server: GET /me', 'server → phone: 401 not_logged_in'],
    'The server refused the request. Log in first.', ['*AppSecret']],
  ['steps', ['phone → wechat: wx.getWeRunData()', 'wechat → phone: getWeRunData:fail login first'],
    'WeChat has no session_key to encrypt with. Log in first.', ['*AppSecret']],
  ['phone', [...phone.slice(0, 2), 'phone → server: POST /phone [code]', 'server → phone: 401 not_logged_in'],
    'The server refused the request. Log in first.'],
  ['check', ['phone → wechat: wx.checkSession()', 'wechat → phone: checkSession:fail session time out, need relogin'],
    'There is no session_key yet. Log in first.'],
  ['expire', [], 'There is no session_key yet, so none can expire. Log in first.'],
  ['logout', ['phone → server: POST /logout', 'server → phone: 204 No Content'], 'There was no login to end.'],
  ['everywhere', ['phone → server: POST /logout/everywhere', 'server → phone: 401 not_logged_in'],
    'The server refused the request. Log in first.', ['*AppSecret']],
  ['login', login, 'Logged in. The phone got a token and nothing else.',
    ['*AppSecret', '*openid', '*session_key', 'token hash']],
  ['me', ['phone → server: GET /me [token]', 'server → phone: 200 OK [user visits]'],
    'The server knows the user by the token alone.', ['*AppSecret', '*openid', '*session_key', 'token hash']],
  ['check', ['phone → wechat: wx.checkSession()', 'wechat → phone: checkSession:ok'],
    'The session_key is still valid.'],
  ['steps', [...steps, ...opened], 'The server decrypted the data. The phone cannot.'],
  ['phone', [...phone,
    'server → wechat: POST /cgi-bin/stable_token [AppID *AppSecret]',
    'wechat → server: 200 OK [*access_token]',
    ...phoneCall], 'The server has the number. The phone sees part of it.'],
  ['phone', [...phone, ...phoneCall], 'The server has the number. The phone sees part of it.'],
  ['second', onSecond(login), 'The second phone has a login of its own.',
    ['*AppSecret', '*openid', '*session_key', '2 token hashes']],
  ['secondMe', onSecond(['phone → server: GET /me [token]', 'server → phone: 200 OK [user visits]']),
    'The server knows the user by the token alone.'],
  ['check', ['phone → wechat: wx.checkSession()', 'wechat → phone: checkSession:fail session time out, need relogin'],
    'The session_key of this phone is no longer valid. Only a new wx.login helps.'],
  // The data is encrypted with the session_key that the login of the second phone replaced.
  ['steps', [...steps, ...opened], 'The server decrypted the data. The phone cannot.'],
  ['expire', ['wechat: session_key expires'], 'WeChat has let the session_key expire. The login goes on.'],
  ['me', ['phone → server: GET /me [token]', 'server → phone: 200 OK [user visits steps]'],
    'The server knows the user by the token alone.'],
  ['steps', [...steps, 'server → phone: 409 session_key_stale', ...loginAgain, ...steps, ...opened],
    'The session_key was stale. The phone logged in again and sent new data.'],
  ['login', loginAgain, 'Logged in. The phone got a token and nothing else.',
    ['*AppSecret', '*openid', '*session_key', '2 token hashes']],
  ['logout', ['phone → server: POST /logout [token]', 'server: ends this login', 'server → phone: 204 No Content'],
    'Logged out. The token is worthless now.', ['*AppSecret', '*openid', '*session_key', 'token hash']],
  ['me', ['phone → server: GET /me', 'server → phone: 401 not_logged_in'], 'The server refused the request. Log in first.'],
  ['login', login, 'Logged in. The phone got a token and nothing else.',
    ['*AppSecret', '*openid', '*session_key', '2 token hashes']],
  ['everywhere', [
    'phone → server: POST /logout/everywhere [token]',
    'server: ends all logins of the user',
    'server → phone: 200 OK [ended]',
    ...onSecond(['phone → server: GET /session [token]', 'server → phone: 401 not_logged_in']),
  ], '2 logins have ended, on all phones.', ['*AppSecret']],
];

test('every button, and its arrows in order', async (t) => {
  const page = await open(t, browser, example.base);
  assert.equal(await page.textContent('.notice'),
    'WeChat is simulated here: no request leaves this machine, and the user is made up. The server is real.');
  const names = await page.$$eval('[data-do]', (buttons) => buttons.map((b) => b.dataset.do));
  assert.deepEqual(names.filter((n) => !story.some(([pressed]) => pressed === n)), [], 'buttons without a test');
  let drawn = 0;
  for (const [button, want, said, server] of story) {
    await press(page, button);
    assert.equal(await page.textContent('#toast'), said, button);
    const all = await arrows(page);
    assert.deepEqual(all.slice(drawn), want, button);
    drawn = all.length;
    if (server) {
      await page.waitForFunction((n) => document.querySelectorAll('#holds-server .chip').length === n, server.length);
      assert.deepEqual(await page.$$eval('#holds-server .chip', (chips) =>
        chips.map((c) => (c.classList.contains('kept') ? '*' : '') + c.textContent)), server, button);
    }
  }
  const locked = (await arrows(page)).filter((a) => /^phone →|→ phone:/.test(a) && a.includes('*'));
  assert.deepEqual(locked, [], 'what has a lock reaches no phone');
  assert.equal(await page.textContent('#user'), 'Not logged in');

  await page.click('#clear');
  assert.deepEqual(await arrows(page), []);
  await page.reload();
  await press(page, 'check');
  assert.equal((await arrows(page)).length, 2, 'cleared arrows stay away');
  assertFine(page);
});

test('buttons that need a login say so until there is one', async (t) => {
  const page = await open(t, browser, example.base);
  const early = () => page.$$eval('[data-do].early', (all) => all.map((b) => b.textContent));
  assert.deepEqual(await early(), ['Call /me log in first', 'Send encrypted data log in first',
    'Get the phone number log in first', 'wx.checkSession log in first', 'Let the session_key expire log in first',
    'Log out log in first', 'Log out everywhere log in first']);
  await press(page, 'login');
  assert.deepEqual(await early(), []);
  await press(page, 'logout');
  // The other three buttons need only a session_key, and WeChat still has one.
  assert.deepEqual(await early(), ['Call /me log in first', 'Get the phone number log in first',
    'Log out log in first', 'Log out everywhere log in first']);
  assertFine(page);
});

test('an arrow opens to the code that did it', async (t) => {
  const page = await open(t, browser, example.base);
  await press(page, 'login');
  await press(page, 'me');
  const row = page.locator('li[data-op="GET /me"].request');
  await row.locator('> button').click();
  assert.deepEqual(await row.locator('[role=tab]').allTextContents(), ['Messages', 'Code']);
  await row.locator('[role=tab][aria-selected=true]').focus();
  await page.keyboard.press('ArrowRight');
  assert.equal(await row.locator('.messages').isVisible(), false);
  const shown = await row.locator('.sources').innerText();
  for (const text of ['example/miniprogram/pages/index/index.js:', "auth.get('/me')", 'example/application.go:',
    'mux.Handle("GET /me"', 'wxauth.FromContext(r.Context())']) {
    assert.ok(shown.includes(text), text);
  }
  // An action of the server alone has code but no messages.
  const note = page.locator('li[data-op="login"]');
  await note.locator('> button').click();
  assert.deepEqual(await note.locator('[role=tab]').allTextContents(), ['Code']);
  assert.match(await note.locator('.sources').innerText(), /func findUser/);
  assertFine(page);
});

test('an arrow opens to the request and the response, redacted', async (t) => {
  const page = await open(t, browser, example.base);
  await press(page, 'login');
  const arrow = page.locator('li[data-op="GET /sns/jscode2session"].reply');
  await arrow.locator('> button').focus();
  await page.keyboard.press('Enter');
  assert.equal(await arrow.locator('> button').getAttribute('aria-expanded'), 'true');
  assert.match(await arrow.locator('.why').textContent(), /trades the code/);
  const [request, reply] = await arrow.locator('pre').all();
  const shown = (pre) => pre.evaluate((e) => {
    const copy = e.cloneNode(true);
    copy.querySelectorAll('.black').forEach((b) => b.replaceWith('#'));
    return copy.textContent;
  });
  assert.equal(await shown(request), `GET /sns/jscode2session
Host: api.weixin.qq.com

appid=wx5197e3d1c1a7e0f4&grant_type=authorization_code&js_code=#&secret=#`);
  const [{ value }] = await page.context().cookies();
  assert.equal(await shown(reply), `HTTP/1.1 200 OK

{"openid":"${openIDOf(value)}","session_key":"#"}`);
  await page.keyboard.press('Enter');
  assert.equal(await arrow.locator('.detail').isVisible(), false);
  assertFine(page);
});

test('no secret in anything that the browser receives', async (t) => {
  const page = await open(t, browser, example.base);
  for (const button of ['login', 'me', 'steps', 'phone', 'second', 'expire', 'steps', 'everywhere']) await press(page, button);
  const { value } = (await page.context().cookies())[0];
  const events = await page.evaluate(() => new Promise((resolve) => {
    const texts = [];
    const source = new EventSource('/events');
    source.onmessage = (e) => texts.push(e.data);
    source.addEventListener('ready', () => resolve(texts));
  }));
  assert.equal(events.length, (await arrows(page)).length);
  const replies = await Promise.all(page.bodies);
  const responses = replies.map(({ body, headers }) => JSON.stringify(headers) + body).join('\n');
  const received = [responses, ...events].join('\n');
  assert.ok(received.includes('"token"') && received.includes('encryptedData'), 'the test looked at the wrong bytes');
  assert.ok(!received.includes(appSecret), 'AppSecret');
  assert.ok(!responses.includes(openIDOf(value)), 'openid'); // arrows between the server and WeChat show the openid
  // A session_key is 16 bytes in base64. The iv of encrypted data has the same form and is no secret.
  const key = /(?<![A-Za-z0-9+/]|"iv":")[A-Za-z0-9+/]{22}==/.exec(received);
  assert.equal(key, null, 'session_key');
  assertFine(page);
});

test('both languages', async (t) => {
  for (const [locale, lang, title] of [
    ['zh-CN', 'zh-CN', '小程序登录全过程'], ['zh-TW', 'zh-CN', '小程序登录全过程'],
    ['en-GB', 'en', 'How a mini program logs in'], ['fr-FR', 'en', 'How a mini program logs in'],
  ]) {
    await t.test(locale, async (t) => {
      const page = await open(t, browser, example.base, { locale });
      assert.equal(await page.textContent('h1'), title);
      assert.equal(await page.title(), title);
      assert.equal(await page.getAttribute('html', 'lang'), lang);
      assertFine(page);
    });
  }
  await t.test('the switch', async (t) => {
    const page = await open(t, browser, example.base, { locale: 'zh-CN' });
    await press(page, 'login');
    await page.click('li[data-op="POST /login"] > button');
    assert.equal(await page.textContent('#toast'), '登录成功。手机只拿到一个 token。');
    assert.match(await page.textContent('.why:visible'), /手机提交 code/);
    await page.click('[data-language=en]');
    assert.match(await page.textContent('.why:visible'), /The phone sends the code/);
    assert.equal(await page.textContent('#toast'), 'Logged in. The phone got a token and nothing else.');
    assert.doesNotMatch(await page.evaluate(() => {
      document.querySelector('.switch').remove();
      return document.body.innerText;
    }), /\p{Script=Han}/u, 'some text is still Chinese');
    await page.reload();
    assert.equal(await page.textContent('h1'), 'How a mini program logs in', 'the choice is kept');
    assertFine(page);
  });
  await t.test('have the same texts', async (t) => {
    const page = await open(t, browser, example.base);
    const keys = () => page.evaluate(async () => {
      const { say } = await import('/page/words.js');
      const of = (o, at) => Object.entries(o).flatMap(([k, v]) => (typeof v === 'object' ? of(v, `${at}${k}.`) : [`${at}${k}`]));
      return of(say(), '').sort();
    });
    const english = await keys();
    await page.click('[data-language=zh]');
    assert.deepEqual(await keys(), english);
    assert.ok(english.length > 60);
    assert.deepEqual(await page.$$eval('[data-word], [data-do]', (all) => all.filter((e) => !e.textContent).length), 0);
  });
});

test('every arrow has an explanation and code', async (t) => {
  const page = await open(t, browser, example.base);
  for (const [button] of story) await press(page, button);
  assert.deepEqual(await page.$$eval('#arrows > li', (all) =>
    all.filter((li) => !li.querySelector('.why').textContent).map((li) => li.dataset.op)), []);
  assert.deepEqual(await page.$$eval('#arrows > li', (all) =>
    [...new Set(all.filter((li) => !li.querySelector('.sources')).map((li) => li.dataset.op))]), ['expire']);
});

test('by keyboard alone', async (t) => {
  const page = await open(t, browser, example.base);
  const focused = () => page.evaluate(() => {
    const e = document.activeElement;
    return e.dataset.language ?? e.dataset.do ?? e.id ?? e.tagName;
  });
  const way = [];
  for (let i = 0; i < 13; i++) {
    await page.keyboard.press('Tab');
    way.push(await focused());
    assert.notEqual(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), 'none');
    if (way.at(-1) === 'login') {
      await page.keyboard.press('Enter');
      await idle(page);
    }
  }
  assert.deepEqual(way.slice(0, 11),
    ['zh', 'en', 'login', 'second', 'me', 'steps', 'phone', 'check', 'expire', 'logout', 'everywhere']);
  assert.equal((await arrows(page)).length, login.length);
  await page.locator('#arrows > li > button').first().focus();
  await page.keyboard.press('Space');
  await page.waitForSelector('.detail:visible');
  assertFine(page);
});

test('with motion, the arrows come one by one, in the same order', async (t) => {
  const page = await open(t, browser, example.base, { reducedMotion: 'no-preference' });
  await page.click('[data-do=login]');
  await page.waitForSelector('#arrows > li:nth-child(2)');
  assert.ok((await arrows(page)).length < login.length);
  assert.equal(await page.textContent('#toast'), '', 'the phone waits for the diagram');
  await idle(page);
  assert.deepEqual(await arrows(page), login);
  assert.match(await page.textContent('#toast'), /^Logged in/);
  await page.click('[data-do=me]');
  assert.equal(await page.textContent('#toast'), '', 'the text of the last button goes');
  await idle(page);
  assert.equal(await page.locator('#arrows > li.new').count(), login.length + 2);
  await page.reload();
  await page.waitForSelector('#arrows > li:nth-child(7)');
  assert.equal(await page.locator('#arrows > li.new').count(), 0, 'arrows of the past are drawn at once');
  assert.deepEqual(await page.$$eval('#holds-phone .chip', (c) => c.map((e) => e.textContent)), ['token']);
  await press(page, 'me');
  assert.equal(await page.textContent('#toast'), 'The server knows the user by the token alone.', 'the login survives a reload');
  assertFine(page);
});

test('arrows of other clients wait for the first press, and those of other visitors never show', async (t) => {
  const [page, other] = [await open(t, browser, example.base), await open(t, browser, example.base)];
  await press(other, 'check');
  const me = async () => assert.equal((await fetch(`${example.base}/me`)).status, 401);
  const drawn = ['phone → server: GET /me [another client]', 'server → phone: 401 not_logged_in [another client]'];
  await me();
  await page.waitForSelector('#others:visible');
  const before = Number(/^\d+/.exec(await page.textContent('#others-count'))[0]); // includes requests of earlier tests
  assert.deepEqual(await arrows(page), []);
  assert.equal(await page.locator('#empty').isVisible(), true);

  await press(page, 'check');
  assert.equal((await arrows(page)).length, 2, 'earlier arrows still wait');
  await me();
  await page.waitForSelector('#arrows > li:nth-child(4)');
  assert.deepEqual((await arrows(page)).slice(2), drawn);
  await page.reload();
  await page.waitForSelector('#arrows > li:nth-child(4)');
  assert.equal((await arrows(page)).length, 4, 'as before the reload');
  assert.equal(Number(/^\d+/.exec(await page.textContent('#others-count'))[0]), before);

  await page.click('#others-show');
  const all = await arrows(page);
  assert.deepEqual(all.slice(-6, -4), drawn, 'in the order of time');
  assert.deepEqual(all.slice(-2), drawn);
  assert.equal(await page.locator('#others').isVisible(), false);
  assert.equal(all.filter((a) => a.includes('checkSession()')).length, 1);
  assertFine(page);
});

test('the page says so when the server has stopped', async (t) => {
  const own = await startExample();
  const page = await open(t, browser, own.base);
  await press(page, 'login');
  assert.equal(await page.textContent('#gone'), '');
  assert.equal(await own.stop(), 0, 'an open page does not keep the server from stopping');
  await page.waitForFunction(() => document.getElementById('gone').textContent.startsWith('The server has stopped'));
  await page.click('[data-language=zh]');
  assert.match(await page.textContent('#gone'), /^服务端已停止/);
  await press(page, 'me');
  assert.equal(await page.textContent('#toast'), '服务端没有响应，它还在运行吗？');
});

test('on a small screen the first press brings the diagram into view', async (t) => {
  const page = await open(t, browser, example.base, { viewport: { width: 360, height: 740 } });
  const top = () => page.$eval('.diagram', (e) => e.getBoundingClientRect().top);
  assert.ok(await top() > 500);
  await press(page, 'login');
  assert.ok(Math.abs(await top()) < 2, 'in view');
  await page.evaluate(() => scrollTo(0, 0));
  await press(page, 'me');
  assert.ok(await top() > 500, 'later presses leave the page where it is');
  assertFine(page);
});

test('small, strict and alone', async (t) => {
  const page = await open(t, browser, example.base);
  await press(page, 'login');
  const replies = await Promise.all(page.bodies);
  const index = replies.find((r) => r.path === '/');
  const policy = index.headers['content-security-policy'];
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe/);
  const files = replies.filter((r) => r.method === 'GET' && (r.path === '/' || r.path.startsWith('/page/')));
  const bytes = files.reduce((n, r) => n + r.body.length + JSON.stringify(r.headers).length, 0);
  console.log(`page: ${bytes} bytes in ${files.length} files`);
  assert.ok(files.length >= 8 && bytes < 120_000, `${bytes} bytes`);
  // The policy is in force: inline scripts do not run.
  assert.equal(await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'globalThis.inline = true';
    document.head.append(script);
    return globalThis.inline;
  }), undefined);
  page.wrong = page.wrong.filter((w) => !/inline script/.test(w));
  assertFine(page);
});

test('with the real WeChat there is no simulated phone', async (t) => {
  const secret = '5ec3e75ec3e75ec3e75ec3e75ec3e75e';
  const real = await startExample({ WX_APPID: 'wx4f4bc4dec97d474b', WX_SECRET: secret });
  try {
    const page = await open(t, browser, real.base);
    assert.equal(await page.textContent('.notice'), 'This server talks to the real WeChat. Nothing is simulated.');
    assert.equal(await page.locator('.phone, [data-do]').count(), 0);
    for (const path of ['login', 'code', 'expire', 'state']) {
      for (const method of ['GET', 'POST']) {
        assert.equal((await fetch(`${real.base}/sim/${path}`, { method })).status, 404, path);
      }
    }
    await fetch(`${real.base}/me`, { headers: { Authorization: `Bearer ${'x'.repeat(43)}` } });
    await page.waitForSelector('#arrows > li:nth-child(2)');
    assert.deepEqual(await arrows(page), [
      'phone → server: GET /me [token]', 'server → phone: 401 not_logged_in']);
    assert.deepEqual(await violations(page), []);
    const received = (await Promise.all(page.bodies)).map(({ body }) => String(body)).join('');
    assert.ok(received.includes('wx4f4bc4dec97d474b') && !received.includes(secret));
    assertFine(page);
  } finally {
    assert.equal(await real.stop(), 0);
  }
});
