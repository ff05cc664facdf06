// Simulates two phones with a mini program. They use fetch instead of wx.request. Instead
// of the functions of WeChat on a phone, they call endpoints of the server under /sim/.

import { begin, whenDrawn } from './diagram.js';
import { make } from './elements.js';
import { setHolds } from './holds.js';
import { say, onLanguage } from './words.js';

// The storage of the two phones, and the state of the session_key at WeChat: '' for none,
// 'live' or 'ended'. The browser keeps both until the visitor closes the tab.
const stored = JSON.parse(sessionStorage.getItem('phones')) ?? { 1: {}, 2: {}, key: '' };

// Maps a button to what it needs, a token or a session_key. If that is missing, the button shows a hint.
const needs = {
  me: 'token', phone: 'token', logout: 'token', everywhere: 'token',
  steps: 'key', check: 'key', expire: 'key',
};

const toast = document.getElementById('toast');
let said = () => '';

/** Sends a request from the mini program on a phone to the server. */
async function request(device, method, path, data) {
  const { token } = stored[device];
  const headers = { 'Playground-Phone': device };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (data) headers['Content-Type'] = 'application/json';
  return answer(await fetch(path, { method, headers, body: data && JSON.stringify(data) }));
}

/** Calls a function of WeChat on a phone. */
async function wechat(device, what) {
  return answer(await fetch(`/sim/${what}`, { method: 'POST', headers: { 'Playground-Phone': device } }));
}

async function answer(response) {
  const text = await response.text();
  await whenDrawn(Number(response.headers.get('Playground-Exchange')));
  const data = /json/.test(response.headers.get('Content-Type')) ? JSON.parse(text) : null;
  return { status: response.status, data };
}

async function login(device) {
  const { code } = (await wechat(device, 'login')).data;
  stored.key = 'live';
  const { status, data } = await request(device, 'POST', '/login', { code });
  if (status !== 200) throw new Error(data?.detail ?? status);
  stored[device] = { user: stored[device].user, token: data.token };
}

/** Reports whether the server accepted the token. If the server refused the token, forgets it. */
function passed(device, { status, data }) {
  if (status === 401) stored[device] = {};
  else if (status !== 200 && status !== 204) throw new Error(data?.detail ?? status);
  return status !== 401;
}

async function me(device) {
  const r = await request(device, 'GET', '/me');
  if (!passed(device, r)) return () => say().done.refused;
  Object.assign(stored[device], r.data);
  return () => say().done.me;
}

async function sendSteps() {
  const { encryptedData, iv } = (await wechat('1', 'runData')).data;
  if (!encryptedData) return null;
  if (stored.key === 'ended') stored.key = 'live'; // WeChat has made a new session_key
  return request('1', 'POST', '/steps', { encryptedData, iv });
}

// The actions of the buttons. An action returns a function that gives the text to show, so
// that the text can change with the language.
const actions = {
  async login() {
    await login('1');
    return () => say().done.login;
  },
  async second() {
    await login('2');
    return () => say().done.second;
  },
  me: () => me('1'),
  secondMe: () => me('2'),
  async steps() {
    let r = await sendSteps();
    if (!r) return () => say().done.first;
    const stale = r.status === 409; // session_key_stale: log in, then send new data
    if (stale) {
      await login('1');
      r = await sendSteps();
    }
    if (!passed('1', r)) return () => say().done.refused;
    stored[1].steps = r.data.steps;
    return () => (stale ? say().done.stepsAgain : say().done.steps);
  },
  async phone() {
    const { code } = (await wechat('1', 'phoneNumber')).data;
    const r = await request('1', 'POST', '/phone', { code });
    if (!passed('1', r)) return () => say().done.refused;
    stored[1].phone = r.data.phone;
    return () => say().done.phone;
  },
  async check() {
    const ok = (await wechat('1', 'checkSession')).data.errMsg === 'checkSession:ok';
    const none = !stored.key;
    return () => (ok ? say().done.checkOk : none ? say().done.checkNone : say().done.checkFail);
  },
  async expire() {
    if (!stored.key) return () => say().done.expireNone;
    await wechat('1', 'expire');
    stored.key = 'ended';
    return () => say().done.expire;
  },
  async logout() {
    const none = !stored[1].token;
    passed('1', await request('1', 'POST', '/logout'));
    stored[1] = {};
    return () => (none ? say().done.logoutNone : say().done.logout);
  },
  async everywhere() {
    const r = await request('1', 'POST', '/logout/everywhere');
    if (!passed('1', r)) return () => say().done.refused;
    stored[1] = {};
    if (stored[2].token) passed('2', await request('2', 'GET', '/session'));
    return () => say().done.everywhere(r.data.ended);
  },
};

let busy = false;
let pressed = false;

async function press(name) {
  if (busy) return;
  busy = true;
  document.body.classList.add('busy');
  said = () => '';
  toast.textContent = '';
  if (!pressed) begin();
  pressed = true;
  try {
    said = await actions[name]();
    await count();
  } catch (e) {
    said = () => (e instanceof TypeError ? say().done.gone : say().done.failed(e.message)); // fetch throws a TypeError if there is no response
  }
  busy = false;
  document.body.classList.remove('busy');
  sessionStorage.setItem('phones', JSON.stringify(stored));
  show();
}

/** Asks the server for the number of this user's logins, and shows it in the diagram. */
async function count() {
  const { logins } = await (await fetch('/sim/state')).json();
  setHolds({ token: Boolean(stored[1].token), logins, key: stored.key });
}

function show() {
  const w = say();
  const [one, two] = [stored[1], stored[2]];
  document.getElementById('user').textContent = one.user ?? (one.token ? w.someone : w.nobody);
  document.getElementById('facts').textContent = one.token ? facts(one) : w.hint;
  document.getElementById('second').hidden = !two.token;
  document.getElementById('second-facts').textContent = [two.user ?? w.someone, facts(two)].filter(Boolean).join(' · ');
  const has = { token: one.token, key: stored.key };
  for (const b of document.querySelectorAll('[data-do]')) {
    const name = b.dataset.do;
    const early = name in needs && !has[needs[name]];
    b.replaceChildren(w.buttons[name], ...(early ? [' ', make('small', '', w.early)] : []));
    b.classList.toggle('early', early);
  }
  toast.textContent = said();
}

function facts({ visits, steps, phone }) {
  const w = say();
  return [visits && w.visits(visits), steps && w.steps(steps), phone].filter(Boolean).join(' · ');
}

export function startPhone() {
  onLanguage(show);
  for (const b of document.querySelectorAll('[data-do]')) b.addEventListener('click', () => press(b.dataset.do));
  count();
}
