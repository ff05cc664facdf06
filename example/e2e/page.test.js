// The page of the example, in a browser, with the example behind it.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { arrows, assertFine, idle, launch, open, press, violations } from './browser.js';
import { appSecret, openIDOf, startExample } from './example.js';

const pictures = process.env.PAGE_SCREENSHOTS ?? mkdtempSync(join(tmpdir(), 'page-'));

let example, browser;
before(async () => {
  mkdirSync(pictures, { recursive: true });
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
  'server: remembers who this is [*openid *session_key]',
  'server → phone: 200 OK [token]',
];
const loginAgain = login.map((a) => a.replace('POST /login [code]', 'POST /login [token code]'));
const onSecond = (lines) => lines.map((a) => (a.endsWith(']') ? a.replace(' [', ' [second phone ') : `${a} [second phone]`));

const steps = [
  'phone → wechat: wx.getWeRunData()',
  'wechat → phone: getWeRunData:ok [encryptedData iv]',
  'phone → server: POST /steps [token encryptedData iv]',
];
const opened = ['server: opens the data with [*session_key]', 'server → phone: 200 OK [steps]'];
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

// In the order in which they are pressed: the button, the arrows that it adds,
// what the phone says, and what the server then has.
const story = [
  ['me', ['phone → server: GET /me', 'server → phone: 401 not_logged_in'],
    'The server refused: log in first.', ['*AppSecret']],
  ['steps', ['phone → wechat: wx.getWeRunData()', 'wechat → phone: getWeRunData:fail login first'],
    'wx.login comes first: WeChat has no key to encrypt under.', ['*AppSecret']],
  ['login', login, 'Logged in. The phone got a token, and nothing else.',
    ['*AppSecret', '*openid', '*session_key', 'token hash']],
  ['me', ['phone → server: GET /me [token]', 'server → phone: 200 OK [user visits]'],
    'The server knows who asks by the token alone.', ['*AppSecret', '*openid', '*session_key', 'token hash']],
  ['check', ['phone → wechat: wx.checkSession()', 'wechat → phone: checkSession:ok'],
    'The session_key is still good.'],
  ['steps', [...steps, ...opened], 'The server opened the data. The phone can’t.'],
  ['phone', [...phone,
    'server → wechat: POST /cgi-bin/stable_token [AppID *AppSecret]',
    'wechat → server: 200 OK [*access_token]',
    ...phoneCall], 'The server has the number; the phone is shown part of it.'],
  ['phone', [...phone, ...phoneCall], 'The server has the number; the phone is shown part of it.'],
  ['second', onSecond(login), 'The second phone has a login of its own. Both stay.',
    ['*AppSecret', '*openid', '*session_key', '2 token hashes']],
  ['secondMe', onSecond(['phone → server: GET /me [token]', 'server → phone: 200 OK [user visits]']),
    'The server knows who asks by the token alone.'],
  ['check', ['phone → wechat: wx.checkSession()', 'wechat → phone: checkSession:fail session time out, need relogin'],
    'WeChat has ended the session_key. Time for wx.login.'],
  // Encrypted under the key that the second phone's login has replaced.
  ['steps', [...steps, ...opened], 'The server opened the data. The phone can’t.'],
  ['expire', ['wechat: session_key ends'], 'WeChat has ended the session_key. The login goes on.'],
  ['me', ['phone → server: GET /me [token]', 'server → phone: 200 OK [user visits steps]'],
    'The server knows who asks by the token alone.'],
  ['steps', [...steps, 'server → phone: 409 session_key_stale', ...loginAgain, ...steps, ...opened],
    'The key was stale: logged in again, then sent again.'],
  ['login', loginAgain, 'Logged in. The phone got a token, and nothing else.',
    ['*AppSecret', '*openid', '*session_key', '2 token hashes']],
  ['logout', ['phone → server: POST /logout [token]', 'server: forgets this login', 'server → phone: 204 No Content'],
    'Logged out. The token is worth nothing now.', ['*AppSecret', '*openid', '*session_key', 'token hash']],
  ['me', ['phone → server: GET /me', 'server → phone: 401 not_logged_in'], 'The server refused: log in first.'],
  ['login', login, 'Logged in. The phone got a token, and nothing else.',
    ['*AppSecret', '*openid', '*session_key', '2 token hashes']],
  ['everywhere', [
    'phone → server: POST /logout/everywhere [token]',
    'server: forgets all of the user’s logins',
    'server → phone: 200 OK [ended]',
    ...onSecond(['phone → server: GET /session [token]', 'server → phone: 401 not_logged_in']),
  ], '2 logins ended, on every phone.', ['*AppSecret']],
];

test('every button, and its arrows in order', async (t) => {
  const page = await open(t, browser, example.base);
  assert.equal(await page.textContent('.notice'),
    'WeChat is simulated here: no request leaves this machine, and the user is made up. Your server’s side is the real thing.');
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
  assert.deepEqual(locked, [], 'what is locked reaches no phone');
  assert.equal(await page.textContent('#user'), 'Not logged in');

  await page.click('#clear');
  assert.deepEqual(await arrows(page), []);
  await page.reload();
  await press(page, 'check');
  assert.equal((await arrows(page)).length, 2, 'what was cleared stays so');
  assertFine(page);
});

test('an arrow opens to the real request and reply, blacked out', async (t) => {
  const page = await open(t, browser, example.base);
  await press(page, 'login');
  const arrow = page.locator('li[data-op="GET /sns/jscode2session"].reply');
  await arrow.locator('button').focus();
  await page.keyboard.press('Enter');
  assert.equal(await arrow.locator('button').getAttribute('aria-expanded'), 'true');
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
  assert.ok(received.includes('"token"') && received.includes('encryptedData'), 'looked at the wrong thing');
  assert.ok(!received.includes(appSecret), 'AppSecret');
  assert.ok(!responses.includes(openIDOf(value)), 'openid'); // arrows of WeChat show it
  // A session_key is 16 bytes in base64; the iv of encrypted data is too, and no secret.
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
    await page.click('li[data-op="POST /login"] button');
    assert.equal(await page.textContent('#toast'), '登录成功。手机只拿到一个 token，别无其他。');
    assert.match(await page.textContent('.why:visible'), /手机只发送/);
    await page.click('[data-language=en]');
    assert.match(await page.textContent('.why:visible'), /The code is all that the phone sends/);
    assert.equal(await page.textContent('#toast'), 'Logged in. The phone got a token, and nothing else.');
    assert.doesNotMatch(await page.evaluate(() => {
      document.querySelector('.switch').remove();
      return document.body.innerText;
    }), /\p{Script=Han}/u, 'some text stayed Chinese');
    await page.reload();
    assert.equal(await page.textContent('h1'), 'How a mini program logs in', 'the choice is kept');
    assertFine(page);
  });
  await t.test('say the same', async (t) => {
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

test('every step is explained', async (t) => {
  const page = await open(t, browser, example.base);
  for (const [button] of story) await press(page, button);
  assert.deepEqual(await page.$$eval('#arrows > li', (all) =>
    all.filter((li) => !li.querySelector('.why').textContent).map((li) => li.dataset.op)), []);
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
  await page.locator('#arrows button').first().focus();
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
  assert.equal(await page.locator('#arrows > li.new').count(), login.length);
  await page.reload();
  await page.waitForSelector('#arrows > li:nth-child(7)');
  assert.equal(await page.locator('#arrows > li.new').count(), 0, 'the past is there at once');
  assert.deepEqual(await page.$$eval('#holds-phone .chip', (c) => c.map((e) => e.textContent)), ['token']);
  await press(page, 'me');
  assert.equal(await page.textContent('#toast'), 'The server knows who asks by the token alone.', 'the login outlives a reload');
  assertFine(page);
});

test('what curl does is drawn too, and of another visitor nothing', async (t) => {
  const [page, other] = [await open(t, browser, example.base), await open(t, browser, example.base)];
  await press(other, 'check');
  assert.equal((await fetch(`${example.base}/me`)).status, 401);
  const want = ['phone → server: GET /me [another client]', 'server → phone: 401 not_logged_in [another client]'];
  await page.waitForSelector('#arrows > li:nth-child(2)');
  assert.deepEqual((await arrows(page)).slice(-2), want);
  assert.ok(!(await arrows(page)).some((a) => a.includes('checkSession')));
});

test('the page says so when the server is gone', async (t) => {
  const own = await startExample();
  const page = await open(t, browser, own.base);
  await press(page, 'login');
  assert.equal(await own.stop(), 0, 'an open page does not keep the server from stopping');
  await press(page, 'me');
  assert.match(await page.textContent('#toast'), /^It did not work: /);
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
  assert.ok(files.length >= 8 && bytes < 100_000, `${bytes} bytes`);
  // The policy is in force: what is inline does not run.
  assert.equal(await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'globalThis.inline = true';
    document.head.append(script);
    return globalThis.inline;
  }), undefined);
  page.wrong = page.wrong.filter((w) => !/inline script/.test(w));
  assertFine(page);
});

for (const locale of ['en-US', 'zh-CN']) {
  for (const colorScheme of ['light', 'dark']) {
    for (const [device, viewport] of [['desktop', { width: 1280, height: 860 }], ['phone', { width: 360, height: 740 }]]) {
      test(`looks: ${locale}, ${colorScheme}, ${device}`, async (t) => {
        const page = await open(t, browser, example.base, {
          locale, colorScheme, viewport, deviceScaleFactor: device === 'phone' ? 2 : 1,
        });
        const picture = (name) => page.screenshot({
          path: join(pictures, `${locale.slice(0, 2)}-${colorScheme}-${device}-${name}.png`), fullPage: true,
        });
        const check = async (name) => {
          await picture(name);
          assert.deepEqual(await violations(page), [], name);
          assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0, `${name}: wider than the screen`);
        };
        await check('1-first');
        await press(page, 'login');
        await check('2-login');
        for (const button of ['second', 'phone', 'expire', 'steps']) await press(page, button);
        await page.locator('li[data-op="POST /steps"].failed button').click();
        await check('3-open');
        await page.$$eval('#arrows > li > button[aria-expanded=false]', (all) => all.forEach((b) => b.click()));
        await check('4-all-open');
        const cut = await page.$$eval('#arrows .label, .messages, .lane, .border, .cells button', (all) => all
          .filter((e) => { const r = e.getBoundingClientRect(); return r.left < 0 || r.right > innerWidth || e.scrollWidth > e.clientWidth + 1; })
          .map((e) => e.textContent));
        assert.deepEqual(cut, [], 'cut off');
        assertFine(page);
      });
    }
  }
}

test('with the real WeChat there is no phone', async (t) => {
  const secret = 'a-secret-that-is-nobody-s';
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
    await page.screenshot({ path: join(pictures, 'real.png'), fullPage: true });
    assert.deepEqual(await violations(page), []);
    const received = (await Promise.all(page.bodies)).map(({ body }) => String(body)).join('');
    assert.ok(received.includes('wx4f4bc4dec97d474b') && !received.includes(secret));
    assertFine(page);
  } finally {
    assert.equal(await real.stop(), 0);
  }
});
