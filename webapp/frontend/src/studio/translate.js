// The translate service of the bpmn.io libraries, in Chinese. `missed` collects what the dictionary lacks; a browser test expects none.
import canvas from 'bpmn-js-i18n/translations/zn.js';
import { dictionary } from './dictionary.js';
import { words as lint } from './lint.js';

const words = { ...canvas, ...dictionary };
export const missed = new Set();

export function translate(template, values = {}) {
  if (!(template in words) && /[A-Za-z]{2}/.test(template) && !Object.values(lint).includes(template) && !/[\u4e00-\u9fff]/.test(template)) missed.add(template);
  return (words[template] ?? template).replace(/{([^}]+)}/g, (whole, key) => values[key] ?? whole);
}

export const chinese = { translate: ['value', translate] };
