// Chooses the language of the page, and provides all texts in that language.

import { chinese } from './chinese.js';
import { english } from './english.js';

const words = { en: english, zh: chinese };
const kept = 'language';

/**
 * Returns the language that the visitor chose. Without a choice, returns the first of the
 * browser's languages that the page has, or English.
 */
function preferred() {
  const chosen = localStorage.getItem(kept);
  if (chosen in words) return chosen;
  return navigator.languages.find((l) => /^(zh|en)/i.test(l))?.slice(0, 2).toLowerCase() ?? 'en';
}

let language = preferred();
const listeners = [];

/** Calls f now, and whenever the language changes. */
export function onLanguage(f) {
  listeners.push(f);
  f();
}

/** Returns all texts in the current language. */
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
