// Letters of diagrams: bpmn-js draws 12px Latin text by default, which nobody can read in Chinese at the zoom of a card.
export function textRenderer() {
  const fontFamily = getComputedStyle(document.body).fontFamily;
  return {
    defaultStyle: { fontFamily, fontSize: 15, lineHeight: 1.3 },
    externalStyle: { fontFamily, fontSize: 14, lineHeight: 1.3 },
  };
}
