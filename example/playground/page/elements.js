/** Makes an element with a class and children, which are elements or text. */
export function make(tag, className, ...children) {
  const e = document.createElement(tag);
  if (className) e.className = className;
  e.append(...children);
  return e;
}

const svg = 'http://www.w3.org/2000/svg';

function lock() {
  const e = document.createElementNS(svg, 'svg');
  e.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(svg, 'use');
  use.setAttribute('href', '#lock');
  e.append(use);
  return e;
}

// What never reaches the phone.
const kept = new Set(['AppSecret', 'session_key', 'openid', 'unionid', 'access_token']);

/** Names something that travels or is kept; with a lock, if no phone ever gets it. */
export function chip(name, text = name) {
  return kept.has(name) ? make('span', 'chip kept', lock(), text) : make('span', 'chip', text);
}

/** Whether the visitor wants nothing on the page to move. */
export function still() {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}
