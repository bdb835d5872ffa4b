// The properties panel writes some tool tips in English without asking the translate service (bpmn-js-properties-panel #1100).
import { translate } from './translate.js';

const ATTRIBUTES = ['title', 'aria-label', 'placeholder'];

export function translateTitles(panel) {
  const one = node => {
    for (const name of ATTRIBUTES) {
      const text = node.getAttribute(name);
      const chinese = text && translate(text.replace(/^List contains (\d+) items?$/, '共 $1 项'));
      if (chinese && chinese !== text) node.setAttribute(name, chinese);
    }
  };
  const within = node => [node, ...node.querySelectorAll('[title], [aria-label], [placeholder]')].forEach(one);
  within(panel);
  new MutationObserver(changes => {
    for (const { target, addedNodes, type } of changes) {
      if (type === 'attributes') one(target);
      for (const node of addedNodes) if (node.nodeType === 1) within(node);
    }
  }).observe(panel, { subtree: true, childList: true, attributes: true, attributeFilter: ATTRIBUTES });
}
