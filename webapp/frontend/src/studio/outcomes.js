// The property `outcomes`: `recommend:推荐|return!:退回修改` — id, `!` where the opinion is mandatory, words of the button.
export function parse(text) {
  return (text || '').split('|').filter(Boolean).map(part => {
    const [head, ...label] = part.split(':');
    return { id: head.replace(/!$/, '').trim(), label: label.join(':').trim(), opinion: head.trim().endsWith('!') };
  });
}

export const format = rows => rows.map(({ id, label, opinion }) => `${clean(id)}${opinion ? '!' : ''}:${clean(label)}`).join('|');

const clean = text => text.replace(/[|:!]/g, '').trim(); // the three signs of the notation
