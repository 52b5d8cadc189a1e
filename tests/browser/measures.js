// What can be measured of a page as it is laid out: each list holds what is wrong, and is empty where nothing is.
() => {
  const seen = (element) => element.checkVisibility() && element.getClientRects().length > 0;
  const named = (element) => `${element.tagName.toLowerCase()}.${element.className} ${element.textContent.trim().slice(0, 40)}`;
  const colour = (text) => text.match(/[\d.]+/g).map(Number);
  const luminance = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map((part) => part / 255).map((part) =>
      part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const found = colour(getComputedStyle(each).backgroundColor);
      if (found.length < 4 || found[3] === 1) return found;
      if (found[3] > 0) return null;
    }
    return [255, 255, 255];
  };
  const contrast = (element) => {
    const back = ground(element);
    if (back === null) return 0;
    const [dark, light] = [luminance(back), luminance(colour(getComputedStyle(element).color))].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const all = (selector) => [...document.querySelectorAll(selector)].filter(seen);
  const speaking = all("body *").filter((element) =>
    [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()));
  const levels = all("h1,h2,h3,h4,h5,h6").map((element) => Number(element.tagName[1]));
  return {
    elements: document.querySelectorAll("*").length,
    texts: speaking.length,
    tooWide: Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth),
    cutOff: speaking.filter((element) => element.getBoundingClientRect().right > innerWidth + 1).map(named),
    withoutWords: all("img").filter((image) => !image.alt.trim()).map((image) => image.outerHTML.slice(0, 80)),
    notShown: all("img").filter((image) => !image.naturalWidth).map((image) => image.alt),
    headings: levels.filter((level, at) => level > (levels[at - 1] ?? 0) + 1),
    tooSmall: speaking.filter((element) => parseFloat(getComputedStyle(element).fontSize) < 14).map(named),
    tooFaint: speaking.filter((element) => contrast(element) < 4.5).map(named),
    leadNowhere: [...document.querySelectorAll("a[href]")].map((link) => link.getAttribute("href"))
      .filter((to) => !to.startsWith("#") || !document.getElementById(to.slice(1))),
    attacked: window.attacked ?? null,
  };
}
