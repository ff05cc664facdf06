/** Makes an element with a class name and children. A child is an element or a text. */
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

// Values that must never reach a phone.
const locked = new Set(['AppSecret', 'session_key', 'openid', 'unionid', 'access_token']);

/** Makes a chip with the name of a value. The chip shows a lock if the value must never reach a phone. */
export function chip(name, text = name) {
  return locked.has(name) ? make('span', 'chip kept', lock(), text) : make('span', 'chip', text);
}

/** Reports whether the visitor wants no motion on the page. */
export function still() {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}
