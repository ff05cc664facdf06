// The simulated phones: what a mini program does, on fetch instead of
// wx.request. What WeChat on a phone does for it, /sim does.

import { whenDrawn } from './diagram.js';
import { setHolds } from './holds.js';
import { say, onLanguage } from './words.js';

// What is stored lives as long as the tab, as wx.setStorage's would on a phone.
const stored = JSON.parse(sessionStorage.getItem('phones')) ?? { 1: {}, 2: {}, key: '' };

const toast = document.getElementById('toast');
let said = () => '';

/** A request of the mini program on a phone to your server. */
async function request(device, method, path, data) {
  const { token } = stored[device];
  const headers = { 'Playground-Phone': device };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (data) headers['Content-Type'] = 'application/json';
  return answer(await fetch(path, { method, headers, body: data && JSON.stringify(data) }));
}

/** What WeChat does on a phone. */
async function wechat(device, what) {
  return answer(await fetch(`/sim/${what}`, { method: 'POST', headers: { 'Playground-Phone': device } }));
}

async function answer(reply) {
  const text = await reply.text();
  await whenDrawn(Number(reply.headers.get('Playground-Exchange')));
  const data = /json/.test(reply.headers.get('Content-Type')) ? JSON.parse(text) : null;
  return { status: reply.status, data };
}

async function login(device) {
  const { code } = (await wechat(device, 'login')).data;
  stored.key = 'live';
  const { status, data } = await request(device, 'POST', '/login', { code });
  if (status !== 200) throw new Error(data?.detail ?? status);
  stored[device] = { user: stored[device].user, token: data.token };
}

/** Logs in again if the answer says so, and reports whether the request passed. */
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
  if (stored.key === 'ended') stored.key = 'live'; // WeChat has made a new one
  return request('1', 'POST', '/steps', { encryptedData, iv });
}

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
    const stale = r.status === 409; // session_key_stale: log in, then do it again
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
    return () => (ok ? say().done.checkOk : say().done.checkFail);
  },
  async expire() {
    await wechat('1', 'expire');
    if (stored.key) stored.key = 'ended';
    return () => say().done.expire;
  },
  async logout() {
    passed('1', await request('1', 'POST', '/logout'));
    stored[1] = {};
    return () => say().done.logout;
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

async function press(name) {
  if (busy) return;
  busy = true;
  document.body.classList.add('busy');
  try {
    said = await actions[name]();
    await count();
  } catch (e) {
    said = () => say().done.failed(e.message);
  }
  busy = false;
  document.body.classList.remove('busy');
  sessionStorage.setItem('phones', JSON.stringify(stored));
  show();
}

/** Asks how many logins the server has of this user. */
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
  for (const b of document.querySelectorAll('[data-do]')) b.textContent = w.buttons[b.dataset.do];
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
