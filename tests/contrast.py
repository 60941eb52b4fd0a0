"""Texts on a page that are too faint to read, by the contrast of WCAG 2."""

from typing import Any

from playwright.sync_api import Page

FAINT = """([within, exempt]) => {
  const parse = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => {
    const part = (v) => ((v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const behind = (each) => {
    for (let box = each; box; box = box.parentElement) {
      const colour = parse(getComputedStyle(box).backgroundColor);
      if (colour.length === 3 || colour[3] > 0.99) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const each of document.querySelectorAll(within)) {
    const isText = [...each.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!(isText || each.matches("input, select")) || !each.checkVisibility()) continue;
    if (each.closest(exempt)) continue;
    const style = getComputedStyle(each);
    const [a, b] = [light(parse(style.color)), light(behind(each))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (contrast < (isLarge ? 3 : 4.5)) faint.push([each.outerHTML.slice(0, 80), contrast]);
  }
  return faint;
}"""


def faint(page: Page, within: str, *, exempt: str) -> list[Any]:
    """Return (HTML, contrast) of visible texts below 4.5, or below 3 where they are large.

    `within` and `exempt` are selectors: of the elements looked at, and of those left out with all
    that is in them.
    """
    found: list[Any] = page.evaluate(FAINT, [within, exempt])
    return found
