// What each of the three has at the moment, on top of its lane.

import { make, chip } from './elements.js';
import { say, onLanguage } from './words.js';

const lists = Object.fromEntries(['phone', 'server', 'wechat'].map((l) => [l, document.getElementById(`holds-${l}`)]));

// logins is how many the server has; key is that of WeChat: '', 'live' or 'ended'.
let now = { token: true, logins: 1, key: 'live' };

function show() {
  const w = say();
  const of = {
    phone: now.token ? [chip('token')] : [],
    server: [chip('AppSecret'), ...(now.logins ? [chip('openid'), chip('session_key'), chip('hash', w.hash(now.logins))] : [])],
    wechat: [chip('AppSecret'), ...(now.key ? [chip('openid'), chip('session_key', now.key === 'ended' ? w.ended : undefined)] : [])],
  };
  for (const [lane, chips] of Object.entries(of)) {
    lists[lane].replaceChildren(...(chips.length ? chips.map((c) => make('li', '', c)) : [make('li', 'nothing', w.nothing)]));
  }
}

export function startHolds() {
  onLanguage(show);
}

export function setHolds(holds) {
  now = holds;
  show();
}
