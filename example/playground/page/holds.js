// Shows above each lane what the mini program, the server and WeChat have now.

import { make, chip } from './elements.js';
import { say, onLanguage } from './words.js';

const lists = Object.fromEntries(['phone', 'server', 'wechat'].map((l) => [l, document.getElementById(`holds-${l}`)]));

// token says whether the phone has a token. logins is the number of logins that the server
// keeps. key is the state of the session_key at WeChat: '' for none, 'live' or 'ended'.
let now = { token: false, logins: 0, key: '' };

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
